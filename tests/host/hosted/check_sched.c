/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SchedContexts: each in one place; the current one runs the end of its chain, and who has to pay
 * does; a parked one can't run anything; and nobody who could run and has time, its own, a caller's
 * or a helper's, is forgotten. The timer is armed for the first of all that is due.
 */
#include "tests/host/hosted/check.h"

#define CHAIN_MAX (CALL_DEPTH + FAULT_DEPTH + 1)
#define RING_MAX 1000

static const struct thread *last_callee(const struct thread *thread)
{
    for (unsigned i = 0; thread->callee; i++) {
        EXPECT(i < CHAIN_MAX, "a chain of calls is too long");
        thread = thread_callee(thread);
    }
    return thread;
}

/* Along the callees; and on from one who helps a server. */
static const struct thread *chain_end_of(const struct thread *end)
{
    for (unsigned i = 0;; i++) {
        EXPECT(i <= QUEUE_HOPS, "time goes through too many queues");
        end = last_callee(end);
        const struct thread *next = end->state == STATE_QUEUED ? endpoint_helped_by(end) : NULL;
        if (!next)
            return end;
        end = next;
    }
}

static const struct thread *chain_end(const struct sched_context *sched)
{
    return chain_end_of(sched->thread);
}

static void check_ready(const struct sched_context *sched)
{
    const struct priority_node *at = this_cpu()->ready[sched_priority(sched)];
    EXPECT(at, "ready, but its queue is empty");
    for (unsigned i = 0; at != &sched->node; i++, at = at->next)
        EXPECT(i < RING_MAX, "ready, but not in its queue");
}

static bool is_parked_on(const struct sched_context *sched, const struct thread *thread)
{
    for (const struct priority_node *leader = thread->parked.head; leader; leader = leader->lower) {
        const struct priority_node *at = leader;
        do {
            if (at == &sched->node)
                return true;
            at = at->next;
        } while (at != leader);
    }
    return false;
}

static void check_parked(const struct sched_context *sched)
{
    const struct thread *thread = sched->parked_on, *end = chain_end(sched);
    EXPECT(seen_object(thread, OBJECT_THREAD), "parked on what is no thread");
    EXPECT(is_parked_on(sched, thread), "parked, but not in the thread's queue");
    bool rests = sched->rests && thread == sched->thread;
    EXPECT(rests || thread == end, "parked on a thread that isn't its chain's end");
    EXPECT((rests && thread_serves(thread)) || !thread_runnable(thread) || thread->release_link,
           "parked on a thread that can run");
}

static void check_depleted(const struct sched_context *sched)
{
    EXPECT(sched->special & SCHED_LIMITED, "depleted, and has no limit");
    if (slot_empty(&sched->binding_cpu))
        return;
    EXPECT(sched->left <= 0, "depleted with %ld left", sched->left);
    EXPECT(timer_is_queued(&sched->timer), "depleted for ever");
}

/* Whether this SchedContext gets the end of its chain to run, sooner or later. */
static bool drives(const struct sched_context *sched, const struct thread *thread)
{
    return sched->place >= SCHED_READY && chain_end(sched) == thread;
}

static bool is_driven(const struct thread *thread)
{
    for (unsigned i = 0; i < seen.range_count; i++) {
        const struct slot *slot = seen.range[i].slot;
        const struct sched_context *sched = slot ? ref_pointer(slot->object) : NULL;
        if (slot && slot->type == OBJECT_SCHED_CONTEXT && sched->thread && drives(sched, thread))
            return true;
    }
    return false;
}

