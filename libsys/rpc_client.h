/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The runtime of client stubs (NAME_client.h).
 *
 * A call that uses registers only takes the handle of what is called. Others take a
 * `struct rpc_client`, which names what a thread needs besides: its message buffer, and for bulk
 * data the session and the window that it shares with that server.
 *
 * Out capabilities go to empty slots that the caller names; after an error they are still empty,
 * but for BAD_ANSWER. The answer isn't believed: lengths are checked against what came and against
 * the room. But a server that calls another trusts it not to send capabilities that it wasn't asked
 * for: they would go to the slots where it receives those of its own clients.
 */
#ifndef LIBSYS_RPC_CLIENT_H
#define LIBSYS_RPC_CLIENT_H

#include "libsys/rpc.h"

/* One for each thread and server. Without bulk data `buffer` is enough. */
struct rpc_context {
    struct message_buffer *buffer; /* this thread's */
    cap_t session;                 /* by which the server knows the window; may be `cap` itself */
    struct rpc_window window;
};

struct rpc_client {
    cap_t cap; /* what is called */
    const struct rpc_context *context;
};

/*
 * A stub that is interrupted by code which calls too, as a signal's handler does, would find its
 * buffer and window overwritten. Such code stands between these two: what the buffer has is put
 * aside, and the window isn't used.
 */
struct rpc_interrupted {
    struct message_buffer buffer;
    uint32_t window_bytes;
};
void rpc_interrupt_begin(struct rpc_context *context, struct rpc_interrupted *aside);
void rpc_interrupt_end(struct rpc_context *context, const struct rpc_interrupted *aside);

/* What a call that failed returns: the kernel's error, or that of the answer. */
MUST_USE err_t rpc_failure(err_t error, uint64_t tag, unsigned interface);

/* ---- What follows is for generated code ------------------------------------------------------ */

/* In tests each error that a server answered, not this side's `own`, is noted: rpc_witness.h. */
#ifdef RPC_WITNESS
#include "libsys/rpc_witness.h"
#define RPC_ANSWERED(tag, own, error) (rpc_witness(tag, (own) ? 0 : (error)), (error))
#else
#define RPC_ANSWERED(tag, own, error) (error)
#endif

/* A call being packed, and then its answer being unpacked. */
struct rpc_call {
    const struct rpc_context *context;
    cap_t cap;
    uint32_t at;    /* next word of the buffer */
    uint32_t caps;  /* so many capabilities are sent */
    uint32_t slots; /* so many are to be received */
    bool window;    /* the session must go along */
    bool offered;   /* the answer may use the window */
    uint32_t taken; /* bytes of the window that the request has */
    uint32_t words; /* of the buffer, that came */
    err_t error;    /* what went wrong first */
    cap_t receive[MESSAGE_CAPS];
};

/* `fixed`: words of the buffer before the contents. */
SYSCALL_INLINE void rpc_call_begin(struct rpc_call *call, const struct rpc_client *client,
                                   uint32_t fixed)
{
    call->context = client->context;
    call->cap = client->cap;
    call->at = fixed;
    call->caps = call->slots = call->taken = call->words = call->error = 0;
    call->window = call->offered = false;
}

/* Each returns the argument's word. A string longer than `max`, or too many bytes: TOO_LARGE. */
uint64_t rpc_pack_string(struct rpc_call *call, const char *text, uint32_t max);
uint64_t rpc_pack_bytes(struct rpc_call *call, const void *data, uint32_t size, uint32_t max);
uint64_t rpc_pack_bulk(struct rpc_call *call, const void *data, uint32_t size, uint32_t max,
                       uint32_t in_message);
uint64_t rpc_pack_room(struct rpc_call *call, uint32_t room, uint32_t max, uint32_t in_message);

SYSCALL_INLINE void rpc_pack_cap(struct rpc_call *call, cap_t cap)
{
    call->context->buffer->caps[call->caps++] = cap;
}

/* 1, or 0 and nothing sent where the handle is 0. */
SYSCALL_INLINE uint64_t rpc_pack_optional(struct rpc_call *call, cap_t cap)
{
    if (cap)
        rpc_pack_cap(call, cap);
    return cap != 0;
}

/* Where the answer's next capability shall go. */
SYSCALL_INLINE void rpc_pack_slot(struct rpc_call *call, cap_t slot)
{
    call->receive[call->slots++] = slot;
}

/* Call. `tag` by RPC_TAG; `fixed`: words of the answer's buffer before the contents. */
MUST_USE err_t rpc_call_send(struct rpc_call *call, struct message *msg, uint64_t tag,
                             uint32_t fixed);

/* Copy out contents whose word this is; returns how many bytes. */
uint32_t rpc_unpack_bytes(struct rpc_call *call, uint64_t word, void *data, uint32_t room);
uint32_t rpc_unpack_bulk(struct rpc_call *call, uint64_t word, void *data, uint32_t room);

#endif
