/* SPDX-License-Identifier: BSD-2-Clause */
/* See worker.h. */

#include "tests/bench/bench/worker.h"

#include "libsys/invoke.h"
#include "libsys/names.h"
#include "tests/bench/bench/bench.h"

#define STACK_BYTES 8192

static char stacks[WORKERS_MAX][STACK_BYTES] __attribute__((aligned(16)));

static void configure(cap_t thread, cap_t fault)
{
    bench_check("thread_set_space", thread_set_space(thread, bench.cnode, bench.vspace));
    bench_check("thread_set_fault",
                thread_set_fault(thread, fault ? fault : program_cap("parent")));
}

static _Noreturn void worker_entry(struct worker *worker)
{
    worker->run(worker->context);
    bench_check("signal that a worker has finished", signal_flags(worker->finished));
    bench_check("thread_suspend", thread_suspend(worker->thread));
    bench_fail("a suspended thread went on");
}

static cap_t badged_signal(cap_t notification)
{
    uint32_t slot = bench_slot();

    bench_check("cnode_mint",
                cnode_mint(bench.cnode, slot, notification, RIGHT_NOTIFICATION_SIGNAL, 1));
    return CAP_OF(slot);
}

static void configure_time(const struct worker *worker)
{
    if (worker->budget)
        bench_check("sched_context_limit",
                    sched_context_limit(worker->time, bench.cpu, worker->priority, worker->slice,
                                        worker->budget, worker->period));
    else
        bench_check(
            "sched_context_configure",
            sched_context_configure(worker->time, bench.cpu, worker->priority, worker->slice));
}

void worker_start(struct worker *worker, unsigned index)
{
    const struct program_info *info = bench.info;
    uint64_t stack = (uint64_t)stacks[index] + STACK_BYTES;

    worker->thread =
        bench_make(OBJECT_THREAD, worker->vectors ? info->thread_vector_bits : info->thread_bits);
    worker->time = bench_make(OBJECT_SCHED_CONTEXT, object_bits(OBJECT_SCHED_CONTEXT));
    worker->done = bench_make(OBJECT_NOTIFICATION, object_bits(OBJECT_NOTIFICATION));
    worker->finished = badged_signal(worker->done);
    configure(worker->thread, worker->fault);
    configure_time(worker);
    bench_check("thread_set_sched", thread_set_sched(worker->thread, worker->time));
    /* As after a call: the stack pointer is 8 below a multiple of 16. */
    bench_check("thread_start", thread_start(worker->thread, (uint64_t)worker_entry, stack - 8, 0,
                                             (uint64_t)worker));
}

void worker_join(struct worker *worker)
{
    uint64_t flags;

    bench_check("waiting for a worker", notification_wait(worker->done, &flags));
}

cap_t worker_serve(void (*entry)(void), cap_t buffer)
{
    cap_t endpoint = bench_make(OBJECT_ENDPOINT, bench.info->endpoint_bits);
    cap_t thread = bench_make(OBJECT_THREAD, bench.info->thread_bits);

    configure(thread, 0);
    bench_check("thread_set_endpoint", thread_set_endpoint(thread, endpoint));
    if (buffer)
        bench_check("thread_set_buffer", thread_set_buffer(thread, buffer, 0));
    bench_check("thread_start", thread_start(thread, (uint64_t)entry, 0, 0, 0));
    return endpoint;
}
