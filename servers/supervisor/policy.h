/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which programs should run, and when: order, restarts, heartbeats. Pure: it makes no system call,
 * and is told what time it is, in nanoseconds from any beginning.
 *
 *             want           all it needs is ready, and its time has come
 *   STOPPED ───────▸ WAITING ─────────────────────────────────▸ RUNNING
 *      ▴               ▴  ▴                                      │
 *      │ unwant        │  └── ended, and the manifest says so ───┤
 *      └───────────────┘                                         ▾
 *                         want                                 ENDED
 *
 * A program that fails is started again after FIRST_DELAY, and after twice as long each further
 * time, up to LAST_DELAY. Having run for GOOD_WHILE, it begins anew with FIRST_DELAY.
 */
#ifndef SERVERS_SUPERVISOR_POLICY_H
#define SERVERS_SUPERVISOR_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "libsys/root_protocol.h"

#define POLICY_PROGRAMS_MAX 48
#define POLICY_NOBODY UINT32_MAX
#define POLICY_NEVER UINT64_MAX

#define MILLISECOND 1000000ul
#define SECOND 1000000000ul

#define FIRST_DELAY (10 * MILLISECOND)
#define LAST_DELAY (10 * SECOND)
#define GOOD_WHILE (30 * SECOND)
#define MISSED_MAX 2 /* heartbeats in a row: it hangs */

enum policy_state { POLICY_STOPPED, POLICY_WAITING, POLICY_RUNNING, POLICY_ENDED };

struct policy_program {
    uint64_t needs;     /* a bit for each program that must run first */
    uint64_t heartbeat; /* nanoseconds; 0: none */
    uint32_t flags;     /* ROOT_* */
    uint32_t restart;   /* ROOT_RESTART_* */
    enum policy_state state;
    uint64_t since;    /* when it was started, or ended */
    uint64_t due;      /* WAITING: not before */
    uint64_t beat;     /* RUNNING: when it's asked next */
    uint32_t missed;   /* heartbeats in a row */
    uint32_t started;  /* how often */
    uint32_t failures; /* in a row */
};

struct policy {
    uint32_t count;
    struct policy_program program[POLICY_PROGRAMS_MAX];
};

/* What becomes of a program that has ended. */
enum policy_end { POLICY_STARTS_AGAIN, POLICY_STAYS_DOWN, POLICY_ENDS_ALL };

/* It, and all that it needs, should run. */
void policy_want(struct policy *policy, uint32_t index, uint64_t now);

/* It was ended because somebody asked for that. */
void policy_unwant(struct policy *policy, uint32_t index, uint64_t now);

/* A program that can be started now, the first in the manifest's order; POLICY_NOBODY: none. */
uint32_t policy_startable(const struct policy *policy, uint64_t now);

/* It was started; or that failed: `failed` counts as the failure of one that ran. */
void policy_started(struct policy *policy, uint32_t index, uint64_t now);

/* It has ended by itself, or was ended because it hangs. */
enum policy_end policy_ended(struct policy *policy, uint32_t index, bool failed, uint64_t now);

/* A program that should be asked now whether it answers. */
uint32_t policy_to_ask(const struct policy *policy, uint64_t now);

/* It did, or it didn't; true: it hangs. */
bool policy_asked(struct policy *policy, uint32_t index, bool answered, uint64_t now);

/* When there is something to do next; POLICY_NEVER: not before something happens. */
uint64_t policy_next(const struct policy *policy);

/* A server on demand that nobody needs who runs or should: it can be ended. */
uint32_t policy_idle(const struct policy *policy);

/* Whether it waits for something that won't run. */
bool policy_is_stuck(const struct policy *policy, uint32_t index);

/* How long to wait after so many failures in a row, at least one. */
uint64_t policy_delay(uint32_t failures);

#endif
