/* SPDX-License-Identifier: BSD-2-Clause */
/* See servers.h. */

#include "tests/bench/bench-server/servers.h"

#include "libsys/invoke.h"
#include "libsys/program.h"
#include "libsys/server.h"
#include "tests/bench/protocol.h"

/* Empty the slots that were on offer. Returns how many held a Notification. */
static uint64_t drop(uint32_t first)
{
    cap_t cnode = program_cap("cnode");
    struct cap_description what;
    uint64_t count = 0;

    for (uint32_t i = first; i < first + MESSAGE_CAPS; i++) {
        count += inspect(CAP_OF(i), &what) == 0 && what.type == OBJECT_NOTIFICATION;
        if (cnode_delete(cnode, i))
            return UINT64_MAX;
    }
    return count;
}

static void invert(struct message *message)
{
    struct message_buffer *buffer = (struct message_buffer *)BUFFER_ADDRESS;

    for (unsigned i = 0; i < MESSAGE_WORDS; i++)
        message->word[i] = ~message->word[i];
    for (unsigned i = 0; i < TAG_WORDS(message->tag); i++)
        buffer->words[i] = ~buffer->words[i];
}

static enum answer keeper_answer(void *context, err_t kind, uint32_t badge, struct message *message)
{
    (void)kind, (void)badge;
    switch (TAG_LABEL(message->tag)) {
    case KEEPER_DROP:
        message->word[0] = drop(*(const uint32_t *)context);
        return ANSWER_REGISTERS;
    case KEEPER_INVERT:
        invert(message);
        return ANSWER_BUFFER;
    default:
        return ANSWER_REGISTERS;
    }
}

err_t keeper_serve(void)
{
    uint32_t first = program_info()->first_free_slot;
    err_t error = buffer_open();

    if (error)
        return error;
    buffer_offer(first, MESSAGE_CAPS);
    return server_loop(keeper_answer, &first);
}
