/* SPDX-License-Identifier: BSD-2-Clause */
/* sources: libsys/slots.c */
/* The slot allocator against a table of booleans, over a long random history. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libsys/slots.h"

#define FIRST 17
#define END 331

static uint64_t bitmap[SLOTS_WORDS(END)];
static bool taken[END];
static int failures;

static void report(const char *name, bool good)
{
    printf(good ? "ok %s\n" : "not ok %s: wrong answer\n", name);
    failures += !good;
}

/* The lowest free row by the plain definition; 0: none. */
static uint32_t model_find(uint32_t count)
{
    for (uint32_t i = FIRST; count > 0 && i + count <= END; i++) {
        uint32_t length = 0;
        while (length < count && !taken[i + length])
            length++;
        if (length == count)
            return i;
    }
    return 0;
}

static uint32_t model_free(void)
{
    uint32_t count = 0;

    for (uint32_t i = FIRST; i < END; i++)
        count += !taken[i];
    return count;
}

static bool step(struct slots *slots)
{
    uint32_t count = (uint32_t)rand() % 20 + 1;

    if (rand() % 2) {
        uint32_t expected = model_find(count);
        uint32_t index = slots_take(slots, count);
        if (index != expected)
            return false;
        if (index)
            memset(taken + index, 1, count);
        return true;
    }
    uint32_t index = FIRST + (uint32_t)rand() % (END - FIRST);
    for (count = 0; index + count < END && taken[index + count] && count < 9; count++)
        taken[index + count] = false;
    if (count)
        slots_give(slots, index, count);
    return true;
}

static void test_history(void)
{
    struct slots slots;
    bool good = true;

    slots_init(&slots, bitmap, FIRST, END);
    for (int i = 0; i < 200000 && good; i++)
        good = step(&slots) && slots.free == model_free();
    report("slots: a random history", good);
}

static void test_fixed(void)
{
    struct slots slots;

    slots_init(&slots, bitmap, FIRST, END);
    report("slots: none asked for", slots_take(&slots, 0) == 0);
    report("slots: more than there are", slots_take(&slots, END - FIRST + 1) == 0);
    report("slots: below the first", !slots_take_at(&slots, FIRST - 1, 1));
    report("slots: past the end", !slots_take_at(&slots, END - 1, 2));
    report("slots: a huge count", !slots_take_at(&slots, END - 1, 0xffffffff));
    report("slots: a given place", slots_take_at(&slots, 20, 2));
    report("slots: a place that is taken", !slots_take_at(&slots, 19, 2));
    report("slots: the row before it", slots_take(&slots, 3) == FIRST);
    report("slots: all the rest", slots_take(&slots, END - 22) == 22);
    report("slots: none left", slots.free == 0 && slots_take(&slots, 1) == 0);
}

int main(void)
{
    srand(1);
    test_fixed();
    test_history();
    return failures != 0;
}
