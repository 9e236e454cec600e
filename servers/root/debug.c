/* SPDX-License-Identifier: BSD-2-Clause */
/* See debug.h. */

#include "servers/root/debug.h"

#include "libsys/debug_server.h"
#include "libsys/invoke.h"
#include "libsys/string.h"
#include "servers/root/load.h"
#include "servers/root/root.h"

#define TARGET_RIGHTS (RIGHT_THREAD_CONTROL | RIGHT_THREAD_OBSERVE)
#define FILE_RIGHTS (RIGHT_FRAME_READ | RIGHT_FRAME_WRITE)

static struct program *attached; /* a null pointer: none */
static cap_t event;              /* of who attached it */

bool debug_is_attached(void)
{
    return attached != NULL;
}

static struct program *program_at(uint32_t index)
{
    return index < root.manifest.program_count ? &programs[index] : NULL;
}

static bool file_is_shared(const struct program *which)
{
    for (uint32_t i = 0; i < root.manifest.program_count; i++)
        if (&programs[i] != which && programs[i].runs &&
            string_equal(programs[i].line->module, which->line->module))
            return true;
    return false;
}

static err_t debug_serve_program(struct rpc_request *rpc, uint32_t index, bool *runs, void *name,
                                 uint32_t name_room, uint32_t *name_size)
{
    const struct program *found = program_at(index);

    if (rpc->badge != ROOT_DEBUG_BADGE)
        return RPC_DENIED;
    if (!found)
        return RPC_NOT_FOUND;
    *runs = found->runs;
    *name_size = (uint32_t)strlen(found->line->name);
    if (*name_size > name_room)
        return RPC_TOO_LARGE;
    memcpy(name, found->line->name, *name_size);
    return 0;
}

static err_t attach_check(const struct rpc_request *rpc, const struct program *which,
                          uint32_t index)
{
    if (rpc->badge != ROOT_DEBUG_BADGE)
        return RPC_DENIED;
    if (!which)
        return RPC_NOT_FOUND;
    if (!which->runs)
        return RPC_GONE;
    if (index == root.manifest.debugger)
        return RPC_DENIED;
    if (attached)
        return RPC_BUSY;
    return file_is_shared(which) ? DEBUG_ERROR_SHARED : 0;
}

static void event_forget(void)
{
    if (!event)
        return;
    root_check(cnode_delete(ROOT_CNODE, CAP_INDEX(event)), "a debugger's notification");
    slots_give(&root.slots, CAP_INDEX(event), 1);
    event = 0;
}

static err_t debug_serve_attach(struct rpc_request *rpc, uint32_t index, cap_t told, cap_t *thread,
                                cap_t *vspace, uint64_t *bytes)
{
    struct program *found = program_at(index);
    err_t error = attach_check(rpc, found, index);

    if (!error)
        error = rpc_give_copy(rpc->server, found->estate.thread, TARGET_RIGHTS, thread);
    if (!error)
        error = rpc_give_copy(rpc->server, found->estate.vspace, RIGHT_VSPACE_MAP, vspace);
    if (!error)
        error = rpc_keep(rpc, told);
    if (error)
        return error;
    event_forget();
    event = told;
    attached = found;
    *bytes = module_get(found->line->module, found->line->line)->bytes;
    return 0;
}

static err_t debug_serve_file(struct rpc_request *rpc, uint32_t index, cap_t *frame)
{
    if (rpc->badge != ROOT_DEBUG_BADGE)
        return RPC_DENIED;
    if (!attached)
        return RPC_NOT_FOUND;
    const struct boot_module *module = module_get(attached->line->module, attached->line->line);
    if (index >= module->caps)
        return RPC_NOT_FOUND;
    return rpc_give_copy(rpc->server, module->cap + CAP_OF(index), FILE_RIGHTS, frame);
}

/* Wherever it stands: a fault that nobody took any more happens again, and comes here. */
static void release(void)
{
    cap_t thread = attached->estate.thread;

    root_check(thread_suspend(thread), "program %s: letting it go", attached->line->name);
    root_check(thread_set_fault(thread, attached->fault), "program %s: fault endpoint",
               attached->line->name);
    (void)!thread_resume(thread);
    attached = NULL;
    event_forget();
}

static err_t debug_serve_detach(struct rpc_request *rpc)
{
    if (rpc->badge != ROOT_DEBUG_BADGE)
        return RPC_DENIED;
    if (!attached)
        return RPC_NOT_FOUND;
    release();
    return 0;
}

void debug_ended(const struct program *ended)
{
    if (!attached)
        return;
    if (ended == attached) {
        (void)!signal_flags(event);
        attached = NULL;
    } else if ((uint32_t)(ended - programs) == root.manifest.debugger) {
        release();
    }
}

enum answer debug_serve(struct rpc_request *request, struct message *message)
{
    return debug_dispatch(request, message);
}
