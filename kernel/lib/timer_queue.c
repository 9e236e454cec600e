/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/lib/timer_queue.h"

static uint32_t rank_of(const struct timer *timer)
{
    return timer ? timer->rank : 0;
}

/* Keep the shorter way on the right. False: nothing has changed for who is above. */
static bool settle(struct timer *timer)
{
    uint32_t before = timer->rank;
    if (rank_of(timer->left) < rank_of(timer->right)) {
        struct timer *left = timer->left;
        timer->left = timer->right;
        timer->right = left;
    }
    timer->rank = rank_of(timer->right) + 1;
    return timer->rank != before;
}

/* Both are roots; their ways to the right become one, in order. */
static struct timer *merge(struct timer *a, struct timer *b)
{
    struct timer *root = NULL, **where = &root, *last = NULL;
    while (a && b) {
        struct timer *next = b->time < a->time ? b : a;
        if (next == b)
            b = a;
        a = next->right;
        *where = next;
        next->up = last;
        last = next;
        where = &next->right;
    }
    *where = a ? a : b;
    if (*where)
        (*where)->up = last;
    for (; last; last = last->up)
        settle(last);
    return root;
}

void timer_queue_insert(struct timer_queue *queue, struct timer *timer, uint64_t time)
{
    timer->time = time;
    timer->left = timer->right = timer->up = NULL;
    timer->rank = 1;
    queue->first = merge(queue->first, timer);
}

void timer_queue_remove(struct timer_queue *queue, struct timer *timer)
{
    struct timer *up = timer->up, *heir = merge(timer->left, timer->right);
    if (heir)
        heir->up = up;
    if (!up)
        queue->first = heir;
    else if (up->left == timer)
        up->left = heir;
    else
        up->right = heir;
    timer->rank = 0;
    while (up && settle(up))
        up = up->up;
}
