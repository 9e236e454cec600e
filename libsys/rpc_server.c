/* SPDX-License-Identifier: BSD-2-Clause */
/* See rpc_server.h. */

#include "libsys/rpc_server.h"

#include "libsys/invoke.h"

/* ---- Slots ----------------------------------------------------------------------------------- */

err_t rpc_server_init(struct rpc_server *server)
{
    uint32_t first = slots_take(server->slots, 2 * MESSAGE_CAPS);

    if (first == 0)
        return RPC_FULL;
    for (unsigned i = 0; i < MESSAGE_CAPS; i++) {
        server->receive[i] = CAP_OF(first + i);
        server->give[i] = CAP_OF(first + MESSAGE_CAPS + i);
        server->buffer->receive[i] = server->receive[i];
    }
    server->given = 0;
    return 0;
}

/* Emptying a slot of one's own table fails only when the table isn't one's own. */
static void empty(const struct rpc_server *server, cap_t cap)
{
    if (cnode_delete(server->cnode, CAP_INDEX(cap)))
        __builtin_trap();
}

void rpc_take_back(struct rpc_server *server)
{
    while (server->given > 0)
        empty(server, server->give[--server->given]);
}

static err_t give_slot(const struct rpc_server *server, cap_t *slot)
{
    if (server->given == MESSAGE_CAPS)
        return RPC_FULL;
    *slot = server->give[server->given];
    return 0;
}

err_t rpc_give_handle_of(struct rpc_server *server, cap_t endpoint, uint32_t badge, uint32_t rights,
                         cap_t *cap)
{
    err_t error = give_slot(server, cap);

    if (!error)
        error = cnode_mint(server->cnode, CAP_INDEX(*cap), endpoint, rights, badge);
    if (!error)
        server->given++;
    return error;
}

err_t rpc_give_handle(struct rpc_server *server, uint32_t badge, uint32_t rights, cap_t *cap)
{
    return rpc_give_handle_of(server, server->endpoint, badge, rights, cap);
}

err_t rpc_give_copy(struct rpc_server *server, cap_t source, uint32_t rights, cap_t *cap)
{
    err_t error = give_slot(server, cap);

    if (!error)
        error = cnode_copy(server->cnode, CAP_INDEX(*cap), source, rights);
    if (!error)
        server->given++;
    return error;
}

err_t rpc_keep(struct rpc_request *request, cap_t cap)
{
    struct rpc_server *server = request->server;

    for (unsigned i = 0; i < request->in->caps; i++) {
        if (request->in->cap[i] != cap || cap == CAP_OWN || (request->in->kept & 1u << i))
            continue;
        uint32_t fresh = slots_take(server->slots, 1);
        if (fresh == 0)
            return RPC_FULL;
        server->receive[i] = server->buffer->receive[i] = CAP_OF(fresh);
        request->in->kept |= 1u << i;
        return 0;
    }
    return RPC_INTERNAL;
}

err_t rpc_keep_all(struct rpc_request *request, const cap_t *cap, uint32_t count)
{
    const struct rpc_server *server = request->server;

    for (uint32_t i = 0; i < count; i++) {
        err_t error = rpc_keep(request, cap[i]);
        if (!error)
            continue;
        while (i-- > 0) {
            empty(server, cap[i]);
            slots_give(server->slots, CAP_INDEX(cap[i]), 1);
        }
        return error;
    }
    return 0;
}

/* ---- Requests -------------------------------------------------------------------------------- */

void rpc_accept(struct rpc_request *request, struct rpc_arrival *in, const struct message *msg)
{
    const struct message_buffer *buffer = request->server->buffer;

    in->error = 0;
    in->words = in->caps = in->at = in->next = in->kept = in->taken = 0;
    in->has_window = false;
    in->room = (struct rpc_room){0};
    request->in = in;
    request->room = &in->room;
    if (request->kind != RECEIVE_BUFFER) {
        rpc_check(request, TAG_WORDS(msg->tag) == 0 && TAG_CAPS(msg->tag) == 0);
        return;
    }
    in->words = TAG_WORDS(msg->tag);
    in->caps = TAG_CAPS(msg->tag);
    for (unsigned i = 0; i < in->caps; i++) {
        in->cap[i] = buffer->caps[i];
        in->own_badge[i] = buffer->own_badge[i];
    }
}

