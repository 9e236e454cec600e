/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/lib/priority_queue.h"

static void list_leader(struct priority_node **where, struct priority_node *node)
{
    node->lower = *where;
    node->reached = where;
    if (node->lower)
        node->lower->reached = &node->lower;
    *where = node;
}

static void unlist_leader(struct priority_node *node)
{
    *node->reached = node->lower;
    if (node->lower)
        node->lower->reached = node->reached;
    node->lower = NULL;
    node->reached = NULL;
}

void priority_queue_insert(struct priority_queue *queue, struct priority_node *node,
                           unsigned priority)
{
    struct priority_node **where = &queue->head;
    while (*where && (*where)->priority > priority)
        where = &(*where)->lower;
    node->priority = priority;
    struct priority_node *leader = *where;
    if (leader && leader->priority == priority) { /* youngest: left of the leader */
        node->next = leader;
        node->prev = leader->prev;
        leader->prev->next = node;
        leader->prev = node;
        node->lower = NULL;
        node->reached = NULL;
    } else {
        node->next = node->prev = node;
        list_leader(where, node);
    }
}

void priority_queue_remove(struct priority_node *node)
{
    struct priority_node *heir = node->next;
    node->prev->next = node->next;
    node->next->prev = node->prev;
    if (node->reached) {
        struct priority_node **where = node->reached;
        unlist_leader(node);
        if (heir != node)
            list_leader(where, heir);
    }
    node->next = node->prev = NULL;
}
