/* SPDX-License-Identifier: BSD-2-Clause */
/* The servers that are written in C. Each returns only when it can't serve, with the reason. */
#ifndef TESTS_BENCH_BENCH_SERVER_SERVERS_H
#define TESTS_BENCH_BENCH_SERVER_SERVERS_H

#include "libsys/syscall.h"

#define BUFFER_ADDRESS 0x20000000ull

/* Eight words are read, computed with, and answered, in the inlined server loop. */
err_t words_serve(void);

/* Takes capabilities, and gives them up when asked to: see tests/bench/protocol.h. */
err_t keeper_serve(void);

/* Serves libsys/echo.idl by stubs; and one operation of it by hand. */
err_t rpc_serve(void);
err_t hand_serve(void);

/* Serves page faults out of a Frame that it is handed: see tests/bench/protocol.h. */
err_t pager_serve(void);

/* The program's message buffer becomes this thread's, and is mapped at BUFFER_ADDRESS. */
err_t buffer_open(void);

/* Offer the `count` empty slots from `index` on to capabilities that come in messages. */
void buffer_offer(uint32_t index, unsigned count);

#endif
