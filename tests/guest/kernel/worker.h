/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Victims that work, for cases about time: servers whose requests take so and so long, and clients
 * that call them again and again. Work is counted in units, which say how far a victim came
 * whatever time that took it. What they are told, and what they tell, is in their area's data.
 */
#ifndef TESTS_GUEST_KERNEL_WORKER_H
#define TESTS_GUEST_KERNEL_WORKER_H

#include "tests/guest/kernel/runner.h"

#define ENDLESS (~0ull) /* units: until `stop` is set */

struct work {
    volatile uint64_t count; /* units done; first, for await_count */
    volatile uint64_t stop;  /* end of an endless request */
    uint64_t units;          /* client, periodic: of each request, or job */
    uint64_t most;           /* client, periodic: so many calls, or jobs; 0: for ever */
    volatile uint64_t calls; /* client: answered or failed; server: requests begun; jobs done */
    volatile uint64_t errors, error; /* how many calls failed, and the last one's error */
    union {
        struct {                      /* client, server */
            uint64_t handle;          /* whom it calls; a server: for each request; 0: nobody */
            uint64_t signal;          /* client: a signal at the end; 0: none */
            volatile uint64_t answer; /* client: the error that a server in the row got; 0: none */
        };
        struct { /* churn */
            uint64_t untyped, table, slot, size_bits;
        };
        struct { /* periodic: capabilities, and TSC ticks */
            uint64_t time, nothing;
            volatile uint64_t release, period, first, worst; /* response times */
        };
    };
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
struct task *worker_client_in(struct process *process, unsigned priority, cap_t endpoint,
                              uint64_t units, uint64_t most);
void worker_start_client(struct task *client);
struct task *worker_server_in(struct process *process, cap_t endpoint, unsigned priority,
                              cap_t next);
/* A periodic task: `most` jobs of so many units, the first released at that TSC value. */
struct task *worker_periodic(unsigned priority, uint64_t units, uint64_t period, uint64_t most);
void worker_start_periodic(struct task *task, uint64_t release);
/* One that retypes and revokes an Untyped of this size for ever. It runs already. */
struct task *worker_churn(unsigned priority, unsigned bits);

/* Entries. */
void worker_serve(void);
void worker_serve_passive(void);
void worker_call(void);
void worker_churn_entry(void);
void worker_periodic_entry(void);

#endif
