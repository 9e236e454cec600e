/* SPDX-License-Identifier: BSD-2-Clause */
/* See control.h. */

#include "servers/root/control.h"

#include "libsys/invoke.h"
#include "libsys/print.h"
#include "libsys/root_server.h"
#include "libsys/string.h"
#include "servers/root/debug.h"
#include "servers/root/events.h"
#include "servers/root/load.h"
#include "servers/root/program.h"
#include "servers/root/root.h"

#define BUFFER_BITS 12 /* a page, with this thread's message buffer */

_Static_assert((int)ROOT_RESTART_NEVER == (int)RESTART_NEVER, "as the manifest has them");
_Static_assert((int)ROOT_RESTART_FAILED == (int)RESTART_ON_FAILURE, "as the manifest has them");
_Static_assert((int)ROOT_RESTART_ALWAYS == (int)RESTART_ALWAYS, "as the manifest has them");

static struct rpc_server server = {
    .buffer = (struct message_buffer *)WINDOW_BUFFER,
    .slots = &root.slots,
    .cnode = ROOT_CNODE,
};

void control_open(void)
{
    cap_t frame = root_make(OBJECT_FRAME, BUFFER_BITS);

    root_check(frame_map_supplied(frame, ROOT_VSPACE, WINDOW_BUFFER, 0, 1u << BUFFER_BITS,
                                  ACCESS_READ | ACCESS_WRITE),
               "a message buffer");
    root_check(thread_set_buffer(ROOT_THREAD, frame, 0), "a message buffer");
    root_check(rpc_server_init(&server), "slots to receive in");
}

/* A program by its index; a null pointer: there is none. */
static struct program *program_at(uint32_t index)
{
    return index < root.manifest.program_count ? &programs[index] : NULL;
}

static err_t root_serve_program(struct rpc_request *rpc, uint32_t index,
                                struct root_program *program, void *name, uint32_t name_room,
                                uint32_t *name_size)
{
    const struct program *found = program_at(index);

    (void)rpc;
    if (!found)
        return RPC_NOT_FOUND;
    const struct manifest_program *line = found->line;
    *program = (struct root_program){
        .needs = line->needs,
        .heartbeat = line->heartbeat,
        .flags = (line->is_on_demand ? ROOT_ON_DEMAND : 0) |
                 (line->is_essential ? ROOT_ESSENTIAL : 0) | (line->is_bound ? ROOT_SERVES : 0) |
                 (index == root.manifest.supervisor ? ROOT_CALLER : 0),
        .restart = line->restart,
        .runs = found->runs,
        .started = found->started,
    };
    *name_size = (uint32_t)strlen(line->name);
    if (*name_size > name_room)
        return RPC_TOO_LARGE;
    memcpy(name, line->name, *name_size);
    return 0;
}

static err_t root_serve_start(struct rpc_request *rpc, uint32_t index)
{
    struct program *found = program_at(index);

    (void)rpc;
    if (!found)
        return RPC_NOT_FOUND;
    if (found->runs)
        return RPC_BUSY;
    if (found->is_closed)
        return RPC_GONE;
    event_forget(index);
    return program_start_one(found);
}

static err_t root_serve_stop(struct rpc_request *rpc, uint32_t index)
{
    struct program *found = program_at(index);

    (void)rpc;
    if (!found)
        return RPC_NOT_FOUND;
    if (index == root.manifest.supervisor)
        return RPC_DENIED;
    if (found->runs)
        program_end(found);
    event_forget(index);
    return 0;
}

static err_t root_serve_close(struct rpc_request *rpc, uint32_t index)
{
    struct program *found = program_at(index);

    (void)rpc;
    if (!found)
        return RPC_NOT_FOUND;
    if (found->runs)
        return RPC_BUSY;
    program_close(found);
    return 0;
}

static err_t root_serve_take_event(struct rpc_request *rpc, struct root_event *event, void *text,
                                   uint32_t text_room, uint32_t *text_size)
{
    const struct event *taken = event_take();

    (void)rpc;
    if (!taken)
        return RPC_NOT_FOUND;
    *event = taken->head;
    *text_size = (uint32_t)strlen(taken->text);
    if (*text_size > text_room)
        *text_size = text_room;
    memcpy(text, taken->text, *text_size);
    return 0;
}

static err_t root_serve_set_event(struct rpc_request *rpc, cap_t event)
{
    err_t error = rpc_keep(rpc, event);

    if (!error)
        events_notify(event);
    return error;
}

static err_t root_serve_endpoint(struct rpc_request *rpc, uint32_t index, cap_t *endpoint)
{
    const struct program *found = program_at(index);

    if (!found || !found->line->is_bound)
        return RPC_NOT_FOUND;
    if (found->is_closed)
        return RPC_GONE;
    return rpc_give_copy(rpc->server, root.object[found->line->serves], RIGHT_ENDPOINT_CALL,
                         endpoint);
}

static err_t root_serve_say(struct rpc_request *rpc, const char *text)
{
    (void)rpc;
    print("%s\n", text);
    return 0;
}

static err_t root_serve_power_off(struct rpc_request *rpc, uint32_t status)
{
    (void)rpc;
    root_power_off(status != 0);
}

static err_t root_serve_reserve(struct rpc_request *rpc, uint64_t *bytes, uint64_t *free)
{
    (void)rpc;
    *bytes = root.reserve.count ? root.reserve.untyped[0].bytes : 0;
    *free = memory_free(&root.reserve);
    return 0;
}

static err_t root_serve_debugged(struct rpc_request *rpc, bool *attached)
{
    (void)rpc;
    *attached = debug_is_attached();
    return 0;
}

enum answer control_serve(err_t kind, uint32_t badge, struct message *message)
{
    struct rpc_request request = rpc_begin(&server, kind, badge);

    return badge == ROOT_CONTROL_BADGE ? root_dispatch(&request, message)
                                       : debug_serve(&request, message);
}
