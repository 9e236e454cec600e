/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server's side of a call: a loop that answers one request and waits for the next.
 *
 * A server thread is bound to an endpoint: by thread_set_endpoint, or `serve` in the boot manifest.
 * It either runs on time of its own, or is passive: without a SchedContext it starts when the first
 * request comes, on that caller's time, with the request in its registers. The loops here serve
 * both: a passive program's first request was put aside by the start code.
 *
 * The handler gets `kind`: 0 for a plain call, or RECEIVE_BUFFER, RECEIVE_NOTIFICATION,
 * RECEIVE_FAULT. It writes its answer over the message, all nine fields, and says by its result
 * what goes back. After a notification nobody waits, and the answer is dropped.
 *
 * When the handler is a function that the compiler can see, the whole loop becomes: the handler's
 * body, three instructions and a jump that is rarely taken.
 */
#ifndef LIBSYS_SERVER_H
#define LIBSYS_SERVER_H

#include "libsys/syscall.h"

/* What a handler's answer consists of. */
enum answer {
    ANSWER_REGISTERS = SYSCALL_REPLY_WAIT,
    ANSWER_BUFFER = SYSCALL_REPLY_WAIT_BUFFER, /* and what the tag counts in the message buffer */
};

/* A request as a passive server's thread finds it in its registers. Offsets are used in start.S. */
struct request {
    struct message message;
    uint64_t rax, rdx;
    uint64_t carry; /* 0 or 1 */
};

typedef enum answer server_handler(void *context, err_t kind, uint32_t badge,
                                   struct message *message);

/* Whether waiting again would fail the same way. */
SYSCALL_INLINE bool server_must_end(err_t kind)
{
    unsigned code = ERR_CODE(kind);
    return code == ERROR_NOT_BOUND || code == ERROR_CANCELLED || code == ERROR_UNKNOWN_OPERATION;
}

/*
 * Give an answer (to nobody, when no caller is served) and serve for ever. Returns only when the
 * thread can't wait any more: the error says why. An answer that the kernel refuses (a tag that
 * counts too much, no message buffer) goes out as an empty one.
 */
SYSCALL_INLINE err_t server_loop_from(server_handler *handler, void *context, enum answer answer,
                                      struct message message)
{
    for (;;) {
        struct syscall_result got = syscall_wait((enum syscall)answer, &message);

        if (LIKELY(!got.carry)) {
            answer = handler(context, 0, (uint32_t)got.rax, &message);
        } else if (!syscall_failed((err_t)got.rax)) {
            answer = handler(context, (err_t)got.rax, (uint32_t)got.rdx, &message);
        } else if (server_must_end((err_t)got.rax)) {
            return (err_t)got.rax;
        } else {
            answer = ANSWER_REGISTERS;
            message = (struct message){0};
        }
    }
}

/* The request that the start code of a passive program put aside; see libsys/start.S. */
extern struct request start_request;

/*
 * What a program's first thread begins its loop with: the answer to the request that a passive one
 * was started with, or none.
 */
enum answer server_first(server_handler *handler, void *context, struct message *message);

/*
 * Serve the endpoint that this thread is bound to, in `main`; a further thread of the program is
 * started at `server_thread` instead. Inlined, for a handler that is short and whose instructions
 * count.
 */
SYSCALL_INLINE err_t server_loop(server_handler *handler, void *context)
{
    struct message first;
    enum answer answer = server_first(handler, context, &first);
    return server_loop_from(handler, context, answer, first);
}

/* The same as a function, for all others: some twenty instructions more for each request. */
err_t server_run(server_handler *handler, void *context);

/*
 * Where a further passive server thread of a program starts (thread_start's `ip`). Its stack
 * pointer is the address of this structure, which lies at the top of its stack, aligned to 16.
 */
struct server_thread {
    server_handler *handler;
    void *context;
};
void server_thread(void);

#endif
