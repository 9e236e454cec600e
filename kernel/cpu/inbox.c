/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/cpu/inbox.h"

#include "kernel/arch/arch.h"
#include "kernel/cpu/away.h"
#include "kernel/cpu/grace.h"
#include "kernel/object/notification.h"
#include "kernel/object/thread.h"

/* For each interrupt, so that none is long: an operation may take all of INVOCATION_STEPS. */
#define ARRIVALS_AT_ONCE 4
#define OPERATION_COST 4

void inbox_put(unsigned index, struct inbox_node *node, enum inbox_kind kind)
{
    struct cpu *cpu = cpu_at(index);
    struct inbox_node *first = __atomic_load_n(&cpu->inbox, __ATOMIC_RELAXED);
    node->kind = kind;
    do {
        node->next = first;
    } while (!__atomic_compare_exchange_n(&cpu->inbox, &first, node, true, __ATOMIC_RELEASE,
                                          __ATOMIC_RELAXED));
    if (!first)
        cpu_interrupt(index);
}

/* What has come is put behind what came before. */
static void take(struct cpu *cpu)
{
    struct inbox_node *node = __atomic_exchange_n(&cpu->inbox, NULL, __ATOMIC_ACQUIRE);
    struct inbox_node *oldest = NULL, **end = &cpu->arrived;
    while (node) {
        struct inbox_node *next = node->next;
        node->next = oldest;
        oldest = node;
        node = next;
    }
    while (*end)
        end = &(*end)->next;
    *end = oldest;
}

/* How much that was, of ARRIVALS_AT_ONCE. */
static unsigned arrive(struct inbox_node *node)
{
    switch ((enum inbox_kind)node->kind) {
    case INBOX_THREAD:
        return away_arrive(container_of(node, struct thread, away.node)) ? OPERATION_COST : 1;
    case INBOX_CANCEL:
        away_asked(container_of(node, struct thread, away.cancel));
        return 1;
    case INBOX_NOTIFICATION:
        notification_arrive(container_of(node, struct notification, node));
        return 1;
    }
    return 1;
}

/* False: not all yet. */
static bool drain(struct cpu *cpu)
{
    take(cpu);
    for (unsigned done = 0; cpu->arrived;) {
        if (done >= ARRIVALS_AT_ONCE)
            return false;
        struct inbox_node *node = cpu->arrived;
        cpu->arrived = node->next;
        done += arrive(node);
    }
    /* What couldn't be done has been put there again, and leads to what it led to. */
    return !__atomic_load_n(&cpu->inbox, __ATOMIC_RELAXED);
}

void cpu_called(void)
{
    struct cpu *cpu = this_cpu();
    do {
        uint32_t asked = __atomic_load_n(&cpu->asked, __ATOMIC_ACQUIRE);
        if (__atomic_exchange_n(&cpu->flush, 0, __ATOMIC_ACQUIRE))
            tlb_flush_all();
        if (!drain(cpu)) {
            cpu_interrupt(cpu->index); /* others are taken between */
            return;
        }
        grace_pass(cpu, asked);
    } while (__atomic_load_n(&cpu->asked, __ATOMIC_ACQUIRE) != cpu->passed);
}
