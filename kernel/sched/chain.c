/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who works for whom. Callee links lead down, caller links up; both ways are at most CALL_DEPTH
 * long, and as many faults more (see ipc.h). A way down goes through QUEUE_HOPS queues at most:
 * endpoint_help sees to that.
 */
#include "kernel/debug/assert.h"
#include "kernel/object/endpoint.h"
#include "kernel/sched/sched.h"

struct thread *sched_chain_end(struct thread *thread)
{
    for (;;) {
        while (thread->callee)
            thread = thread_callee(thread);
        if (likely(thread->state != STATE_QUEUED))
            return thread;
        struct thread *server = endpoint_helped_by(thread);
        if (!server)
            return thread;
        thread = server;
    }
}

struct thread *sched_chain_top(struct thread *thread, unsigned *depth)
{
    for (*depth = 0; thread_serves(thread); ++*depth)
        thread = thread->caller;
    return thread;
}

bool sched_rests(const struct thread *thread)
{
    const struct sched_context *own = thread->sched;
    return own && own->place == SCHED_PARKED && own->parked_on == thread && thread_serves(thread);
}

bool sched_has_time(const struct thread *thread)
{
    for (;; thread = thread->caller) {
        if (thread->sched && thread->sched->place > SCHED_DEPLETED && !sched_rests(thread))
            return true;
        if (thread->part->helped == thread)
            return true;
        if (!thread_serves(thread))
            return false;
    }
}

/* Down the callees, to the first reserve if there's no time. Returns who works at the end. */
static struct thread *drive_callees(struct thread *thread)
{
    bool driven = sched_has_time(thread);
    for (;; thread = thread_callee(thread)) {
        if (!thread->part->helper)
            endpoint_help(thread->part); /* it may be that no server was worth it */
        if (!driven && sched_rests(thread)) {
            struct sched_context *own = thread->sched;
            sched_detach(own);
            sched_make_ready(own);
            driven = own->place == SCHED_READY;
        }
        if (!thread->callee)
            return thread;
    }
}

void sched_drive(struct thread *thread)
{
    while (thread) {
        thread = drive_callees(thread);
        if (thread->state != STATE_QUEUED)
            return;
        struct endpoint_part *part = thread->queued_on;
        struct thread *before = endpoint_helped_by(thread);
        endpoint_help(part);
        struct thread *helped = endpoint_helped_by(thread);
        thread = helped ? helped : before;
    }
}

struct sched_context *sched_payer(struct thread *thread)
{
    unsigned depth;
    struct thread *top = sched_chain_top(thread, &depth);
    return top->debtor ? top->debtor : top->sched;
}

void sched_owe(struct thread *server, struct sched_context *payer)
{
    assert(!server->debtor);
    if (!payer)
        return;
    server->debtor = payer;
    server->debt_next = payer->debts;
    server->debt_link = &payer->debts;
    if (payer->debts)
        payer->debts->debt_link = &server->debt_next;
    payer->debts = server;
}

void sched_owe_nothing(struct thread *server)
{
    if (likely(!server->debtor))
        return;
    *server->debt_link = server->debt_next;
    if (server->debt_next)
        server->debt_next->debt_link = server->debt_link;
    server->debtor = NULL;
}
