/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A page fault that a pager in another address space serves: the fault becomes a message, the pager
 * maps one page of a Frame that it was handed, its answer lets the load be tried again. Every pass
 * takes the next page; the page table is there already.
 */

#include "libsys/invoke.h"
#include "tests/bench/bench/bench.h"
#include "tests/bench/bench/sample.h"
#include "tests/bench/bench/worker.h"
#include "tests/bench/protocol.h"

static void fault_run(void *context)
{
    (void)context;
    for (uint64_t i = 0; i < PASSES; i++) {
        const volatile uint64_t *page = (const uint64_t *)(FAULT_ADDRESS + i * PAGE);
        uint64_t value;
        MEASURE(REGION_FAULT, value = *page);
        bench_expect("the load finds the page's mark", value == i + 1);
    }
}

/* The pager gets copies of the Frame and of this address space. */
static void pager_open(cap_t pager)
{
    struct message message = {0};

    bench_check("starting the pager", call(pager, &message));
    bench.buffer->caps[0] = bench.frame;
    bench.buffer->caps[1] = bench.vspace;
    message = (struct message){.tag = TAG(PAGER_SERVE, 0, 2), .word = {FAULT_ADDRESS}};
    bench_check("handing the pager its memory", call_buffer(pager, &message));
}

void fault_measure(void)
{
    struct worker worker = {
        .run = fault_run, .priority = WORKER_HIGHER, .fault = program_cap("pager")};

    pager_open(worker.fault);
    worker_start(&worker, 0);
    worker_join(&worker);
    /* What the pager mapped is derived from this Frame's capability. */
    bench_check("taking the pager's memory back",
                cnode_revoke(bench.cnode, CAP_INDEX(bench.frame)));
}
