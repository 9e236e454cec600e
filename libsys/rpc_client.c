/* SPDX-License-Identifier: BSD-2-Clause */
/* See rpc_client.h. */

#include "libsys/rpc_client.h"

err_t rpc_failure(err_t error, uint64_t tag, unsigned interface)
{
    uint64_t code = TAG_LABEL(tag);

    if (syscall_failed(error))
        return error;
    if (code == 0 || code > 0xff)
        return RPC_BAD_ANSWER;
    return RPC_ERROR(code < RPC_COMMON_CODES ? 0 : interface, code);
}

/* What follows `own_badge` is reserved. */
#define BUFFER_USED __builtin_offsetof(struct message_buffer, reserved)

void rpc_interrupt_begin(struct rpc_context *context, struct rpc_interrupted *aside)
{
    rpc_copy(&aside->buffer, context->buffer, BUFFER_USED);
    aside->window_bytes = context->window.bytes;
    context->window.bytes = 0;
}

void rpc_interrupt_end(struct rpc_context *context, const struct rpc_interrupted *aside)
{
    rpc_copy(context->buffer, &aside->buffer, BUFFER_USED);
    context->window.bytes = aside->window_bytes;
}

/* ---- Packing --------------------------------------------------------------------------------- */

static void fail(struct rpc_call *call, err_t error)
{
    if (!call->error)
        call->error = error;
}

uint64_t rpc_pack_string(struct rpc_call *call, const char *text, uint32_t max)
{
    uint64_t *words = call->context->buffer->words + call->at;
    uint32_t length = 0;

    while (text[length] != 0) {
        if (length == max) {
            fail(call, RPC_TOO_LARGE);
            return 0;
        }
        length++;
    }
    words[length / 8] = 0;
    rpc_copy(words, text, length);
    call->at += RPC_WORDS(length + 1);
    return length;
}

uint64_t rpc_pack_bytes(struct rpc_call *call, const void *data, uint32_t size, uint32_t max)
{
    if (size > max) {
        fail(call, RPC_TOO_LARGE);
        return 0;
    }
    rpc_copy_words(call->context->buffer->words + call->at, data, size);
    call->at += RPC_WORDS(size);
    return size;
}

uint64_t rpc_pack_bulk(struct rpc_call *call, const void *data, uint32_t size, uint32_t max,
                       uint32_t in_message)
{
    const struct rpc_window *window = &call->context->window;

    if (size <= in_message)
        return rpc_pack_bytes(call, data, size, max);
    if (size > max || size > window->bytes) {
        fail(call, RPC_TOO_LARGE);
        return 0;
    }
    if (data != window->address)
        rpc_copy(window->address, data, size);
    call->window = true;
    call->taken = RPC_WINDOW_ALIGN(size);
    return size;
}

uint64_t rpc_pack_room(struct rpc_call *call, uint32_t room, uint32_t max, uint32_t in_message)
{
    if (room > max)
        room = max;
    if (room <= in_message || call->context->window.bytes <= call->taken)
        return room;
    call->window = call->offered = true;
    return room | RPC_IN_WINDOW;
}

/* ---- The call -------------------------------------------------------------------------------- */

/* What fits in registers goes there: that takes a fifth of the kernel's instructions. */
SYSCALL_INLINE err_t call_it(const struct rpc_call *rpc, struct message *msg)
{
    enum syscall number = rpc->at || rpc->caps ? SYSCALL_CALL_BUFFER : SYSCALL_CALL;
    struct syscall_result result = syscall_message(number, rpc->cap, msg);

    return UNLIKELY(result.carry) ? (err_t)result.rax : 0;
}

/* The receive slots are this call's, then again those of the server that this thread may be. */
static __attribute__((noinline)) err_t call_with_slots(const struct rpc_call *rpc,
                                                       struct message *msg)
{
    struct message_buffer *buffer = rpc->context->buffer;
    cap_t before[MESSAGE_CAPS];
    err_t error;

    for (unsigned i = 0; i < MESSAGE_CAPS; i++) {
        before[i] = buffer->receive[i];
        buffer->receive[i] = i < rpc->slots ? rpc->receive[i] : 0;
    }
    error = call_it(rpc, msg);
    for (unsigned i = 0; i < MESSAGE_CAPS; i++)
        buffer->receive[i] = before[i];
    return error;
}

/* Whether the answer brought just the capabilities that it should, where they should go. */
static bool caps_came(const struct rpc_call *call, uint32_t caps)
{
    for (unsigned i = 0; i < call->slots; i++)
        if (call->context->buffer->caps[i] != call->receive[i])
            return false;
    return caps == call->slots;
}

err_t rpc_call_send(struct rpc_call *call, struct message *msg, uint64_t tag, uint32_t fixed)
{
    err_t error;

    if (call->error)
        return call->error;
    if (call->window && call->context->session != call->cap)
        rpc_pack_cap(call, call->context->session);
    msg->tag = tag | TAG(0, call->at, call->caps);
    error = call->slots ? call_with_slots(call, msg) : call_it(call, msg);
    if (syscall_failed(error) || TAG_LABEL(msg->tag) != 0)
        return rpc_failure(error, msg->tag, (unsigned)TAG_LABEL(tag) >> 8);
    if (error == 0)
        msg->tag = 0; /* no buffer came, whatever the tag says */
    call->words = TAG_WORDS(msg->tag);
    call->at = fixed;
    return caps_came(call, TAG_CAPS(msg->tag)) && fixed <= call->words ? 0 : RPC_BAD_ANSWER;
}

/* ---- Unpacking ------------------------------------------------------------------------------- */

uint32_t rpc_unpack_bytes(struct rpc_call *call, uint64_t word, void *data, uint32_t room)
{
    if (word > room) {
        fail(call, word > MESSAGE_BUFFER_WORDS * 8 ? RPC_BAD_ANSWER : RPC_TOO_LARGE);
        return 0;
    }
    uint32_t size = (uint32_t)word, words = RPC_WORDS(size);
    if (call->at + words > call->words) {
        fail(call, RPC_BAD_ANSWER);
        return 0;
    }
    rpc_copy(data, call->context->buffer->words + call->at, size);
    call->at += words;
    return size;
}

uint32_t rpc_unpack_bulk(struct rpc_call *call, uint64_t word, void *data, uint32_t room)
{
    const struct rpc_window *window = &call->context->window;
    uint64_t size = word & ~RPC_IN_WINDOW;

    if (!(word & RPC_IN_WINDOW))
        return rpc_unpack_bytes(call, word, data, room);
    if (!call->offered || size > room || size > window->bytes - call->taken) {
        fail(call, RPC_BAD_ANSWER);
        return 0;
    }
    const char *place = (const char *)window->address + call->taken;
    if (data != place)
        rpc_copy(data, place, size);
    return (uint32_t)size;
}
