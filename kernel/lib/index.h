/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spectre v1. A processor that predicts the outcome of a bounds check may go on with an index that
 * the check is about to refuse. What it loads with it may address another load, whose cache
 * line tells. So an index that users choose is also bounded by arithmetic, which isn't predicted.
 * Where the count is a power of two, `index & (count - 1)` does as well. Types of capabilities are
 * many checks in one place: cap/invoke.c has a fence behind them instead.
 */
#ifndef KERNEL_LIB_INDEX_H
#define KERNEL_LIB_INDEX_H

#include "kernel/lib/types.h"

/* `index`, which has been found to be below `count`; 0 if it isn't. Both are below 2^63. */
static inline uint64_t index_within(uint64_t index, uint64_t count)
{
    return index & -((index - count) >> 63);
}

#endif
