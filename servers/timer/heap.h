/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The timers that run, the next one first: a binary heap whose entries know their place, so that
 * one can be taken out of the middle. No system calls.
 */
#ifndef SERVERS_TIMER_HEAP_H
#define SERVERS_TIMER_HEAP_H

#include <stdint.h>

#include "libsys/timer_protocol.h"

struct timer {
    uint64_t time;     /* nanoseconds since boot; 0: it doesn't run */
    uint64_t interval; /* 0: once */
    uint32_t place;    /* in the heap, while it runs */
    uint32_t owner;    /* badge of the handle that made it; 0: a free place */
    uint32_t generation;
    uint32_t event; /* handle of what is signalled */
};

struct heap {
    struct timer *timer[TIMERS_MAX];
    uint32_t count;
};

/* Let it run (it doesn't yet), or stop it (it does). */
void heap_add(struct heap *heap, struct timer *timer, uint64_t time);
void heap_remove(struct heap *heap, struct timer *timer);

/* The next one; null: none runs. */
static inline struct timer *heap_first(const struct heap *heap)
{
    return heap->count > 0 ? heap->timer[0] : 0;
}

/* The next one if its time has come: it's stopped, or runs to its next time behind `now`. */
struct timer *heap_due(struct heap *heap, uint64_t now);

#endif