static void check_context(const struct sched_context *sched)
{
    EXPECT((sched->place == SCHED_UNBOUND) == !sched->thread, "place %u, thread %p", sched->place,
           (const void *)sched->thread);
    EXPECT((sched->place == SCHED_CURRENT) == (this_cpu()->sched == sched), "current or not");
    EXPECT(!(sched->special & SCHED_EXPIRED) || sched->deadline, "late, and has no deadline");
    bool late = sched->deadline && sched->deadline != NEVER && !(sched->special & SCHED_EXPIRED);
    EXPECT(!late || (timer_is_queued(&sched->timer) && sched->timer.time <= sched->deadline),
           "a deadline would pass unnoticed");
    if (!sched->thread)
        return;
    EXPECT(seen_object(sched->thread, OBJECT_THREAD) && sched->thread->sched == sched,
           "a SchedContext's thread isn't bound to it");
    if (sched->place == SCHED_READY)
        check_ready(sched);
    if (sched->place == SCHED_PARKED)
        check_parked(sched);
    if (sched->place == SCHED_DEPLETED)
        check_depleted(sched);
    else
        EXPECT(!sched->budget || sched->left > 0 || sched->place == SCHED_PARKED,
               "left %ld, and not depleted", sched->left);
    const struct thread *end = chain_end(sched);
    if (sched->place != SCHED_DEPLETED && thread_runnable(end) && !end->release_link)
        EXPECT(is_driven(end), "a thread could run, has time, and is forgotten");
}

/* Those that are owed something are a list that each of the debtors is in. */
static void check_debts(const struct sched_context *sched)
{
    struct thread *const *link = &sched->debts;
    for (unsigned i = 0; *link; i++, link = (struct thread *const *)&(*link)->debt_next) {
        const struct thread *thread = *link;
        EXPECT(i < RING_MAX && seen_object(thread, OBJECT_THREAD) && thread->debtor == sched &&
                   thread->debt_link == link,
               "a list of debts is broken");
        EXPECT(thread->caller == &null_thread, "a debtor's server works for another already");
    }
}

/* The queues: as many members as there are ready contexts, and maps that tell where. */
static void check_queues(unsigned ready)
{
    const struct cpu *cpu = this_cpu();
    unsigned count = 0;
    for (unsigned i = 0; i < PRIORITY_COUNT; i++) {
        const struct priority_node *tail = cpu->ready[i], *at = tail;
        bool mapped = cpu->ready_map[i / 64] >> i % 64 & 1;
        EXPECT(mapped == (tail != NULL), "ready map of priority %u", i);
        if (!tail)
            continue;
        do {
            const struct sched_context *sched = container_of(at, struct sched_context, node);
            EXPECT(seen_object(sched, OBJECT_SCHED_CONTEXT) && sched->place == SCHED_READY &&
                       at->priority == i && at->next->prev == at,
                   "a ready queue's member isn't ready");
            EXPECT(++count <= ready, "a ready queue doesn't close");
            at = at->next;
        } while (at != tail);
    }
    EXPECT(count == ready, "%u are queued, %u ready", count, ready);
}

/* Who runs has as many callers above as `room` says, and is paid for by whoever began it. */
static void check_payer(const struct cpu *cpu)
{
    const struct thread *top = cpu->current;
    int depth = 0;
    for (; thread_serves(top); depth++)
        top = top->caller;
    EXPECT(cpu->room == CALL_DEPTH - depth, "room %d at depth %d", cpu->room, depth);
    const struct sched_context *payer = top->debtor ? top->debtor : top->sched;
    if (!payer)
        payer = cpu->sched;
    EXPECT((cpu->payer ? cpu->payer : cpu->sched) == payer, "somebody else pays");
    EXPECT(cpu->expired == ((cpu->sched->special & SCHED_EXPIRED) != 0), "late or not");
    bool limited = payer == cpu->sched && payer->budget;
    EXPECT(cpu->budget_end == (limited ? cpu->since + (uint64_t)payer->left : NEVER),
           "a budget ends at %lu", cpu->budget_end);
    bool usual = payer == cpu->sched && !payer->special && cpu->slice_end == NEVER;
    EXPECT(cpu->careful || usual, "not careful");
}

static void check_timer(const struct cpu *cpu)
{
    uint64_t due = cpu->slice_end < cpu->budget_end ? cpu->slice_end : cpu->budget_end;
    if (cpu->timers.first && cpu->timers.first->time < due)
        due = cpu->timers.first->time;
    if (cpu->releasing || cpu->unsettled)
        due = 1;
    EXPECT(cpu->armed == due && machine.timer == (due == NEVER ? 0 : due),
           "the timer is armed for %lu, due is %lu", machine.timer, due);
}

