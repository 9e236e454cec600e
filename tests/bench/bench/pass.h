/* SPDX-License-Identifier: BSD-2-Clause */
/* Passes of the single system calls of bare.h: what they are given, and what must come back. */
#ifndef TESTS_BENCH_BENCH_PASS_H
#define TESTS_BENCH_BENCH_PASS_H

#include "tests/bench/bench/bare.h"

/* A message of so many words, different for each `seed`; the words above 8 are not for here. */
struct message pass_message(uint64_t seed, unsigned words);

/* One pass: the answer must be the message itself, with nothing in a buffer. */
void pass_echo(bare_pass *pass, unsigned region, cap_t cap, const struct message *message);

/* One pass that may not fail; no answer is expected. Returns what came back. */
struct bare pass_plain(bare_pass *pass, unsigned region, cap_t cap, const struct message *message);

#endif
