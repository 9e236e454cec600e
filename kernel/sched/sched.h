/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who runs. What is scheduled are SchedContexts, not threads: time follows a call.
 *
 * A SchedContext knows only the thread that owns it, its root. From there the callee links lead to
 * the thread that works on the root's request, however many servers deep: the end of the chain, and
 * that is what the SchedContext runs. So calls and replies have nothing to update here, and nothing
 * goes stale when a server in the middle answers.
 *
 * A server that works on nobody's time, neither its own nor that of whom it works for, is an
 * orphan. The chain of a caller that waits for such a server goes on through it: it finishes on the
 * next caller's time.
 *
 * A SchedContext is at one of four places:
 *   current   the CPU's `sched`; its chain's end is the CPU's `current`
 *   ready     in the queue of its priority; the end is looked up when it's taken out
 *   parked    on the thread at its chain's end, which can't run; sched_release puts it back
 *   unbound   it has no root
 *
 * Two rules keep this true. Who makes a thread runnable, or cuts or extends a chain at a thread
 * that isn't the current one, calls sched_release for the thread. And every way out of the slow
 * path goes through sched_resolve.
 */
#ifndef KERNEL_SCHED_SCHED_H
#define KERNEL_SCHED_SCHED_H

#include "kernel/object/thread.h"

enum sched_place { SCHED_UNBOUND, SCHED_CURRENT, SCHED_READY, SCHED_PARKED };

struct sched_context {
    struct thread *thread;             /* root */
    struct sched_context *next, *prev; /* ring: the ready queue's, or that of a thread's parked */
    struct thread *parked_on;          /* place PARKED only */
    enum sched_place place;
    uint32_t priority;
    uint32_t cpu;
    uint32_t reserved;
    uint64_t slice;      /* TSC ticks before equals take turns; 0: no limit */
    uint64_t slice_end;  /* TSC: while it's the CPU's `sliced` */
    uint64_t slice_left; /* of a slice that something better interrupted; 0: none */
};

#define SCHED_CONTEXT_BITS 7
_Static_assert(sizeof(struct sched_context) <= 1 << SCHED_CONTEXT_BITS, "objects.def");

void sched_bind(struct sched_context *sched, struct thread *thread);
void sched_unbind(struct sched_context *sched);
void sched_set_priority(struct sched_context *sched, unsigned priority);

/* Put what is parked on the thread in the ready queues. */
void sched_release(struct thread *thread);

/* Where time that has come to `thread` goes on to: the thread that works for it, or for whom it
 * waits. */
struct thread *sched_chain_end(struct thread *thread);

/* Whether there is time for what `thread` does: its own, or that of whom it works for. */
bool sched_has_time(const struct thread *thread);

/* Before time is taken from `thread`: release what is parked along its chain. Servers had left it
 * to that time to run them; each goes on with its own now. Returns the chain's end. */
struct thread *sched_release_chain(struct thread *thread);

/* The same, for a thread that can run at once: what is parked on it is most often better than the
 * current SchedContext, and then takes its place. */
void sched_wake(struct thread *thread);

/* The current SchedContext goes behind its equals. */
void sched_rotate(void);

/* Keep `sched`, the current one, parked at its owner, which goes on with another's time. */
void sched_park_current(struct thread *thread);

/* Decide what runs next: sets the CPU's `sched` and `current`. */
void sched_resolve(void);

/* The slice timer fired. */
void sched_timer(void);

#endif
