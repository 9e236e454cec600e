/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A queue by priority (255 first), first come first served within one. Nodes live in their owners.
 *
 * The nodes of one priority form a ring; its oldest node, the leader, also stands in a list of
 * leaders, highest priority first. Taking the first and removing any node are O(1); inserting
 * passes at most one leader per priority in use, however many nodes there are.
 *
 *   head ─▶ leader 200 ─▶ leader 90 ─▶ leader 7
 *             ⇅ ring        ⇅ ring
 *            younger       younger
 */
#ifndef KERNEL_LIB_PRIORITY_QUEUE_H
#define KERNEL_LIB_PRIORITY_QUEUE_H

#include "kernel/lib/types.h"

struct priority_node {
    struct priority_node *next, *prev; /* ring of equals */
    struct priority_node *lower,
        **reached; /* leaders only: list, and what points here; else null */
    uint32_t priority;
};

struct priority_queue {
    struct priority_node *head;
};

void priority_queue_insert(struct priority_queue *queue, struct priority_node *node,
                           unsigned priority);
void priority_queue_remove(struct priority_node *node);

static inline struct priority_node *priority_queue_first(const struct priority_queue *queue)
{
    return queue->head;
}

#endif
