/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client and a server that watch each other: requests are numbered, carry a capability each way,
 * and what an error says of a request is held against what the server has seen of it. See steps.c;
 * what is here is code of victims.
 */
#ifndef TESTS_GUEST_KERNEL_STEPS_H
#define TESTS_GUEST_KERNEL_STEPS_H

#include "tests/guest/kernel/runner.h"

/* In the area's data. */
struct side {
    volatile uint64_t number;  /* client: of the request that it makes; server: the last one seen */
    volatile uint64_t refused; /* client: the last one that wasn't delivered */
    volatile uint64_t stop;    /* client: make no more */
    volatile uint64_t wrong;   /* what isn't as it should be: a line of steps_victim.c */
    volatile uint64_t error;   /* and the result that it got */
    uint64_t handle;           /* client: of the endpoint; server: whom it calls for each; 0 */
    uint64_t cap;              /* to send */
    uint64_t table, slot;      /* its own table, and the slot there for what comes */
    struct side *peer;
    volatile uint64_t faults; /* client: answered */
};
_Static_assert(sizeof(struct side) <= sizeof(((struct area *)0)->data), "area.h");

static inline struct side *side_of(const struct task *task)
{
    return (struct side *)task->area->data;
}

/* Entries, in victim.S. */
void steps_client(void);
void steps_serve(void);
void steps_serve_passive(void);

#endif
