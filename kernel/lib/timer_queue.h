/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is due next: any number of timers, the earliest first. Nodes live in their owners.
 *
 * A leftist heap (Crane, "Linear lists and priority queues as balanced binary trees", 1972): the
 * way to the right is the shortest way out of any subtree, log2(n + 1) nodes at most, and merging
 * two heaps follows these ways alone. So inserting, and removing any timer, are O(log n) in the
 * worst case, not only on average: the kernel may do either with interrupts off.
 */
#ifndef KERNEL_LIB_TIMER_QUEUE_H
#define KERNEL_LIB_TIMER_QUEUE_H

#include "kernel/lib/types.h"

struct timer {
    uint64_t time; /* in whatever unit the owner counts; only the order matters */
    struct timer *left, *right, *up;
    uint32_t rank; /* nodes on the shortest way out below here, this one included; 0: not queued */
    uint32_t reserved;
};

struct timer_queue {
    struct timer *first;
};

/* `timer` isn't queued. */
void timer_queue_insert(struct timer_queue *queue, struct timer *timer, uint64_t time);
/* `timer` is queued, and here. */
void timer_queue_remove(struct timer_queue *queue, struct timer *timer);

static inline bool timer_is_queued(const struct timer *timer)
{
    return timer->rank;
}

#endif
