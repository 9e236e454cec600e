/* SPDX-License-Identifier: BSD-2-Clause */
/* See set.h. Open addressing; at most half full. */

#include "tools/profiler/set.h"

#include <stdio.h>
#include <stdlib.h>

#define FIRST_CAPACITY 4096

uint64_t set_hash(uint64_t key)
{
    key ^= key >> 33;
    key *= 0xff51afd7ed558ccdULL;
    key ^= key >> 33;
    key *= 0xc4ceb9fe1a85ec53ULL;
    return key ^ (key >> 33);
}

static void set_allocate(struct set *set, uint32_t capacity)
{
    set->capacity = capacity;
    set->count = 0;
    set->keys = calloc(capacity, sizeof(*set->keys));
    set->generations = calloc(capacity, sizeof(*set->generations));
    if (!set->keys || !set->generations) {
        fprintf(stderr, "profiler: out of memory\n");
        abort();
    }
}

static void set_grow(struct set *set)
{
    struct set old = *set;
    set_allocate(set, old.capacity * 2);
    for (uint32_t i = 0; i < old.capacity; i++)
        if (old.generations[i] == old.generation)
            set_add(set, old.keys[i]);
    free(old.keys);
    free(old.generations);
}

void set_clear(struct set *set)
{
    if (!set->keys)
        set_allocate(set, FIRST_CAPACITY);
    set->count = 0;
    set->generation++;
}

void set_add(struct set *set, uint64_t key)
{
    if (set->count * 2 >= set->capacity)
        set_grow(set);
    uint32_t i = (uint32_t)set_hash(key) & (set->capacity - 1);
    while (set->generations[i] == set->generation) {
        if (set->keys[i] == key)
            return;
        i = (i + 1) & (set->capacity - 1);
    }
    set->generations[i] = set->generation;
    set->keys[i] = key;
    set->count++;
}
