/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server's loop, and what an open file's handle is called for: file.idl. They are together, so
 * that a request's words stay in registers.
 */

#include "libsys/file_server.h"

#include "libsys/memory_protocol.h"
#include "libsys/string.h"
#include "servers/vfs/clock.h"
#include "servers/vfs/device.h"
#include "servers/vfs/names.h"
#include "servers/vfs/open_file.h"
#include "servers/vfs/serve.h"
#include "servers/vfs/server.h"

/* Where the two protocols have the same error, it has the same code. */
_Static_assert(ERR_CODE(VFS_ERROR_NO_ROOM) == ERR_CODE(FILE_ERROR_NO_ROOM), "as used below");

static err_t file_error(err_t error)
{
    return error == VFS_ERROR_NO_ROOM ? FILE_ERROR_NO_ROOM : error;
}

static err_t file_of(const struct rpc_request *rpc, struct open_file **file)
{
    *file = open_file_find(rpc->badge);
    return *file ? 0 : RPC_BAD_HANDLE;
}

static bool is_regular(const struct open_file *file)
{
    return file->kind == OPEN_NODE && node_type(file->node) == MODE_REGULAR;
}

/* ---- Answers that come later ----------------------------------------------------------------- */

err_t waiter_answer_read(struct waiter *waiter, err_t error, const void *data, uint32_t bytes)
{
    return file_answer_read(&server, &waiter->later, error, data, bytes);
}

