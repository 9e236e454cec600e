/* SPDX-License-Identifier: BSD-2-Clause */
/* See heap.h. */

#include "servers/timer/heap.h"

static void put(struct heap *heap, uint32_t place, struct timer *timer)
{
    heap->timer[place] = timer;
    timer->place = place;
}

static void rise(struct heap *heap, uint32_t place, struct timer *timer)
{
    while (place > 0) {
        uint32_t above = (place - 1) / 2;
        if (heap->timer[above]->time <= timer->time)
            break;
        put(heap, place, heap->timer[above]);
        place = above;
    }
    put(heap, place, timer);
}

static void sink(struct heap *heap, uint32_t place, struct timer *timer)
{
    for (uint32_t child = 2 * place + 1; child < heap->count; child = 2 * place + 1) {
        if (child + 1 < heap->count && heap->timer[child + 1]->time < heap->timer[child]->time)
            child++;
        if (heap->timer[child]->time >= timer->time)
            break;
        put(heap, place, heap->timer[child]);
        place = child;
    }
    put(heap, place, timer);
}

void heap_add(struct heap *heap, struct timer *timer, uint64_t time)
{
    timer->time = time;
    rise(heap, heap->count++, timer);
}

/* The last one takes its place, and may belong further up or further down. */
void heap_remove(struct heap *heap, struct timer *timer)
{
    struct timer *last = heap->timer[--heap->count];

    timer->time = 0;
    if (last == timer)
        return;
    sink(heap, timer->place, last);
    rise(heap, last->place, last);
}

/* Times that were missed aren't made up for. */
static uint64_t time_next(const struct timer *timer, uint64_t now)
{
    uint64_t missed = (now - timer->time) / timer->interval, next;

    if (__builtin_mul_overflow(missed + 1, timer->interval, &next) ||
        __builtin_add_overflow(next, timer->time, &next))
        return UINT64_MAX;
    return next;
}

struct timer *heap_due(struct heap *heap, uint64_t now)
{
    struct timer *timer = heap_first(heap);

    if (!timer || timer->time > now)
        return 0;
    uint64_t next = timer->interval ? time_next(timer, now) : 0;
    heap_remove(heap, timer);
    if (next)
        heap_add(heap, timer, next);
    return timer;
}
