/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/sched/sched.h"

#include "kernel/arch/arch.h"
#include "kernel/debug/assert.h"
#include "kernel/object/endpoint.h"
#include "kernel/sched/ready.h"

/*
 * For each way out of the kernel, so that none is long. What is left makes the timer due at once:
 * interrupts are taken between.
 */
#define RELEASE_AT_ONCE 8 /* SchedContexts that a thread's end of waiting makes ready */
#define PARK_AT_ONCE 8    /* that are better than the current one, but can't run */

#define AT_ONCE 1 /* a time that is past */

/* --- ready --- */

/*
 * What became ready and is better than the current SchedContext doesn't go through its queue: it
 * waits in `next` until sched_resolve, at the end of this kernel entry, and most often runs then.
 */
static void make_ready(struct sched_context *sched)
{
    struct cpu *cpu = this_cpu();
    struct sched_context *current = cpu->next ? cpu->next : cpu->sched;
    sched->place = SCHED_READY;
    if (!current || sched_priority(sched) > sched_priority(current)) {
        if (cpu->next)
            ready_insert(cpu, cpu->next, false);
        cpu->next = sched;
        cpu->attention |= CPU_WOKEN;
        return;
    }
    if (sched_priority(sched) == sched_priority(current))
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

/* --- parked --- */

static void park(struct sched_context *sched, struct thread *thread)
{
    sched->place = SCHED_PARKED;
    sched->parked_on = thread;
    sched->rests = sched->thread == thread && thread_is_idle(thread); /* perhaps it's called next */
    priority_queue_insert(&thread->parked, &sched->node, sched_priority(sched));
}

static void rest(struct sched_context *sched)
{
    park(sched, sched->thread);
    sched->rests = true;
}

/* It goes on, if it has time. */
static void go_on(struct sched_context *sched)
{
    if (unlikely(sched->special & SCHED_LIMITED) && !sched_renew(sched, timer_now())) {
        sched->place = SCHED_DEPLETED;
        sched_set_timer(sched);
    } else {
        make_ready(sched);
    }
}

static bool caller_has_time(const struct thread *thread)
{
    return thread_serves(thread) && sched_has_time(thread->caller);
}

void sched_make_ready(struct sched_context *sched)
{
    go_on(sched);
    if (sched->place == SCHED_READY && unlikely(caller_has_time(sched->thread)))
        sched_rest(sched->thread);
}

/* Up to `most`; false: not all. One's own time that rests goes on resting. */
static bool release(struct thread *thread, unsigned most)
{
    struct priority_node *node;
    struct sched_context *resting = NULL;
    for (; (node = priority_queue_first(&thread->parked)) && most > 0; most--) {
        struct sched_context *sched = context_of(node);
        priority_queue_remove(node);
        if (sched->rests && caller_has_time(thread))
            resting = sched;
        else
            go_on(sched);
    }
    if (resting)
        rest(resting);
    return !node || (resting && most > 0);
}

/* The rest is released step by step: the threads with such a rest are in a list. */
static void release_later(struct cpu *cpu, struct thread *thread)
{
    cpu->attention |= CPU_TIMER;
    if (thread->release_link)
        return;
    thread->release_next = cpu->releasing;
    thread->release_link = &cpu->releasing;
    if (cpu->releasing)
        cpu->releasing->release_link = &thread->release_next;
    cpu->releasing = thread;
}

static void release_done(struct thread *thread)
{
    if (!thread->release_link)
        return;
    *thread->release_link = thread->release_next;
    if (thread->release_next)
        thread->release_next->release_link = thread->release_link;
    thread->release_link = NULL;
}

void sched_release(struct thread *thread)
{
    if (priority_queue_first(&thread->parked) && !release(thread, RELEASE_AT_ONCE))
        release_later(this_cpu(), thread);
}

static void release_more(struct cpu *cpu)
{
    struct thread *thread = cpu->releasing;
    if (thread && release(thread, RELEASE_AT_ONCE))
        release_done(thread);
}

bool sched_release_all(struct thread *thread, unsigned *steps)
{
    while (!release(thread, 1)) {
        if (!*steps)
            return false;
        --*steps;
    }
    release_done(thread);
    return true;
}

/* --- slices --- */

/*
 * A SchedContext begins to run, or an equal of it became ready. If one waits for its turn, the
 * timer ends this slice: what was left of it, if something better had interrupted it. One that
 * has begun isn't made longer.
 */
static inline void slice_begin(struct cpu *cpu, const struct sched_context *sched)
{
    if (unlikely(cpu->ready[sched_priority(sched)] && sched->slice && cpu->slice_end == NEVER)) {
        cpu->slice_end = cpu->since + (sched->slice_left ? sched->slice_left : sched->slice);
        cpu->careful = true;
        cpu->attention |= CPU_TIMER;
    }
}

/* The current SchedContext makes room for something better. */
static inline void slice_interrupt(struct cpu *cpu, struct sched_context *current)
{
    if (unlikely(cpu->slice_end != NEVER)) {
        current->slice_left = cpu->since < cpu->slice_end ? cpu->slice_end - cpu->since : 1;
        cpu->slice_end = NEVER;
        cpu->attention |= CPU_TIMER;
    }
}

/* It stops by itself, or its slice is over: the next one is a whole one. */
static void slice_forget(struct cpu *cpu, struct sched_context *current)
{
    if (cpu->slice_end != NEVER)
        cpu->attention |= CPU_TIMER;
    cpu->slice_end = NEVER;
    current->slice_left = 0;
}

/* The current SchedContext leaves; what it ran is charged later. */
static void leave_current(struct cpu *cpu)
{
    slice_forget(cpu, cpu->sched);
    if (!cpu->payer)
        cpu->payer = cpu->sched;
    cpu->sched = NULL;
}

/* --- places --- */

void sched_detach(struct sched_context *sched)
{
    struct cpu *cpu = this_cpu();
    if (sched->place == SCHED_READY) {
        take_ready(cpu, sched);
    } else if (sched->place == SCHED_PARKED) {
        priority_queue_remove(&sched->node);
    } else if (sched->place == SCHED_CURRENT) {
        leave_current(cpu);
    }
    cpu->attention |= CPU_STOPPED;
}

void sched_bind(struct sched_context *sched, struct thread *thread)
{
    assert(sched->place == SCHED_UNBOUND && !thread->sched);
    sched->thread = thread;
    thread->sched = sched;
    park(sched, thread);
    if (thread_serves(thread)) /* with time it can take a notification, when it has answered */
        thread->caller->callee |= CALLEE_IN_C;
}

void sched_unbind(struct sched_context *sched)
{
    struct thread *thread = sched->thread;
    if (!thread)
        return;
    sched_charge(this_cpu(), timer_now());
    sched_detach(sched);
    sched->place = SCHED_UNBOUND;
    thread->sched = NULL;
    sched->thread = NULL;
    sched_set_timer(sched);
    sched_drive(thread);
}

void sched_set_priority(struct sched_context *sched, unsigned priority)
{
    struct cpu *cpu = this_cpu();
    bool ready = sched->place == SCHED_READY, parked = sched->place == SCHED_PARKED;
    if (ready)
        take_ready(cpu, sched);
    if (parked)
        priority_queue_remove(&sched->node);
    sched->node.priority = priority;
    if (ready)
        make_ready(sched);
    if (parked)
        priority_queue_insert(&sched->parked_on->parked, &sched->node, priority);
    cpu->attention |= CPU_STOPPED;
    sched_drive(sched->thread);
}

void sched_rest(struct thread *server)
{
    struct sched_context *own = server->sched;
    if (!own || own->place <= SCHED_PARKED)
        return;
    sched_detach(own);
    rest(own);
}

/* Keep the current one parked on `thread`, the end of its chain. */
static void park_current(struct cpu *cpu, struct thread *thread)
{
    struct sched_context *sched = cpu->sched;
    leave_current(cpu);
    park(sched, thread);
}

void sched_rotate(void)
{
    struct cpu *cpu = this_cpu();
    struct sched_context *sched = cpu->sched;
    if (sched) {
        leave_current(cpu);
        ready_insert(cpu, sched, false);
        cpu->attention |= CPU_STOPPED;
    }
}

/* --- who runs --- */

/* Without a key in place, no answer of those above may take the fast path. */
static void answer_in_c(const struct thread *thread)
{
    for (; thread_serves(thread); thread = thread->caller)
        thread->caller->callee |= CALLEE_IN_C;
}

/* Who works on its root's request is `end` now, or its payer another. */
static void settle(struct cpu *cpu, struct thread *end)
{
    unsigned depth;
    struct sched_context *sched = cpu->sched;
    struct thread *top = sched_chain_top(end, &depth), *root = sched->thread;
    struct sched_context *payer = top->debtor ? top->debtor : top->sched;
    bool expired = sched->special & SCHED_EXPIRED;
    cpu->current = end;
    cpu->room = CALL_DEPTH - (int)depth;
    cpu->payer = payer == sched ? NULL : payer;
    cpu->budget_end = !cpu->payer && sched->budget ? cpu->since + (uint64_t)sched->left : NEVER;
    cpu->careful = cpu->slice_end != NEVER || cpu->payer || sched->special;
    if (unlikely(cpu->expired | expired)) {
        cpu->expired = expired;
        idle_key_update(cpu);
        answer_in_c(end); /* also if the one before was late: these are other links */
    }
    /* The answer of its root would leave the caller running on the root's time. */
    if (thread_serves(root))
        root->caller->callee |= CALLEE_IN_C;
}

/* `sched` is out of its queue, and `end`, its chain's end, can run. */
static void run(struct cpu *cpu, struct sched_context *sched, struct thread *end)
{
    if (unlikely(sched->budget && cpu->since >= sched->renew)) {
        sched->left = (int64_t)sched->budget; /* it had to wait until its period was over */
        sched->renew = cpu->since + sched->period;
    }
    sched->place = SCHED_CURRENT;
    cpu->sched = sched;
    settle(cpu, end);
    slice_begin(cpu, sched);
}

/* What the short way doesn't do, each 0 if there's nothing of it to do. */
static inline uint64_t unusual(const struct cpu *cpu, const struct thread *thread,
                               const struct sched_context *sched,
                               const struct sched_context *current)
{
    return (uint64_t)sched->node.lower | (uint64_t)thread->debtor | sched->special |
           (uint64_t)cpu->ready[sched_priority(current)] |
           (uint64_t)cpu->ready[sched_priority(sched)];
}

/* Nothing is unusual while the CPU is idle: it's `careful` then. */
bool sched_wake(struct thread *thread)
{
    struct cpu *cpu = this_cpu();
    struct priority_node *node = priority_queue_first(&thread->parked);
    if (unlikely(!node))
        return false;
    struct sched_context *current = cpu->sched, *sched = context_of(node);
    if (unlikely(cpu->unusual || node->next != node || node->priority <= sched_priority(current) ||
                 thread->caller != &null_thread || sched->thread != thread ||
                 unusual(cpu, thread, sched, current))) {
        sched_release(thread);
        return false;
    }
    uint64_t now = timer_now(), ticks = now - cpu->since;
    current->used += ticks;
    cpu->since = now;
    current->place = SCHED_READY;
    ready_begin(cpu, &current->node, sched_priority(current));
    thread->parked.head = NULL;
    node->reached = NULL;
    sched->place = SCHED_CURRENT;
    cpu->sched = sched;
    cpu->current = thread;
    cpu->room = CALL_DEPTH;
    return true;
}

/* The best ready one that can run and is better than `current`, now out of its queue. */
static struct sched_context *take_better(struct cpu *cpu, const struct sched_context *current,
                                         struct thread **end)
{
    for (unsigned i = 0; i < PARK_AT_ONCE; i++) {
        struct sched_context *best = ready_first(cpu);
        if (!best || (current && sched_priority(current) >= sched_priority(best)))
            return NULL;
        ready_remove(cpu, best);
        *end = sched_chain_end(best->thread);
        if (thread_runnable(*end))
            return best;
        park(best, *end);
    }
    cpu->unsettled = true;
    cpu->attention |= CPU_TIMER;
    return NULL;
}

/* `next` if it's the best of all and can run. */
static struct sched_context *take_next(struct cpu *cpu, struct thread **end)
{
    struct sched_context *next = cpu->next, *current = cpu->sched;
    cpu->next = NULL;
    if (!next)
        return NULL;
    struct sched_context *first = ready_first(cpu);
    if (!(first && sched_priority(first) >= sched_priority(next)) &&
        !(current && sched_priority(current) >= sched_priority(next))) {
        *end = sched_chain_end(next->thread);
        if (thread_runnable(*end))
            return next;
    }
    ready_insert(cpu, next, false);
    return NULL;
}

/* The current one goes on, or something better is put in its place. */
static void choose(struct cpu *cpu)
{
    struct thread *end;
    struct sched_context *current = cpu->sched, *better = take_next(cpu, &end);
    if (!better)
        better = take_better(cpu, current, &end);
    if (better) {
        if (current) {
            slice_interrupt(cpu, current);
            ready_insert(cpu, current, true);
        }
        run(cpu, better, end);
    } else if (!current) {
        cpu->current = cpu->idle;
        cpu->payer = NULL;
        cpu->budget_end = NEVER;
        cpu->careful = true;
    } else {
        slice_begin(cpu, current);
    }
}

/* The timer interrupts at the first of all that is due; it isn't touched while that is the same. */
static void timer_update(struct cpu *cpu)
{
    uint64_t due = cpu->slice_end < cpu->budget_end ? cpu->slice_end : cpu->budget_end;
    if (cpu->timers.first && cpu->timers.first->time < due)
        due = cpu->timers.first->time;
    if (cpu->releasing || cpu->unsettled)
        due = AT_ONCE;
    if (due == cpu->armed)
        return;
    cpu->armed = due;
    if (due == NEVER)
        timer_disarm();
    else
        timer_arm(due);
}

void sched_resolve(void)
{
    struct cpu *cpu = this_cpu();
    sched_charge(cpu, timer_now());
    struct sched_context *sched = cpu->sched;
    unsigned attention = cpu->attention;
    cpu->attention = 0;
    if (sched && (attention & CPU_STOPPED)) {
        struct thread *end = sched_chain_end(sched->thread);
        if (thread_runnable(end)) {
            settle(cpu, end);
        } else {
            park_current(cpu, end);
            sched = NULL;
        }
    }
    if (!sched || (attention & (CPU_STOPPED | CPU_WOKEN)))
        choose(cpu);
    else
        slice_begin(cpu, sched);
    timer_update(cpu);
    cpu->attention = 0;
}

void sched_timer(void)
{
    struct cpu *cpu = this_cpu();
    uint64_t now = timer_now();
    cpu->armed = NEVER;
    cpu->unsettled = false;
    cpu->attention |= CPU_STOPPED; /* sched_resolve looks at all of it anew */
    sched_charge(cpu, now);
    sched_expire(cpu, now);
    release_more(cpu);
    if (now >= cpu->slice_end)
        sched_rotate();
}
