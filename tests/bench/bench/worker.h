/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Further threads of the suite. A worker runs a function once and ends; the main thread, whose
 * priority is WORKER_EQUAL, waits for it. Its objects are of the kind that bench_clear takes back.
 */
#ifndef TESTS_BENCH_BENCH_WORKER_H
#define TESTS_BENCH_BENCH_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/abi/types.h"

#define WORKERS_MAX 4
#define WORKER_LOWER 50
#define WORKER_EQUAL 100 /* as in the manifest */
#define WORKER_HIGHER 150
#define WORKER_HIGHEST 200

struct worker {
    void (*run)(void *context);
    void *context;
    unsigned priority;
    cap_t fault;                    /* whom its faults go to; 0: the root task */
    bool vectors;                   /* it may use vector registers */
    uint64_t slice, budget, period; /* nanoseconds; 0: no limit */

    cap_t thread, time, done, finished; /* made by worker_start; `finished` signals `done` */
};

/* Start it on the stack `index`; of a higher priority than its starter it runs at once. */
void worker_start(struct worker *worker, unsigned index);

/* Wait until its function has returned. */
void worker_join(struct worker *worker);

/*
 * A server thread without time of its own, in this address space, that starts at `entry` when the
 * first request comes. Returns the endpoint. `buffer` is the Frame of its message buffer, or 0.
 */
cap_t worker_serve(void (*entry)(void), cap_t buffer);

#endif
