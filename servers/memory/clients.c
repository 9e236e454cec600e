/* SPDX-License-Identifier: BSD-2-Clause */
#include "servers/memory/clients.h"

#include "libsys/handle.h"
#include "servers/memory/object.h"

#define KIND_AUTHORITY 3u
#define KIND_SERVER 4u
#define SERVERS 64u
#define WINDOW_ADDRESS 0x300000000000ull
#define WINDOWS_BYTES (1ull << 30)
#define WINDOW_MAX (1u << 20)

static struct space *servers[SERVERS];
static struct space *own;

/* Of the authority: nobody else sends bulk data. */
static struct rpc_window window;

err_t clients_init(cap_t vspace)
{
    return space_attach(vspace, WINDOW_ADDRESS, WINDOWS_BYTES, &own);
}

struct space *client_space(uint32_t badge)
{
    if (LIKELY(handle_kind(badge) != KIND_SERVER))
        return space_of(badge);
    return handle_index(badge) < SERVERS ? servers[handle_index(badge)] : NULL;
}

bool client_is_authority(uint32_t badge)
{
    return handle_kind(badge) == KIND_AUTHORITY;
}

bool client_may_borrow(uint32_t badge)
{
    return client_is_authority(badge) ||
           (handle_kind(badge) == KIND_SERVER && client_space(badge) != NULL);
}

/* A server that root has ended and started again: its VSpace is gone, and with it the
 * capability. */
static bool is_gone(const struct space *space)
{
    struct cap_description what;
    return inspect(space->vspace, &what) || what.type != OBJECT_VSPACE;
}

err_t client_attach(uint32_t badge, cap_t vspace, uint64_t address, uint64_t length)
{
    uint32_t index = handle_index(badge);
    if (handle_kind(badge) != KIND_SERVER || index >= SERVERS)
        return RPC_EXISTS;
    struct space *before = servers[index], *space;
    if (before && !is_gone(before))
        return RPC_EXISTS;
    err_t error = space_attach(vspace, address, length, &space);
    if (error)
        return error;
    servers[index] = space;
    if (before)
        space_destroy(before);
    return 0;
}

err_t client_set_window(uint32_t badge, uint32_t handle)
{
    struct object *object = object_of(handle);
    struct map_request request = {
        .object = object,
        .access = MEMORY_READ | MEMORY_WRITE,
        .read_only = handle_kind(handle) == KIND_OBJECT_READ,
    };
    uint64_t address;
    if (!client_is_authority(badge) || !object)
        return RPC_BAD_HANDLE;
    if (object->size == 0 || object->size > WINDOW_MAX)
        return RPC_OUT_OF_RANGE;
    request.length = object->size;
    err_t error = space_map(own, &request, &address);
    if (error)
        return error == RPC_DENIED      ? RPC_BAD_HANDLE
               : error == RPC_NO_MEMORY ? error
                                        : RPC_OUT_OF_RANGE;
    if (window.bytes)
        (void)!space_unmap(own, (uint64_t)window.address, window.bytes);
    window = (struct rpc_window){(void *)address, (uint32_t)object->size};
    return 0;
}

struct rpc_window client_window(void *context, uint32_t badge)
{
    (void)context;
    return client_is_authority(badge) ? window : (struct rpc_window){0};
}
