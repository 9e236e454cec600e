/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Servers that do nothing but the system calls: they answer each message with itself. They check
 * nothing, save nothing, and never return. `first` is the request that the program began with.
 */
#ifndef TESTS_BENCH_BENCH_SERVER_BARE_H
#define TESTS_BENCH_BENCH_SERVER_BARE_H

#include "libsys/syscall.h"

/* Three instructions a call. */
_Noreturn void bare_echo(const struct message *first);

/* Answers with the message buffer too. */
_Noreturn void bare_echo_buffer(const struct message *first);

/* Has a vector register in use at every answer. */
_Noreturn void bare_echo_vectors(const struct message *first);

/* Passes each request on to `next`, and its answer back: seven instructions a call. */
_Noreturn void bare_forward(const struct message *first, cap_t next);

#endif
