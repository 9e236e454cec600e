/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The benchmark's servers. One program, started once for each server with a domain of its own; its
 * arguments say which it is. All are passive: the first request starts them.
 */

#include "libsys/invoke.h"
#include "libsys/program.h"
#include "libsys/server.h"
#include "libsys/string.h"
#include "tests/bench/bench-server/bare.h"
#include "tests/bench/bench-server/servers.h"

/* bare.S relies on these. */
_Static_assert(SYSCALL_CALL == 0 && SYSCALL_REPLY_WAIT == 1, "bare.S");
_Static_assert(SYSCALL_REPLY_WAIT_BUFFER == 5, "bare.S");
_Static_assert(__builtin_offsetof(struct message, tag) == 0, "bare.S");
_Static_assert(__builtin_offsetof(struct message, word) == 8, "bare.S");

static err_t echo_serve(void)
{
    bare_echo(&start_request.message);
}

static err_t buffer_serve(void)
{
    err_t error = thread_set_buffer(program_cap("thread"), program_cap("memory"), 0);

    if (error)
        return error;
    bare_echo_buffer(&start_request.message);
}

static err_t vectors_serve(void)
{
    bare_echo_vectors(&start_request.message);
}

/* Keeps its first caller until the gate opens, so that more callers can gather. */
static err_t crowd_serve(void)
{
    uint64_t flags;
    err_t error = notification_wait(program_cap("gate"), &flags);

    if (error)
        return error;
    bare_echo(&start_request.message);
}

static err_t forward_serve(void)
{
    bare_forward(&start_request.message, program_cap("next"));
}

static const struct server {
    const char *name;
    err_t (*serve)(void);
} servers[] = {
    {"echo", echo_serve},       {"buffer", buffer_serve}, {"words", words_serve},
    {"vectors", vectors_serve}, {"crowd", crowd_serve},   {"forward", forward_serve},
    {"keeper", keeper_serve},   {"pager", pager_serve},   {"rpc", rpc_serve},
    {"hand", hand_serve},
};

/* Without a parent to tell, a result ends the program with a fault that names it. */
int main(const struct program_info *info)
{
    const char *name = program_text(info->arguments);

    for (unsigned i = 0; i < sizeof(servers) / sizeof(servers[0]); i++)
        if (string_equal(servers[i].name, name))
            return (int)servers[i].serve();
    return -1;
}
