/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who runs, and who pays. What is scheduled are SchedContexts, not threads: time follows a call.
 * tests/model checks the rules below in every order of events.
 *
 * The chain. A SchedContext knows only the thread that owns it, its root. From there the callee
 * links lead to the thread that works on the root's request, however many servers deep; and from a
 * caller that waits in an endpoint's queue, and is the one that helps there, on through a server
 * at work: a server is finished on the time of whoever waits for it. The end of the chain is what
 * the SchedContext runs. Calls and replies have nothing to update here, and nothing goes stale
 * when a server in the middle answers. At most CALL_DEPTH calls hang on each other, QUEUE_HOPS
 * queues.
 *
 * A SchedContext is at one of five places:
 *   current   the CPU's `sched`; its chain's end is the CPU's `current`
 *   ready     in the queue of its priority; the end is looked up when it's taken out
 *   parked    on the thread at its chain's end, which can't run; sched_release puts it back. A
 *             server's own time also rests on it while it works on a caller's: it's the reserve,
 *             for when the caller's is gone.
 *   depleted  its budget is used up, or it was never given any: waits for `timer`
 *   unbound   it has no root
 *
 * Three rules keep this true. Who makes a thread runnable, or cuts a chain, calls sched_release for
 * the thread at that end. Who takes a chain's time away calls sched_drive for what is left of it.
 * And every way out of the slow path goes through sched_resolve.
 *
 * The payer. What runs is paid by whoever began it: the SchedContext of the thread at the top of
 * the chain of callers, be it depleted (that is debt) or not; or the one that a server at work
 * remembers of a caller that has gone (`debtor`); else the one that runs. So a helper loses no
 * time to others' requests, and nobody gets more than its budget by calling: what a request
 * overruns is paid before the next.
 *
 * Budgets are constant-bandwidth servers with hard reservations (Abeni, Buttazzo: "Integrating
 * multimedia applications in hard real-time systems", RTSS 1998; hard: no more than the budget
 * before its renewal) at fixed priorities: a budget of Q each period T. One that begins to run
 * again finds a whole budget and a new period if it used less than its share of the old:
 * left > (renew - now) Q / T. With one job per period it is a periodic task.
 */
#ifndef KERNEL_SCHED_SCHED_H
#define KERNEL_SCHED_SCHED_H

#include "kernel/lib/timer_queue.h"
#include "kernel/object/thread.h"

/* Calls that hang on each other; the deepest one's call fails. Also for entry.S. */
#define CALL_DEPTH 16
#define QUEUE_HOPS 8

#define NEVER (~0ull)

enum sched_place { SCHED_UNBOUND, SCHED_DEPLETED, SCHED_PARKED, SCHED_READY, SCHED_CURRENT };

/* `special`: what must be looked at when it begins to run. */
enum sched_special {
    SCHED_LIMITED = 1, /* it has a budget, or the Cpu capability it was given by is gone */
    SCHED_EXPIRED = 2, /* its deadline has passed: calls of its root fail */
};

struct sched_context {
    struct thread *thread;     /* root */
    struct priority_node node; /* in the ready queue's ring, or a thread's `parked` */
    struct thread *parked_on;  /* place PARKED only */
    uint32_t place;
    uint32_t cpu;
    uint64_t special;
    uint64_t slice;       /* ticks before equals take turns; 0: no limit */
    uint64_t slice_left;  /* of a slice that something better interrupted; 0: none */
    uint64_t budget;      /* ticks each period; 0: no limit */
    uint64_t period;      /* ticks */
    int64_t left;         /* of this period's budget; negative: debt */
    uint64_t renew;       /* TSC: when this period ends */
    uint64_t deadline;    /* TSC; 0: none */
    uint64_t used;        /* ticks in all */
    struct timer timer;   /* the renewal it waits for, or the deadline, whichever comes first */
    struct thread *debts; /* servers that work on requests of it, whose callers have gone */
    bool rests; /* place PARKED: on its own thread, which waits for calls, or was called */
    struct slot binding_cpu; /* the Cpu capability that it was given by */
};

#define SCHED_CONTEXT_BITS 8
_Static_assert(sizeof(struct sched_context) <= 1 << SCHED_CONTEXT_BITS, "objects.def");

