/* SPDX-License-Identifier: BSD-2-Clause */
/* What all parts of the supervisor share. One thread uses it. */
#ifndef SERVERS_SUPERVISOR_SUPERVISOR_H
#define SERVERS_SUPERVISOR_SUPERVISOR_H

#include "libsys/rpc_client.h"
#include "libsys/rpc_server.h"
#include "servers/supervisor/history.h"
#include "servers/supervisor/policy.h"

#define NAME_BYTES 32 /* of a program, with the NUL */

/* Flags of its Notification. */
#define EVENT_ENDED 1u   /* root: a program has ended */
#define EVENT_TICK 2u    /* the ticker: it's time */
#define EVENT_SESSION 4u /* the process server: the first process has ended */

struct supervisor {
    struct policy policy;
    struct history history;
    uint32_t self; /* index of the supervisor among the programs */
    char name[POLICY_PROGRAMS_MAX][NAME_BYTES];
    cap_t endpoint[POLICY_PROGRAMS_MAX]; /* to see whether it answers; 0: there is none */
    struct slots slots;
    struct rpc_context context; /* this thread's message buffer */
    struct rpc_client root;
    struct rpc_server server;
    cap_t notification; /* the original: badged copies go to those who signal */
};

extern struct supervisor supervisor;

/* Do all that can be done now, and have the ticker call when there is more to do. */
void supervisor_work(void);

/* Answer who waits for the end of a program. */
void supervisor_run_ended(struct rpc_later *later, int32_t status);

/*
 * An empty slot, or a copy of the Notification that sets a flag. Ends the machine if there's none.
 */
cap_t supervisor_slot(void);
cap_t supervisor_event(uint32_t flag);

/* What can't go wrong did: say so, and end the machine. */
void supervisor_check(err_t error, const char *what);

#endif