err_t waiter_answer_write(struct waiter *waiter, err_t error, uint32_t written)
{
    return file_answer_write(&server, &waiter->later, error, written);
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* Since it was written, that is; the others aren't noted. */
static void node_first_read(struct node *node)
{
    int64_t now = clock_now();

    node->accessed = now > node->modified ? now : node->modified + 1;
}

static err_t regular_read(struct open_file *file, uint64_t offset, void *data, uint32_t count,
                          uint32_t *bytes)
{
    struct node *node = file->node;
    const uint8_t *from;
    uint64_t at = offset == FILE_POSITION ? file->position : offset;

    *bytes = (uint32_t)contents_at(&node->contents, at, count, &from);
    rpc_copy(data, from, *bytes);
    if (offset == FILE_POSITION)
        file->position += *bytes;
    if (UNLIKELY(node->accessed <= node->modified))
        node_first_read(node);
    return 0;
}

static err_t node_read(struct open_file *file, uint64_t offset, void *data, uint32_t count,
                       uint32_t *bytes)
{
    switch (node_type(file->node)) {
    case MODE_REGULAR:
        return regular_read(file, offset, data, count, bytes);
    case MODE_CHARACTER:
        *bytes = device_read(file->node->device, data, count);
        return 0;
    default:
        return FILE_ERROR_IS_A_DIRECTORY;
    }
}

static bool waits(const struct open_file *file, uint32_t flags)
{
    return !((flags & FILE_NO_WAIT) || (file->flags & OPEN_NO_WAIT));
}

static err_t file_serve_read(struct rpc_request *rpc, uint64_t offset, uint32_t count,
                             uint32_t flags, int32_t group, void *data, uint32_t data_room,
                             uint32_t *data_size)
{
    struct open_file *file;
    err_t error = file_of(rpc, &file);

    (void)group;
    if (error)
        return error;
    if (!(file->flags & OPEN_READ))
        return FILE_ERROR_WRITE_ONLY;
    if (count > data_room)
        count = data_room;
    if (file->kind == OPEN_NODE)
        return node_read(file, offset, data, count, data_size);
    if (offset != FILE_POSITION)
        return FILE_ERROR_NOT_SEEKABLE;
    error = pipe_read(file->pipe, data, count, data_size);
    if (error == RPC_AGAIN && waits(file, flags))
        return pipe_read_later(file->pipe, rpc, file->user, count);
    return error;
}

/* ---- Writing --------------------------------------------------------------------------------- */

static err_t regular_write(struct open_file *file, uint64_t offset, const void *data,
                           uint32_t count, uint32_t *written)
{
    struct node *node = file->node;
    bool here = offset == FILE_POSITION;
    uint64_t at = file->flags & OPEN_APPEND ? node->contents.size : here ? file->position : offset;
    err_t error = contents_write(&node->contents, &node->filesystem->budget, at, data, count);

    if (error)
        return error == RPC_OUT_OF_RANGE ? FILE_ERROR_NO_ROOM : file_error(error);
    *written = count;
    if (here)
        file->position = at + count;
    node_changed(node);
    return 0;
}

static err_t pipe_write_or_wait(struct rpc_request *rpc, struct open_file *file, uint32_t flags,
                                const void *data, uint32_t count, uint32_t *written)
{
    err_t error = pipe_write(file->pipe, data, count, written);

    if (error == RPC_AGAIN && waits(file, flags))
        return pipe_write_later(file->pipe, rpc, file->user, data, count);
    return error;
}

static err_t file_serve_write(struct rpc_request *rpc, uint64_t offset, uint32_t flags,
                              int32_t group, const void *data, uint32_t data_size,
                              uint32_t *written)
{
    struct open_file *file;
    err_t error = file_of(rpc, &file);

    (void)group;
    if (error)
        return error;
    if (!(file->flags & OPEN_WRITE))
        return FILE_ERROR_READ_ONLY;
    if (is_regular(file))
        return regular_write(file, offset, data, data_size, written);
    if (file->kind == OPEN_NODE)
        return device_write(file->node->device, data_size, written);
    if (offset != FILE_POSITION)
        return FILE_ERROR_NOT_SEEKABLE;
    return pipe_write_or_wait(rpc, file, flags, data, data_size, written);
}

static err_t file_serve_truncate(struct rpc_request *rpc, uint64_t size)
{
    struct open_file *file;
    err_t error = file_of(rpc, &file);

    if (error)
        return error;
    if (file->kind == OPEN_NODE && node_is_directory(file->node))
        return FILE_ERROR_IS_A_DIRECTORY;
    if (!is_regular(file))
        return FILE_ERROR_NOT_SEEKABLE;
    if (!(file->flags & OPEN_WRITE))
        return FILE_ERROR_READ_ONLY;
    error = contents_resize(&file->node->contents, &file->node->filesystem->budget, size);
    if (!error)
        node_changed(file->node);
    return file_error(error);
}

/* ---- Position, status ------------------------------------------------------------------------ */

static err_t file_serve_seek(struct rpc_request *rpc, int64_t offset, uint32_t from,
                             uint64_t *position)
{
    struct open_file *file;
    err_t error = file_of(rpc, &file);
    int64_t base = 0, sum;

    if (error)
        return error;
    if (file->kind != OPEN_NODE)
        return FILE_ERROR_NOT_SEEKABLE;
    if (from == SEEK_FROM_HERE)
        base = (int64_t)file->position;
    else if (from == SEEK_FROM_END)
        base = is_regular(file) ? (int64_t)file->node->contents.size : 0;
    else if (from != SEEK_FROM_START)
        return RPC_OUT_OF_RANGE;
    if (__builtin_add_overflow(base, offset, &sum) || sum < 0)
        return RPC_OUT_OF_RANGE;
    file->position = *position = (uint64_t)sum;
    return 0;
}

static err_t file_serve_status(struct rpc_request *rpc, struct file_status *status)
{
    struct open_file *file;
    err_t error = file_of(rpc, &file);

    if (error)
        return error;
    if (file->kind == OPEN_NODE) {
        node_status(file->node, status);
        return 0;
    }
    const struct pipe *pipe = file->pipe;
    *status = (struct file_status){.size = pipe->used,
                                   .number = pipe->number,
                                   .accessed = pipe->made,
                                   .modified = pipe->made,
                                   .changed = pipe->made,
                                   .mode = MODE_PIPE | 0600,
                                   .links = 1,
                                   .user = pipe->user,
                                   .group = pipe->group};
    return 0;
}

static err_t file_serve_sync(struct rpc_request *rpc)
{
    struct open_file *file;

    return file_of(rpc, &file);
}

static err_t file_serve_flags(struct rpc_request *rpc, uint32_t *flags)
{
    struct open_file *file;
    err_t error = file_of(rpc, &file);

    if (!error)
        *flags = file->flags;
    return error;
}

static err_t file_serve_set_flags(struct rpc_request *rpc, uint32_t flags)
{
    struct open_file *file;
    err_t error = file_of(rpc, &file);

    if (!error)
        file->flags = (file->flags & ~(uint32_t)OPEN_APPEND) | (flags & OPEN_APPEND);
    return error;
}

/* ---- Directories ----------------------------------------------------------------------------- */

#define POSITION_OWN 1    /* `.` was told */
#define POSITION_PARENT 2 /* and `..`; others are so much further */

struct listing {
    uint8_t *to;
    uint32_t room, bytes;
    uint64_t position; /* of the last one that fitted */
    bool full;
};

static bool listing_put(void *context, const struct name *name, const struct node *node,
                        uint64_t position)
{
    struct listing *listing = context;
    uint32_t bytes = (uint32_t)(sizeof(struct file_entry) + name->bytes + 7) & ~7u;
    struct file_entry entry = {.number = node->number,
                               .mode = node->mode,
                               .bytes = (uint16_t)bytes,
                               .name_bytes = (uint16_t)name->bytes};

    if (bytes > listing->room - listing->bytes) {
        listing->full = true;
        return false;
    }
    uint8_t *to = listing->to + listing->bytes;
    memset(to + bytes - 8, 0, 8);
    memcpy(to, &entry, sizeof(entry));
    memcpy(to + sizeof(entry), name->text, name->bytes);
    listing->bytes += bytes;
    listing->position = position;
    return true;
}

static bool listing_put_others(void *context, const struct name *name, const struct node *node,
                               uint64_t position)
{
    return listing_put(context, name, node, position + POSITION_PARENT);
}

static void list(struct listing *listing, struct node *node, uint64_t position)
{
    static const struct name own = {".", 1}, parent = {"..", 2};

    if (position < POSITION_OWN && !listing_put(listing, &own, node, POSITION_OWN))
        return;
    if (position < POSITION_PARENT &&
        !listing_put(listing, &parent, node->directory.parent, POSITION_PARENT))
        return;
    node->filesystem->operations->list(node,
                                       position < POSITION_PARENT ? 0 : position - POSITION_PARENT,
                                       listing_put_others, listing);
}

static err_t file_serve_directory(struct rpc_request *rpc, uint64_t position, uint64_t *next,
                                  void *entries, uint32_t entries_room, uint32_t *entries_size)
{
    struct open_file *file;
    err_t error = file_of(rpc, &file);
    struct listing listing = {.to = entries, .room = entries_room};

    if (error)
        return error;
    if (file->kind != OPEN_NODE || !node_is_directory(file->node))
        return FILE_ERROR_NOT_A_DIRECTORY;
    list(&listing, file->node, position);
    if (listing.full && listing.bytes == 0)
        return RPC_TOO_LARGE;
    *next = listing.full ? listing.position : 0;
    *entries_size = listing.bytes;
    return 0;
}

/* ---- The rest -------------------------------------------------------------------------------- */

static err_t file_serve_poll(struct rpc_request *rpc, uint32_t events, cap_t notification,
                             uint32_t *ready)
{
    struct open_file *file;
    err_t error = file_of(rpc, &file);

    if (error)
        return error;
    if (file->kind == OPEN_NODE) {
        *ready = events & (FILE_READABLE | FILE_WRITABLE);
        return 0;
    }
    bool reader = file->kind == OPEN_PIPE_READER;
    *ready = reader ? pipe_ready_to_read(file->pipe) : pipe_ready_to_write(file->pipe);
    *ready &= events | FILE_ERROR | FILE_HANG_UP;
    if (*ready || !notification)
        return 0;
    struct pollers *pollers = reader ? &file->pipe->read_pollers : &file->pipe->write_pollers;
    return pollers_add(pollers, rpc, notification) ? RPC_NO_MEMORY : 0;
}

static err_t file_serve_control(struct rpc_request *rpc, uint32_t request, int32_t group,
                                const void *argument, uint32_t argument_size, void *result,
                                uint32_t result_room, uint32_t *result_size)
{
    struct open_file *file;
    err_t error = file_of(rpc, &file);

    (void)request, (void)group, (void)argument, (void)argument_size;
    (void)result, (void)result_room, (void)result_size;
    return error ? error : FILE_ERROR_NOT_A_TERMINAL;
}

static err_t may_map(const struct open_file *file, bool writable)
{
    if (!is_regular(file))
        return RPC_UNSUPPORTED;
    if (!(file->flags & OPEN_READ))
        return FILE_ERROR_WRITE_ONLY;
    return writable && !(file->flags & OPEN_WRITE) ? FILE_ERROR_READ_ONLY : 0;
}

static err_t file_serve_map(struct rpc_request *rpc, uint32_t access, cap_t *object, uint64_t *size)
{
    bool writable = (access & MEMORY_WRITE) && !(access & MEMORY_PRIVATE);
    struct open_file *file;
    cap_t own = 0;
    err_t error = file_of(rpc, &file);

    if (!error)
        error = may_map(file, writable);
    if (error)
        return error;
    struct node *node = file->node;
    if (contents_share(&node->contents, &node->filesystem->budget,
                       writable ? SHARE_TO_WRITE : SHARE_TO_READ, &own))
        return RPC_NO_MEMORY;
    *size = node->contents.size;
    node->mapped |= writable;
    return rpc_give_copy(&server, own, RIGHT_ALL, object);
}

static err_t attributes_of(const struct rpc_request *rpc, struct open_file **file)
{
    err_t error = file_of(rpc, file);

    if (error)
        return error;
    return (*file)->kind == OPEN_NODE ? 0 : RPC_DENIED;
}

static err_t file_serve_set_mode(struct rpc_request *rpc, uint32_t mode)
{
    struct open_file *file;
    err_t error = attributes_of(rpc, &file);

    return error ? error : node_set_mode(file->node, file->user, file->node->group, mode);
}

static err_t file_serve_set_owner(struct rpc_request *rpc, uint32_t user, uint32_t group)
{
    struct open_file *file;
    err_t error = attributes_of(rpc, &file);

    return error ? error : node_set_owner(file->node, file->user, user, group);
}

static err_t file_serve_set_times(struct rpc_request *rpc, int64_t accessed, int64_t modified)
{
    struct open_file *file;
    err_t error = attributes_of(rpc, &file);

    return error ? error : node_set_times(file->node, file->user, accessed, modified);
}

/* ---- The loop -------------------------------------------------------------------------------- */

/* Apart, so that its message is a copy, and that of the loop stays in registers. */
static __attribute__((noinline)) enum answer serve_other(struct rpc_request request,
                                                         struct message *message)
{
    if (request.kind == RECEIVE_NOTIFICATION || request.kind == RECEIVE_FAULT)
        return rpc_answer_nobody(message);
    return serve_vfs(&request, message);
}

SYSCALL_INLINE enum answer serve(void *context, err_t kind, uint32_t badge, struct message *message)
{
    struct rpc_request request = rpc_begin(context, kind, badge);

    if (LIKELY(rpc_interface(message) == FILE_INTERFACE && kind <= RECEIVE_BUFFER))
        return file_dispatch(&request, message);
    struct message copy = *message;
    enum answer answer = serve_other(request, &copy);
    *message = copy;
    return answer;
}

err_t serve_loop(void)
{
    return server_loop(serve, &server);
}
