/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/sched/sched.h"

#include "kernel/cap/invoke.h"
#include "kernel/debug/assert.h"
#include "kernel/object/endpoint.h"

#define ORPHANS_MAX 16 /* that one caller's time helps, one waiting for the other */

/* An empty queue gets its first. */
static void ready_begin(struct cpu *cpu, struct sched_context *sched, unsigned priority)
{
    sched->next = sched->prev = sched;
    cpu->ready_map[priority / 64] |= 1ull << priority % 64;
    cpu->ready[priority] = sched;
}

static NOINLINE void ready_insert(struct cpu *cpu, struct sched_context *sched, bool first)
{
    unsigned priority = sched->priority;
    struct sched_context *tail = cpu->ready[priority];
    sched->place = SCHED_READY;
    if (!tail) {
        ready_begin(cpu, sched, priority);
        return;
    }
    sched->next = tail->next;
    sched->prev = tail;
    sched->next->prev = sched;
    tail->next = sched;
    if (!first)
        cpu->ready[priority] = sched;
}

static NOINLINE void ready_remove(struct cpu *cpu, struct sched_context *sched)
{
    unsigned priority = sched->priority;
    if (sched->next == sched) {
        cpu->ready[priority] = NULL;
        cpu->ready_map[priority / 64] &= ~(1ull << priority % 64);
        return;
    }
    sched->prev->next = sched->next;
    sched->next->prev = sched->prev;
    if (cpu->ready[priority] == sched)
        cpu->ready[priority] = sched->prev;
}

/* The oldest of the highest priority; null: nothing is ready. */
static struct sched_context *ready_first(struct cpu *cpu)
{
    for (unsigned word = PRIORITY_COUNT / 64; word-- > 0;) {
        uint64_t map = cpu->ready_map[word];
        if (map)
            return cpu->ready[word * 64 + 63 - (unsigned)__builtin_clzll(map)]->next;
    }
    return NULL;
}

static void park(struct sched_context *sched, struct thread *thread)
{
    struct sched_context *first = thread->parked;
    sched->place = SCHED_PARKED;
    sched->parked_on = thread;
    if (first) {
        sched->next = first;
        sched->prev = first->prev;
        first->prev->next = sched;
        first->prev = sched;
    } else {
        sched->next = sched->prev = sched;
        thread->parked = sched;
    }
}

static void unpark(struct sched_context *sched)
{
    struct thread *thread = sched->parked_on;
    assert(thread);
    if (sched->next == sched) {
        thread->parked = NULL;
    } else {
        sched->prev->next = sched->next;
        sched->next->prev = sched->prev;
        if (thread->parked == sched)
            thread->parked = sched->next;
    }
}

/*
 * What became ready and is better than the current SchedContext doesn't go through its queue: it
 * waits in `next` until sched_resolve, at the end of this kernel entry, and most often runs then.
 */
static void make_ready(struct sched_context *sched)
{
    struct cpu *cpu = this_cpu();
    struct sched_context *current = cpu->next ? cpu->next : cpu->sched;
    sched->place = SCHED_READY;
    if (!current || sched->priority > current->priority) {
        if (cpu->next)
            ready_insert(cpu, cpu->next, false);
        cpu->next = sched;
        cpu->attention |= CPU_WOKEN;
        return;
    }
    if (sched->priority == current->priority)
        cpu->attention |= CPU_SLICE;
    ready_insert(cpu, sched, false);
}

static void take_ready(struct cpu *cpu, struct sched_context *sched)
{
    if (cpu->next == sched)
        cpu->next = NULL;
    else
        ready_remove(cpu, sched);
}

/*
 * A SchedContext begins to run, or an equal of it became ready. If one waits for its turn, the
 * timer ends this slice: what was left of it, if something better had interrupted it.
 */
static inline void slice_begin(struct cpu *cpu, struct sched_context *sched)
{
    if (unlikely(cpu->ready[sched->priority] && sched->slice)) {
        cpu->sliced = sched;
        sched->slice_end = timer_now() + (sched->slice_left ? sched->slice_left : sched->slice);
        timer_arm(sched->slice_end);
    }
}

/* The current SchedContext makes room for something better. */
static inline void slice_interrupt(struct cpu *cpu, struct sched_context *current)
{
    if (unlikely(cpu->sliced)) {
        uint64_t now = timer_now();
        cpu->sliced = NULL;
        current->slice_left = now < current->slice_end ? current->slice_end - now : 1;
    }
}

