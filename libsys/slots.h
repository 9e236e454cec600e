/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which slots of a CNode are free. Bookkeeping only: it makes no system call, and trusts its user
 * to give back a slot only when it is empty. Where the table can grow, `more` makes it do so in
 * time: see table.h.
 */
#ifndef LIBSYS_SLOTS_H
#define LIBSYS_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/abi/types.h"

struct slots {
    uint64_t *used;      /* one bit per slot, set: taken */
    uint32_t first, end; /* slots that it hands out: first ≤ slot < end */
    uint32_t hint;       /* no slot below it is free */
    uint32_t free;       /* how many are */
    /* Asked when few are free, or no row is: makes `end` higher, or returns false. Null: it can't.
     * What it takes itself are the last free ones. */
    bool (*more)(struct slots *slots);
};

/* So many are kept for `more`. */
#define SLOTS_KEPT 16u

/* Words of 64 bits that the bitmap for so many slots has. */
#define SLOTS_WORDS(slots) (((slots) + 63) / 64)

/* `bitmap` has SLOTS_WORDS(end) words; all slots from `first` to `end` are free at first. */
void slots_init(struct slots *slots, uint64_t *bitmap, uint32_t first, uint32_t end);

/* There are more slots from now on: up to `end`, for which the bitmap has room. */
void slots_extend(struct slots *slots, uint32_t end);

/* The first of `count` free slots in a row, now taken; 0 when there is no such row. */
uint32_t slots_take(struct slots *slots, uint32_t count);

/* Take these slots. False, and nothing taken, when one of them isn't free. */
bool slots_take_at(struct slots *slots, uint32_t index, uint32_t count);

/* Give back slots that were taken, and are empty now. */
void slots_give(struct slots *slots, uint32_t index, uint32_t count);

#endif
