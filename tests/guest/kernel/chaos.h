/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Victims that make system calls at random, with a little sense: often of the right type, sometimes
 * anything at all. See chaos_victim.c; it's code that runs without the runner's data.
 */
#ifndef TESTS_GUEST_KERNEL_CHAOS_H
#define TESTS_GUEST_KERNEL_CHAOS_H

#include "tests/guest/kernel/area.h"

#define CHAOS_SLOTS 64 /* of a victim's table */
#define CHAOS_EMPTY 44 /* the first that isn't filled */

/* What a victim finds in its area's data. */
enum chaos_data { CHAOS_RANDOM, CHAOS_CALLS, CHAOS_SERVES };

/* In the arena: how often each operation succeeded and failed. */
#define CHAOS_TALLY ((uint32_t(*)[2])(ARENA_ADDRESS + 256))

/* Never returns. */
void chaos_victim(struct area *area);

/* The rounds of it, each a case. */
void chaos_rounds(void);

/* xorshift64*: a number that depends on the state alone, which isn't 0. */
static inline uint64_t chaos_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1dull >> 11;
}

#endif