/* It stops by itself, or its slice is over: the next one is a whole one. */
static void slice_forget(struct cpu *cpu, struct sched_context *current)
{
    cpu->sliced = NULL;
    current->slice_left = 0;
}

/*
 * A SchedContext is about to run. If its root works for somebody, the answer must not go by the
 * fast path: that would leave the caller running on the root's time.
 */
static inline void answer_in_c(const struct sched_context *sched)
{
    struct thread *caller = sched->thread->caller;
    if (unlikely(caller != &null_thread))
        caller->callee |= CALLEE_IN_C;
}

/* Take it out of wherever it is. */
static void detach(struct sched_context *sched)
{
    struct cpu *cpu = this_cpu();
    if (sched->place == SCHED_READY)
        take_ready(cpu, sched);
    else if (sched->place == SCHED_PARKED)
        unpark(sched);
    else if (sched->place == SCHED_CURRENT)
        cpu->sched = cpu->sliced = NULL;
    cpu->attention |= CPU_STOPPED;
    sched->place = SCHED_UNBOUND;
}

void sched_bind(struct sched_context *sched, struct thread *thread)
{
    assert(sched->place == SCHED_UNBOUND && !thread->sched);
    sched->thread = thread;
    thread->sched = sched;
    park(sched, thread);
}

void sched_unbind(struct sched_context *sched)
{
    if (!sched->thread)
        return;
    detach(sched);
    sched->thread->sched = NULL;
    sched->thread = NULL;
}

void sched_set_priority(struct sched_context *sched, unsigned priority)
{
    bool ready = sched->place == SCHED_READY;
    if (ready)
        take_ready(this_cpu(), sched);
    sched->priority = priority;
    if (ready)
        make_ready(sched);
    this_cpu()->attention |= CPU_STOPPED;
}

void sched_release(struct thread *thread)
{
    while (thread->parked) {
        struct sched_context *sched = thread->parked;
        unpark(sched);
        make_ready(sched);
    }
}

void sched_wake(struct thread *thread)
{
    struct cpu *cpu = this_cpu();
    struct sched_context *sched = thread->parked, *current = cpu->sched;
    if (unlikely(cpu->attention || !current || !sched || sched->next != sched ||
                 sched->priority <= current->priority)) {
        sched_release(thread);
        return;
    }
    thread->parked = NULL;
    answer_in_c(sched);
    slice_interrupt(cpu, current);
    if (unlikely(cpu->ready[current->priority])) {
        ready_insert(cpu, current, true);
    } else {
        current->place = SCHED_READY;
        ready_begin(cpu, current, current->priority);
    }
    sched->place = SCHED_CURRENT;
    cpu->sched = sched;
    cpu->current = thread;
    slice_begin(cpu, sched);
}

void sched_rotate(void)
{
    struct cpu *cpu = this_cpu();
    if (cpu->sched) {
        slice_forget(cpu, cpu->sched);
        ready_insert(cpu, cpu->sched, false);
        cpu->sched = NULL;
        cpu->attention |= CPU_STOPPED;
    }
}

void sched_park_current(struct thread *thread)
{
    struct cpu *cpu = this_cpu();
    slice_forget(cpu, cpu->sched);
    park(cpu->sched, thread);
    cpu->sched = NULL;
    cpu->attention |= CPU_STOPPED;
}

bool sched_has_time(const struct thread *thread)
{
    while (!thread->sched && thread->caller != &null_thread)
        thread = thread->caller;
    return thread->sched;
}

/* The orphan that the time of a queued thread helps; null: none. It doesn't go on to whom the
 * orphan works for: see answer_in_c. */
static struct thread *helped_by(const struct thread *thread)
{
    struct thread *orphan =
        thread->state == STATE_QUEUED ? endpoint_orphan(thread->queued_on) : NULL;
    if (orphan && orphan->caller != &null_thread)
        orphan->caller->callee |= CALLEE_IN_C;
    return orphan;
}

struct thread *sched_release_chain(struct thread *thread)
{
    for (unsigned orphans = 0; orphans < ORPHANS_MAX; orphans++) {
        for (; thread->callee; thread = thread_callee(thread)) {
            sched_release(thread);
            thread->callee |= CALLEE_IN_C; /* whoever's time it is then */
        }
        sched_release(thread);
        struct thread *orphan = helped_by(thread);
        if (!orphan)
            break;
        thread = orphan;
    }
    return thread;
}

