/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who works for whom. Callee links lead down, caller links up; both ways are at most CALL_DEPTH
 * long, and as many faults more (see ipc.h). A way down goes through QUEUE_HOPS queues at most:
 * endpoint_help sees to that.
 */
#include "kernel/debug/assert.h"
#include "kernel/object/endpoint.h"
#include "kernel/sched/sched.h"

#define SPREAD_LEFT 8               /* see struct spread */
#define SPREAD_MAX (2 * QUEUE_HOPS) /* queues that one change spreads through */

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
    return own && own->place == SCHED_PARKED && own->rests && thread_serves(thread);
}

unsigned sched_rank(const struct thread *thread)
{
    unsigned rank = 0;
    for (;; thread = thread->caller) {
        const struct sched_context *own = thread->sched;
        const struct endpoint_part *part = thread->part;
        if (own && own->place > SCHED_DEPLETED && sched_priority(own) >= rank &&
            !sched_rests(thread))
            rank = sched_priority(own) + 1;
        if (part->helped == thread && part->helper->queue_node.priority > rank)
            rank = part->helper->queue_node.priority;
        if (!thread_serves(thread))
            return rank;
    }
}

/*
 * A change of rank spreads down: through whoever works for the thread, and where it waits in a
 * queue, through the server that is helped there, or isn't any more. What is left to look at is a
 * stack. One that is full leaves somebody at a wrong place in a queue until the next change.
 */
struct spread {
    struct thread *left[SPREAD_LEFT];
    unsigned count;
};

static void spread_add(struct spread *spread, struct thread *thread)
{
    if (thread && spread->count < SPREAD_LEFT)
        spread->left[spread->count++] = thread;
}

static void spread_help(struct spread *spread, struct endpoint_part *part)
{
    const struct thread *helper = part->helper;
    struct thread *helped = part->helped;
    endpoint_help(part);
    if (part->helper == helper && part->helped == helped)
        return;
    if (helped != part->helped)
        spread_add(spread, helped);
    helped = part->helped;
    if (helped && (helped->callee || helped->state == STATE_QUEUED))
        spread_add(spread, helped);
}

static void spread_queue(struct spread *spread, struct thread *client)
{
    struct endpoint_part *part = client->queued_on;
    bool changed = endpoint_requeue(client);
    spread_help(spread, part);
    if (changed && part->helper == client)
        spread_add(spread, part->helped);
}

/* Down the callees, to the first reserve if there's no time; then where the last one waits. */
static void spread_callees(struct spread *spread, struct thread *thread)
{
    bool driven = sched_has_time(thread);
    for (;; thread = thread_callee(thread)) {
        if (thread->part->callers.head && !thread->part->helper)
            spread_help(spread, thread->part); /* it may be that no server was worth it */
        if (!driven && sched_rests(thread)) {
            struct sched_context *own = thread->sched;
            sched_detach(own);
            sched_make_ready(own);
            driven = own->place == SCHED_READY;
        }
        if (!thread->callee)
            break;
    }
    if (thread->state == STATE_QUEUED)
        spread_queue(spread, thread);
}

static void spread_all(struct spread *spread)
{
    for (unsigned i = 0; spread->count > 0 && i < SPREAD_MAX; i++)
        spread_callees(spread, spread->left[--spread->count]);
}

void sched_drive(struct thread *thread)
{
    struct spread spread = {.count = 0};
    spread_add(&spread, thread);
    spread_all(&spread);
}

void sched_help(struct endpoint_part *part)
{
    if (!part->callers.head && !part->helper)
        return;
    struct spread spread = {.count = 0};
    spread_help(&spread, part);
    spread_all(&spread);
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
