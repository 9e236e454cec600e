/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests of clients, the authority and publishers: who may is decided here. */

#include "libsys/vfs_server.h"

#include "libsys/handle.h"
#include "libsys/string.h"
#include "servers/vfs/clock.h"
#include "servers/vfs/device.h"
#include "servers/vfs/mounts.h"
#include "servers/vfs/names.h"
#include "servers/vfs/opening.h"
#include "servers/vfs/serve.h"
#include "servers/vfs/server.h"

struct serve_root serve_root;

static err_t client_of(const struct rpc_request *rpc, struct client **client)
{
    *client = client_find(rpc->badge);
    return *client ? 0 : RPC_BAD_HANDLE;
}

/* The node that a path names for who calls. */
static err_t node_of(const struct rpc_request *rpc, const char *path, bool follow,
                     struct client **client, struct node **node)
{
    err_t error = client_of(rpc, client);

    return error ? error : walk_to(*client, path, follow ? WALK_FOLLOW : 0, node);
}

/* ---- Descriptors ----------------------------------------------------------------------------- */

static err_t vfs_serve_open(struct rpc_request *rpc, const char *path, uint32_t flags,
                            uint32_t mode, uint32_t descriptor, cap_t *file, uint32_t *kind,
                            uint32_t *device)
{
    struct client *client;
    struct opened opened;
    err_t error = client_of(rpc, &client);

    if (!error)
        error = opening_open(client, path, flags, mode, descriptor, &opened);
    if (error)
        return error;
    *file = opened.cap;
    *kind = opened.kind;
    *device = opened.device;
    return 0;
}

static err_t vfs_serve_close(struct rpc_request *rpc, uint32_t descriptor)
{
    struct client *client;
    err_t error = client_of(rpc, &client);

    return error ? error : descriptor_close(&client->descriptors, descriptor);
}

static err_t vfs_serve_duplicate(struct rpc_request *rpc, uint32_t from, uint32_t to)
{
    struct client *client;
    err_t error = client_of(rpc, &client);
    struct open_file *file = error ? NULL : descriptor_at(&client->descriptors, from);

    if (!file)
        return error ? error : VFS_ERROR_BAD_DESCRIPTOR;
    error = descriptors_reach(&client->descriptors, to);
    if (error)
        return error;
    open_file_get(file);
    descriptor_set(&client->descriptors, to, file);
    return 0;
}

static err_t vfs_serve_pipe(struct rpc_request *rpc, uint32_t reader, uint32_t writer,
                            uint32_t flags, cap_t *read_end, cap_t *write_end)
{
    struct client *client;
    err_t error = client_of(rpc, &client);

    return error ? error : opening_pipe(client, reader, writer, flags, read_end, write_end);
}

static err_t vfs_serve_adopt(struct rpc_request *rpc, uint32_t badge, uint32_t descriptor)
{
    struct client *client;
    err_t error = client_of(rpc, &client);
    struct open_file *file = open_file_find(badge);

    if (!error && !file)
        error = RPC_BAD_HANDLE;
    if (!error)
        error = descriptors_reach(&client->descriptors, descriptor);
    if (error)
        return error;
    open_file_get(file);
    descriptor_set(&client->descriptors, descriptor, file);
    return 0;
}

/* ---- Names ----------------------------------------------------------------------------------- */

static err_t vfs_serve_status(struct rpc_request *rpc, const char *path, uint32_t flags,
                              void *status, uint32_t status_room, uint32_t *status_size)
{
    struct client *client;
    struct node *node;
    struct file_status told;
    err_t error = node_of(rpc, path, !(flags & STATUS_NO_FOLLOW), &client, &node);

    if (error)
        return error;
    node_status(node, &told);
    *status_size = sizeof(told) < status_room ? sizeof(told) : status_room;
    memcpy(status, &told, *status_size);
    return 0;
}

