/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages that break the rules of libsys/echo.idl, one after the other, to its server
 * (tests/guest/echo.c): each is refused with the right error, and afterwards the server still has
 * what it needs for those that keep to them.
 */

#include "libsys/echo_client.h"
#include "libsys/echo_hostile.h"
#include "libsys/rpc_error.h"
#include "tests/guest/check.h"
#include "tests/guest/hostile.h"

static struct rpc_context context;
static struct rpc_client echo;

static void complain(const struct rpc_hostile *bad, err_t error)
{
    print("not ok hostile: %s: %s where %s was expected\n", bad->what, rpc_error_name(error),
          rpc_error_name(bad->error));
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
    cap_t own = CAP_OF(info->first_free_slot);
    unsigned sent;

    context = (struct rpc_context){.buffer = program_buffer()};
    echo = (struct rpc_client){.cap = program_cap("echo"), .context = &context};
    CHECK("a handle", echo_make(&echo, 1, own) == 0);
    check_well();
    struct hostile hostile = {
        .cap = echo.cap,
        .interface = ECHO_INTERFACE,
        .buffer = program_buffer(),
        .own = own,
        .unbadged = program_cap("unbadged"),
        .session = program_cap("session"),
        .no_window = program_cap("other-session"),
        .bell = program_cap("bell"),
        .cnode = program_cap("cnode"),
    };
    CHECK("every message was refused with the right error",
          HOSTILE_ALL(&hostile, echo_hostile, &sent, complain) == 0);
    CHECK("there were many", sent > 300);
    check_well();
    return check_failures;
}
