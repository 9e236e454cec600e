/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Serves libsys/echo.idl, for tests/guest/rpc.c: every kind of argument, changed in a way that
 * tells whether all of it went through.
 */

#include "libsys/echo_server.h"
#include "libsys/handle.h"
#include "libsys/invoke.h"
#include "libsys/program.h"
#include "libsys/string.h"

#define SLOTS 64
#define WINDOW_ADDRESS 0x30000000ull
#define HANDLE_KIND 2
#define SESSION 7 /* the badges that have one half of the memory as their window, and the other */
#define SESSION_OTHER 8

static struct echo {
    struct rpc_server rpc;
    struct slots slots;
    uint64_t bitmap[SLOTS_WORDS(SLOTS)];
    struct rpc_window window;
    cap_t kept[2];
    cap_t reply;
    struct rpc_later waiting; /* `reply` 0: nobody waits */
    enum { IN_WAIT, IN_LATER, IN_FETCH } waits;
    char tag[32];
    uint64_t token;
} echo;

/* ---- Numbers --------------------------------------------------------------------------------- */

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

static err_t echo_serve_scalars(struct rpc_request *rpc, uint8_t small, uint16_t medium,
                                uint32_t ranged, int32_t signed_small, int64_t signed_large,
                                bool flag, uint8_t *small_out, uint16_t *medium_out,
                                uint32_t *ranged_out, int32_t *signed_out, int64_t *large_out,
                                bool *flag_out)
{
    (void)rpc;
    *small_out = (uint8_t)~small;
    *medium_out = (uint16_t)~medium;
    *ranged_out = ranged + 1;
    *signed_out = (int32_t)(0 - (uint32_t)signed_small);
    *large_out = (int64_t)(0 - (uint64_t)signed_large);
    *flag_out = !flag;
    return 0;
}

static err_t echo_serve_many(struct rpc_request *rpc, const struct echo_point *point, uint64_t w0,
                             uint64_t w1, uint64_t w2, uint64_t w3, uint64_t w4, uint32_t last,
                             uint64_t *sum, struct echo_point *mirror, struct echo_point *twin,
                             uint32_t *last_out)
{
    (void)rpc;
    *sum = w0 + w1 + w2 + w3 + w4 + last;
    *mirror = *twin = *point;
    mirror->x = point->y;
    mirror->y = point->x;
    *last_out = last + 1;
    return 0;
}

static err_t echo_serve_fail(struct rpc_request *rpc, uint32_t code)
{
    (void)rpc;
    if (code == 0)
        return 0;
    return code == ERR_CODE(ECHO_ERROR_NO_LUCK) ? ECHO_ERROR_NO_LUCK : RPC_ERROR(0, code);
}

/* ---- Contents -------------------------------------------------------------------------------- */

static err_t echo_serve_text(struct rpc_request *rpc, const char *name, const void *data,
                             uint32_t data_size, void *upper, uint32_t upper_room,
                             uint32_t *upper_size, void *reversed, uint32_t reversed_room,
                             uint32_t *reversed_size)
{
    char *capitals = upper, *back = reversed;
    uint32_t length = (uint32_t)strlen(name);

    (void)rpc, (void)upper_room, (void)reversed_room;
    if (string_equal(name, "unlucky"))
        return ECHO_ERROR_NO_LUCK;
    for (uint32_t i = 0; i < length; i++)
        capitals[i] = name[i] >= 'a' && name[i] <= 'z' ? (char)(name[i] - 'a' + 'A') : name[i];
    for (uint32_t i = 0; i < data_size; i++)
        back[i] = ((const char *)data)[data_size - 1 - i];
    *upper_size = length;
    *reversed_size = data_size;
    return 0;
}

static err_t echo_serve_bulk(struct rpc_request *rpc, const void *data, uint32_t data_size,
                             void *inverted, uint32_t inverted_room, uint32_t *inverted_size)
{
    uint32_t size = data_size < inverted_room ? data_size : inverted_room;

    (void)rpc;
    for (uint32_t i = 0; i < size; i++)
        ((uint8_t *)inverted)[i] = (uint8_t) ~((const uint8_t *)data)[i];
    *inverted_size = size;
    return 0;
}

/* ---- Capabilities ---------------------------------------------------------------------------- */

static err_t echo_serve_make(struct rpc_request *rpc, uint32_t number, cap_t *handle)
{
    return rpc_give_handle(rpc->server, handle_badge(HANDLE_KIND, 1, number),
                           RIGHT_ENDPOINT_CALL | RIGHT_ENDPOINT_TRANSFER, handle);
}

static err_t number_of(uint32_t badge, uint32_t *number)
{
    *number = handle_index(badge);
    return handle_kind(badge) == HANDLE_KIND ? 0 : RPC_BAD_HANDLE;
}

static err_t echo_serve_recognise(struct rpc_request *rpc, uint32_t first, uint32_t second,
                                  uint32_t *one, uint32_t *two)
{
    err_t error = number_of(first, one);

    (void)rpc;
    return error || !second ? error : number_of(second, two);
}

