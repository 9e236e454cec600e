/* SPDX-License-Identifier: BSD-2-Clause */
#include "servers/memory/kernel.h"

#include "libsys/invoke.h"
#include "libsys/memory.h"
#include "libsys/rpc.h"
#include "libsys/table.h"

#define BITS_MIN 12 /* smaller objects are made many at a time */
#define BITS_MAX 22
#define ARENA_BITS 18 /* objects up to a quarter of this are cut from one of these */

static struct slots slots;
static uint64_t slot_bitmap[SLOTS_WORDS(KERNEL_SLOTS_MAX)];
static struct memory source;

/* Untypeds with nothing made of them, by size: slot of the first, and for each that of the next. */
static uint16_t free_first[BITS_MAX + 1];
static uint16_t free_next[KERNEL_SLOTS_MAX];

static cap_t own_endpoint;
static cap_t arena; /* what small Untypeds are cut from; 0: none */
static uint64_t bytes_given, bytes_free_listed, bytes_used;

err_t kernel_add(cap_t untyped)
{
    err_t error = memory_add(&source, untyped);
    if (!error)
        bytes_given += source.untyped[source.count - 1].bytes;
    return error;
}

cap_t kernel_cnode(void)
{
    return source.cnode;
}

struct slots *kernel_slots(void)
{
    return &slots;
}

cap_t kernel_slot(void)
{
    return CAP_OF(slots_take(&slots, 1));
}

void kernel_slot_give(cap_t slot)
{
    if (!slot || cnode_delete(source.cnode, CAP_INDEX(slot)))
        return;
    slots_give(&slots, CAP_INDEX(slot), 1);
}

cap_t kernel_copy(cap_t from, unsigned rights)
{
    cap_t slot = kernel_slot();
    if (slot && cnode_copy(source.cnode, CAP_INDEX(slot), from, rights)) {
        slots_give(&slots, CAP_INDEX(slot), 1);
        return 0;
    }
    return slot;
}

void kernel_set_endpoint(cap_t endpoint)
{
    own_endpoint = endpoint;
}

err_t kernel_endpoint_copy(cap_t *copy)
{
    *copy =
        own_endpoint ? kernel_copy(own_endpoint, RIGHT_ENDPOINT_CALL | RIGHT_ENDPOINT_TRANSFER) : 0;
    return own_endpoint && !*copy ? RPC_NO_MEMORY : 0;
}

void kernel_revoke(cap_t cap)
{
    if (cap && cnode_revoke(source.cnode, CAP_INDEX(cap)))
        __builtin_trap(); /* a slot of the server's own that holds something */
}

static void list_put(cap_t untyped, unsigned bits)
{
    free_next[CAP_INDEX(untyped)] = free_first[bits];
    free_first[bits] = (uint16_t)CAP_INDEX(untyped);
    bytes_free_listed += 1ull << bits;
}

static cap_t list_take(unsigned bits)
{
    uint16_t index = free_first[bits];
    if (index) {
        free_first[bits] = free_next[index];
        bytes_free_listed -= 1ull << bits;
    }
    return CAP_OF(index);
}

/* An Untyped of that size out of another one; 0: it has too little left, or no slot is free. */
static cap_t cut(cap_t from, unsigned bits)
{
    cap_t slot = from ? kernel_slot() : 0;
    if (slot && untyped_retype(from, source.cnode, CAP_INDEX(slot), 1, OBJECT_UNTYPED, bits)) {
        slots_give(&slots, CAP_INDEX(slot), 1);
        return 0;
    }
    return slot;
}

/*
 * So much of an Untyped that the next object is aligned is for smaller ones, which can be had from
 * the lists then; else every chunk would leave a hole of up to its size before it.
 */
static void align(cap_t from, unsigned bits)
{
    uint64_t ignored, bytes = 0, left = 0;
    if (untyped_info(from, &ignored, &bytes, &left, &ignored) || left < 1ull << bits)
        return;
    for (uint64_t at = bytes - left; at & ((1ull << bits) - 1);) {
        unsigned piece = (unsigned)__builtin_ctzll(at);
        cap_t untyped = piece >= BITS_MIN ? cut(from, piece) : 0;
        if (!untyped)
            return;
        list_put(untyped, piece);
        at += 1ull << piece;
    }
}

