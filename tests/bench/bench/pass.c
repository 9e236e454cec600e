/* SPDX-License-Identifier: BSD-2-Clause */
/* See pass.h. */

#include "tests/bench/bench/pass.h"

#include "libsys/string.h"
#include "tests/bench/bench/bench.h"
#include "tests/bench/bench/sample.h"

/* bare.S relies on these. */
_Static_assert(SYSCALL_CALL == 0 && SYSCALL_REPLY_WAIT == 1 && SYSCALL_SIGNAL == 2, "bare.S");
_Static_assert(SYSCALL_INSPECT == 3 && SYSCALL_CALL_BUFFER == 4, "bare.S");
_Static_assert(SYSCALL_REPLY_WAIT_BUFFER == 5, "bare.S");
_Static_assert(__builtin_offsetof(struct bare, message.tag) == 0, "bare.S");
_Static_assert(__builtin_offsetof(struct bare, message.word) == 8, "bare.S");
_Static_assert(__builtin_offsetof(struct bare, cap) == 72, "bare.S");
_Static_assert(__builtin_offsetof(struct bare, rax) == 80, "bare.S");
_Static_assert(__builtin_offsetof(struct bare, rdx) == 88, "bare.S");
_Static_assert(__builtin_offsetof(struct bare, carry) == 96, "bare.S");
_Static_assert(__builtin_offsetof(struct bare, begin) == 104, "bare.S");
_Static_assert(__builtin_offsetof(struct bare, end) == 112, "bare.S");
_Static_assert(__builtin_offsetof(struct ring, done) == 8, "bare.S");
_Static_assert(__builtin_offsetof(struct ring, left) == 16, "bare.S");
_Static_assert(__builtin_offsetof(struct ring, passes) == 24, "bare.S");
_Static_assert(__builtin_offsetof(struct ring, failed) == 32, "bare.S");
_Static_assert(__builtin_offsetof(struct ring, begin) == 40, "bare.S");
_Static_assert(__builtin_offsetof(struct ring, ticks) == 48, "bare.S");
_Static_assert(RING_SAMPLES == SAMPLES, "bare.S, sched.c");
_Static_assert(__builtin_offsetof(struct spin, clock) == 0, "bare.S");
_Static_assert(__builtin_offsetof(struct spin, deadline) == 8, "bare.S");
_Static_assert(__builtin_offsetof(struct spin, stop) == 16, "bare.S");

struct message pass_message(uint64_t seed, unsigned words)
{
    struct message message = {0};

    for (unsigned i = 0; i < words && i < MESSAGE_WORDS; i++)
        message.word[i] = (seed << 8 | i) * 0x9e3779b97f4a7c15;
    return message;
}

struct bare pass_plain(bare_pass *pass, unsigned region, cap_t cap, const struct message *message)
{
    struct bare bare = {.message = *message, .cap = cap};

    sample_prepare();
    pass(&bare);
    if (bare.carry)
        bench_check("a bare system call", (err_t)bare.rax);
    sample_add(region, bare.end - bare.begin);
    return bare;
}

void pass_echo(bare_pass *pass, unsigned region, cap_t cap, const struct message *message)
{
    struct bare bare = pass_plain(pass, region, cap, message);

    bench_expect("an echo is a plain answer with no badge", !bare.carry && bare.rax == 0);
    bench_expect("an echo has the words that were sent",
                 memcmp(&bare.message, message, sizeof(*message)) == 0);
}
