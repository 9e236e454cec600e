/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Moving a message's words and capabilities from one thread to another.
 *
 * The kernel reaches message buffers by its own mapping of their memory, which stays while the
 * binding does; users may change a buffer at any time, so every value is read once.
 */
#include "kernel/cap/invoke.h"
#include "kernel/cap/lock.h"
#include "kernel/ipc/ipc.h"

static err_t sender_error(enum error_code code, unsigned argument)
{
    return ERR(code, argument, 0, error_blame(code));
}

err_t message_check(const struct thread *from)
{
    if (!from->buffer)
        return sender_error(ERROR_NO_BUFFER, 0);
    if (TAG_WORDS(from->registers.tag) > MESSAGE_BUFFER_WORDS ||
        TAG_CAPS(from->registers.tag) > MESSAGE_CAPS)
        return sender_error(ERROR_OUT_OF_RANGE, 0);
    return TAG_CAPS(from->registers.tag) && !caps_lock() ? RESTART : 0;
}

/* A capability of the very endpoint that `server` serves. */
static bool own_capability(const struct thread *server, const struct slot *slot)
{
    return slot->type == OBJECT_ENDPOINT && !slot_empty(&server->binding_endpoint) &&
           slot->object == server->binding_endpoint.object;
}

/* Where the next capability may go: an empty slot that the receiver named. */
static struct slot *receive_slot(const struct thread *to, uint32_t handle)
{
    struct slot *slot = handle ? cap_lookup(to, handle) : NULL;
    return slot && slot_empty(slot) ? slot : NULL;
}

/* What to send and where to, all checked before the first is derived. */
struct transfer {
    struct slot *source[MESSAGE_CAPS], *destination[MESSAGE_CAPS];
    uint32_t handle[MESSAGE_CAPS];
};

static err_t transfer_decode(struct transfer *plan, const struct thread *from,
                             const struct thread *to, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct slot *slot = cap_lookup(from, from->buffer->caps[i]);
        if (!slot || slot_empty(slot))
            return sender_error(ERROR_INVALID_CAPABILITY, i + 1);
        plan->source[i] = slot;
        plan->destination[i] = NULL;
        plan->handle[i] = CAP_OWN;
        if (own_capability(to, slot))
            continue;
        if (!slot_derivable(slot))
            return sender_error(ERROR_NOT_DERIVABLE, i + 1);
        plan->handle[i] = to->buffer ? to->buffer->receive[i] : 0;
        plan->destination[i] = receive_slot(to, plan->handle[i]);
        for (unsigned j = 0; j < i; j++)
            if (plan->destination[j] == plan->destination[i])
                plan->destination[i] = NULL;
        if (!plan->destination[i])
            return sender_error(ERROR_TRANSFER_REFUSED, i + 1);
    }
    return 0;
}

static void transfer_do(const struct transfer *plan, struct message_buffer *buffer, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct slot *source = plan->source[i];
        buffer->caps[i] = plan->handle[i];
        buffer->own_badge[i] = plan->destination[i] ? 0 : source->badge;
        if (plan->destination[i])
            slot_derive(source, plan->destination[i], RIGHT_ALL, source->badge);
    }
}

/* The buffer's part of a message. Capabilities of an answer that can't go are left out. */
static err_t buffer_transfer(struct thread *from, struct thread *to, bool reply)
{
    unsigned words = TAG_WORDS(from->registers.tag), caps = TAG_CAPS(from->registers.tag);
    struct transfer plan;
    if (!to->buffer || !from->buffer)
        return sender_error(ERROR_NO_BUFFER, 0);
    err_t error = transfer_decode(&plan, from, to, caps);
    if (error && !reply)
        return error;
    if (error) {
        caps = 0;
        from->registers.tag &= ~TAG(0, 0, 7);
    }
    for (unsigned i = 0; i < words; i++)
        to->buffer->words[i] = from->buffer->words[i];
    transfer_do(&plan, to->buffer, caps);
    return 0;
}

static void fault_transfer(const struct thread *from, struct thread *to, uint32_t badge)
{
    struct registers *registers = &to->registers;
    registers->word[0] = from->ip;
    registers->word[1] = from->fault_address;
    registers->word[2] = from->fault_code;
    registers->word[3] = from->sp;
    registers->word[4] = from->registers.rflags;
    registers->word[5] = registers->word[6] = registers->word[7] = 0;
    registers->tag = TAG(from->fault, 0, 0);
    thread_set_result(to, RECEIVE_FAULT, badge, true);
}

err_t message_transfer(struct thread *from, struct thread *to, uint32_t badge, bool reply)
{
    if (from->fault && !reply) {
        fault_transfer(from, to, badge);
        return 0;
    }
    bool buffered = from->flags & THREAD_BUFFERED;
    if (buffered) {
        err_t error = buffer_transfer(from, to, reply);
        if (error && !reply)
            return error;
        buffered = !error;
    }
    for (unsigned i = 0; i < MESSAGE_WORDS; i++)
        to->registers.word[i] = from->registers.word[i];
    to->registers.tag = from->registers.tag;
    if (buffered)
        thread_set_result(to, RECEIVE_BUFFER, badge, true);
    else
        thread_set_result(to, badge, 0, false);
    return 0;
}
