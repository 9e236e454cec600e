/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who waits: callers of read and write that get their answer later, and Notifications that want to
 * be signalled once.
 *
 * Nobody tells the server when a caller has gone (it was interrupted, or died). It is found out by
 * its Reply, which can take another caller then; so callers that are gone don't use up the Replies.
 *
 * A user has a share of the Replies: user 0 three quarters, each other an eighth. So nobody who
 * waits in many places keeps others from waiting.
 */
#ifndef SERVERS_VFS_WAIT_H
#define SERVERS_VFS_WAIT_H

#include "libsys/rpc_server.h"

#define WAITERS_MAX 512u
#define POLLERS_MAX 8u /* of one list */

struct waiter {
    struct waiter *next;
    struct waiters *list; /* that it waits in; null: it's free */
    uint32_t user;
    struct rpc_later later;
    uint32_t count; /* bytes wanted, or at `data` */
    uint8_t *data;  /* what is to be written: a copy */
};

struct waiters {
    struct waiter *first, *last;
};

/* The server has Replies, as many as WAITERS_MAX at most, from this handle on. */
void waiters_init(cap_t first_reply, uint32_t count);

/*
 * The caller, who is this user, waits, with a copy of `data` (null: none), as the last of the list.
 * RPC_QUOTA: as many of that user's wait as may; RPC_NO_MEMORY: too many in all. Then it doesn't.
 */
MUST_USE err_t waiters_add(struct waiters *waiters, struct rpc_request *request, uint32_t user,
                           const void *data, uint32_t count);

/* The first one was answered, or has gone. */
void waiters_drop_first(struct waiters *waiters);

uint32_t waiters_count(void);

/* Answer it; NO_CALLER: it has gone. For read and write: the caller then drops it. */
MUST_USE err_t waiter_answer_read(struct waiter *waiter, err_t error, const void *data,
                                  uint32_t bytes);
MUST_USE err_t waiter_answer_write(struct waiter *waiter, err_t error, uint32_t written);

/* ---- Notifications --------------------------------------------------------------------------- */

struct pollers {
    uint32_t count;
    cap_t notification[POLLERS_MAX];
};

/*
 * Signal this Notification, which came with the request, the next time. When there are too many,
 * the oldest is signalled now: it asks again. RPC_FULL: no slot.
 */
MUST_USE err_t pollers_add(struct pollers *pollers, struct rpc_request *request,
                           cap_t notification);

/* Signal all, and forget them. */
void pollers_signal(struct pollers *pollers);

#endif
