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

/* Handle a request as the registers had it. */
static enum answer request_handle(server_handler *handler, void *context,
                                  const struct request *request, struct message *message)
{
    err_t kind = request->carry ? (err_t)request->rax : 0;
    uint32_t badge = (uint32_t)(request->carry ? request->rdx : request->rax);

    *message = request->message;
    return handler(context, kind, badge, message);
}

enum answer server_first(server_handler *handler, void *context, struct message *message)
{
    if (program_info()->flags & PROGRAM_PASSIVE)
        return request_handle(handler, context, &start_request, message);
    *message = (struct message){0};
    return ANSWER_REGISTERS;
}

err_t server_run(server_handler *handler, void *context)
{
    return server_loop(handler, context);
}

/* Comes from `server_thread`. A thread that can't serve any more ends with a fault. */
_Noreturn void server_thread_main(struct server_thread *thread, struct request *request)
{
    struct message message;
    enum answer answer = request_handle(thread->handler, thread->context, request, &message);

    (void)server_loop_from(thread->handler, thread->context, answer, message);
    __builtin_trap();
}
