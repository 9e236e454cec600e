/* SPDX-License-Identifier: BSD-2-Clause */
/* The operations of the protocol (libsys/memory.idl), each as a few lines over the nouns. */
#include "servers/memory/serve.h"

#include "libsys/handle.h"
#include "libsys/memory_server.h"
#include "servers/memory/clients.h"
#include "servers/memory/object.h"
#include "servers/memory/pending.h"

#define HANDLE_RIGHTS (RIGHT_ENDPOINT_CALL | RIGHT_ENDPOINT_TRANSFER)

static struct object *module;
static uint64_t module_size;

void serve_module(struct object *object, uint64_t size)
{
    module = object;
    module_size = size;
}

/* ---- A space's own memory -------------------------------------------------------------------- */

static err_t map(struct space *space, uint32_t handle, const struct map_request *request,
                 uint64_t *mapped)
{
    struct map_request asked = *request;
    asked.object = handle ? object_of(handle) : NULL;
    asked.read_only = handle_kind(handle) == KIND_OBJECT_READ;
    return space && (!handle || asked.object) ? space_map(space, &asked, mapped) : RPC_BAD_HANDLE;
}

static err_t memory_serve_map(struct rpc_request *rpc, uint32_t object, uint64_t address,
                              uint64_t length, uint64_t offset, uint32_t access, uint64_t *mapped)
{
    struct map_request request = {
        .address = address, .length = length, .offset = offset, .access = access};
    return map(client_space(rpc->badge), object, &request, mapped);
}

static err_t memory_serve_map_anonymous(struct rpc_request *rpc, uint64_t address, uint64_t length,
                                        uint32_t access, uint64_t *mapped)
{
    struct map_request request = {.address = address, .length = length, .access = access};
    return map(client_space(rpc->badge), 0, &request, mapped);
}

static err_t memory_serve_unmap(struct rpc_request *rpc, uint64_t address, uint64_t length)
{
    struct space *space = client_space(rpc->badge);
    return space ? space_unmap(space, address, length) : RPC_BAD_HANDLE;
}

static err_t memory_serve_protect(struct rpc_request *rpc, uint64_t address, uint64_t length,
                                  uint32_t access)
{
    struct space *space = client_space(rpc->badge);
    return space ? space_protect(space, address, length, access) : RPC_BAD_HANDLE;
}

static err_t memory_serve_status(struct rpc_request *rpc, struct memory_status *status)
{
    const struct space *space = client_space(rpc->badge);
    if (!space)
        return RPC_BAD_HANDLE;
    space_status(space, status);
    return 0;
}

static err_t memory_serve_system_status(struct rpc_request *rpc, struct memory_status *status)
{
    (void)rpc;
    system_status(status);
    return 0;
}

static err_t memory_serve_region(struct rpc_request *rpc, uint64_t address,
                                 struct memory_region *region)
{
    const struct space *space = client_space(rpc->badge);
    return space ? space_region(space, address, region) : RPC_BAD_HANDLE;
}

static err_t memory_serve_attach(struct rpc_request *rpc, cap_t vspace, uint64_t address,
                                 uint64_t length)
{
    err_t error = rpc_keep(rpc, vspace);
    if (error)
        return RPC_NO_MEMORY;
    error = client_attach(rpc->badge, vspace, address, length);
    if (error)
        kernel_slot_give(vspace);
    return error;
}

static err_t memory_serve_forward_fault(struct rpc_request *rpc, uint64_t address, uint64_t code)
{
    struct space *space = client_space(rpc->badge);
    return space ? space_fault_page(space, address, code) : RPC_BAD_HANDLE;
}

static err_t memory_serve_set_window(struct rpc_request *rpc, uint32_t object, uint64_t address)
{
    (void)address;
    return client_set_window(rpc->badge, object);
}

/* ---- Objects --------------------------------------------------------------------------------- */

static err_t give(struct rpc_request *rpc, cap_t endpoint, uint32_t badge, cap_t *cap)
{
    return rpc_give_handle_of(rpc->server, endpoint, badge, HANDLE_RIGHTS, cap) ? RPC_NO_MEMORY : 0;
}

static uint32_t read_only_badge(const struct object *object)
{
    return handle_badge(KIND_OBJECT_READ, handle_generation(object->badge),
                        handle_index(object->badge));
}

