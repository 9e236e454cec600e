/* SPDX-License-Identifier: BSD-2-Clause */
/* /dev/random and /dev/urandom, which are the same: read random bytes, write what is mixed in. */

#include "libsys/device.h"
#include "libsys/file_server.h"
#include "servers/entropy/noise.h"

#define MODE_DEVICE 0020666u /* S_IFCHR */
#define PIECE 384u           /* bytes of a message */

static err_t known(const struct rpc_request *rpc, err_t result)
{
    bool is_device = handle_kind(rpc->badge) == HANDLE_DEVICE && device_ways(rpc->badge);

    return is_device ? result : RPC_BAD_HANDLE;
}

static err_t file_serve_read(struct rpc_request *rpc, uint64_t offset, uint32_t count,
                             uint32_t flags, int32_t group, void *data, uint32_t data_room,
                             uint32_t *data_size)
{
    (void)offset, (void)flags, (void)group;
    if (known(rpc, 0))
        return RPC_BAD_HANDLE;
    if (!(device_ways(rpc->badge) & OPEN_READ))
        return FILE_ERROR_WRITE_ONLY;
    *data_size = count < data_room ? count : data_room;
    return noise_read(data, *data_size);
}

static err_t file_serve_write(struct rpc_request *rpc, uint64_t offset, uint32_t flags,
                              int32_t group, const void *data, uint32_t data_size,
                              uint32_t *written)
{
    (void)offset, (void)flags, (void)group;
    if (known(rpc, 0))
        return RPC_BAD_HANDLE;
    if (!(device_ways(rpc->badge) & OPEN_WRITE))
        return FILE_ERROR_READ_ONLY;
    *written = data_size < PIECE ? data_size : PIECE;
    noise_add(data, *written);
    return 0;
}

static err_t file_serve_status(struct rpc_request *rpc, struct file_status *status)
{
    *status = (struct file_status){.number = 1, .mode = MODE_DEVICE, .links = 1};
    return known(rpc, 0);
}

static err_t file_serve_poll(struct rpc_request *rpc, uint32_t events, cap_t notification,
                             uint32_t *ready)
{
    (void)notification;
    *ready = events & (FILE_READABLE | FILE_WRITABLE);
    return known(rpc, 0);
}

static err_t file_serve_flags(struct rpc_request *rpc, uint32_t *flags)
{
    *flags = device_ways(rpc->badge);
    return known(rpc, 0);
}

static err_t file_serve_set_flags(struct rpc_request *rpc, uint32_t flags)
{
    (void)flags;
    return known(rpc, 0);
}

static err_t file_serve_sync(struct rpc_request *rpc)
{
    return known(rpc, 0);
}

static err_t file_serve_seek(struct rpc_request *rpc, int64_t offset, uint32_t from,
                             uint64_t *position)
{
    (void)offset, (void)from;
    *position = 0;
    return known(rpc, 0);
}

static err_t file_serve_truncate(struct rpc_request *rpc, uint64_t size)
{
    (void)size;
    return known(rpc, FILE_ERROR_NOT_SEEKABLE);
}

static err_t file_serve_directory(struct rpc_request *rpc, uint64_t position, uint64_t *next,
                                  void *entries, uint32_t entries_room, uint32_t *entries_size)
{
    (void)position, (void)next, (void)entries, (void)entries_room, (void)entries_size;
    return known(rpc, FILE_ERROR_NOT_A_DIRECTORY);
}

static err_t file_serve_control(struct rpc_request *rpc, uint32_t request, int32_t group,
                                const void *argument, uint32_t argument_size, void *result,
                                uint32_t result_room, uint32_t *result_size)
{
    (void)request, (void)group, (void)argument, (void)argument_size;
    (void)result, (void)result_room, (void)result_size;
    return known(rpc, FILE_ERROR_NOT_A_TERMINAL);
}

static err_t file_serve_map(struct rpc_request *rpc, uint32_t access, cap_t *object, uint64_t *size)
{
    (void)access, (void)object, (void)size;
    return known(rpc, RPC_UNSUPPORTED);
}

static err_t file_serve_set_mode(struct rpc_request *rpc, uint32_t mode)
{
    (void)mode;
    return known(rpc, RPC_DENIED);
}

static err_t file_serve_set_owner(struct rpc_request *rpc, uint32_t user, uint32_t group)
{
    (void)user, (void)group;
    return known(rpc, RPC_DENIED);
}

static err_t file_serve_set_times(struct rpc_request *rpc, int64_t accessed, int64_t modified)
{
    (void)accessed, (void)modified;
    return known(rpc, RPC_DENIED);
}

enum answer files_serve(struct rpc_request *request, struct message *message)
{
    return file_dispatch(request, message);
}
