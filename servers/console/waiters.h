/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Callers that wait: each is detached into a Reply of its own and answered later, the oldest first.
 * One that died or was interrupted shows when it is answered (NO_CALLER), or when its Reply is
 * tried for somebody else.
 *
 * Each terminal has some places that nobody else gets: who waits at one of them again and again
 * keeps nobody from waiting at another.
 */
#ifndef SERVERS_CONSOLE_WAITERS_H
#define SERVERS_CONSOLE_WAITERS_H

#include "libsys/rpc_server.h"
#include "libsys/terminal.h"

#define WAITERS_MAX 64
#define WAITERS_KEPT 4  /* for each terminal */
#define WAITER_DATA 384 /* bytes of a write, as a message has them */
#define NEVER UINT64_MAX

enum waiter_kind { WAITER_NONE, WAITER_READ, WAITER_WRITE, WAITER_DRAIN };

struct waiter {
    enum waiter_kind kind;
    uint32_t terminal;
    uint64_t order; /* the oldest has the lowest */
    int32_t group;  /* of the caller */
    cap_t reply;
    struct rpc_later later;

    uint32_t room;     /* READ: bytes that it takes */
    uint64_t deadline; /* READ: nanoseconds since boot; NEVER */
    uint32_t size;     /* WRITE: bytes in `data` */
    uint32_t request;  /* DRAIN: enum terminal_request */
    uint8_t data[WAITER_DATA];
    struct terminal_attributes attributes; /* DRAIN: to be set then */
};

/* Make their Replies from an Untyped. */
MUST_USE err_t waiters_init(cap_t pool, cap_t cnode, struct slots *slots);

/* Detach the caller of this request. RPC_QUOTA: too many wait at this terminal. */
MUST_USE err_t waiter_add(struct rpc_request *rpc, enum waiter_kind kind, uint32_t terminal,
                          struct waiter **made);

/* The oldest of a kind at a terminal; null: none. */
struct waiter *waiter_first(enum waiter_kind kind, uint32_t terminal);

/* It was answered, or is gone. */
void waiter_end(struct waiter *waiter);

/* Whether anybody waits, as far as is known. */
bool waiters_any(void);

/* The first deadline of all; NEVER. */
uint64_t waiters_deadline(void);

/* Whether anybody waits for output to be sent. */
bool waiters_drain(void);

#endif
