/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread that something is done for on another CPU is sent there, as it is: its registers hold
 * what it wants. It comes back with the result.
 *
 *   a call       of an endpoint whose servers are there. A server takes it on its own time: time
 *                doesn't follow a call to another CPU. So a server without time can't be called.
 *   an operation on an object that belongs to that CPU. It's executed there as it would be at home.
 *
 *        home                          the other CPU
 *     STATE_AWAY ──────── node ──────▶ WAITING ─ a server is idle ─▶ SERVED ─▶ DETACHED
 *         │                               │ cancelled                  │ answer    │
 *     RUNNABLE ◀───────── node ───────────┴────────────────────────────┴───────────┘ HOMEWARD
 *
 * Who wants it back sends its node `cancel` after it, once. That always comes back, whether it
 * found anything to cancel or not, and until then the thread doesn't go on: so it never meets a
 * later call.
 *
 * Owner legend: between the arrival and HOMEWARD all that a message is made of belongs to that CPU
 * (registers, buffer, fault), and `place` and what follows. The rest stays its home's.
 */
#ifndef KERNEL_CPU_AWAY_H
#define KERNEL_CPU_AWAY_H

#include "kernel/abi/types.h"
#include "kernel/cap/slot.h"
#include "kernel/cpu/inbox.h"

struct thread;
struct endpoint_part;

enum away_errand { AWAY_CALL, AWAY_OPERATION };

enum away_place { AWAY_UNDER_WAY, AWAY_WAITING, AWAY_SERVED, AWAY_DETACHED, AWAY_HOMEWARD };

struct away {
    struct inbox_node node, cancel;
    uint32_t cpu;   /* where it is */
    uint8_t errand; /* enum away_errand */
    bool back;      /* it has come back; it's only awaited that `cancel` does */
    bool asked;     /* `cancel` is away too */
    bool stop;      /* it shall be stopped when it's back */
    bool held;      /* it was, but only for a moment: see thread_let_go */
    bool buffered;  /* its operation was a CALL_BUFFER */
    uint8_t cause;  /* enum object_type: by which it was cancelled */

    uint8_t place;  /* enum away_place */
    bool unsaid;    /* it was a fault, and nobody answers: it stops */
    uint32_t stale; /* as in struct cpu, of what its operation did */
    ref_t endpoint; /* whom it calls */
    uint32_t badge;
    struct slot *self;          /* on which it operates */
    struct thread *server;      /* place SERVED */
    struct thread *next, *prev; /* place WAITING: ring of the part */
};

/* Call the endpoint on the CPU where its servers are. The message was checked. */
void away_call(struct thread *client, ref_t endpoint, uint32_t badge);

/* Execute its operation on `self` where that can be done. */
void away_operate(struct thread *thread, struct slot *self, unsigned cpu);

/* Have it back, because of an object of type `cause`; and let it not go on, if `stop`. */
void away_ask_back(struct thread *thread, enum object_type cause, bool stop);

/* Its node has come, or `cancel` has. True: an operation was executed. */
bool away_arrive(struct thread *thread);
void away_asked(struct thread *thread);

/* On the CPU where its servers are. */

/* The longest waiting becomes the caller of a server that has time and waits for calls. */
MUST_USE bool away_take(struct thread *server);

/* The caller of `server` goes home: its answer, if any, is in its registers. */
void away_go_home(struct thread *client);

/* Its call, or fault, comes to nothing. */
void away_fail(struct thread *client, enum error_code code, enum object_type cause);

/* All that wait here; up to `*most` of them. False: not all. */
MUST_USE bool away_turn_away(struct endpoint_part *part, unsigned *most);

#endif