static err_t vfs_serve_access(struct rpc_request *rpc, const char *path, uint32_t what)
{
    struct client *client;
    struct node *node;
    err_t error = node_of(rpc, path, true, &client, &node);

    if (error)
        return error;
    return client_may(client, node, what & 7) ? 0 : RPC_DENIED;
}

static err_t vfs_serve_make_directory(struct rpc_request *rpc, const char *path, uint32_t mode)
{
    struct client *client;
    err_t error = client_of(rpc, &client);

    return error ? error : names_make_directory(client, path, mode);
}

static err_t vfs_serve_unlink(struct rpc_request *rpc, const char *path, bool directory)
{
    struct client *client;
    err_t error = client_of(rpc, &client);

    return error ? error : names_unlink(client, path, directory);
}

static err_t vfs_serve_rename(struct rpc_request *rpc, const char *from, const char *to)
{
    struct client *client;
    err_t error = client_of(rpc, &client);

    return error ? error : names_rename(client, from, to);
}

static err_t vfs_serve_link(struct rpc_request *rpc, const char *from, const char *to)
{
    struct client *client;
    err_t error = client_of(rpc, &client);

    return error ? error : names_link(client, from, to);
}

static err_t vfs_serve_symlink(struct rpc_request *rpc, const char *target, const char *path)
{
    struct client *client;
    err_t error = client_of(rpc, &client);

    return error ? error : names_symlink(client, target, path);
}

static err_t vfs_serve_read_link(struct rpc_request *rpc, const char *path, void *target,
                                 uint32_t target_room, uint32_t *target_size)
{
    struct client *client;
    struct node *node;
    err_t error = node_of(rpc, path, false, &client, &node);

    if (error)
        return error;
    if (node_type(node) != MODE_LINK)
        return RPC_OUT_OF_RANGE;
    *target_size = node->link.bytes < target_room ? node->link.bytes : target_room;
    memcpy(target, node->link.text, *target_size);
    return 0;
}

static err_t vfs_serve_set_mode(struct rpc_request *rpc, const char *path, uint32_t mode)
{
    struct client *client;
    struct node *node;
    err_t error = node_of(rpc, path, true, &client, &node);

    return error ? error : node_set_mode(node, client->user, client->group, mode);
}

static err_t vfs_serve_set_owner(struct rpc_request *rpc, const char *path, uint32_t user,
                                 uint32_t group, uint32_t flags)
{
    struct client *client;
    struct node *node;
    err_t error = node_of(rpc, path, !(flags & STATUS_NO_FOLLOW), &client, &node);

    return error ? error : node_set_owner(node, client->user, user, group);
}

static err_t vfs_serve_set_times(struct rpc_request *rpc, const char *path, int64_t accessed,
                                 int64_t modified, uint32_t flags)
{
    struct client *client;
    struct node *node;
    err_t error = node_of(rpc, path, !(flags & STATUS_NO_FOLLOW), &client, &node);

    return error ? error : node_set_times(node, client->user, accessed, modified);
}

/* ---- Directories of the client, mounts ------------------------------------------------------- */

static err_t directory_of(const struct rpc_request *rpc, const char *path, struct client **client,
                          struct node **node)
{
    err_t error = node_of(rpc, path, true, client, node);

    if (error)
        return error;
    if (!node_is_directory(*node))
        return VFS_ERROR_NOT_A_DIRECTORY;
    return client_may(*client, *node, 1) ? 0 : RPC_DENIED;
}

static err_t vfs_serve_change_directory(struct rpc_request *rpc, const char *path)
{
    struct client *client;
    struct node *node;
    err_t error = directory_of(rpc, path, &client, &node);

    if (!error)
        client_set_directory(client, node);
    return error;
}

static err_t vfs_serve_directory(struct rpc_request *rpc, void *path, uint32_t path_room,
                                 uint32_t *path_size)
{
    struct client *client;
    err_t error = client_of(rpc, &client);

    return error ? error : walk_back(client, client->directory, path, path_room, path_size);
}