static err_t memory_serve_object_create(struct rpc_request *rpc, uint64_t size, uint32_t flags,
                                        cap_t *cap, uint64_t *physical)
{
    struct space *space = client_space(rpc->badge);
    struct object *object;
    err_t error = space ? object_create(space, size, flags, &object, physical) : RPC_BAD_HANDLE;
    if (error)
        return error;
    error = give(rpc, object_endpoint(object), object->badge, cap);
    if (error)
        object_close(object);
    return error;
}

/* An object whose maker calls, by a handle that may write. */
static err_t own_object(const struct rpc_request *rpc, uint32_t handle, struct object **object)
{
    *object = object_of(handle);
    if (!*object)
        return RPC_BAD_HANDLE;
    const struct space *space = client_space(rpc->badge);
    bool own = space && (*object)->maker == space && !(*object)->closed;
    return own && handle_kind(handle) == KIND_OBJECT ? 0 : RPC_DENIED;
}

static err_t memory_serve_object_resize(struct rpc_request *rpc, uint32_t handle, uint64_t size)
{
    struct object *object;
    err_t error = own_object(rpc, handle, &object);
    return error ? error : object_resize(object, size);
}

static err_t memory_serve_object_share(struct rpc_request *rpc, uint32_t handle, uint32_t flags,
                                       cap_t *shared)
{
    const struct object *object = object_of(handle);
    if (!object)
        return RPC_BAD_HANDLE;
    if (flags & ~(uint32_t)OBJECT_READ_ONLY)
        return RPC_DENIED;
    bool read_only = flags || handle_kind(handle) == KIND_OBJECT_READ;
    return give(rpc, object_endpoint(object), read_only ? read_only_badge(object) : object->badge,
                shared);
}

static err_t memory_serve_object_close(struct rpc_request *rpc, uint32_t handle)
{
    struct object *object;
    err_t error = own_object(rpc, handle, &object);
    if (!error)
        object_close(object);
    return error;
}

static err_t memory_serve_object_size(struct rpc_request *rpc, uint32_t handle, uint64_t *size)
{
    const struct object *object = object_of(handle);
    (void)rpc;
    if (!object)
        return RPC_BAD_HANDLE;
    *size = object->size;
    return 0;
}

static err_t memory_serve_module(struct rpc_request *rpc, cap_t *object, uint64_t *size)
{
    if (!module)
        return RPC_NOT_FOUND;
    *size = module_size;
    return give(rpc, object_endpoint(module), read_only_badge(module), object);
}

/* ---- The authority --------------------------------------------------------------------------- */

/* The space that the authority names by its badge. */
static err_t space_named(const struct rpc_request *rpc, uint64_t badge, struct space **space)
{
    if (!client_is_authority(rpc->badge))
        return RPC_DENIED;
    *space = badge <= UINT32_MAX ? space_of((uint32_t)badge) : NULL;
    return *space && !(*space)->resident ? 0 : RPC_BAD_HANDLE;
}

static err_t give_space(struct rpc_request *rpc, struct space *space, cap_t *handle, cap_t *vspace,
                        uint64_t *badge)
{
    err_t error = give(rpc, space_endpoint(space), space->badge, handle);
    if (!error && rpc_give_copy(rpc->server, space->vspace, RIGHT_VSPACE_MAP, vspace))
        error = RPC_NO_MEMORY;
    *badge = space->badge;
    if (error)
        space_destroy(space);
    return error;
}

static err_t memory_serve_space_create(struct rpc_request *rpc, uint32_t group, uint64_t quota,
                                       cap_t *handle, cap_t *vspace, uint64_t *badge)
{
    struct space *space;
    if (!client_is_authority(rpc->badge))
        return RPC_DENIED;
    err_t error = space_create(group, quota, &space);
    return error ? error : give_space(rpc, space, handle, vspace, badge);
}

static err_t memory_serve_space_fork(struct rpc_request *rpc, uint64_t parent, uint32_t group,
                                     uint64_t quota, uint64_t first, uint64_t second, cap_t *handle,
                                     cap_t *vspace, uint64_t *badge)
{
    const uint64_t written[FORK_WRITTEN] = {first, second};
    struct space *space, *child;
    err_t error = space_named(rpc, parent, &space);
    if (!error)
        error = space_fork(space, group, quota, written, &child);
    return error ? error : give_space(rpc, child, handle, vspace, badge);
}

