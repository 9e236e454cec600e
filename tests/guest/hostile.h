/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The malformed messages of NAME_hostile.h, sent to a real server: by programs that the root task
 * starts, and by users' processes.
 *
 *     struct hostile hostile = {.cap = server, .interface = LOG_INTERFACE, .bell = bell, ...};
 *
 *     wrong = HOSTILE_ALL(&hostile, log_hostile, complain);
 */
#ifndef TESTS_GUEST_HOSTILE_H
#define TESTS_GUEST_HOSTILE_H

#include "libsys/rpc_client.h"
#include "libsys/rpc_hostile.h"

/* Capabilities that are 0 there are none of; messages that need one aren't sent. */
struct hostile {
    cap_t cap; /* what is called */
    unsigned interface;
    struct message_buffer *buffer;
    cap_t own;                /* a handle that this server made */
    cap_t unbadged;           /* its endpoint without a badge */
    cap_t session, no_window; /* with a window of RPC_HOSTILE_WINDOW bytes, and without one */
    cap_t bell, cnode;        /* a Notification, a table */
    cap_t endpoint;           /* of another server */
};

static inline cap_t hostile_cap(const struct hostile *hostile, uint8_t kind)
{
    switch (kind) {
    case RPC_HOSTILE_OWN:
        return hostile->own;
    case RPC_HOSTILE_UNBADGED:
        return hostile->unbadged;
    case RPC_HOSTILE_SESSION:
        return hostile->session;
    case RPC_HOSTILE_NO_WINDOW:
        return hostile->no_window;
    case OBJECT_CNODE:
        return hostile->cnode;
    case OBJECT_ENDPOINT:
        return hostile->endpoint;
    default:
        return hostile->bell;
    }
}

static inline bool hostile_can(const struct hostile *hostile, const struct rpc_hostile *message)
{
    for (unsigned i = 0; i < TAG_CAPS(message->tag) && !message->plain; i++)
        if (!hostile_cap(hostile, message->cap[i]))
            return false;
    return true;
}

/* The answer: 0, or what a stub would return. */
static inline err_t hostile_send(const struct hostile *hostile, const struct rpc_hostile *bad)
{
    struct message message = {.tag = bad->tag};

    for (unsigned i = 0; i < MESSAGE_WORDS; i++)
        message.word[i] = bad->word[i];
    for (unsigned i = 0; i < TAG_WORDS(bad->tag) && bad->buffer; i++)
        hostile->buffer->words[i] = bad->buffer[i];
    for (unsigned i = 0; i < MESSAGE_CAPS; i++)
        hostile->buffer->caps[i] = hostile_cap(hostile, bad->cap[i]);
    err_t error = bad->plain ? call(hostile->cap, &message) : call_buffer(hostile->cap, &message);
    if (syscall_failed(error))
        return error;
    if (!TAG_LABEL(message.tag))
        return 0;
    error = rpc_failure(error, message.tag, hostile->interface);
    return RPC_ANSWERED(bad->tag & ~TAG(0, 0x7f, 7), 0, error);
}

/*
 * Each message that breaks a rule. `complain` gets those whose answer isn't the right one; so many
 * are returned. `*sent` is how many there were.
 */
static inline unsigned hostile_all(const struct hostile *hostile, const struct rpc_hostile *table,
                                   size_t count, unsigned *sent,
                                   void (*complain)(const struct rpc_hostile *bad, err_t error))
{
    unsigned wrong = 0;

    *sent = 0;
    for (size_t i = 0; i < count; i++) {
        if (table[i].error == 0 || !hostile_can(hostile, &table[i]))
            continue;
        err_t error = hostile_send(hostile, &table[i]);
        ++*sent;
        if (error == table[i].error)
            continue;
        complain(&table[i], error);
        wrong++;
    }
    return wrong;
}

#define HOSTILE_ALL(hostile, table, sent, complain) \
    hostile_all(hostile, table, sizeof(table) / sizeof((table)[0]), sent, complain)

#endif
