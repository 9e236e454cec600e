/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages that break the rules of libsys/echo.idl, one after the other, to its server
 * (tests/guest/echo.c): each is refused with the right error, and afterwards the server still has
 * what it needs for those that keep to them.
 */

#include "libsys/echo_client.h"
#include "libsys/echo_hostile.h"
#include "libsys/invoke.h"
#include "libsys/rpc_error.h"
#include "tests/guest/check.h"

static struct rpc_context context;
static struct rpc_client echo;
static cap_t own;

static cap_t cap_of(uint8_t kind)
{
    switch (kind) {
    case RPC_HOSTILE_OWN:
        return own;
    case RPC_HOSTILE_UNBADGED:
        return program_cap("unbadged");
    case RPC_HOSTILE_SESSION:
        return program_cap("session");
    case RPC_HOSTILE_NO_WINDOW:
        return program_cap("other-session");
    case OBJECT_CNODE:
        return program_cap("cnode");
    default:
        return program_cap("bell");
    }
}

static err_t send(const struct rpc_hostile *hostile)
{
    struct message message = {.tag = hostile->tag};

    for (unsigned i = 0; i < MESSAGE_WORDS; i++)
        message.word[i] = hostile->word[i];
    for (unsigned i = 0; i < TAG_WORDS(hostile->tag) && hostile->buffer; i++)
        context.buffer->words[i] = hostile->buffer[i];
    for (unsigned i = 0; i < MESSAGE_CAPS; i++)
        context.buffer->caps[i] = cap_of(hostile->cap[i]);
    err_t error = hostile->plain ? call(echo.cap, &message) : call_buffer(echo.cap, &message);
    if (syscall_failed(error))
        return error;
    return TAG_LABEL(message.tag) ? rpc_failure(error, message.tag, ECHO_INTERFACE) : 0;
}

static void check_hostile(const struct rpc_hostile *hostile)
{
    err_t error = send(hostile);

    if (error == hostile->error)
        return;
    print("not ok hostile: %s: %s where %s was expected\n", hostile->what, rpc_error_name(error),
          rpc_error_name(hostile->error));
    check_failures++;
}

/* All receive slots are used, and it gives out a handle. */
static void check_well(void)
{
    cap_t bell = program_cap("bell");
    uint32_t rung = 0;

    CHECK("the server keeps capabilities", echo_keep(&echo, bell, bell) == 0);
    CHECK("and rings them", echo_ring(echo.cap, &rung) == 0 && rung == 2);
}

int main(const struct program_info *info)
{
    unsigned count = 0;

    own = CAP_OF(info->first_free_slot);
    context = (struct rpc_context){.buffer = program_buffer()};
    echo = (struct rpc_client){.cap = program_cap("echo"), .context = &context};
    CHECK("a handle", echo_make(&echo, 1, own) == 0);
    check_well();
    for (unsigned i = 0; i < sizeof(echo_hostile) / sizeof(echo_hostile[0]); i++) {
        if (echo_hostile[i].error == 0)
            continue;
        check_hostile(&echo_hostile[i]);
        count++;
    }
    CHECK("every message was refused with the right error", check_failures == 0);
    CHECK("there were many", count > 300);
    check_well();
    return check_failures;
}