struct thread *sched_chain_end(struct thread *thread)
{
    for (unsigned orphans = 0; orphans < ORPHANS_MAX; orphans++) {
        while (thread->callee)
            thread = thread_callee(thread);
        if (likely(thread->state != STATE_QUEUED))
            break;
        struct thread *orphan = helped_by(thread);
        if (!orphan)
            break;
        thread = orphan;
    }
    return thread;
}

static struct thread *chain_end(const struct sched_context *sched)
{
    return sched_chain_end(sched->thread);
}

/* The best ready one that can run and is better than `current`, now out of its queue. */
static struct sched_context *take_better(struct cpu *cpu, const struct sched_context *current)
{
    for (;;) {
        struct sched_context *best = ready_first(cpu);
        if (!best || (current && current->priority >= best->priority))
            return NULL;
        ready_remove(cpu, best);
        struct thread *end = chain_end(best);
        if (thread_runnable(end))
            return best;
        park(best, end);
    }
}

/* `next` if it's the best of all and can run. */
static struct sched_context *take_next(struct cpu *cpu)
{
    struct sched_context *next = cpu->next;
    cpu->next = NULL;
    if (!next)
        return NULL;
    struct sched_context *first = ready_first(cpu), *current = cpu->sched;
    if (!(first && first->priority >= next->priority) &&
        !(current && current->priority >= next->priority) && thread_runnable(chain_end(next)))
        return next;
    ready_insert(cpu, next, false);
    return NULL;
}

static void choose(struct cpu *cpu)
{
    struct sched_context *current = cpu->sched, *better = take_next(cpu);
    if (!better)
        better = take_better(cpu, current);
    if (better) {
        if (current) {
            slice_interrupt(cpu, current);
            ready_insert(cpu, current, true);
        }
        cpu->sched = better;
        better->place = SCHED_CURRENT;
        answer_in_c(better);
        cpu->current = chain_end(better);
        slice_begin(cpu, better);
    } else if (!current) {
        cpu->current = cpu->idle;
    }
}

/*
 * The current one could go on, but `next` is better: than it, and so than all that are ready.
 * False: nothing was done, since its thread can't run, or there was nothing current.
 */
static inline bool preempt(struct cpu *cpu, struct sched_context *current)
{
    struct sched_context *next = cpu->next;
    if (unlikely(!current || !next))
        return false;
    struct thread *end = chain_end(next);
    if (unlikely(!thread_runnable(end)))
        return false;
    cpu->next = NULL;
    answer_in_c(next);
    slice_interrupt(cpu, current);
    ready_insert(cpu, current, true);
    next->place = SCHED_CURRENT;
    cpu->sched = next;
    cpu->current = end;
    slice_begin(cpu, next);
    return true;
}

void sched_resolve(void)
{
    struct cpu *cpu = this_cpu();
    struct sched_context *sched = cpu->sched;
    unsigned attention = cpu->attention;
    cpu->attention = 0;
    if (likely(attention == CPU_WOKEN && preempt(cpu, sched)))
        return;
    if (sched && (attention & CPU_STOPPED)) {
        struct thread *end = chain_end(sched);
        cpu->current = end;
        if (!thread_runnable(end)) {
            slice_forget(cpu, sched);
            park(sched, end);
            sched = cpu->sched = NULL;
        }
    }
    if (!sched || (attention & (CPU_STOPPED | CPU_WOKEN)))
        choose(cpu);
    else if (cpu->sliced != sched) /* a slice that has begun isn't made longer */
        slice_begin(cpu, sched);
}

void sched_timer(void)
{
    struct cpu *cpu = this_cpu();
    if (cpu->sliced && timer_now() >= cpu->sliced->slice_end)
        sched_rotate();
    else if (cpu->sliced) /* the timer may be early */
        timer_arm(cpu->sliced->slice_end);
}

err_t sched_context_configure(struct invocation *call)
{
    struct sched_context *sched = ref_pointer(call->self->object);
    uint64_t priority = call->arg[1], slice = call->arg[2];
    if (priority > call->cap[0]->badge)
        return invocation_error(call, ERROR_OUT_OF_RANGE, 2);
    if (slice && (slice < 10000 || slice > 1000000000))
        return invocation_error(call, ERROR_OUT_OF_RANGE, 3);

    sched->cpu = this_cpu()->index;
    sched->slice = slice * timer_khz() / 1000000;
    sched_set_priority(sched, (unsigned)priority);
    return 0;
}

err_t sched_context_yield(struct invocation *call)
{
    struct sched_context *sched = ref_pointer(call->self->object);
    if (sched->place != SCHED_CURRENT)
        return invocation_error(call, ERROR_WRONG_STATE, 0);
    sched_rotate();
    return 0;
}
