/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls by a protocol's stubs (libsys/echo.idl): in registers, beside the same call written by
 * hand, and with contents that travel through a window.
 */

#include "libsys/echo_client.h"
#include "libsys/invoke.h"
#include "libsys/string.h"
#include "tests/bench/bench/bench.h"
#include "tests/bench/bench/sample.h"
#include "tests/bench/protocol.h"

#define CONTENTS_MAX 8192u

static volatile uint64_t seed, sum;
static uint8_t sent[CONTENTS_MAX], received[CONTENTS_MAX];

/* Four words made from one, and the four of the answer added up. */
SYSCALL_INLINE err_t null_call(cap_t cap)
{
    uint64_t a = seed, e = 0, f = 0, g = 0, h = 0;
    err_t error = echo_null(cap, a, a + 1, a + 2, a + 3, &e, &f, &g, &h);

    sum = e + f + g + h;
    return error;
}

SYSCALL_INLINE err_t hand_call(cap_t cap)
{
    uint64_t a = seed;
    struct message message = {
        .tag = RPC_TAG(ECHO_INTERFACE, ECHO_CALL_NULL),
        .word = {a, a + 1, a + 2, a + 3},
    };
    err_t error = call(cap, &message);

    if (!error && message.tag != 0)
        error = RPC_INTERNAL;
    sum = message.word[0] + message.word[1] + message.word[2] + message.word[3];
    return error;
}

static void measure_null(void)
{
    cap_t rpc = program_cap("rpc"), hand = program_cap("hand");
    err_t error;

    for (uint64_t i = 0; i < PASSES; i++) {
        seed = i;
        MEASURE(REGION_RPC_NULL, error = null_call(rpc));
        bench_check("echo_null", error);
        bench_expect("its answers add up", sum == 4 * i + 10);
        MEASURE(REGION_RPC_HAND, error = hand_call(hand));
        bench_check("the same by hand", error);
        bench_expect("its answers add up", sum == 4 * i + 10);
    }
}

static void contents_fill(uint64_t pass)
{
    for (uint32_t i = 0; i < CONTENTS_MAX; i++)
        sent[i] = (uint8_t)(pass + i + i / 256);
    memset(received, 0, CONTENTS_MAX);
}

SYSCALL_INLINE void measure_bulk(const struct rpc_client *client, unsigned region, uint32_t bytes)
{
    uint32_t size = 0;
    err_t error;

    for (uint64_t i = 0; i < PASSES; i++) {
        contents_fill(i);
        MEASURE(region, error = echo_bulk(client, sent, bytes, received, CONTENTS_MAX, &size));
        bench_check("echo_bulk", error);
        bench_expect("all of it comes back", size == bytes && memcmp(sent, received, size) == 0);
    }
}

void rpc_measure(void)
{
    struct rpc_context context = {
        .buffer = bench.buffer,
        .session = program_cap("rpc"),
        .window = {(void *)RPC_WINDOW_ADDRESS, RPC_WINDOW_BYTES},
    };
    struct rpc_client client = {.cap = program_cap("rpc"), .context = &context};
    cap_t window = program_cap("window");

    bench_check("the window", frame_map(window, bench.vspace, RPC_WINDOW_ADDRESS, 0,
                                        RPC_WINDOW_BYTES, ACCESS_READ | ACCESS_WRITE));
    measure_null();
    measure_bulk(&client, REGION_RPC_4K, 4096);
    measure_bulk(&client, REGION_RPC_8K, 8192);
    context.session = program_cap("rpc-session");
    measure_bulk(&client, REGION_RPC_4K_SESSION, 4096);
    bench_check("the window", frame_unmap(window, 0, RPC_WINDOW_BYTES));
}
