/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See servers.h. A protocol's server as any other would be written, and the same operation without
 * stubs, to hold the two against each other.
 */

#include "libsys/echo_server.h"
#include "libsys/invoke.h"
#include "libsys/program.h"
#include "tests/bench/bench-server/servers.h"
#include "tests/bench/protocol.h"

#define SLOTS 64
#define CONTENTS_MAX 8192u

static struct rpc_server rpc_server;
static struct slots slots;
static uint64_t bitmap[SLOTS_WORDS(SLOTS)];
static uint8_t contents[CONTENTS_MAX];

/* ---- By stubs -------------------------------------------------------------------------------- */

static err_t echo_serve_null(struct rpc_request *rpc, uint64_t a, uint64_t b, uint64_t c,
                             uint64_t d, uint64_t *e, uint64_t *f, uint64_t *g, uint64_t *h)
{
    (void)rpc;
    *e = a + 1;
    *f = b + 1;
    *g = c + 1;
    *h = d + 1;
    return 0;
}

/* Out of the window into memory of its own, and back from there. */
static err_t echo_serve_bulk(struct rpc_request *rpc, const void *data, uint32_t data_size,
                             void *inverted, uint32_t inverted_room, uint32_t *inverted_size)
{
    (void)rpc;
    if (data_size > CONTENTS_MAX || data_size > inverted_room)
        return RPC_TOO_LARGE;
    rpc_copy(contents, data, data_size);
    rpc_copy(inverted, contents, data_size);
    *inverted_size = data_size;
    return 0;
}

ECHO_UNSUPPORTED_SCALARS;
ECHO_UNSUPPORTED_MANY;
ECHO_UNSUPPORTED_TEXT;
ECHO_UNSUPPORTED_FAIL;
ECHO_UNSUPPORTED_MAKE;
ECHO_UNSUPPORTED_RECOGNISE;
ECHO_UNSUPPORTED_KEEP;
ECHO_UNSUPPORTED_RING;
ECHO_UNSUPPORTED_WAIT;
ECHO_UNSUPPORTED_WAKE;
ECHO_UNSUPPORTED_LATER;
ECHO_UNSUPPORTED_FETCH;

static struct rpc_window window_of(void *context, uint32_t session_badge)
{
    (void)context, (void)session_badge;
    return (struct rpc_window){(void *)RPC_WINDOW_ADDRESS, RPC_WINDOW_BYTES};
}

SYSCALL_INLINE enum answer rpc_answer(void *context, err_t kind, uint32_t badge,
                                      struct message *message)
{
    struct rpc_request request = rpc_begin(context, kind, badge);

    return echo_dispatch(&request, message);
}

err_t rpc_serve(void)
{
    cap_t frame = program_cap("window");
    err_t error = frame_map(frame, program_cap("vspace"), RPC_WINDOW_ADDRESS, 0, RPC_WINDOW_BYTES,
                            ACCESS_READ | ACCESS_WRITE);

    slots_init(&slots, bitmap, program_info()->first_free_slot, SLOTS);
    rpc_server = (struct rpc_server){
        .buffer = program_buffer(),
        .slots = &slots,
        .cnode = program_cap("cnode"),
        .window = window_of,
    };
    if (!error)
        error = rpc_server_init(&rpc_server);
    return error ? error : server_loop(rpc_answer, &rpc_server);
}

/* ---- By hand --------------------------------------------------------------------------------- */

SYSCALL_INLINE enum answer hand_answer(void *context, err_t kind, uint32_t badge,
                                       struct message *message)
{
    const uint64_t *word = message->word;

    (void)context, (void)badge;
    if (kind != 0 || message->tag != RPC_TAG(ECHO_INTERFACE, ECHO_CALL_NULL)) {
        *message = (struct message){.tag = TAG(ERR_CODE(RPC_UNKNOWN_OPERATION), 0, 0)};
        return ANSWER_REGISTERS;
    }
    *message = (struct message){.word = {word[0] + 1, word[1] + 1, word[2] + 1, word[3] + 1}};
    return ANSWER_REGISTERS;
}

err_t hand_serve(void)
{
    return server_loop(hand_answer, NULL);
}
