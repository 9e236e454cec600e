/* SPDX-License-Identifier: BSD-2-Clause */
/* See backing.h. */

#include "servers/vfs/backing.h"

#include "libsys/memory_client.h"
#include "servers/vfs/server.h"

#define OWN (MEMORY_READ | MEMORY_WRITE | MEMORY_POPULATE)

static struct rpc_client memory(void)
{
    return (struct rpc_client){.cap = server_memory, .context = &server_context};
}

static uint64_t whole_pages(uint64_t bytes)
{
    return (bytes + PAGE_BYTES - 1) & ~(uint64_t)(PAGE_BYTES - 1);
}

void *backing_take(uint64_t bytes)
{
    uint64_t address = 0;

    if (memory_map_anonymous(server_memory, 0, bytes, OWN, &address))
        return NULL;
    return (void *)address;
}

/* Unmapping whole regions of one's own doesn't fail; if it did, the memory would stay taken. */
static void unmap(const void *place, uint64_t bytes)
{
    (void)!memory_unmap(server_memory, (uint64_t)place, bytes);
}

void backing_give(void *place, uint64_t bytes)
{
    unmap(place, bytes);
}

/* ---- Objects --------------------------------------------------------------------------------- */

static err_t map(cap_t object, uint64_t bytes, uint32_t access, uint64_t *address)
{
    struct rpc_client client = memory();

    return memory_map(&client, object, 0, bytes, 0, access, address);
}

static void close_object(cap_t object)
{
    struct rpc_client client = memory();

    (void)!memory_object_close(&client, object);
    server_slot_clear(object);
}

err_t backing_make(struct backing *backing, uint64_t bytes)
{
    struct rpc_client client = memory();
    uint64_t physical, address;
    cap_t object = server_slot();

    if (object == 0)
        return RPC_FULL;
    err_t error = memory_object_create(&client, bytes, 0, object, &physical);
    if (error) {
        server_slot_give(object);
        return error;
    }
    error = map(object, bytes, OWN, &address);
    if (error) {
        close_object(object);
        return error;
    }
    *backing = (struct backing){
        .object = object, .address = (uint8_t *)address, .bytes = bytes, .mapped = bytes};
    return 0;
}

static err_t object_resize(const struct backing *backing, uint64_t bytes)
{
    struct rpc_client client = memory();

    return memory_object_resize(&client, backing->object, bytes);
}

/* What lies beyond a smaller object stays mapped, and isn't touched. */
err_t backing_resize(struct backing *backing, uint64_t bytes)
{
    uint64_t address;
    err_t error = object_resize(backing, bytes);

    if (error)
        return error;
    if (bytes > backing->bytes) {
        error = map(backing->object, bytes, OWN, &address);
        if (error) {
            (void)!object_resize(backing, backing->bytes);
            return error;
        }
        unmap(backing->address, backing->mapped);
        backing->address = (uint8_t *)address;
        backing->mapped = bytes;
    }
    backing->bytes = bytes;
    return 0;
}

void backing_end(struct backing *backing)
{
    unmap(backing->address, backing->mapped);
    if (backing->read_only)
        server_slot_clear(backing->read_only);
    close_object(backing->object);
}

err_t backing_share(struct backing *backing, bool writable, cap_t *cap)
{
    struct rpc_client client = memory();

    *cap = writable ? backing->object : backing->read_only;
    if (*cap)
        return 0;
    cap_t slot = server_slot();
    if (slot == 0)
        return RPC_FULL;
    err_t error = memory_object_share(&client, backing->object, OBJECT_READ_ONLY, slot);
    if (error)
        server_slot_give(slot);
    else
        *cap = backing->read_only = slot;
    return error;
}

/* ---- Windows, the boot module ---------------------------------------------------------------- */

/*
 * Whether an object is a file's: the memory server lets us set its size. Cutting that file would
 * take the window's memory from under us. Nobody else's object can shrink as long as we map it.
 */
static bool is_own(cap_t object, uint64_t bytes)
{
    struct rpc_client client = memory();

    return !memory_object_resize(&client, object, bytes);
}

err_t backing_window(cap_t object, uint64_t max, struct rpc_window *window)
{
    struct rpc_client client = memory();
    uint64_t bytes = 0, address = 0;
    err_t error = memory_object_size(&client, object, &bytes);

    if (!error && (bytes == 0 || bytes > max || is_own(object, bytes)))
        error = RPC_DENIED;
    if (!error)
        error = map(object, whole_pages(bytes), OWN, &address);
    if (!error)
        *window = (struct rpc_window){.address = (void *)address, .bytes = (uint32_t)bytes};
    return error;
}

void backing_window_end(struct rpc_window *window)
{
    if (window->bytes)
        unmap(window->address, whole_pages(window->bytes));
    *window = (struct rpc_window){0};
}

err_t backing_module(cap_t *object, const uint8_t **data, uint64_t *bytes)
{
    struct rpc_client client = memory();
    uint64_t address = 0;
    cap_t slot = server_slot();

    if (slot == 0)
        return RPC_FULL;
    err_t error = memory_module(&client, slot, bytes);
    if (error) {
        server_slot_give(slot);
        return error;
    }
    error = map(slot, whole_pages(*bytes), MEMORY_READ | MEMORY_POPULATE, &address);
    *object = slot;
    *data = (const uint8_t *)address;
    if (error)
        server_slot_clear(slot);
    return error;
}

void backing_status(uint64_t *total, uint64_t *free)
{
    struct memory_status status = {0};

    if (memory_system_status(server_memory, &status))
        status = (struct memory_status){0};
    *total = status.total;
    *free = status.total - status.used;
}
