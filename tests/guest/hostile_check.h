/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The malformed messages of a protocol, sent by a handle of its server that a test has, as a result
 * of the test:
 *
 *     HOSTILE_CHECK("timer", timer, TIMER_INTERFACE, {.cap = program_cap("timer"), …});
 */
#ifndef TESTS_GUEST_HOSTILE_CHECK_H
#define TESTS_GUEST_HOSTILE_CHECK_H

#include "libsys/rpc_error.h"
#include "tests/guest/check.h"
#include "tests/guest/hostile.h"

static inline void hostile_complain(const struct rpc_hostile *bad, err_t error)
{
    print("# %s: %s where %s was expected\n", bad->what, rpc_error_name(error),
          rpc_error_name(bad->error));
}

/* `name` says by which handle; that one is its server's own, which may be sent to it too. */
static inline void hostile_check(const char *name, struct hostile hostile,
                                 const struct rpc_hostile *table, size_t count)
{
    unsigned sent = 0;

    hostile.buffer = program_buffer();
    hostile.own = hostile.cap;
    unsigned wrong = hostile_all(&hostile, table, count, &sent, hostile_complain);
    print("# %s: %u malformed messages\n", name, sent);
    CHECK("malformed messages are refused", wrong == 0 && sent > 5);
}

#define HOSTILE_CHECK(name, protocol, number, ...)                                                \
    hostile_check(name, (struct hostile){.interface = (number), __VA_ARGS__}, protocol##_hostile, \
                  sizeof(protocol##_hostile) / sizeof(protocol##_hostile[0]))

#endif