static void check_choice(void)
{
    const struct cpu *cpu = this_cpu();
    EXPECT(!cpu->attention && !cpu->next, "left with a decision to be made: attention %x",
           cpu->attention);
    check_timer(cpu);
    if (!cpu->sched) {
        EXPECT(cpu->current == cpu->idle && !cpu->payer, "somebody runs on no time");
        for (unsigned i = 0; i < PRIORITY_COUNT / 64; i++)
            EXPECT(!cpu->ready_map[i] || cpu->unsettled, "idle, and something is ready");
        return;
    }
    EXPECT(chain_end(cpu->sched) == cpu->current, "the current thread runs on another's time");
    EXPECT(thread_runnable(cpu->current), "the current thread can't run");
    check_payer(cpu);
    EXPECT(!cpu->sched->slice || !cpu->ready[sched_priority(cpu->sched)] || cpu->slice_end != NEVER,
           "an equal waits, and the slice has no end");
    for (const struct thread *at = cpu->current; cpu->expired && thread_serves(at); at = at->caller)
        EXPECT(at->caller->callee & CALLEE_IN_C, "late, and an answer would take the fast path");
    const struct thread *root = cpu->sched->thread;
    EXPECT(!thread_serves(root) || (root->caller->callee & CALLEE_IN_C),
           "a caller would run on its server's time");
    for (unsigned i = sched_priority(cpu->sched) + 1; i < PRIORITY_COUNT; i++) {
        const struct priority_node *tail = cpu->ready[i], *at = tail;
        if (!tail || cpu->unsettled)
            continue;
        do {
            const struct sched_context *sched = container_of(at, struct sched_context, node);
            EXPECT(!thread_runnable(chain_end(sched)), "priority %u is ready, %u runs", i,
                   sched_priority(cpu->sched));
            at = at->next;
        } while (at != tail);
    }
}

/* Somebody waits with time for a server that has none, and that could go on. */
static void check_help(const struct endpoint_part *part)
{
    const struct thread *helper = part->helper, *helped = part->helped;
    for (const struct priority_node *at = part->callers.head; at; at = at->lower) {
        const struct priority_node *node = at;
        do {
            unsigned rank = sched_rank(container_of(node, struct thread, queue_node));
            EXPECT(node->priority == rank, "waits with rank %u, has %u", node->priority, rank);
            node = node->next;
        } while (node != at);
    }
    EXPECT(!helper == !helped, "one helps, or is helped, alone");
    if (helper) {
        EXPECT(seen_object(helper, OBJECT_THREAD) && helper->state == STATE_QUEUED &&
                   helper->queued_on == part,
               "a helper doesn't wait");
        EXPECT(seen_object(helped, OBJECT_THREAD) && helped->part == part &&
                   !thread_is_idle(helped),
               "who is helped isn't a server at work");
        return;
    }
    const struct thread *server = part->servers;
    for (unsigned i = 0; i < part->server_count; i++, server = server->next_server) {
        if (sched_has_time(server) || !thread_runnable(chain_end_of(server)))
            continue;
        for (const struct priority_node *at = part->callers.head; at; at = at->lower)
            EXPECT(!sched_has_time(container_of(at, struct thread, queue_node)) ||
                       part->level > QUEUE_HOPS / 2,
                   "a server has no time, and nobody helps");
    }
}

void check_sched(void)
{
    unsigned ready = 0;
    for (unsigned i = 0; i < seen.range_count; i++) {
        const struct slot *slot = seen.range[i].slot;
        const struct sched_context *sched = slot ? ref_pointer(slot->object) : NULL;
        if (slot && slot->type == OBJECT_ENDPOINT)
            check_help(endpoint_part_here(slot->object));
        if (!slot || slot->type != OBJECT_SCHED_CONTEXT)
            continue;
        check_context(sched);
        check_debts(sched);
        ready += sched->place == SCHED_READY;
    }
    check_queues(ready);
    check_choice();
}
