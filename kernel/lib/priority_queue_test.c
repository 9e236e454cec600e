/* SPDX-License-Identifier: BSD-2-Clause */
// sources: kernel/lib/priority_queue.c
/* Random insertions and removals against a plain array that is searched. */
#include "kernel/lib/priority_queue.h"

#include <stdio.h>
#include <stdlib.h>

#define NODES 64

static struct priority_node node[NODES];
static unsigned long stamp[NODES]; /* 0: not queued */

static int expected_first(void)
{
    int best = -1;
    for (int i = 0; i < NODES; i++) {
        if (!stamp[i])
            continue;
        if (best < 0 || node[i].priority > node[best].priority ||
            (node[i].priority == node[best].priority && stamp[i] < stamp[best]))
            best = i;
    }
    return best;
}

int main(void)
{
    struct priority_queue queue = {0};
    unsigned long now = 0;
    srand(1);
    for (int step = 0; step < 200000; step++) {
        int i = rand() % NODES;
        if (stamp[i]) {
            if (rand() % 2)
                i = expected_first();
            priority_queue_remove(&node[i]);
            stamp[i] = 0;
        } else {
            priority_queue_insert(&queue, &node[i], (unsigned)rand() % 5 * 63);
            stamp[i] = ++now;
        }
        int want = expected_first();
        struct priority_node *first = priority_queue_first(&queue);
        if (first != (want < 0 ? NULL : &node[want])) {
            printf("not ok priority_queue: wrong first after step %d\n", step);
            return 1;
        }
    }
    printf("ok priority_queue: first in, first out within each priority\n");
    return 0;
}
