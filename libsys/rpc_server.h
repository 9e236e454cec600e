/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server's side of a protocol. Its handler, which server_loop calls, begins a request, looks
 * at notifications and faults itself, and gives the rest to NAME_dispatch (NAME_server.h):
 *
 *     SYSCALL_INLINE enum answer serve(void *context, err_t kind, uint32_t badge,
 *                                      struct message *message)
 *     {
 *         struct rpc_request request = rpc_begin(context, kind, badge);
 *
 *         return file_dispatch(&request, message);
 *     }
 *
 * `context` is the struct rpc_server. Inlined, with server_loop, a request in registers is served
 * without touching memory. An endpoint may speak several protocols: see rpc_interface.
 *
 * Dispatch believes nothing of a message: numbers of words and capabilities, lengths, ranges, NULs
 * in strings, types of capabilities are checked before NAME_serve_OPERATION is called; otherwise
 * the client gets MALFORMED, or BAD_HANDLE where a capability isn't the server's own, and what it
 * sent is deleted. Strings and small bytes are copies, so that the function may call other servers.
 * What lies in a window may change at any moment: read it once.
 *
 * The function returns 0, or an error of its protocol or one of RPC_*; a kernel error reaches the
 * client as NO_MEMORY, FULL, CANCELLED, GONE (another server died) or INTERNAL, and so does another
 * protocol's. Results count only with 0.
 *
 * Received capabilities are deleted afterwards, unless it calls rpc_keep. Handles that it gives
 * out come from rpc_give_handle or rpc_give_copy: the server's own copy is deleted when the next
 * request comes. rpc_defer lets a `deferred` operation be answered later, by NAME_answer_OPERATION.
 */
#ifndef LIBSYS_RPC_SERVER_H
#define LIBSYS_RPC_SERVER_H

#include "libsys/rpc.h"
#include "libsys/server.h"
#include "libsys/slots.h"

/* What a server thread has. */
struct rpc_server {
    struct message_buffer *buffer; /* of this thread */
    struct slots *slots;           /* free slots of its table */
    cap_t cnode;                   /* that table; with the right to write */
    cap_t endpoint;                /* its own, without a badge: to make handles; 0: makes none */

    /* Whose window this is; bytes 0: nobody's. A null pointer: this server has no windows. */
    struct rpc_window (*window)(void *context, uint32_t session_badge);
    void *context;

    /* The runtime's own. */
    cap_t receive[MESSAGE_CAPS]; /* empty slots for what comes */
    cap_t give[MESSAGE_CAPS];    /* for what is on its way out */
    uint32_t given;              /* so many of those are taken */
};

/* Where bulk `bytes` of an answer go. */
struct rpc_room {
    uint8_t *window;  /* null: into the message */
    uint32_t bytes;   /* at most so many */
    uint32_t offset;  /* in the window */
    uint32_t session; /* whose window; 0: nobody's */
};

/* What came with a request that has a buffer: the runtime's own. */
struct rpc_arrival {
    err_t error;          /* what is wrong with it */
    uint32_t words, caps; /* so many came */
    uint32_t at, next;    /* next word, next capability to be looked at */
    uint32_t kept;        /* one bit for each capability */
    uint32_t taken;       /* bytes of the window that the request has */
    bool has_window;      /* `window` was looked up; bytes 0: there is none */
    struct rpc_room room;
    struct rpc_window window;
    cap_t cap[MESSAGE_CAPS];
    uint32_t own_badge[MESSAGE_CAPS];
};

struct rpc_request {
    struct rpc_server *server;
    err_t kind;             /* 0, or RECEIVE_* */
    uint32_t badge;         /* of the handle that was called */
    bool later;             /* it was deferred */
    struct rpc_arrival *in; /* null: it came in registers */
    struct rpc_room *room;  /* for the answer's bulk `bytes`; null: it has none */
};

/* A request that will be answered later. */
struct rpc_later {
    cap_t reply;
    struct rpc_room room; /* as it was; the window is looked up again */
};

/*
 * Fill in a server whose other members (the first four, and window and context) are set. Takes
 * eight slots. RPC_FULL: there aren't so many.
 */
