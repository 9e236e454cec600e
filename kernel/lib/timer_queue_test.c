/* SPDX-License-Identifier: BSD-2-Clause */
// sources: kernel/lib/timer_queue.c
/* Random insertions and removals against a plain array, and the heap's shape after each. */
#include "kernel/lib/timer_queue.h"

#include <stdio.h>
#include <stdlib.h>

#define TIMERS 200

static struct timer timers[TIMERS];
static struct timer_queue queue;

static void fail(const char *what)
{
    printf("not ok timer queue: %s\n", what);
    exit(1);
}

/* Members of a subtree, each in order with who is above it, and leaning to the left. */
static unsigned check(const struct timer *timer, const struct timer *up)
{
    if (!timer)
        return 0;
    const struct timer *left = timer->left, *right = timer->right;
    uint32_t left_rank = left ? left->rank : 0, right_rank = right ? right->rank : 0;
    if (timer->up != up)
        fail("a member doesn't know who is above it");
    if (up && timer->time < up->time)
        fail("a later timer stands above an earlier");
    if (left_rank < right_rank || timer->rank != right_rank + 1)
        fail("the shortest way isn't on the right");
    return 1 + check(left, timer) + check(right, timer);
}

static void check_all(void)
{
    unsigned count = 0;
    const struct timer *first = NULL;
    for (unsigned i = 0; i < TIMERS; i++) {
        count += timer_is_queued(&timers[i]);
        if (timer_is_queued(&timers[i]) && (!first || timers[i].time < first->time))
            first = &timers[i];
    }
    if (check(queue.first, NULL) != count)
        fail("members were lost");
    if (!first != !queue.first || (first && first->time != queue.first->time))
        fail("the first isn't the earliest");
}

static void random_history(void)
{
    for (int step = 0; step < 100000; step++) {
        struct timer *timer = &timers[rand() % TIMERS];
        if (!timer_is_queued(timer))
            timer_queue_insert(&queue, timer, (uint64_t)(rand() % 1000));
        else
            timer_queue_remove(&queue, rand() % 2 ? timer : queue.first);
        check_all();
    }
}

/* The orders that make a plain binary tree a list: still no way to the right is long. */
static void sorted_orders(void)
{
    while (queue.first)
        timer_queue_remove(&queue, queue.first);
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < TIMERS; i++)
            timer_queue_insert(&queue, &timers[i], round ? TIMERS - i : i);
        check_all();
        if (queue.first->rank > 8) /* log2(201) */
            fail("a way to the right is too long");
        for (unsigned i = 0; i < TIMERS; i++) {
            timer_queue_remove(&queue, queue.first);
            check_all();
        }
    }
}

int main(void)
{
    srand(1);
    random_history();
    sorted_orders();
    printf("ok timer queue: random and sorted\n");
    return 0;
}