static inline unsigned sched_priority(const struct sched_context *sched)
{
    return sched->node.priority;
}

/* The deadline of the current time has passed, and it's the thread's own: it may not wait. */
static inline bool sched_is_late(const struct thread *thread)
{
    const struct cpu *cpu = this_cpu();
    return cpu->expired && thread->sched == cpu->sched;
}

/* --- sched.c: places --- */

void sched_bind(struct sched_context *sched, struct thread *thread);
void sched_unbind(struct sched_context *sched);
void sched_set_priority(struct sched_context *sched, unsigned priority);

/* Put what is parked on the thread in the ready queues; its own time only if nobody else's runs it.
 * After a few the rest follows with the next interrupt, which is due at once. */
void sched_release(struct thread *thread);

/* The same for a thread that is about to end. False: more steps. */
MUST_USE bool sched_release_all(struct thread *thread, unsigned *steps);

/* The same, for a thread that can run at once: what is parked on it is most often better than the
 * current SchedContext, and then takes its place. True: it runs already, and nothing is left to
 * decide. */
bool sched_wake(struct thread *thread);

/* The current SchedContext goes behind its equals. */
void sched_rotate(void);

/* A server goes on with its caller's time: its own rests. */
void sched_rest(struct thread *server);

/* Decide what runs next: sets the CPU's `sched` and `current`. */
void sched_resolve(void);

/* The timer fired. */
void sched_timer(void);

/* Out of wherever it is; its root stays. */
void sched_detach(struct sched_context *sched);
/* Bound and out of everywhere: it may run, if it has time, or rests, or waits for its budget. */
void sched_make_ready(struct sched_context *sched);

/* --- chain.c: who works for whom --- */

/* Where time that has come to `thread` goes on to. */
struct thread *sched_chain_end(struct thread *thread);

/* The thread at the top of the callers above `thread`, perhaps itself; in `*depth` how far. */
struct thread *sched_chain_top(struct thread *thread, unsigned *depth);

/* The best priority of all SchedContexts that run what it does, plus 1: its own, those of the
 * callers above, and helpers'; 0: none does. */
unsigned sched_rank(const struct thread *thread);

static inline bool sched_has_time(const struct thread *thread)
{
    return sched_rank(thread) != 0;
}

/* Its own time rests, since it works on a caller's. */
bool sched_rests(const struct thread *thread);

/*
 * The time above `thread` (null: nobody) has gone, or come back, or has another priority. If it has
 * none, the first reserve of the servers that work for it takes over; where it waits in a queue its
 * place there changes, and who helps.
 */
void sched_drive(struct thread *thread);

/* The same, where callers or servers of `part` have changed. */
void sched_help(struct endpoint_part *part);

/* Who pays for what `thread` does; null: whose time runs it. */
struct sched_context *sched_payer(struct thread *thread);

/* `server` goes on without its caller: who began the request pays for it still. */
void sched_owe(struct thread *server, struct sched_context *payer);
void sched_owe_nothing(struct thread *server);

/* --- budget.c: budgets, deadlines, and the timer queue --- */

/* Charge the CPU's payer for the time since it was last charged, until `now`. */
void sched_charge(struct cpu *cpu, uint64_t now);

/* All of it is used, or more. What works on its root's request goes on without it. */
void sched_deplete(struct sched_context *sched);

/* About to contend: a new period if it's due by the rule above. False: it has no time. */
MUST_USE bool sched_renew(struct sched_context *sched, uint64_t now);

/* Keep `timer` true after a change of place or deadline. */
void sched_set_timer(struct sched_context *sched);

/* Renewals and deadlines that are due by `now`; a few at a time. */
void sched_expire(struct cpu *cpu, uint64_t now);

/* From now on clock_follow is called in time. Once, during boot. */
void sched_keep_clock(void);

/* It was made of zeroed memory. */
void sched_context_init(struct sched_context *sched);
/* The SchedContext ends, and all that is owed to it is forgotten. False: more steps. */
MUST_USE bool sched_context_end(struct sched_context *sched, unsigned *steps);
/* The Cpu capability that it was given by is about to go. */
void sched_context_lose_cpu(struct sched_context *sched);

#endif