/* Out of what the server was given. */
static cap_t source_take(unsigned bits)
{
    const struct memory_untyped *from = memory_best(&source, bits, 1);
    cap_t untyped;
    if (from)
        align(from->cap, bits);
    return memory_make_one(&source, OBJECT_UNTYPED, bits, &untyped) ? 0 : untyped;
}

/* One of the lists' larger Untypeds becomes the arena, or a new one. What the old one had left is
 * less than was asked for. */
static bool arena_renew(void)
{
    cap_t next = 0;
    for (unsigned bits = ARENA_BITS; !next && bits <= BITS_MAX; bits++)
        next = list_take(bits);
    for (unsigned bits = ARENA_BITS; !next && bits >= BITS_MIN + 3; bits--)
        next = source_take(bits);
    if (next)
        arena = next;
    return next;
}

static cap_t untyped_take(unsigned bits)
{
    cap_t untyped = list_take(bits);
    if (untyped)
        return untyped;
    if (bits > ARENA_BITS - 2)
        return source_take(bits);
    if (arena)
        align(arena, bits);
    untyped = cut(arena, bits);
    if (!untyped && slots.free && arena_renew())
        untyped = cut(arena, bits);
    return untyped;
}

/* For a larger table of the server's own. */
static err_t table_memory(unsigned bits, cap_t *untyped)
{
    *untyped = untyped_take(bits);
    if (!*untyped)
        return RPC_NO_MEMORY;
    bytes_used += 1ull << bits;
    return 0;
}

void kernel_init(cap_t cnode, uint32_t first, uint32_t count)
{
    if (count > KERNEL_SLOTS_MAX)
        count = KERNEL_SLOTS_MAX;
    slots_init(&slots, slot_bitmap, first, count);
    memory_init(&source, &slots, cnode);
    table_grows(&slots, KERNEL_SLOTS_MAX, table_memory);
}

err_t kernel_make(enum object_type type, unsigned bits, struct kernel_object *object)
{
    unsigned room = bits < BITS_MIN ? BITS_MIN : bits;
    *object = (struct kernel_object){.bits = room};
    cap_t untyped = untyped_take(room);
    if (!untyped)
        return RPC_NO_MEMORY;
    cap_t slot = kernel_slot();
    if (!slot || untyped_retype(untyped, source.cnode, CAP_INDEX(slot), 1, (uint64_t)type, bits)) {
        if (slot)
            slots_give(&slots, CAP_INDEX(slot), 1);
        list_put(untyped, room);
        return RPC_NO_MEMORY;
    }
    object->untyped = untyped;
    object->cap = slot;
    bytes_used += 1ull << room;
    return 0;
}

void kernel_free(struct kernel_object *object)
{
    if (!object->cap || cnode_revoke(source.cnode, CAP_INDEX(object->untyped)))
        return;
    slots_give(&slots, CAP_INDEX(object->cap), 1);
    list_put(object->untyped, object->bits);
    bytes_used -= 1ull << object->bits;
    object->cap = object->untyped = 0;
}

uint64_t kernel_total(void)
{
    return bytes_given;
}

err_t kernel_lend(cap_t table, uint32_t slot, unsigned bits)
{
    cap_t untyped = untyped_take(bits);
    if (!untyped)
        return RPC_NO_MEMORY;
    if (untyped_retype(untyped, table, slot, 1, OBJECT_UNTYPED, bits)) {
        list_put(untyped, bits);
        return RPC_OUT_OF_RANGE;
    }
    bytes_used += 1ull << bits;
    return 0;
}

uint64_t kernel_left(void)
{
    uint64_t in_arena = 0, ignored;
    if (arena && untyped_info(arena, &ignored, &ignored, &in_arena, &ignored))
        in_arena = 0;
    return memory_free(&source) + bytes_free_listed + in_arena;
}

uint64_t kernel_used(void)
{
    return bytes_used;
}