MUST_USE err_t rpc_server_init(struct rpc_server *server);

/*
 * The same for a program's first thread, as most servers want it: the table is its `cnode`, all
 * slots of it from the first free one up to `end`, and the endpoint its `self` (0: there is none).
 */
MUST_USE err_t rpc_server_open(struct rpc_server *server, struct slots *slots, uint64_t *bitmap,
                               uint32_t end);

/* Delete what was given out with the last answer. */
void rpc_take_back(struct rpc_server *server);

SYSCALL_INLINE struct rpc_request rpc_begin(struct rpc_server *server, err_t kind, uint32_t badge)
{
    if (UNLIKELY(server->given > 0))
        rpc_take_back(server);
    return (struct rpc_request){.server = server, .kind = kind, .badge = badge};
}

/* Which interface a message is for, where an endpoint speaks several. */
SYSCALL_INLINE unsigned rpc_interface(const struct message *message)
{
    return (unsigned)(message->tag >> 20) & 0xff;
}

/*
 * Keep a capability that came with this request: its slot is the caller's from now on (delete the
 * capability, then slots_give). RPC_FULL: no other slot is free to receive in; it isn't kept.
 */
MUST_USE err_t rpc_keep(struct rpc_request *request, cap_t cap);
/* All of these, or none. */
MUST_USE err_t rpc_keep_all(struct rpc_request *request, const cap_t *cap, uint32_t count);

/*
 * Make a capability that goes out with the answer: a handle of this server with a badge, or a copy
 * of something. At most four for each request. Errors: RPC_FULL, those of cnode_mint, cnode_copy.
 */
MUST_USE err_t rpc_give_handle(struct rpc_server *server, uint32_t badge, uint32_t rights,
                               cap_t *cap);
/* The same, of a copy of the endpoint: when that is revoked, so is the handle. */
MUST_USE err_t rpc_give_handle_of(struct rpc_server *server, cap_t endpoint, uint32_t badge,
                                  uint32_t rights, cap_t *cap);
MUST_USE err_t rpc_give_copy(struct rpc_server *server, cap_t source, uint32_t rights, cap_t *cap);

/*
 * Answer later: the caller moves into the empty Reply `reply`; the function then returns 0, and its
 * results don't matter. An error: it isn't deferred, return that error. A passive server can't
 * (WRONG_STATE): nothing would be left for it to go on with.
 */
SYSCALL_INLINE MUST_USE err_t rpc_defer(struct rpc_request *request, cap_t reply,
                                        struct rpc_later *later)
{
    err_t error = detach(reply);

    if (error)
        return error;
    request->later = true;
    *later = (struct rpc_later){.reply = reply};
    if (request->room)
        later->room = *request->room;
    return 0;
}

/* ---- What follows is for generated code ------------------------------------------------------ */

/* A copy whose address may be given away, so that the original stays in registers. */
SYSCALL_INLINE struct rpc_request rpc_copy_request(const struct rpc_request *request)
{
    return (struct rpc_request){
        .server = request->server, .kind = request->kind, .badge = request->badge};
}

/* The label of an answer that is an error. */
uint64_t rpc_error_label(err_t error, unsigned interface);

SYSCALL_INLINE enum answer rpc_refuse(struct message *msg, err_t error, unsigned interface)
{
    *msg = (struct message){.tag = TAG(rpc_error_label(error, interface), 0, 0)};
    return ANSWER_REGISTERS;
}

/* The end of a request that nobody gets an answer to now. */
SYSCALL_INLINE enum answer rpc_answer_nobody(struct message *msg)
{
    *msg = (struct message){0};
    return ANSWER_REGISTERS;
}

/* The session that a request with nothing else in its buffer was sent with; 0: none. */
SYSCALL_INLINE uint32_t rpc_session_sent(const struct rpc_request *request)
{
    const struct message_buffer *buffer = request->server->buffer;

    return request->kind == RECEIVE_BUFFER && buffer->caps[0] == CAP_OWN ? buffer->own_badge[0] : 0;
}