static err_t vfs_serve_change_root(struct rpc_request *rpc, const char *path)
{
    struct client *client;
    struct node *node;
    err_t error = directory_of(rpc, path, &client, &node);

    if (!error && client->user != 0)
        error = RPC_DENIED;
    return error ? error : client_set_root(client, node);
}

static err_t vfs_serve_mount(struct rpc_request *rpc, uint32_t index, struct vfs_mount *mount,
                             void *text, uint32_t text_room, uint32_t *text_size)
{
    struct client *client;
    err_t error = client_of(rpc, &client);

    return error ? error : mounts_at(client, index, mount, text, text_room, text_size);
}

static err_t vfs_serve_mount_memory(struct rpc_request *rpc, const char *path, uint64_t limit)
{
    struct client *client;
    err_t error = client_of(rpc, &client);

    return error ? error : mounts_add_memory(client, path, limit);
}

static err_t vfs_serve_unmount(struct rpc_request *rpc, const char *path)
{
    struct client *client;
    err_t error = client_of(rpc, &client);

    return error ? error : mounts_remove(client, path);
}

static err_t vfs_serve_sync(struct rpc_request *rpc)
{
    struct client *client;

    return client_of(rpc, &client);
}

static err_t vfs_serve_set_window(struct rpc_request *rpc, cap_t object)
{
    struct client *client;
    struct rpc_window window;
    err_t error = client_of(rpc, &client);

    if (!error)
        error = backing_window(object, WINDOW_MAX, &window);
    if (error)
        return error == RPC_BAD_HANDLE || error == RPC_DENIED ? error : RPC_NO_MEMORY;
    backing_window_end(&client->window);
    client->window = window;
    return 0;
}

/* ---- The authority --------------------------------------------------------------------------- */

/* A client that the authority names. */
static err_t named(const struct rpc_request *rpc, uint64_t badge, struct client **client)
{
    if (handle_kind(rpc->badge) != KIND_AUTHORITY)
        return RPC_DENIED;
    *client = badge <= UINT32_MAX ? client_find((uint32_t)badge) : NULL;
    return *client ? 0 : RPC_BAD_HANDLE;
}

/* A new client's session goes out, or it ends. */
static err_t session_give(struct client *client, cap_t *session, uint64_t *badge)
{
    err_t error =
        rpc_give_handle_of(&server, table_endpoint(&clients, client->badge), client->badge,
                           RIGHT_ENDPOINT_CALL | RIGHT_ENDPOINT_TRANSFER, session);

    if (error)
        client_end(client);
    else
        *badge = client->badge;
    return error;
}

static err_t vfs_serve_client_create(struct rpc_request *rpc, uint64_t parent, const void *files,
                                     uint32_t files_size, cap_t *session, uint64_t *badge)
{
    static const struct descriptors none;
    struct client *like = NULL, *client;
    err_t error = named(rpc, parent, &like);

    if (error == RPC_BAD_HANDLE && parent == 0)
        error = client_make(serve_root.view, &client);
    else if (!error)
        error = client_make_child(like, &client);
    if (error)
        return error;
    error = descriptors_choose(&client->descriptors, like ? &like->descriptors : &none, files,
                               files_size);
    if (error) {
        client_end(client);
        return error;
    }
    return session_give(client, session, badge);
}

static err_t vfs_serve_client_fork(struct rpc_request *rpc, uint64_t parent, cap_t *session,
                                   uint64_t *badge)
{
    struct client *like, *client;
    err_t error = named(rpc, parent, &like);

    if (!error)
        error = client_make_child(like, &client);
    if (error)
        return error;
    error = descriptors_copy(&client->descriptors, &like->descriptors);
    if (error) {
        client_end(client);
        return error;
    }
    return session_give(client, session, badge);
}

