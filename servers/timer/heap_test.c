/* SPDX-License-Identifier: BSD-2-Clause */
/* sources: servers/timer/heap.c */
/* The heap of timers against a plain search, over a long random history. */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "servers/timer/heap.h"

static struct timer timers[TIMERS_MAX];
static struct heap heap;
static int failures;

static void report(const char *name, bool good)
{
    printf(good ? "ok timer: %s\n" : "not ok timer: %s: not so\n", name);
    failures += !good;
}

static uint64_t model_first(uint32_t *running)
{
    uint64_t first = UINT64_MAX;

    *running = 0;
    for (uint32_t i = 0; i < TIMERS_MAX; i++) {
        if (timers[i].time == 0)
            continue;
        ++*running;
        if (timers[i].time < first)
            first = timers[i].time;
    }
    return first;
}

static bool agrees(void)
{
    uint32_t running;
    uint64_t first = model_first(&running);

    for (uint32_t i = 0; i < heap.count; i++)
        if (heap.timer[i]->place != i || heap.timer[i]->time < heap.timer[(i - (i > 0)) / 2]->time)
            return false;
    return running == heap.count && (running == 0 || heap_first(&heap)->time == first);
}

static bool history(void)
{
    for (int round = 0; round < 100000; round++) {
        uint32_t range = round < 50000 ? TIMERS_MAX : 20;
        struct timer *timer = &timers[(uint32_t)rand() % range];
        if (timer->time)
            heap_remove(&heap, timer);
        else
            heap_add(&heap, timer, 1 + (uint64_t)rand() % 1000);
        if (round % 16 == 0 && !agrees())
            return false;
    }
    while (heap.count > 0)
        heap_remove(&heap, heap.timer[(uint32_t)rand() % heap.count]);
    return agrees();
}

static bool all_places(void)
{
    for (uint32_t i = 0; i < TIMERS_MAX; i++)
        heap_add(&heap, &timers[i], TIMERS_MAX - i);
    for (uint64_t now = 1; now <= TIMERS_MAX; now++)
        if (heap_due(&heap, now) != &timers[TIMERS_MAX - now] || heap_due(&heap, now))
            return false;
    return heap.count == 0;
}

static bool periods(void)
{
    struct timer timer = {.interval = 10};

    heap_add(&heap, &timer, 100);
    if (heap_due(&heap, 99) || heap_due(&heap, 100) != &timer || timer.time != 110)
        return false;
    if (heap_due(&heap, 135) != &timer || timer.time != 140) /* two were missed */
        return false;
    timer.interval = UINT64_MAX - 5; /* beyond the end of time: never again */
    if (heap_due(&heap, 140) != &timer || timer.time != UINT64_MAX)
        return false;
    heap_remove(&heap, &timer);
    return heap.count == 0 && timer.time == 0;
}

int main(void)
{
    report("a random history", history());
    report("all places, in order", all_places());
    report("periods", periods());
    return failures != 0;
}
