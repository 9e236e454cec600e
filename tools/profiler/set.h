/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A set of 64-bit keys that only grows, and is emptied in no time: each entry carries the
 * generation in which it was added. A zeroed struct set is ready for set_clear.
 */

#ifndef PROFILER_SET_H
#define PROFILER_SET_H

#include <stdint.h>

struct set {
    uint64_t *keys;
    uint32_t *generations;
    uint32_t capacity; /* a power of two */
    uint32_t count;
    uint32_t generation;
};

/* Scatters a key's bits; also good for combining keys. */
uint64_t set_hash(uint64_t key);

void set_clear(struct set *set);
void set_add(struct set *set, uint64_t key);

#endif