void rpc_release(struct rpc_request *request)
{
    for (unsigned i = 0; i < request->in->caps; i++)
        if (request->in->cap[i] != CAP_OWN && !(request->in->kept & 1u << i))
            empty(request->server, request->in->cap[i]);
}

static bool refused(struct rpc_request *request, err_t error)
{
    if (!request->in->error)
        request->in->error = error;
    return true;
}

/* Where contents of so many bytes lie, with `end` bytes behind them; null: they don't. */
static const uint64_t *contents(struct rpc_request *request, uint64_t size, uint64_t max,
                                uint32_t end)
{
    if (request->in->error || (size > max && refused(request, RPC_MALFORMED)))
        return NULL;
    uint32_t words = RPC_WORDS((uint32_t)size + end), at = request->in->at;
    if (at + words > request->in->words && refused(request, RPC_MALFORMED))
        return NULL;
    request->in->at = at + words;
    return request->server->buffer->words + at;
}

/* Whether one of so many bytes is 0: a word has one if this leaves its top bit. */
static bool has_nul(const uint64_t *words, uint32_t bytes)
{
    for (; bytes > 0; words++) {
        uint64_t word = bytes < 8 ? *words | ~0ull << 8 * bytes : *words;
        if ((word - 0x0101010101010101ull) & ~word & 0x8080808080808080ull)
            return true;
        bytes -= bytes < 8 ? bytes : 8;
    }
    return false;
}

void rpc_take_string(struct rpc_request *request, uint64_t length, char *place, uint32_t max)
{
    const uint64_t *words = contents(request, length, max, 1);

    place[0] = 0;
    rpc_check(request, length > 0);
    if (request->in->error)
        return;
    rpc_copy(place, words, length);
    place[length] = 0;
    rpc_check(request, !has_nul(words, (uint32_t)length));
}

uint32_t rpc_take_bytes(struct rpc_request *request, uint64_t size, void *place, uint32_t max)
{
    const uint64_t *words = contents(request, size, max, 0);

    if (!words)
        return 0;
    rpc_copy(place, words, size);
    return (uint32_t)size;
}

/* The window of the session that came as the last capability, or else of the handle called. */
static struct rpc_window window_of(struct rpc_request *request)
{
    struct rpc_server *server = request->server;
    struct rpc_arrival *in = request->in;
    uint32_t session = request->badge;

    if (in->has_window)
        return in->window;
    if (in->next < in->caps) {
        session = in->cap[in->next] == CAP_OWN ? in->own_badge[in->next] : 0;
        in->next++;
    }
    in->has_window = true;
    in->room.session = session;
    in->window = (struct rpc_window){0};
    if (session && server->window)
        in->window = server->window(server->context, session);
    return in->window;
}

const void *rpc_take_bulk(struct rpc_request *request, uint64_t size, void *place, uint32_t max,
                          uint32_t in_message)
{
    if (size <= in_message) {
        (void)rpc_take_bytes(request, size, place, in_message);
        return place;
    }
    rpc_check(request, size <= max);
    if (request->in->error)
        return place;
    struct rpc_window window = window_of(request);
    if (!request->in->error && size > window.bytes && refused(request, RPC_TOO_LARGE))
        return place;
    request->in->taken = RPC_WINDOW_ALIGN((uint32_t)size);
    return window.address;
}

void *rpc_take_room(struct rpc_request *request, uint64_t room, void *place, uint32_t max,
                    uint32_t in_message)
{
    uint64_t bytes = room & ~RPC_IN_WINDOW;

    rpc_check(request, bytes <= max);
    request->in->room.bytes = (uint32_t)(bytes < in_message ? bytes : in_message);
    if (request->in->error || !(room & RPC_IN_WINDOW))
        return place;
    struct rpc_window window = window_of(request);
    if (window.bytes < request->in->taken || window.bytes - request->in->taken <= in_message)
        return place;
    window.bytes -= request->in->taken;
    request->in->room.bytes = (uint32_t)(bytes < window.bytes ? bytes : window.bytes);
    request->in->room.offset = request->in->taken;
    request->in->room.window = (uint8_t *)window.address + request->in->taken;
    return request->in->room.window;
}

/* The next capability's place. */
static bool next_cap(struct rpc_request *request, uint32_t *index)
{
    rpc_check(request, request->in->next < request->in->caps);
    if (request->in->error)
        return false;
    *index = request->in->next++;
    return true;
}

