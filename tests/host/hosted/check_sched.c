/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SchedContexts: each in one place; the current one runs the end of its chain; a parked one can't
 * run anything; and nobody who could run and has time, its own or a caller's, is forgotten.
 */
#include "tests/host/hosted/check.h"

#define CHAIN_MAX 1000
#define ORPHANS_MAX 16 /* as in sched.c */

/* Its own time, or that of whom it works for. */
static bool has_time(const struct thread *thread)
{
    for (unsigned i = 0; !thread->sched && thread->caller != &null_thread; i++) {
        EXPECT(i < CHAIN_MAX, "a chain of callers has no end");
        thread = thread->caller;
    }
    return thread->sched;
}

/* A server at work that has no time. */
static const struct thread *orphan_at(const struct endpoint_part *part)
{
    const struct thread *server = part->servers;
    for (unsigned i = 0; i < part->server_count; i++, server = server->next_server)
        if (server->state != STATE_STOPPED && !thread_is_idle(server) && !has_time(server))
            return server;
    return NULL;
}

static const struct thread *last_callee(const struct thread *thread)
{
    for (unsigned i = 0; thread->callee; i++) {
        EXPECT(i < CHAIN_MAX, "a chain of calls has no end");
        thread = thread_callee(thread);
    }
    return thread;
}

/* Along the callees; and on from one who waits for an orphan. */
static const struct thread *chain_end(const struct sched_context *sched)
{
    const struct thread *end = sched->thread;
    for (unsigned i = 0; i < ORPHANS_MAX; i++) {
        end = last_callee(end);
        const struct thread *orphan = end->state == STATE_QUEUED ? orphan_at(end->queued_on) : NULL;
        if (!orphan)
            break;
        end = orphan;
    }
    return end;
}

static bool serves(const struct thread *thread)
{
    return thread->caller != &null_thread && !thread_is_idle(thread);
}

static void check_ready(const struct sched_context *sched)
{
    const struct sched_context *at = this_cpu()->ready[sched->priority];
    EXPECT(at, "ready, but its queue is empty");
    for (unsigned i = 0; at != sched; i++, at = at->next)
        EXPECT(i < CHAIN_MAX, "ready, but not in its queue");
}

static void check_parked(const struct sched_context *sched)
{
    const struct thread *thread = sched->parked_on, *end = chain_end(sched);
    EXPECT(seen_object(thread, OBJECT_THREAD), "parked on what is no thread");
    const struct sched_context *at = thread->parked;
    for (unsigned i = 0; at != sched; i++, at = at->next)
        EXPECT(at && i < CHAIN_MAX && at->next->prev == at, "parked, but not in the thread's ring");
    bool own = thread == sched->thread && serves(thread);
    bool queued = thread == last_callee(sched->thread); /* another may help the orphan */
    EXPECT(own || ((thread == end || queued) && !thread_runnable(thread)),
           "parked on a thread that %s", thread == end ? "can run" : "isn't its chain's end");
}

/* Whether this SchedContext gets the end of its chain to run, sooner or later. */
static bool drives(const struct sched_context *sched, const struct thread *thread)
{
    return (sched->place == SCHED_READY || sched->place == SCHED_CURRENT) &&
           chain_end(sched) == thread;
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
    if (!sched->thread)
        return;
    EXPECT(seen_object(sched->thread, OBJECT_THREAD) && sched->thread->sched == sched,
           "a SchedContext's thread isn't bound to it");
    if (sched->place == SCHED_READY)
        check_ready(sched);
    if (sched->place == SCHED_PARKED)
        check_parked(sched);
    const struct thread *end = chain_end(sched);
    if (thread_runnable(end))
        EXPECT(is_driven(end), "a thread could run, has time, and is forgotten");
}

/* The queues: as many members as there are ready contexts, and maps that tell where. */
static void check_queues(unsigned ready)
{
    const struct cpu *cpu = this_cpu();
    unsigned count = 0;
    for (unsigned i = 0; i < PRIORITY_COUNT; i++) {
        const struct sched_context *tail = cpu->ready[i], *at = tail;
        bool mapped = cpu->ready_map[i / 64] >> i % 64 & 1;
        EXPECT(mapped == (tail != NULL), "ready map of priority %u", i);
        if (!tail)
            continue;
        do {
            EXPECT(seen_object(at, OBJECT_SCHED_CONTEXT) && at->place == SCHED_READY &&
                       at->priority == i && at->next->prev == at,
                   "a ready queue's member isn't ready");
            EXPECT(++count <= ready, "a ready queue doesn't close");
            at = at->next;
        } while (at != tail);
    }
    EXPECT(count == ready, "%u are queued, %u ready", count, ready);
}

static void check_choice(void)
{
    const struct cpu *cpu = this_cpu();
    EXPECT(!cpu->attention && !cpu->next, "left with a decision to be made: attention %x",
           cpu->attention);
    if (!cpu->sched) {
        EXPECT(cpu->current == cpu->idle, "somebody runs on no time");
        for (unsigned i = 0; i < PRIORITY_COUNT / 64; i++)
            EXPECT(!cpu->ready_map[i], "idle, and something is ready");
        return;
    }
    EXPECT(chain_end(cpu->sched) == cpu->current, "the current thread runs on another's time");
    EXPECT(thread_runnable(cpu->current), "the current thread can't run");
    for (unsigned i = cpu->sched->priority + 1; i < PRIORITY_COUNT; i++) {
        const struct sched_context *tail = cpu->ready[i], *at = tail;
        if (!tail)
            continue;
        do {
            EXPECT(!thread_runnable(chain_end(at)), "priority %u is ready, %u runs", i,
                   cpu->sched->priority);
            at = at->next;
        } while (at != tail);
    }
}

void check_sched(void)
{
    unsigned ready = 0;
    for (unsigned i = 0; i < seen.range_count; i++) {
        const struct slot *slot = seen.range[i].slot;
        const struct sched_context *sched = slot ? ref_pointer(slot->object) : NULL;
        if (!slot || slot->type != OBJECT_SCHED_CONTEXT)
            continue;
        check_context(sched);
        ready += sched->place == SCHED_READY;
    }
    check_queues(ready);
    check_choice();
}
