/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Badges of handles: which kind of thing, which one, and which use of that place. A server keeps a
 * generation with each place, begins with 1, and counts it up when the place is used anew
 * (handle_next), so that a handle of what was there before is recognised as stale.
 *
 * After HANDLE_GENERATION_LAST uses the numbers begin again. Whoever kept a handle for so long
 * would have that of somebody else's thing. So a server that makes handles on request takes back
 * those of such a place first: they derive from a copy of its endpoint, which it revokes.
 */
#ifndef LIBSYS_HANDLE_H
#define LIBSYS_HANDLE_H

#include <stdint.h>

#define HANDLE_INDEX_BITS 14
#define HANDLE_GENERATION_BITS 14
#define HANDLE_PLACES (1u << HANDLE_INDEX_BITS)
#define HANDLE_GENERATION_LAST ((1u << HANDLE_GENERATION_BITS) - 1)

/* kind: 1 to 7; index: below HANDLE_PLACES; generation: 1 to 2^14 - 1. */
static inline uint32_t handle_badge(uint32_t kind, uint32_t generation, uint32_t index)
{
    return kind << (HANDLE_INDEX_BITS + HANDLE_GENERATION_BITS) | generation << HANDLE_INDEX_BITS |
           index;
}

static inline uint32_t handle_kind(uint32_t badge)
{
    return badge >> (HANDLE_INDEX_BITS + HANDLE_GENERATION_BITS);
}

static inline uint32_t handle_generation(uint32_t badge)
{
    return badge >> HANDLE_INDEX_BITS & ((1u << HANDLE_GENERATION_BITS) - 1);
}

static inline uint32_t handle_index(uint32_t badge)
{
    return badge & (HANDLE_PLACES - 1);
}

/* The generation of a place's next use: never 0. */
static inline uint32_t handle_next(uint32_t generation)
{
    generation = (generation + 1) & ((1u << HANDLE_GENERATION_BITS) - 1);
    return generation ? generation : 1;
}

#endif
