/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where regions go that may lie anywhere: below the one before, with a gap of some random pages,
 * from a random place on. So they can't be guessed, and yet share page tables.
 */
#include "servers/memory/random.h"
#include "servers/memory/space.h"

#define SPREAD (1ull << 40) /* the first place lies so far below the upper end, at most */
#define GAP_PAGES 8         /* at most; at least one */
#define LARGE (2ull << 20)
#define TRIES 64

void place_init(struct space *space)
{
    uint64_t spread = (space->high - space->low) / 4;
    if (spread > SPREAD)
        spread = SPREAD;
    space->cursor = space->high - (spread ? random_next() % spread : 0);
    space->cursor &= ~(PAGE - 1);
}

static bool is_free(const struct space *space, uint64_t at, uint64_t length)
{
    return at >= space->low && at <= space->high && length <= space->high - at &&
           !region_overlapping(space, at, at + length);
}

/* The highest place below `end` that is clear of it by a gap; 0: it would be below all. */
static uint64_t below(const struct space *space, uint64_t end, uint64_t length)
{
    uint64_t gap = (random_next() % GAP_PAGES + 1) * PAGE;
    uint64_t align = length >= LARGE ? LARGE : PAGE;
    if (end < space->low + gap || end - gap - space->low < length)
        return 0;
    uint64_t at = (end - gap - length) & ~(align - 1);
    return at >= space->low ? at : 0;
}

/* The first gap that suffices, from the lowest address on. */
static uint64_t first_fit(const struct space *space, uint64_t length)
{
    uint64_t at = space->low;
    while (at <= space->high && length <= space->high - at) {
        const struct region *region = region_overlapping(space, at, at + length);
        if (!region)
            return at;
        at = region->end;
    }
    return 0;
}

uint64_t place_choose(struct space *space, uint64_t wish, uint64_t length)
{
    if (wish && is_free(space, wish, length))
        return wish;
    uint64_t at = below(space, space->cursor, length);
    for (int i = 0; i < TRIES && at; i++) {
        const struct region *region = region_overlapping(space, at, at + length);
        if (!region) {
            space->cursor = at;
            return at;
        }
        at = below(space, region->start, length);
    }
    return first_fit(space, length);
}
