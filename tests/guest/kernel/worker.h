/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Victims that work, for cases about time: servers whose requests take so and so long, and clients
 * that call them again and again. Work is counted in units, which say how far a victim came whatever
 * time that took it. What they are told, and what they tell, is in their area's data.
 */
#ifndef TESTS_GUEST_KERNEL_WORKER_H
#define TESTS_GUEST_KERNEL_WORKER_H

#include "tests/guest/kernel/runner.h"

#define ENDLESS (~0ull) /* units: until `stop` is set */

struct work {
    volatile uint64_t count;         /* units done; first, for await_count */
    volatile uint64_t stop;          /* end of an endless request */
    uint64_t handle;                 /* whom it calls; a server: for each request; 0: nobody */
    uint64_t units;                  /* client: of each request */
    uint64_t most;                   /* client: so many calls; 0: for ever */
    volatile uint64_t calls;         /* client: answered or failed; server: requests begun */
    volatile uint64_t errors, error; /* client: how many calls failed, and the last one's error */
    uint64_t signal;                 /* client: a signal at the end; 0: none */
};
_Static_assert(sizeof(struct work) <= sizeof(((struct area *)0)->data), "area.h");

static inline struct work *work_of(const struct task *task)
{
    return (struct work *)task->area->data;
}

/* A server in a process of its own at an endpoint; without time of its own if the priority is 0.
 * It works for each request, or calls `next`, if that isn't 0. It runs already. */
struct task *worker_server(cap_t endpoint, unsigned priority, cap_t next);
/* A client of the endpoint, which calls `most` times for so many units each. It isn't started. */
struct task *worker_client(unsigned priority, cap_t endpoint, uint64_t units, uint64_t most);
void worker_start_client(struct task *client);

/* Entries. */
void worker_serve(void);
void worker_serve_passive(void);
void worker_call(void);

#endif
