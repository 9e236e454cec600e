/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls and replies, off the fast path.
 *
 *                 call, server idle                     reply
 *   client:  runs ────────────────────▶ callee = server ─────▶ runs
 *              │ no server idle              ▲
 *              ▼                             │ a server of the part waits for calls
 *         STATE_QUEUED ──────────────────────┘
 *
 *   server:  caller = marker ─ call ─▶ caller = client ─ reply_wait ─▶ caller = marker, or the next
 *            (idle)                                                    of the queue
 *
 * A fault is a call that the kernel makes for the thread, to its fault endpoint. Where a call
 * would be the seventeenth in a row it fails; a fault may still go up to FAULT_DEPTH further,
 * since a pager or debugger has to see it.
 *
 * Whoever is current has entered by a system call, so its message is in its registers; whoever was
 * switched away from on the fast path has saved nothing but rip and rsp, and gets its registers
 * from the message it receives.
 */
#ifndef KERNEL_IPC_IPC_H
#define KERNEL_IPC_IPC_H

#include "kernel/object/thread.h"

#define FAULT_DEPTH 16

struct endpoint_part;
struct reply;

/* CALL and CALL_BUFFER of a capability with an endpoint. `handle`: what was in rdx. */
void ipc_call(struct thread *client, const struct slot *slot, bool buffered, uint64_t handle);

/* REPLY_WAIT and REPLY_WAIT_BUFFER. */
void ipc_reply_wait(struct thread *server, bool buffered);

/* A server that serves nobody takes what is pending at its endpoint, or becomes idle. */
void ipc_wait(struct thread *server);

/* DETACH: the caller of `server` moves into the reply object. */
void ipc_detach(struct thread *server, struct slot *slot);
/* The reply object is about to go: its caller gets OUTCOME_UNKNOWN. */
void ipc_reply_end(struct reply *reply);

/* Call the fault endpoint of `thread`, or stop it. `code` and `address` are as in message.h. */
void ipc_fault(struct thread *thread, enum fault fault, uint64_t address, uint64_t code);

/*
 * End whatever the thread waits for, because of an object of this type: the error says so. Its
 * code says what is known of a call: NOT_DELIVERED while it was queued, OUTCOME_UNKNOWN once a
 * server had it; CANCELLED ends the wait for a notification. A thread that waits for the answer to
 * a fault is stopped instead. Nothing happens to a thread that waits for nothing.
 */
void ipc_cancel(struct thread *thread, enum object_type cause);

/* The deadline of its own time has passed: cancel its call, but not a fault. */
void ipc_expire(struct thread *thread);

/* A server won't answer its caller any more. */
void ipc_abandon(struct thread *server);

/* The outcome of a system call that failed. */
void ipc_fail(struct thread *thread, err_t error);

/*
 * transfer.c: move a message. Words and tag from `from`'s registers to `to`'s; with THREAD_BUFFERED
 * set in `from`, also what is in the buffers. The error is the sender's, and then nothing was done.
 * message_check takes the lock of capabilities if there are any to move; without it: RESTART.
 */
MUST_USE err_t message_check(const struct thread *from);
MUST_USE err_t message_transfer(struct thread *from, struct thread *to, uint32_t badge, bool reply);

struct reply {
    struct thread *client; /* in STATE_DETACHED, or away and AWAY_DETACHED; null: none */
};

/* Where it can be used: it belongs to where its client is. */
static inline unsigned reply_cpu(const struct reply *reply)
{
    const struct thread *client = __atomic_load_n(&reply->client, __ATOMIC_ACQUIRE);
    if (!client)
        return this_cpu()->index;
    return client->state == STATE_AWAY ? client->away.cpu : client->home;
}

#endif
