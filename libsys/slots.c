/* SPDX-License-Identifier: BSD-2-Clause */
/* See slots.h. First fit from the lowest slot that may be free. */

#include "libsys/slots.h"

#include <stddef.h>

static bool slot_used(const struct slots *slots, uint32_t index)
{
    return slots->used[index / 64] >> (index % 64) & 1;
}

static void slots_mark(struct slots *slots, uint32_t index, uint32_t count, bool used)
{
    for (uint32_t i = index; i < index + count; i++) {
        uint64_t bit = 1ull << (i % 64);
        if (used)
            slots->used[i / 64] |= bit;
        else
            slots->used[i / 64] &= ~bit;
    }
    if (used) {
        slots->free -= count;
        if (index == slots->hint)
            slots->hint = index + count;
    } else {
        slots->free += count;
        if (index < slots->hint)
            slots->hint = index;
    }
}

void slots_init(struct slots *slots, uint64_t *bitmap, uint32_t first, uint32_t end)
{
    for (uint32_t i = 0; i < SLOTS_WORDS(end); i++)
        bitmap[i] = 0;
    *slots = (struct slots){
        .used = bitmap,
        .first = first,
        .end = end,
        .hint = first,
        .free = end - first,
    };
}

void slots_extend(struct slots *slots, uint32_t end)
{
    for (uint32_t i = SLOTS_WORDS(slots->end); i < SLOTS_WORDS(end); i++)
        slots->used[i] = 0;
    slots->free += end - slots->end;
    slots->end = end;
}

/* What `more` takes itself doesn't ask for more. */
static bool slots_more(struct slots *slots)
{
    bool (*more)(struct slots *) = slots->more;

    if (!more)
        return false;
    slots->more = NULL;
    bool is_larger = more(slots);
    slots->more = more;
    return is_larger;
}

/* The usual case, a word at a time. One slot is free at least. */
static uint32_t one_take(struct slots *slots)
{
    uint32_t word = slots->hint / 64;
    uint64_t free = ~slots->used[word] & ~0ull << (slots->hint % 64);

    while (!free)
        free = ~slots->used[++word];
    uint32_t index = word * 64 + (uint32_t)__builtin_ctzll(free);
    slots->used[word] |= free & -free;
    slots->free--;
    slots->hint = index + 1;
    return index;
}

static uint32_t row_take(struct slots *slots, uint32_t count)
{
    uint32_t run = 0;

    for (uint32_t i = slots->hint; i < slots->end; i++) {
        run = slot_used(slots, i) ? 0 : run + 1;
        if (run == count) {
            uint32_t index = i + 1 - count;
            slots_mark(slots, index, count, true);
            return index;
        }
    }
    return 0;
}

uint32_t slots_take(struct slots *slots, uint32_t count)
{
    if (count == 0 ||
        (slots->free < count + SLOTS_KEPT && !slots_more(slots) && slots->free < count))
        return 0;
    if (count == 1)
        return one_take(slots);
    uint32_t index = row_take(slots, count);
    return index || !slots_more(slots) ? index : row_take(slots, count);
}

bool slots_take_at(struct slots *slots, uint32_t index, uint32_t count)
{
    if (index < slots->first || index > slots->end || count > slots->end - index)
        return false;
    for (uint32_t i = index; i < index + count; i++)
        if (slot_used(slots, i))
            return false;
    slots_mark(slots, index, count, true);
    return true;
}

void slots_give(struct slots *slots, uint32_t index, uint32_t count)
{
    slots_mark(slots, index, count, false);
}
