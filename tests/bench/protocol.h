/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the benchmark's client asks of its servers that have more to say than an echo. A message
 * with label 0 is echoed by every server, so the first request to each, which finds it still
 * starting, can be one of those.
 */
#ifndef TESTS_BENCH_PROTOCOL_H
#define TESTS_BENCH_PROTOCOL_H

enum keeper_label {
    KEEPER_TAKE = 1,   /* keep the capabilities of the message; answer: the same registers */
    KEEPER_DROP = 2,   /* delete them; answer: word 0, how many Notifications there were */
    KEEPER_INVERT = 3, /* answer: every word, those in the buffer too, inverted */
};

enum pager_label {
    PAGER_SERVE = 1, /* capabilities: a Frame and an address space; word 0: where the Frame begins
                        there. Faults are answered by mapping one page, read-only. */
};

/* The window of the protocol's client and server, at the same place in both. */
#define RPC_WINDOW_ADDRESS 0x60000000ull
#define RPC_WINDOW_BYTES 32768u

/* What the server of 8 words in C answers, for each word. */
#define WORDS_ANSWER(word) ((word) + 3)

#endif