/*
 * Whether all contents of a request in registers lie in the window of this session: `size` bytes
 * of its own (at most `max`), then room for the answer's, of which `word` is the word (0: there are
 * none) and `room_max` the most. What isn't so, or is wrong, goes the long way.
 */
SYSCALL_INLINE bool rpc_by_window(struct rpc_request *request, uint32_t session, uint64_t size,
                                  uint64_t max, uint64_t word, uint64_t room_max, const void **data,
                                  struct rpc_room *room)
{
    const struct rpc_server *server = request->server;
    uint64_t taken = RPC_WINDOW_ALIGN(size), bytes = word & ~RPC_IN_WINDOW;

    if (UNLIKELY(size > max || bytes > room_max || !server->window || !session))
        return false;
    struct rpc_window window = server->window(server->context, session);
    if (UNLIKELY(taken + (word ? RPC_MESSAGE_MAX : 0) > window.bytes))
        return false;
    *data = window.address;
    *room = (struct rpc_room){
        .window = (uint8_t *)window.address + taken,
        .bytes = (uint32_t)(bytes < window.bytes - taken ? bytes : window.bytes - taken),
        .offset = (uint32_t)taken,
        .session = session,
    };
    request->room = room;
    return true;
}

/* A request with a buffer, before its arguments are looked at and after its answer was made. */
void rpc_accept(struct rpc_request *request, struct rpc_arrival *in, const struct message *msg);
void rpc_release(struct rpc_request *request);

/* Note that a request is malformed, unless this holds. */
SYSCALL_INLINE void rpc_check(struct rpc_request *request, bool condition)
{
    if (UNLIKELY(!condition) && !request->in->error)
        request->in->error = RPC_MALFORMED;
}

/* `fixed`: words of the buffer before the contents. */
SYSCALL_INLINE void rpc_take_begin(struct rpc_request *request, uint32_t fixed)
{
    request->in->at = fixed;
}

/* Capabilities, before contents. After an error all of these do nothing. */
cap_t rpc_take_cap(struct rpc_request *request, enum object_type type);
uint32_t rpc_take_handle(struct rpc_request *request);

/* Each gets the argument's word, and copies contents to `place`. */
void rpc_take_string(struct rpc_request *request, uint64_t length, char *place, uint32_t max);
uint32_t rpc_take_bytes(struct rpc_request *request, uint64_t size, void *place, uint32_t max);
const void *rpc_take_bulk(struct rpc_request *request, uint64_t size, void *place, uint32_t max,
                          uint32_t in_message);
/* Where the answer's bulk bytes may be written: `place`, of in_message bytes, or the window. */
void *rpc_take_room(struct rpc_request *request, uint64_t room, void *place, uint32_t max,
                    uint32_t in_message);

/* The end of the arguments: nothing else may have come. Returns what is wrong with the request. */
MUST_USE err_t rpc_taken(struct rpc_request *request);

/* An answer being packed. */
struct rpc_answer {
    struct message_buffer *buffer;
    uint32_t at, caps;
    err_t error;
};

SYSCALL_INLINE struct rpc_answer rpc_put_begin(struct rpc_server *server, uint32_t fixed)
{
    return (struct rpc_answer){.buffer = server->buffer, .at = fixed};
}

/* Each returns the result's word. More than there is room for: INTERNAL. */
uint64_t rpc_put_bytes(struct rpc_answer *answer, const void *data, uint32_t size, uint32_t max);
uint64_t rpc_put_bulk(struct rpc_answer *answer, const void *data, uint32_t size,
                      const struct rpc_room *room);
void rpc_put_cap(struct rpc_answer *answer, cap_t cap);

/* The answer's words are in place: set its tag. */
enum answer rpc_put_end(const struct rpc_answer *answer, struct message *msg);

/* Answer a deferred request: with `error`, or with what was packed. */
void rpc_later_begin(const struct rpc_server *server, struct rpc_later *later);
MUST_USE err_t rpc_later_send(const struct rpc_later *later, struct message *msg,
                              const struct rpc_answer *answer);
MUST_USE err_t rpc_later_refuse(const struct rpc_later *later, err_t error, unsigned interface);

#endif
