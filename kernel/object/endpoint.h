/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An endpoint: the identity of a service. It has a part for each CPU, which only that CPU touches:
 * the server threads bound there, and the callers and notifications that wait for one of them.
 *
 * `head` is a hint for the fast path: the server that was last seen idle. The marker in that
 * server's `caller` tells whether it still is. With no server bound it is the null thread, which is
 * never idle; so a call needs no test for null.
 *
 * `pending` is 1 while a caller or notification waits here, and the CPU's `waiting` counts such
 * parts: a reply looks at that one word before its server goes idle.
 */
#ifndef KERNEL_OBJECT_ENDPOINT_H
#define KERNEL_OBJECT_ENDPOINT_H

#include "kernel/object/thread.h"

struct endpoint_part {
    struct thread *head;
    uint32_t pending;
    uint32_t server_count, caller_count;
    struct thread *servers;             /* ring by next_server; null: none */
    struct priority_queue callers;      /* threads in STATE_QUEUED */
    struct notification *notifications; /* bound here, with flags set, not yet taken */
} ALIGNED(64);

_Static_assert(sizeof(struct endpoint_part) == 64, "one cache line per CPU");
_Static_assert(offsetof(struct endpoint_part, head) == 0, "entry.S");
_Static_assert(offsetof(struct endpoint_part, pending) == 8, "entry.S");

struct endpoint {
    uint64_t reserved[8];
    struct endpoint_part part[];
};

/* How many CPUs endpoints have parts for. */
extern unsigned cpu_count;

/* Servers of one endpoint on one CPU. A call that finds the head busy looks at each of them. */
#define ENDPOINT_SERVERS_MAX 32

/* Never calls, never idle, never runs: what stands where no thread does. */
extern struct thread null_thread;

/* log2 of an Endpoint's bytes on this machine. */
unsigned endpoint_size_bits(void);

void endpoint_init(struct endpoint *endpoint);
/* Ends every wait: callers get NOT_DELIVERED. All bindings are gone before. False: more steps. */
MUST_USE bool endpoint_destroy(struct endpoint *endpoint, unsigned *steps);

static inline struct endpoint_part *endpoint_part_here(ref_t endpoint)
{
    return (struct endpoint_part *)(this_cpu()->part_base + ((uint64_t)endpoint << 6));
}

/* An idle server of this part, now at its head; null when there's none. */
struct thread *endpoint_idle_server(struct endpoint_part *part);

/* A server at work that has no time (sched_has_time); null when there's none. */
struct thread *endpoint_orphan(const struct endpoint_part *part);

/* Let the first caller's time run an orphan, if there are both; and so where an orphan's own call
 * has led. */
void endpoint_help(struct endpoint_part *part);

/* The same at the endpoints of a thread that has lost its time, and of those that work for it. */
void endpoint_help_chain(struct thread *thread);

/* Keep `pending` and the CPU's count true after the queues changed. */
void endpoint_part_update(struct endpoint_part *part);

/* Put `client`, whose message is in its registers, in the queue. */
void endpoint_enqueue(struct endpoint_part *part, struct thread *client, uint32_t badge);
/* Take a thread in STATE_QUEUED out; its state is the caller's to set. */
void endpoint_dequeue(struct thread *client);

void endpoint_add_server(struct endpoint_part *part, struct thread *thread);
void endpoint_remove_server(struct thread *thread);

#endif