static void forget(cap_t *cap)
{
    if (*cap && cnode_delete(echo.rpc.cnode, CAP_INDEX(*cap)) == 0)
        slots_give(&echo.slots, CAP_INDEX(*cap), 1);
    *cap = 0;
}

static err_t echo_serve_keep(struct rpc_request *rpc, cap_t bell, cap_t other)
{
    err_t error = rpc_keep(rpc, bell);

    if (!error && other)
        error = rpc_keep(rpc, other);
    forget(&echo.kept[0]);
    forget(&echo.kept[1]);
    echo.kept[0] = bell;
    echo.kept[1] = other;
    return error;
}

static err_t echo_serve_ring(struct rpc_request *rpc, uint32_t *rung)
{
    (void)rpc;
    for (unsigned i = 0; i < 2; i++) {
        if (echo.kept[i] && signal_flags(echo.kept[i]) == 0)
            ++*rung;
        forget(&echo.kept[i]);
    }
    return 0;
}

/* ---- Later ----------------------------------------------------------------------------------- */

static err_t echo_serve_wait(struct rpc_request *rpc, const char *tag, void *tag_out,
                             uint32_t tag_out_room, uint32_t *tag_out_size, void *data,
                             uint32_t data_room, uint32_t *data_size)
{
    (void)tag_out, (void)tag_out_room, (void)tag_out_size;
    (void)data, (void)data_room, (void)data_size;
    if (echo.waiting.reply)
        return RPC_BUSY;
    memcpy(echo.tag, tag, strlen(tag) + 1);
    echo.waits = IN_WAIT;
    return rpc_defer(rpc, echo.reply, &echo.waiting);
}

static err_t echo_serve_later(struct rpc_request *rpc, uint64_t token, uint64_t *result)
{
    (void)result;
    if (echo.waiting.reply)
        return RPC_BUSY;
    echo.token = token;
    echo.waits = IN_LATER;
    return rpc_defer(rpc, echo.reply, &echo.waiting);
}

static err_t echo_serve_fetch(struct rpc_request *rpc, uint32_t flags, void *data,
                              uint32_t data_room, uint32_t *data_size, uint64_t *result)
{
    (void)data, (void)data_room;
    if (flags & 1) {
        *data_size = 0;
        *result = flags + 1;
        return 0;
    }
    if (echo.waiting.reply)
        return RPC_BUSY;
    echo.token = flags;
    echo.waits = IN_FETCH;
    return rpc_defer(rpc, echo.reply, &echo.waiting);
}

static err_t answer(struct rpc_server *server, struct rpc_later *later, const void *data,
                    uint32_t size)
{
    switch (echo.waits) {
    case IN_WAIT:
        return echo_answer_wait(server, later, 0, echo.tag, (uint32_t)strlen(echo.tag), data, size);
    case IN_FETCH:
        return echo_answer_fetch(server, later, 0, data, size, echo.token + 1);
    default:
        return echo_answer_later(server, later, 0, echo.token + 1);
    }
}

static err_t echo_serve_wake(struct rpc_request *rpc, const void *data, uint32_t data_size,
                             uint32_t *taken)
{
    struct rpc_later later = echo.waiting;
    uint32_t size = data_size < later.room.bytes ? data_size : later.room.bytes;

    if (!later.reply)
        return RPC_NOT_FOUND;
    echo.waiting.reply = 0;
    *taken = size;
    return answer(rpc->server, &later, data, size) ? RPC_GONE : 0;
}

/* ---- The server ------------------------------------------------------------------------------ */

static struct rpc_window window_of(void *context, uint32_t session_badge)
{
    struct rpc_window window = echo.window;

    (void)context;
    if (session_badge != SESSION && session_badge != SESSION_OTHER)
        return (struct rpc_window){0};
    if (session_badge == SESSION_OTHER)
        window.address = (char *)window.address + window.bytes;
    return window;
}

SYSCALL_INLINE enum answer serve(void *context, err_t kind, uint32_t badge, struct message *message)
{
    struct rpc_request request = rpc_begin(context, kind, badge);

    return echo_dispatch(&request, message);
}

static err_t open_all(void)
{
    cap_t window = program_cap("window");
    err_t error = rpc_server_open(&echo.rpc, &echo.slots, echo.bitmap, SLOTS);

    echo.rpc.window = window_of;
    echo.window =
        (struct rpc_window){(void *)WINDOW_ADDRESS, (uint32_t)program_cap_find("window")->size / 2};
    echo.reply = CAP_OF(slots_take(&echo.slots, 1));
    if (!error)
        error = frame_map(window, program_cap("vspace"), WINDOW_ADDRESS, 0, 2 * echo.window.bytes,
                          ACCESS_READ | ACCESS_WRITE);
    if (!error)
        error = untyped_retype(program_cap("objects"), echo.rpc.cnode, CAP_INDEX(echo.reply), 1,
                               OBJECT_REPLY, 6);
    return error;
}

int main(const struct program_info *info)
{
    err_t error = open_all();

    (void)info;

    return (int)(error ? error : server_loop(serve, &echo.rpc));
}
