/* SPDX-License-Identifier: BSD-2-Clause */
/* See server.h. */

#include "libsys/server.h"

#include <stddef.h>

#include "libsys/program.h"

/* start.S relies on these. */
_Static_assert(offsetof(struct request, message.tag) == 0, "REQUEST_TAG");
_Static_assert(offsetof(struct request, message.word) == 8, "REQUEST_WORD");
_Static_assert(offsetof(struct request, rax) == 72, "REQUEST_RAX");
_Static_assert(offsetof(struct request, rdx) == 80, "REQUEST_RDX");
_Static_assert(offsetof(struct request, carry) == 88, "REQUEST_CARRY");
_Static_assert(sizeof(struct request) == 96, "REQUEST_BYTES");

_Noreturn void server_thread_main(struct server_thread *thread, struct request *request);

/* Handle the request that a passive thread began with, then serve. */
static err_t server_begin(server_handler *handler, void *context, const struct request *request)
{
    struct message message = request->message;
    err_t kind = request->carry ? (err_t)request->rax : 0;
    uint32_t badge = (uint32_t)(request->carry ? request->rdx : request->rax);
    enum answer answer = handler(context, kind, badge, &message);

    return server_loop_from(handler, context, answer, message);
}

err_t server_run(server_handler *handler, void *context)
{
    if (program_info()->flags & PROGRAM_PASSIVE)
        return server_begin(handler, context, &start_request);
    return server_loop(handler, context);
}

/* Comes from `server_thread`. A thread that can't serve any more ends with a fault. */
_Noreturn void server_thread_main(struct server_thread *thread, struct request *request)
{
    (void)server_begin(thread->handler, thread->context, request);
    __builtin_trap();
}
