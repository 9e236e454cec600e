/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory for kernel objects. What ends together is made of one Untyped; when it's given back it is
 * revoked and kept for the next of its size. Pieces are never joined again: a process's are all of
 * one size, and tables that grew are few.
 */

#include "libsys/invoke.h"
#include "libsys/memory.h"
#include "servers/process/server.h"

#define SLOTS_MAX 16384

static struct memory memory;
static uint16_t free_first[POOL_BITS_MAX + 1];
static uint16_t free_next[SLOTS_MAX]; /* by slot */

err_t pool_begin(cap_t untyped)
{
    memory_init(&memory, &own.slots, own.cnode);
    return memory_add(&memory, untyped);
}

err_t pool_take(unsigned bits, cap_t *untyped)
{
    uint16_t slot = free_first[bits];

    if (!slot)
        return memory_make_one(&memory, OBJECT_UNTYPED, bits, untyped);
    free_first[bits] = free_next[slot];
    *untyped = CAP_OF(slot);
    return 0;
}

void pool_give(unsigned bits, cap_t untyped)
{
    uint16_t slot = (uint16_t)CAP_INDEX(untyped);

    if (cnode_revoke(own.cnode, slot))
        __builtin_trap(); /* an Untyped of one's own: it can't be */
    free_next[slot] = free_first[bits];
    free_first[bits] = slot;
}