cap_t rpc_take_cap(struct rpc_request *request, enum object_type type)
{
    struct cap_description what;
    uint32_t i;

    if (!next_cap(request, &i))
        return 0;
    if (request->in->cap[i] == CAP_OWN && refused(request, RPC_BAD_HANDLE))
        return 0;
    rpc_check(request, inspect(request->in->cap[i], &what) == 0 && what.type == type);
    return request->in->error ? 0 : request->in->cap[i];
}

uint32_t rpc_take_handle(struct rpc_request *request)
{
    uint32_t i;

    if (!next_cap(request, &i))
        return 0;
    if ((request->in->cap[i] != CAP_OWN || request->in->own_badge[i] == 0) &&
        refused(request, RPC_BAD_HANDLE))
        return 0;
    return request->in->own_badge[i];
}

err_t rpc_taken(struct rpc_request *request)
{
    rpc_check(request, request->in->at == request->in->words);
    rpc_check(request, request->in->next == request->in->caps);
    return request->in->error;
}

/* ---- Answers --------------------------------------------------------------------------------- */

/* What a client may know of a kernel error that its server met. */
static err_t common_error(err_t error)
{
    switch (ERR_CODE(error)) {
    case ERROR_NO_MEMORY:
    case ERROR_NO_TABLES:
        return RPC_NO_MEMORY;
    case ERROR_FULL:
        return RPC_FULL;
    case ERROR_CANCELLED:
        return RPC_CANCELLED;
    case ERROR_NOT_DELIVERED:
    case ERROR_OUTCOME_UNKNOWN:
        return RPC_GONE;
    default:
        return RPC_INTERNAL;
    }
}

uint64_t rpc_error_label(err_t error, unsigned interface)
{
    unsigned code = ERR_CODE(error), whose = RPC_ERROR_INTERFACE(error);

    if (!rpc_is_error(error))
        return ERR_CODE(common_error(error));
    if (code > 0 && whose == (code < RPC_COMMON_CODES ? 0 : interface))
        return code;
    return ERR_CODE(RPC_INTERNAL);
}

uint64_t rpc_put_bytes(struct rpc_answer *answer, const void *data, uint32_t size, uint32_t max)
{
    if (size > max) {
        answer->error = RPC_INTERNAL;
        return 0;
    }
    rpc_copy_words(answer->buffer->words + answer->at, data, size);
    answer->at += RPC_WORDS(size);
    return size;
}

uint64_t rpc_put_bulk(struct rpc_answer *answer, const void *data, uint32_t size,
                      const struct rpc_room *room)
{
    if (!room->window)
        return rpc_put_bytes(answer, data, size, room->bytes);
    if (size > room->bytes) {
        answer->error = RPC_INTERNAL;
        return 0;
    }
    if (data != room->window)
        rpc_copy(room->window, data, size);
    return size | RPC_IN_WINDOW;
}

void rpc_put_cap(struct rpc_answer *answer, cap_t cap)
{
    if (cap == 0)
        answer->error = RPC_INTERNAL;
    answer->buffer->caps[answer->caps++] = cap;
}

enum answer rpc_put_end(const struct rpc_answer *answer, struct message *msg)
{
    if (answer->error)
        return rpc_refuse(msg, answer->error, 0);
    msg->tag = TAG(0, answer->at, answer->caps);
    return answer->at || answer->caps ? ANSWER_BUFFER : ANSWER_REGISTERS;
}

/* The window may have become another, or gone, since the request came. */
void rpc_later_begin(const struct rpc_server *server, struct rpc_later *later)
{
    struct rpc_room *room = &later->room;

    if (!room->window)
        return;
    struct rpc_window window = server->window(server->context, room->session);
    uint32_t bytes = window.bytes > room->offset ? window.bytes - room->offset : 0;
    room->window = (uint8_t *)window.address + room->offset;
    if (room->bytes > bytes)
        room->bytes = bytes;
}

err_t rpc_later_send(const struct rpc_later *later, struct message *msg,
                     const struct rpc_answer *answer)
{
    err_t error;

    if (answer->error)
        return RPC_TOO_LARGE;
    msg->tag = TAG(0, answer->at, answer->caps);
    error = answer->at || answer->caps ? call_buffer(later->reply, msg) : call(later->reply, msg);
    return syscall_failed(error) ? error : 0;
}

err_t rpc_later_refuse(const struct rpc_later *later, err_t error, unsigned interface)
{
    struct message msg = {.tag = TAG(rpc_error_label(error, interface), 0, 0)};

    return call(later->reply, &msg);
}
