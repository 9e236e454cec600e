/* SPDX-License-Identifier: BSD-2-Clause */
/* See memory.h. */

#include "libsys/memory.h"

#include <stddef.h>

#include "libsys/invoke.h"

#define RETYPE_MAX 256 /* objects per untyped_retype */

static err_t memory_error(enum error_code code)
{
    return ERR(code, 0, OBJECT_UNTYPED, BLAME_RESOURCE);
}

void memory_init(struct memory *memory, struct slots *slots, cap_t cnode)
{
    memory->slots = slots;
    memory->cnode = cnode;
    memory->count = 0;
}

/* Ask the kernel how much of an Untyped is used: the one truth. */
static err_t memory_refresh(struct memory_untyped *untyped)
{
    uint64_t address, bytes, free, device;
    err_t error = untyped_info(untyped->cap, &address, &bytes, &free, &device);

    if (error)
        return error;
    untyped->bytes = bytes;
    untyped->used = bytes - free;
    untyped->device = device != 0;
    return 0;
}

err_t memory_add(struct memory *memory, cap_t cap)
{
    struct memory_untyped *untyped = &memory->untyped[memory->count];

    if (memory->count == MEMORY_UNTYPED_MAX)
        return memory_error(ERROR_FULL);
    *untyped = (struct memory_untyped){.cap = cap};
    err_t error = memory_refresh(untyped);
    if (!error)
        memory->count++;
    return error;
}

/* What would be left of an Untyped after these objects; -1 when they don't fit. */
static int64_t memory_rest(const struct memory_untyped *untyped, unsigned size_bits, uint64_t count)
{
    uint64_t size = 1ull << size_bits;
    uint64_t begin = (untyped->used + size - 1) & ~(size - 1);

    if (size > untyped->bytes || begin > untyped->bytes ||
        count > (untyped->bytes - begin) >> size_bits)
        return -1;
    return (int64_t)(untyped->bytes - begin - (count << size_bits));
}

/* The one of RAM of which the least would be left. */
struct memory_untyped *memory_best(struct memory *memory, unsigned size_bits, uint64_t count)
{
    struct memory_untyped *best = NULL;
    int64_t best_rest = -1;

    for (uint32_t i = 0; i < memory->count; i++) {
        int64_t rest = memory_rest(&memory->untyped[i], size_bits, count);
        if (memory->untyped[i].device || rest < 0 || (best && rest >= best_rest))
            continue;
        best = &memory->untyped[i];
        best_rest = rest;
    }
    return best;
}

/* All of them, or none. */
static err_t retype_all(const struct memory *memory, cap_t untyped, uint32_t index, uint32_t count,
                        enum object_type type, unsigned size_bits)
{
    for (uint32_t made = 0; made < count; made += RETYPE_MAX) {
        uint32_t now = count - made < RETYPE_MAX ? count - made : RETYPE_MAX;
        err_t error = untyped_retype(untyped, memory->cnode, index + made, now, type, size_bits);
        if (!error)
            continue;
        for (uint32_t i = 0; i < made; i++)
            (void)!cnode_delete(memory->cnode, index + i);
        return error;
    }
    return 0;
}

err_t memory_make(struct memory *memory, enum object_type type, unsigned size_bits, uint32_t count,
                  cap_t *first)
{
    *first = 0;
    if (size_bits >= 47 || count == 0)
        return ERR(ERROR_OUT_OF_RANGE, 0, OBJECT_UNTYPED, BLAME_CALLER);
    struct memory_untyped *untyped = memory_best(memory, size_bits, count);
    if (!untyped)
        return memory_error(ERROR_NO_MEMORY);
    uint32_t index = slots_take(memory->slots, count);
    if (index == 0)
        return ERR(ERROR_FULL, 0, OBJECT_CNODE, BLAME_RESOURCE);

    err_t error = retype_all(memory, untyped->cap, index, count, type, size_bits);
    if (error) {
        slots_give(memory->slots, index, count);
        return error;
    }
    *first = CAP_OF(index);
    return memory_refresh(untyped);
}

err_t memory_make_one(struct memory *memory, enum object_type type, unsigned size_bits, cap_t *cap)
{
    return memory_make(memory, type, size_bits, 1, cap);
}

err_t memory_delete(struct memory *memory, cap_t cap)
{
    err_t error = cnode_delete(memory->cnode, CAP_INDEX(cap));

    if (!error)
        slots_give(memory->slots, CAP_INDEX(cap), 1);
    return error;
}

err_t memory_reset(struct memory *memory)
{
    for (uint32_t i = 0; i < memory->count; i++) {
        err_t error = cnode_revoke(memory->cnode, CAP_INDEX(memory->untyped[i].cap));
        if (!error)
            error = memory_refresh(&memory->untyped[i]);
        if (error)
            return error;
    }
    return 0;
}

uint64_t memory_free(const struct memory *memory)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < memory->count; i++)
        if (!memory->untyped[i].device)
            bytes += memory->untyped[i].bytes - memory->untyped[i].used;
    return bytes;
}
