/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory for kernel objects. What ends together is made of one Untyped; when it's given back it is
 * revoked and kept for the next of its size. Pieces are never joined again: a process's are all of
 * one size, and tables that grew are few. It begins with a little, and gets more from the memory
 * server.
 */

#include "libsys/invoke.h"
#include "libsys/memory.h"
#include "libsys/memory_client.h"
#include "servers/process/server.h"

/* So much at a time from the memory server, little at first. */
#define MORE_BITS_FIRST 16
#define MORE_BITS 18
#define MORE_FEW 8

static struct memory memory;
static uint16_t free_first[POOL_BITS_MAX + 1];
static uint16_t free_next[TABLE_SLOTS]; /* by slot */

err_t pool_begin(cap_t untyped)
{
    memory_init(&memory, &own.slots, own.cnode);
    return memory_add(&memory, untyped);
}

/*
 * More memory. What the last of it had left is less than is wanted now, and stays for smaller ones.
 */
static err_t pool_grow(void)
{
    uint32_t slot = memory.count < MEMORY_UNTYPED_MAX ? slots_take(&own.slots, 1) : 0;

    if (!slot)
        return RPC_FULL;
    err_t error = memory_lend(&own.authority, own.cnode, slot,
                              memory.count < MORE_FEW ? MORE_BITS_FIRST : MORE_BITS);
    if (error) {
        slots_give(&own.slots, slot, 1);
        return error;
    }
    return memory_add(&memory, CAP_OF(slot));
}

static void list_put(unsigned bits, uint16_t slot)
{
    free_next[slot] = free_first[bits];
    free_first[bits] = slot;
}

/* Bytes of an Untyped that are used: the kernel knows, `memory` only since it made something. */
static uint64_t used_of(cap_t untyped)
{
    uint64_t ignored, bytes = 0, left = 0;

    return untyped_info(untyped, &ignored, &bytes, &left, &ignored) ? 0 : bytes - left;
}

/* What is passed over to align the next piece is for smaller ones. */
static void hole_use(unsigned bits)
{
    const struct memory_untyped *from = memory_best(&memory, bits, 1);

    for (uint64_t at = from ? used_of(from->cap) : 0; at & ((1ull << bits) - 1);) {
        unsigned piece = (unsigned)__builtin_ctzll(at);
        uint32_t slot = piece >= POOL_BITS_MIN ? slots_take(&own.slots, 1) : 0;
        if (!slot)
            return;
        if (untyped_retype(from->cap, own.cnode, slot, 1, OBJECT_UNTYPED, piece)) {
            slots_give(&own.slots, slot, 1);
            return;
        }
        list_put(piece, (uint16_t)slot);
        at += 1ull << piece;
    }
}

/* Whatever is missing, a slot too, is memory to who asks. */
static err_t pool_make(unsigned bits, cap_t *untyped)
{
    hole_use(bits);
    err_t error = memory_make_one(&memory, OBJECT_UNTYPED, bits, untyped);

    if (ERR_CODE(error) == ERROR_NO_MEMORY) {
        error = pool_grow();
        if (!error)
            error = memory_make_one(&memory, OBJECT_UNTYPED, bits, untyped);
    }
    return error ? RPC_NO_MEMORY : 0;
}

err_t pool_take(unsigned bits, cap_t *untyped)
{
    uint16_t slot = free_first[bits];

    if (!slot)
        return pool_make(bits, untyped);
    free_first[bits] = free_next[slot];
    *untyped = CAP_OF(slot);
    return 0;
}

void pool_give(unsigned bits, cap_t untyped)
{
    uint16_t slot = (uint16_t)CAP_INDEX(untyped);

    if (cnode_revoke(own.cnode, slot))
        __builtin_trap(); /* an Untyped of one's own: it can't be */
    list_put(bits, slot);
}
