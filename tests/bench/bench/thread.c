/* SPDX-License-Identifier: BSD-2-Clause */
/* Making and ending a thread. */

#include "libsys/invoke.h"
#include "libsys/names.h"
#include "tests/bench/bench/bench.h"
#include "tests/bench/bench/bare.h"
#include "tests/bench/bench/sample.h"
#include "tests/bench/bench/worker.h"

/* What a new thread needs; `slot` is where its capability goes. */
struct parts {
    cap_t untyped, time, parent;
    uint32_t slot;
};

/* From memory to a thread that could run; its priority is too low for it to begin. */
static err_t create(const struct parts *parts)
{
    cap_t thread = CAP_OF(parts->slot);
    err_t error = untyped_retype(parts->untyped, bench.cnode, parts->slot, 1, OBJECT_THREAD,
                                 bench.info->thread_bits);

    if (!error)
        error = thread_set_space(thread, bench.cnode, bench.vspace);
    if (!error)
        error = thread_set_fault(thread, parts->parent);
    if (!error)
        error = thread_set_sched(thread, parts->time);
    if (!error)
        error = thread_start(thread, (uint64_t)bare_echo, 0, 0, 0);
    return error;
}

static void measure_create(void)
{
    struct parts parts = {
        .untyped = bench_untyped(),
        .time = bench_make(OBJECT_SCHED_CONTEXT, object_bits(OBJECT_SCHED_CONTEXT)),
        .parent = program_cap("parent"),
        .slot = bench_slot(),
    };
    uint64_t state, callee, vector;

    bench_check("sched_context_configure",
                sched_context_configure(parts.time, bench.cpu, WORKER_LOWER, 0));
    for (unsigned i = 0; i < PASSES; i++) {
        err_t error;
        MEASURE(REGION_THREAD_CREATE, error = create(&parts));
        bench_check("making a thread", error);
        bench_check("thread_info", thread_info(CAP_OF(parts.slot), &state, &callee, &vector));
        bench_expect("the new thread is ready", state == THREAD_READY);
        MEASURE(REGION_THREAD_DESTROY, error = cnode_delete(bench.cnode, parts.slot));
        bench_check("deleting a thread", error);
        bench_check("cnode_revoke", cnode_revoke(bench.cnode, CAP_INDEX(parts.untyped)));
    }
}

void thread_measure(void)
{
    measure_create();
}
