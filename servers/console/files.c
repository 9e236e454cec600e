/* SPDX-License-Identifier: BSD-2-Clause */
/* file.idl as a terminal understands it: checks, and what terminals have no use for. */

#include "libsys/device.h"
#include "libsys/file_server.h"
#include "servers/console/console.h"

#define MODE_TERMINAL 0020620u /* S_IFCHR, writable for others of the group */

static struct terminal *terminal_get(const struct rpc_request *rpc)
{
    return terminal_of(rpc->badge);
}

static err_t file_serve_read(struct rpc_request *rpc, uint64_t offset, uint32_t count,
                             uint32_t flags, int32_t group, void *data, uint32_t data_room,
                             uint32_t *data_size)
{
    struct terminal *terminal = terminal_get(rpc);

    if (!terminal)
        return RPC_BAD_HANDLE;
    if (!(device_ways(rpc->badge) & OPEN_READ))
        return FILE_ERROR_WRITE_ONLY;
    if (offset != FILE_POSITION)
        return FILE_ERROR_NOT_SEEKABLE;
    if (count > data_room)
        count = data_room;
    return terminal_read(rpc, terminal, count < WAITER_DATA ? count : WAITER_DATA, flags, group,
                         data, data_size);
}

static err_t file_serve_write(struct rpc_request *rpc, uint64_t offset, uint32_t flags,
                              int32_t group, const void *data, uint32_t data_size,
                              uint32_t *written)
{
    struct terminal *terminal = terminal_get(rpc);

    if (!terminal)
        return RPC_BAD_HANDLE;
    if (!(device_ways(rpc->badge) & OPEN_WRITE))
        return FILE_ERROR_READ_ONLY;
    if (offset != FILE_POSITION)
        return FILE_ERROR_NOT_SEEKABLE;
    return terminal_write(rpc, terminal, flags, group, data, data_size, written);
}

static err_t file_serve_poll(struct rpc_request *rpc, uint32_t events, cap_t notification,
                             uint32_t *ready)
{
    struct terminal *terminal = terminal_get(rpc);

    return terminal ? terminal_poll(rpc, terminal, events, notification, ready) : RPC_BAD_HANDLE;
}

static err_t file_serve_control(struct rpc_request *rpc, uint32_t request, int32_t group,
                                const void *argument, uint32_t argument_size, void *result,
                                uint32_t result_room, uint32_t *result_size)
{
    struct terminal *terminal = terminal_get(rpc);

    (void)result_room;
    if (!terminal)
        return RPC_BAD_HANDLE;
    return terminal_control(rpc, terminal, request, group, argument, argument_size, result,
                            result_size);
}

static err_t file_serve_status(struct rpc_request *rpc, struct file_status *status)
{
    const struct terminal *terminal = terminal_get(rpc);

    if (!terminal)
        return RPC_BAD_HANDLE;
    *status = (struct file_status){.number = 1 + terminal->number,
                                   .special = 1 + terminal->number,
                                   .mode = MODE_TERMINAL,
                                   .links = 1};
    return 0;
}

/* What all terminals answer in the same way. */
static err_t refuse(const struct rpc_request *rpc, err_t error)
{
    return terminal_get(rpc) ? error : RPC_BAD_HANDLE;
}

static err_t file_serve_seek(struct rpc_request *rpc, int64_t offset, uint32_t from,
                             uint64_t *position)
{
    (void)offset, (void)from, (void)position;
    return refuse(rpc, FILE_ERROR_NOT_SEEKABLE);
}

static err_t file_serve_truncate(struct rpc_request *rpc, uint64_t size)
{
    (void)size;
    return refuse(rpc, FILE_ERROR_NOT_SEEKABLE);
}

static err_t file_serve_sync(struct rpc_request *rpc)
{
    return refuse(rpc, 0);
}

static err_t file_serve_directory(struct rpc_request *rpc, uint64_t position, uint64_t *next,
                                  void *entries, uint32_t entries_room, uint32_t *entries_size)
{
    (void)position, (void)next, (void)entries, (void)entries_room, (void)entries_size;
    return refuse(rpc, FILE_ERROR_NOT_A_DIRECTORY);
}

static err_t file_serve_map(struct rpc_request *rpc, uint32_t access, cap_t *object, uint64_t *size)
{
    (void)access, (void)object, (void)size;
    return refuse(rpc, RPC_UNSUPPORTED);
}

/* Each write goes to the end anyway. */
static err_t file_serve_set_flags(struct rpc_request *rpc, uint32_t flags)
{
    (void)flags;
    return refuse(rpc, 0);
}

static err_t file_serve_flags(struct rpc_request *rpc, uint32_t *flags)
{
    *flags = device_ways(rpc->badge);
    return refuse(rpc, 0);
}

static err_t file_serve_set_mode(struct rpc_request *rpc, uint32_t mode)
{
    (void)mode;
    return refuse(rpc, RPC_DENIED);
}

static err_t file_serve_set_owner(struct rpc_request *rpc, uint32_t user, uint32_t group)
{
    (void)user, (void)group;
    return refuse(rpc, RPC_DENIED);
}

static err_t file_serve_set_times(struct rpc_request *rpc, int64_t accessed, int64_t modified)
{
    (void)accessed, (void)modified;
    return refuse(rpc, RPC_DENIED);
}

enum answer files_serve(struct rpc_request *request, struct message *message)
{
    return file_dispatch(request, message);
}

err_t answer_read(struct waiter *waiter, err_t error, const void *data, uint32_t size)
{
    return file_answer_read(&console.server, &waiter->later, error, data, size);
}

err_t answer_write(struct waiter *waiter, err_t error, uint32_t written)
{
    return file_answer_write(&console.server, &waiter->later, error, written);
}

err_t answer_control(struct waiter *waiter, err_t error)
{
    return file_answer_control(&console.server, &waiter->later, error, NULL, 0);
}
