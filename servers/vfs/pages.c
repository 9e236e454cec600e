/* SPDX-License-Identifier: BSD-2-Clause */
/* See pages.h. More pages in a row than fit well in an area are a mapping of their own. */

#include "servers/vfs/pages.h"

#define AREA_PAGES 128u
#define AREA_BYTES (AREA_PAGES * PAGE_BYTES)
#define AREAS_MAX 2048u /* 1 GiB */
#define ROW_MAX 32u     /* in an area */

struct area {
    uint8_t *start;
    uint64_t used[AREA_PAGES / 64]; /* one bit for each page */
    uint32_t free;
};

static struct area area[AREAS_MAX]; /* in the order of their addresses */
static uint32_t areas, empty_areas;
static uint64_t direct_bytes;

/* ---- One area -------------------------------------------------------------------------------- */

static bool page_used(const struct area *a, uint32_t page)
{
    return a->used[page / 64] >> page % 64 & 1;
}

static void row_mark(struct area *a, uint32_t first, uint32_t count, bool used)
{
    for (uint32_t i = first; i < first + count; i++) {
        uint64_t bit = 1ull << i % 64;
        a->used[i / 64] = used ? a->used[i / 64] | bit : a->used[i / 64] & ~bit;
    }
    a->free = used ? a->free - count : a->free + count;
}

/* The first of so many free pages in a row; AREA_PAGES: there is no such row. */
static uint32_t row_find(const struct area *a, uint32_t count)
{
    uint32_t row = 0;

    for (uint32_t i = 0; i < AREA_PAGES; i++) {
        if (i % 64 == 0 && a->used[i / 64] == UINT64_MAX) {
            row = 0;
            i += 63;
            continue;
        }
        row = page_used(a, i) ? 0 : row + 1;
        if (row == count)
            return i + 1 - count;
    }
    return AREA_PAGES;
}

static void *row_take(struct area *a, uint32_t count)
{
    if (a->free < count)
        return NULL;
    uint32_t first = row_find(a, count);
    if (first == AREA_PAGES)
        return NULL;
    if (a->free == AREA_PAGES)
        empty_areas--;
    row_mark(a, first, count, true);
    return a->start + (uint64_t)first * PAGE_BYTES;
}

/* ---- All of them ----------------------------------------------------------------------------- */

/* The number of areas that begin at or below this address. */
static uint32_t areas_up_to(const uint8_t *place)
{
    uint32_t low = 0, high = areas;

    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (area[middle].start <= place)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct area *area_make(void)
{
    uint8_t *start = areas < AREAS_MAX ? backing_take(AREA_BYTES) : NULL;

    if (!start)
        return NULL;
    uint32_t index = areas_up_to(start);
    for (uint32_t i = areas; i > index; i--)
        area[i] = area[i - 1];
    area[index] = (struct area){.start = start, .free = AREA_PAGES};
    areas++;
    empty_areas++;
    return &area[index];
}

static void area_end(struct area *a)
{
    backing_give(a->start, AREA_BYTES);
    areas--;
    empty_areas--;
    for (struct area *next = a; next < &area[areas]; next++)
        *next = next[1];
}

static void *direct_take(uint32_t count)
{
    void *place = backing_take((uint64_t)count * PAGE_BYTES);

    if (place)
        direct_bytes += (uint64_t)count * PAGE_BYTES;
    return place;
}

void *pages_take(uint32_t count)
{
    void *place = NULL;

    if (count > ROW_MAX)
        return direct_take(count);
    for (uint32_t i = 0; i < areas && !place; i++)
        place = row_take(&area[i], count);
    if (place)
        return place;
    struct area *fresh = area_make();
    return fresh ? row_take(fresh, count) : NULL;
}

void pages_give(void *place, uint32_t count)
{
    if (count > ROW_MAX) {
        backing_give(place, (uint64_t)count * PAGE_BYTES);
        direct_bytes -= (uint64_t)count * PAGE_BYTES;
        return;
    }
    struct area *a = &area[areas_up_to(place) - 1];
    row_mark(a, (uint32_t)((uint64_t)((uint8_t *)place - a->start) / PAGE_BYTES), count, false);
    if (a->free == AREA_PAGES && ++empty_areas > 1)
        area_end(a);
}

uint64_t pages_bytes(void)
{
    return (uint64_t)areas * AREA_BYTES + direct_bytes;
}
