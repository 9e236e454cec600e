/* SPDX-License-Identifier: BSD-2-Clause */
/* sources: servers/vfs/heap.c servers/vfs/pages.c */
/* Pieces don't overlap, and all memory goes back: a random history over a small machine. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "servers/vfs/heap.h"
#include "servers/vfs/pages.h"

#define SLOTS 3000

static struct {
    uint8_t *place;
    uint32_t bytes;
    uint8_t value;
} piece[SLOTS];

static uint64_t taken, limit = UINT64_MAX;
static int failures;

static void report(const char *name, bool good)
{
    printf(good ? "ok vfs heap: %s\n" : "not ok vfs heap: %s: not so\n", name);
    failures += !good;
}

void *backing_take(uint64_t bytes)
{
    if (bytes > limit - taken)
        return NULL;
    taken += bytes;
    return aligned_alloc(PAGE_BYTES, bytes);
}

void backing_give(void *place, uint64_t bytes)
{
    taken -= bytes;
    free(place);
}

static bool intact(int i)
{
    for (uint32_t j = 0; j < piece[i].bytes; j++)
        if (piece[i].place[j] != piece[i].value)
            return false;
    return true;
}

static uint32_t any_size(void)
{
    static const uint32_t range[] = {40, 300, 2100, 9000, 200000};

    return 1 + (uint32_t)rand() % range[rand() % (rand() % 50 ? 4 : 5)];
}

static void take(int i)
{
    uint32_t bytes = any_size();

    piece[i].place = heap_take(bytes);
    if (!piece[i].place)
        return;
    piece[i].bytes = bytes;
    piece[i].value = (uint8_t)rand();
    memset(piece[i].place, piece[i].value, bytes);
}

static void give(int i)
{
    heap_give(piece[i].place, piece[i].bytes);
    piece[i].place = NULL;
}

static bool history(int steps)
{
    for (int s = 0; s < steps; s++) {
        int i = rand() % SLOTS;
        if (!piece[i].place) {
            take(i);
            if (piece[i].place && (uint64_t)piece[i].place % 16)
                return false;
        } else if (!intact(i)) {
            return false;
        } else {
            give(i);
        }
    }
    return true;
}

/* One area stays. */
static bool all_back(void)
{
    for (int i = 0; i < SLOTS; i++)
        if (piece[i].place)
            give(i);
    return heap_pieces() == 0 && taken <= 128 * PAGE_BYTES && taken == pages_bytes();
}

static bool sizes(void)
{
    for (uint32_t bytes = 1; bytes < 20000; bytes++)
        if (heap_bytes(bytes) < bytes || heap_bytes(heap_bytes(bytes)) != heap_bytes(bytes))
            return false;
    return true;
}

int main(void)
{
    report("sizes", sizes());
    report("a random history", history(100000));
    report("all goes back", all_back());
    limit = 2u << 20;
    report("with little memory", history(100000) && taken <= limit);
    report("all of that goes back", all_back());
    return failures != 0;
}
