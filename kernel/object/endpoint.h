/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An endpoint: the identity of a service. It has a part for each CPU, which only that CPU touches:
 * the server threads bound there, and the callers and notifications that wait for one of them. Who
 * calls on a CPU without servers is sent to where there are some (cpu/away.h).
 *
 * `head` is a hint for the fast path: the server that was last seen idle. The marker in that
 * server's `caller` tells whether it still is. With no server bound it is the null thread, which is
 * never idle; so a call needs no test for null.
 *
 * While somebody waits here (`pending`), the link of each caller that is being served has
 * CALLEE_IN_C: so an answer on the fast path never leaves a server idle that should take the next.
 *
 * Helping. Callers stand in the order of the time they have (sched_rank), those without last. The
 * first lends it to a server at work: `helper` and `helped`, both or neither. The time of the
 * others waits on their own queued threads. Who waits for a server may itself be waited for;
 * `level` says through how many queues time may come here, and help that would make it more than
 * QUEUE_HOPS isn't begun. A circle is one that never ends, and so refused too.
 */
#ifndef KERNEL_OBJECT_ENDPOINT_H
#define KERNEL_OBJECT_ENDPOINT_H

#include "kernel/object/thread.h"

struct endpoint_part {
    struct thread *head;
    bool pending;
    uint8_t level;
    uint16_t server_count;
    uint32_t caller_count;
    struct thread *servers;             /* ring by next_server; null: none */
    struct priority_queue callers;      /* threads in STATE_QUEUED */
    struct notification *notifications; /* bound here, with flags set, not yet taken */
    struct thread *helper, *helped;     /* a thread of `callers`, one of `servers`; or null */
    struct thread *remote; /* threads of other CPUs that wait here: the longest waiting; or null */
} ALIGNED(64);

_Static_assert(sizeof(struct endpoint_part) == 64, "one cache line per CPU");
_Static_assert(offsetof(struct endpoint_part, head) == 0, "entry.S");

struct endpoint {
    uint32_t home; /* 1 + index of the CPU where a server was bound last; 0: none yet */
    uint32_t dead; /* its end has begun: nobody is to wait here */
    uint64_t reserved[7];
    struct endpoint_part part[];
};

/* How many CPUs endpoints have parts for. */
extern unsigned cpu_count;

/* Servers of one endpoint on one CPU. A call that finds the head busy looks at each of them. */
#define ENDPOINT_SERVERS_MAX 32

/* log2 of an Endpoint's bytes on this machine. */
unsigned endpoint_size_bits(void);

void endpoint_init(struct endpoint *endpoint);
/* Ends every wait: callers get NOT_DELIVERED. All bindings are gone before. False: more steps. */
MUST_USE bool endpoint_destroy(struct endpoint *endpoint, unsigned *steps);

static inline struct endpoint_part *endpoint_part_here(ref_t endpoint)
{
    return (struct endpoint_part *)(this_cpu()->part_base + ((uint64_t)endpoint << 6));
}

static inline struct endpoint *endpoint_of(ref_t endpoint)
{
    return ref_pointer(endpoint);
}

/* Another CPU's part. */
static inline struct endpoint_part *endpoint_part_at(ref_t endpoint, unsigned cpu)
{
    return &endpoint_of(endpoint)->part[cpu];
}

/* Whether callers go to another CPU. */
static inline bool endpoint_is_elsewhere(const struct endpoint_part *part, ref_t endpoint)
{
    uint32_t home = part->server_count ? 0 : endpoint_of(endpoint)->home;
    return home && home != this_cpu()->index + 1;
}

/* Of this CPU's part. */
static inline bool endpoint_is_dead(const struct endpoint_part *part)
{
    return container_of(part - this_cpu()->index, struct endpoint, part)->dead;
}

/* Its end begins, if it hasn't. Returns the CPU where some wait for it still; this one if none. */
unsigned endpoint_begin_end(struct endpoint *endpoint);

/* An idle server of this part, now at its head; null when there's none. `own`: only one with time
 * of its own. */
struct thread *endpoint_idle_server(struct endpoint_part *part, bool own);

/* Whether one of its servers has time of its own, or will: there's none yet. */
bool endpoint_has_time(const struct endpoint_part *part);

/* The server that time goes on to from a thread in STATE_QUEUED; null: it ends there. */
static inline struct thread *endpoint_helped_by(const struct thread *client)
{
    const struct endpoint_part *part = client->queued_on;
    return part->helper == client ? part->helped : NULL;
}

/* Decide anew who helps whom. Use sched_help, which sees to those whose help that changes. */
void endpoint_help(struct endpoint_part *part);

/* Keep `pending` true after the queues changed. */
void endpoint_part_update(struct endpoint_part *part);
/* The first has come to wait: answers to whom the servers work for take more than the fast path. */
void endpoint_answer_in_c(const struct endpoint_part *part);

/* Put `client`, whose message is in its registers, in the queue. False: it would wait for itself,
 * or in a row of too many queues; nothing was done. */
MUST_USE bool endpoint_enqueue(struct endpoint_part *part, struct thread *client, uint32_t badge);
/* It's waited for with more or less time, or none: its place in the queue is another. False: it
 * isn't. */
bool endpoint_requeue(struct thread *client);
/* Take a thread in STATE_QUEUED out; its state is the caller's to set. */
void endpoint_dequeue(struct thread *client);

void endpoint_add_server(struct endpoint_part *part, struct thread *thread);
void endpoint_remove_server(struct thread *thread);

#endif