static err_t memory_serve_space_destroy(struct rpc_request *rpc, uint64_t badge)
{
    struct space *space;
    err_t error = space_named(rpc, badge, &space);
    if (error)
        return error;
    pending_forget(space->badge);
    space_destroy(space);
    return 0;
}

static err_t memory_serve_space_map(struct rpc_request *rpc, uint32_t object, uint64_t badge,
                                    uint64_t address, uint64_t length, uint64_t offset,
                                    uint32_t access, uint64_t *mapped)
{
    struct map_request request = {
        .address = address, .length = length, .offset = offset, .access = access};
    struct space *space;
    err_t error = space_named(rpc, badge, &space);
    return error ? error : map(space, object, &request, mapped);
}

static err_t memory_serve_space_copy(struct rpc_request *rpc, uint64_t from, uint64_t from_address,
                                     uint64_t to, uint64_t to_address, uint64_t length)
{
    struct space *source = NULL, *target = NULL;
    err_t error = space_named(rpc, from, &source);
    if (!error)
        error = space_named(rpc, to, &target);
    return error ? error : space_copy_bytes(source, from_address, target, to_address, length);
}

/* What a space is built of. */
struct building {
    uint32_t object; /* its handle, or 0 */
    const void *parts;
    uint32_t size;
    uint64_t from, from_address, to_address, length;
};

static err_t build(const struct rpc_request *rpc, struct space *space,
                   const struct building *building)
{
    uint32_t handle = building->object;
    struct object *object = handle ? object_of(handle) : NULL;
    struct space *source = NULL;
    err_t error = building->length ? space_named(rpc, building->from, &source) : 0;
    if (!error && handle && !object)
        error = RPC_BAD_HANDLE;
    if (!error && building->size % sizeof(struct memory_part))
        error = RPC_OUT_OF_RANGE;
    if (!error)
        error = space_build(space, object, handle_kind(handle) == KIND_OBJECT_READ, building->parts,
                            building->size / (uint32_t)sizeof(struct memory_part));
    if (!error && building->length)
        error = space_copy_bytes(source, building->from_address, space, building->to_address,
                                 building->length);
    return error;
}

static err_t memory_serve_space_build(struct rpc_request *rpc, uint32_t handle, uint32_t group,
                                      uint64_t quota, const void *parts, uint32_t size,
                                      uint64_t from, uint64_t from_address, uint64_t to_address,
                                      uint64_t length, cap_t *made, cap_t *vspace, uint64_t *badge)
{
    const struct building building = {handle, parts, size, from, from_address, to_address, length};
    struct space *space;
    if (!client_is_authority(rpc->badge))
        return RPC_DENIED;
    err_t error = space_create(group, quota, &space);
    if (error)
        return error;
    error = build(rpc, space, &building);
    if (error) {
        space_destroy(space);
        return error;
    }
    return give_space(rpc, space, made, vspace, badge);
}

static err_t memory_serve_space_empty(struct rpc_request *rpc, uint64_t badge)
{
    struct space *space;
    err_t error = space_named(rpc, badge, &space);
    if (!error)
        error = space_empty(space);
    if (!error)
        pending_forget(space->badge);
    return error;
}

static err_t empty_named(const struct rpc_request *rpc, uint64_t badge, struct space **space)
{
    err_t error = space_named(rpc, badge, space);
    return error ? error : space_begin_again(*space);
}

/* However large its tables have become: with the next process's end it goes. */
static err_t emptied_after(struct space *space, err_t error)
{
    if (error)
        space_clear(space);
    return error;
}

static err_t memory_serve_space_build_again(struct rpc_request *rpc, uint32_t handle,
                                            uint64_t badge, const void *parts, uint32_t size,
                                            uint64_t from, uint64_t from_address,
                                            uint64_t to_address, uint64_t length)
{
    const struct building building = {handle, parts, size, from, from_address, to_address, length};
    struct space *space;
    err_t error = empty_named(rpc, badge, &space);
    return error ? error : emptied_after(space, build(rpc, space, &building));
}

static err_t memory_serve_space_fork_again(struct rpc_request *rpc, uint64_t parent, uint64_t badge,
                                           uint64_t first, uint64_t second)
{
    const uint64_t written[FORK_WRITTEN] = {first, second};
    struct space *space = NULL, *child = NULL;
    err_t error = space_named(rpc, parent, &space);
    if (!error && space->resident)
        error = RPC_BAD_HANDLE;
    if (!error && parent == badge)
        error = RPC_BUSY;
    if (!error)
        error = empty_named(rpc, badge, &child);
    return error ? error : emptied_after(child, space_fork_into(space, written, child));
}

