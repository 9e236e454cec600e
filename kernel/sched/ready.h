/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A CPU's ready queues: a ring for each priority, by its tail, and a map of those that aren't
 * empty. All is O(1), however many are ready. For sched.c alone, which calls it so often that the
 * compiler should see both.
 */
#ifndef KERNEL_SCHED_READY_H
#define KERNEL_SCHED_READY_H

#include "kernel/arch/arch.h"
#include "kernel/sched/sched.h"

static inline struct sched_context *context_of(struct priority_node *node)
{
    return container_of(node, struct sched_context, node);
}

/* An empty queue gets its first. */
static inline void ready_begin(struct cpu *cpu, struct priority_node *node, unsigned priority)
{
    node->next = node->prev = node;
    cpu->ready_map[priority / 64] |= 1ull << priority % 64;
    cpu->ready[priority] = node;
}

/* Behind its equals, or before them. */
static NOINLINE void ready_insert(struct cpu *cpu, struct sched_context *sched, bool first)
{
    struct priority_node *node = &sched->node, *tail = cpu->ready[node->priority];
    sched->place = SCHED_READY;
    if (!tail) {
        ready_begin(cpu, node, node->priority);
        return;
    }
    node->next = tail->next;
    node->prev = tail;
    node->next->prev = node;
    tail->next = node;
    if (!first)
        cpu->ready[node->priority] = node;
}

static NOINLINE void ready_remove(struct cpu *cpu, struct sched_context *sched)
{
    struct priority_node *node = &sched->node;
    unsigned priority = node->priority;
    if (node->next == node) {
        cpu->ready[priority] = NULL;
        cpu->ready_map[priority / 64] &= ~(1ull << priority % 64);
        return;
    }
    node->prev->next = node->next;
    node->next->prev = node->prev;
    if (cpu->ready[priority] == node)
        cpu->ready[priority] = node->prev;
}

/* The oldest of the highest priority; null: nothing is ready. */
static inline struct sched_context *ready_first(const struct cpu *cpu)
{
    for (unsigned word = PRIORITY_COUNT / 64; word-- > 0;) {
        uint64_t map = cpu->ready_map[word];
        if (map)
            return context_of(cpu->ready[word * 64 + 63 - (unsigned)__builtin_clzll(map)]->next);
    }
    return NULL;
}

#endif