static err_t vfs_serve_client_exec(struct rpc_request *rpc, uint64_t badge, const void *files,
                                   uint32_t files_size)
{
    struct client *client;
    const uint8_t *keep = files;
    err_t error = named(rpc, badge, &client);

    if (error)
        return error;
    for (uint32_t i = 0; i < files_size; i++)
        if (!keep[i] && i < client->descriptors.room)
            descriptor_set(&client->descriptors, i, NULL);
    descriptors_close_from(&client->descriptors, files_size);
    return 0;
}

static err_t vfs_serve_client_end(struct rpc_request *rpc, uint64_t badge)
{
    struct client *client;
    err_t error = named(rpc, badge, &client);

    if (!error)
        client_end(client);
    return error;
}

static err_t vfs_serve_client_set_user(struct rpc_request *rpc, uint64_t badge, uint32_t user,
                                       uint32_t group)
{
    struct client *client;
    err_t error = named(rpc, badge, &client);

    if (error)
        return error;
    client->user = user;
    client->group = group;
    descriptors_set_user(&client->descriptors, user);
    return 0;
}

static err_t vfs_serve_program_find(struct rpc_request *rpc, uint64_t badge, const char *path,
                                    uint64_t *offset, uint64_t *size, uint64_t *number,
                                    uint32_t *mode, uint32_t *in_module)
{
    struct client *client;
    struct program_file program;
    err_t error = named(rpc, badge, &client);

    if (!error)
        error = opening_find(client, path, &program);
    if (error)
        return error;
    *offset = program.offset;
    *size = program.size;
    *number = program.number;
    *mode = program.mode;
    *in_module = program.object != 0;
    return 0;
}

static err_t vfs_serve_program(struct rpc_request *rpc, uint64_t badge, const char *path,
                               cap_t *object, uint64_t *offset, uint64_t *size, uint64_t *number,
                               uint32_t *mode)
{
    struct client *client;
    struct program_file program;
    err_t error = named(rpc, badge, &client);

    if (!error)
        error = opening_program(client, path, &program);
    if (error)
        return error;
    *offset = program.offset;
    *size = program.size;
    *number = program.number;
    *mode = program.mode;
    return rpc_give_copy(&server, program.object, RIGHT_ALL, object);
}

static err_t vfs_serve_open_terminal(struct rpc_request *rpc, uint64_t badge, uint32_t terminal,
                                     cap_t *file)
{
    struct client *client;
    err_t error = named(rpc, badge, &client);

    return error ? error : opening_terminal(client, terminal, file);
}

/* ---- Publishers ------------------------------------------------------------------------------ */

static err_t vfs_serve_publish(struct rpc_request *rpc, const char *name, uint32_t kind,
                               uint32_t number, uint32_t mode, cap_t both, cap_t reader,
                               cap_t writer)
{
    struct device device = {.file_kind = kind,
                            .number = number,
                            .publisher = rpc->badge,
                            .cap = {both, reader, writer}};
    struct attributes attributes = {.mode = MODE_CHARACTER | (mode & 0777), .now = clock_now()};

    if (handle_kind(rpc->badge) != KIND_PUBLISHER)
        return RPC_DENIED;
    for (const char *c = name; *c != 0; c++)
        if (*c == '/' || (*c == '.' && c == name))
            return RPC_MALFORMED;
    if (rpc_keep_all(rpc, device.cap, DEVICE_WAYS))
        return RPC_NO_MEMORY;
    err_t error = device_publish((struct name){name, (uint32_t)strlen(name)}, &attributes, &device);
    for (unsigned i = 0; i < DEVICE_WAYS && error; i++)
        server_slot_clear(device.cap[i]);
    return error;
}

static err_t vfs_serve_set_clock(struct rpc_request *rpc, int64_t nanoseconds, uint64_t since_boot)
{
    if (handle_kind(rpc->badge) != KIND_PUBLISHER)
        return RPC_DENIED;
    clock_set(nanoseconds, since_boot);
    return 0;
}

enum answer serve_vfs(struct rpc_request *rpc, struct message *message)
{
    return vfs_dispatch(rpc, message);
}