static err_t memory_serve_space_write(struct rpc_request *rpc, uint64_t badge, uint64_t address,
                                      const void *data, uint32_t size)
{
    struct space *space;
    err_t error = space_named(rpc, badge, &space);
    return error ? error : space_write_bytes(space, address, data, size);
}

static err_t memory_serve_space_read(struct rpc_request *rpc, uint64_t badge, uint64_t address,
                                     void *data, uint32_t room, uint32_t *size)
{
    struct space *space;
    err_t error = space_named(rpc, badge, &space);
    *size = 0;
    return error ? error : space_read_bytes(space, address, data, room, size);
}

static err_t memory_serve_space_status(struct rpc_request *rpc, uint64_t badge,
                                       struct memory_status *status)
{
    struct space *space;
    err_t error = space_named(rpc, badge, &space);
    if (!error)
        space_status(space, status);
    return error;
}

static err_t memory_serve_space_region(struct rpc_request *rpc, uint64_t badge, uint64_t address,
                                       struct memory_region *region)
{
    struct space *space;
    err_t error = space_named(rpc, badge, &space);
    return error ? error : space_region(space, address, region);
}

static err_t memory_serve_group_set(struct rpc_request *rpc, uint32_t number, uint64_t quota,
                                    uint64_t *used)
{
    struct account *group = account_of_group(number);
    if (!client_is_authority(rpc->badge))
        return RPC_DENIED;
    if (!group)
        return RPC_OUT_OF_RANGE;
    group->quota = quota;
    *used = group->used;
    return 0;
}

static err_t memory_serve_set_fault_notification(struct rpc_request *rpc, cap_t notification)
{
    if (!client_is_authority(rpc->badge))
        return RPC_DENIED;
    err_t error = rpc_keep(rpc, notification);
    if (!error)
        pending_tell(notification);
    return error;
}

static err_t memory_serve_take_fault(struct rpc_request *rpc, struct memory_fault *fault)
{
    return client_is_authority(rpc->badge) ? pending_take(fault) : RPC_DENIED;
}

static err_t memory_serve_resume_fault(struct rpc_request *rpc, uint64_t number)
{
    return client_is_authority(rpc->badge) ? pending_resume(number) : RPC_DENIED;
}

static err_t memory_serve_lend(struct rpc_request *rpc, cap_t table, uint32_t slot, uint32_t bits)
{
    return client_may_borrow(rpc->badge) ? kernel_lend(table, slot, bits) : RPC_DENIED;
}

/* ---- Requests -------------------------------------------------------------------------------- */

void system_status(struct memory_status *status)
{
    *status = (struct memory_status){
        .total = kernel_total(),
        .used = kernel_total() - kernel_left() - page_bytes_free(),
        .kernel = kernel_used() - page_bytes_total(),
        .tables = tables_bytes(),
        .faults = faults_served,
        .regions = space_count(),
        .objects = object_count(),
    };
}

/* A thread's fault: served, or kept for the process server. */
static __attribute__((noinline)) void fault_refused(uint32_t badge, const struct message *message,
                                                    err_t reason)
{
    struct memory_fault fault = {
        .space = badge,
        .kind = TAG_LABEL(message->tag),
        .address = message->word[1],
        .code = message->word[2],
        .ip = message->word[0],
        .sp = message->word[3],
        .reason = ERR_CODE(reason),
    };
    /* Without memory for that, the thread faults again, on its own time. */
    (void)pending_add(&fault);
}

enum answer serve(void *context, err_t kind, uint32_t badge, struct message *message)
{
    if (kind == RECEIVE_FAULT) {
        struct space *space = space_of(badge);
        err_t error = MEMORY_ERROR_NOT_MAPPED;
        if (LIKELY(space && TAG_LABEL(message->tag) == FAULT_PAGE))
            error = space_fault(space, message->word[1], message->word[2], true);
        if (UNLIKELY(error))
            fault_refused(badge, message, error);
        *message = (struct message){0};
        return ANSWER_REGISTERS;
    }
    struct rpc_request request = rpc_begin(context, kind, badge);
    return memory_dispatch(&request, message);
}
