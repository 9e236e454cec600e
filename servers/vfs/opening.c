/* SPDX-License-Identifier: BSD-2-Clause */
/* See opening.h. */

#include "servers/vfs/opening.h"

#include "servers/vfs/clock.h"
#include "servers/vfs/device.h"
#include "servers/vfs/names.h"
#include "servers/vfs/serve.h"
#include "servers/vfs/server.h"

#define HANDLE_RIGHTS (RIGHT_ENDPOINT_CALL | RIGHT_ENDPOINT_TRANSFER)

/* ---- Files ----------------------------------------------------------------------------------- */

/* The handle goes out, and the record says so; or neither. */
static err_t give(struct client *client, uint32_t descriptor, struct open_file *file, cap_t *cap)
{
    err_t error = rpc_give_handle_of(&server, table_endpoint(&open_files, file->badge), file->badge,
                                     HANDLE_RIGHTS, cap);

    if (error)
        open_file_put(file);
    else
        descriptor_set(&client->descriptors, descriptor, file);
    return error;
}

static err_t open_here(struct client *client, struct node *node, uint32_t flags,
                       uint32_t descriptor, struct opened *opened)
{
    struct open_file *file = open_file_of_node(node, flags, client->user);

    if (!file)
        return RPC_NO_MEMORY;
    if ((flags & OPEN_TRUNCATE) && node_type(node) == MODE_REGULAR) {
        (void)!contents_resize(&node->contents, &node->filesystem->budget, 0);
        node_changed(node);
    }
    opened->kind = node_type(node) == MODE_REGULAR     ? FILE_KIND_REGULAR
                   : node_type(node) == MODE_DIRECTORY ? FILE_KIND_DIRECTORY
                                                       : FILE_KIND_CHARACTER;
    return give(client, descriptor, file, &opened->cap);
}

/* What a driver serves: its handle's copy. */
static err_t open_elsewhere(struct client *client, const struct device *device, uint32_t flags,
                            uint32_t descriptor, struct opened *opened)
{
    err_t error = rpc_give_copy(&server, device_cap(device, flags), RIGHT_ALL, &opened->cap);

    if (error)
        return error;
    opened->kind = device->file_kind;
    opened->device = device->file_kind == FILE_KIND_TERMINAL ? device->number : 0;
    descriptor_set(&client->descriptors, descriptor, &open_file_elsewhere);
    return 0;
}

static err_t open_device(struct client *client, struct node *node, uint32_t flags,
                         uint32_t descriptor, struct opened *opened)
{
    const struct device *device = device_resolve(node->device, client->terminal);

    if (!device)
        return VFS_ERROR_NO_DEVICE;
    if (device->kind != DEVICE_PUBLISHED)
        return open_here(client, node, flags, descriptor, opened);
    err_t error = open_elsewhere(client, device, flags, descriptor, opened);
    if (!error && !client->terminal && !(flags & OPEN_NO_TERMINAL))
        client->terminal = opened->device;
    return error;
}

err_t opening_open(struct client *client, const char *path, uint32_t flags, uint32_t mode,
                   uint32_t descriptor, struct opened *opened)
{
    struct node *node;
    err_t error = descriptors_reach(&client->descriptors, descriptor);

    *opened = (struct opened){0};
    if (!error)
        error = names_open(client, path, flags, mode, &node);
    if (error)
        return error;
    if (node_type(node) == MODE_CHARACTER)
        return open_device(client, node, flags, descriptor, opened);
    return open_here(client, node, flags, descriptor, opened);
}

err_t opening_pipe(struct client *client, uint32_t reader, uint32_t writer, uint32_t flags,
                   cap_t *read_end, cap_t *write_end)
{
    struct open_file *readable, *writable;
    err_t error = descriptors_reach(&client->descriptors, reader > writer ? reader : writer);

    if (!error && reader == writer)
        error = VFS_ERROR_BAD_DESCRIPTOR;
    if (!error)
        error = open_file_pipe(flags & OPEN_NO_WAIT, client->user, client->group, clock_now(),
                               &readable, &writable);
    if (error)
        return error;
    error = give(client, reader, readable, read_end);
    if (error) {
        open_file_put(writable);
        return error;
    }
    error = give(client, writer, writable, write_end);
    if (error)
        (void)!descriptor_close(&client->descriptors, reader);
    return error;
}

err_t opening_terminal(struct client *client, uint32_t terminal, cap_t *file)
{
    const struct device *device = device_terminal(terminal);
    struct opened opened;
    err_t error = device ? descriptors_reach(&client->descriptors, 2) : VFS_ERROR_NO_DEVICE;

    if (!error)
        error = open_elsewhere(client, device, OPEN_READ | OPEN_WRITE, 0, &opened);
    if (error)
        return error;
    descriptor_set(&client->descriptors, 1, &open_file_elsewhere);
    descriptor_set(&client->descriptors, 2, &open_file_elsewhere);
    client->terminal = terminal;
    *file = opened.cap;
    return 0;
}

/* ---- Programs -------------------------------------------------------------------------------- */

static err_t program_node(const struct client *client, const char *path, struct node **node)
{
    err_t error = walk_to(client, path, WALK_FOLLOW, node);

    if (error)
        return error;
    if (node_is_directory(*node))
        return VFS_ERROR_IS_A_DIRECTORY;
    return node_type(*node) == MODE_REGULAR && client_may(client, *node, 1) ? 0 : RPC_DENIED;
}

/* In the boot module, if nobody has written to it. */
static void program_describe(const struct node *node, struct program_file *program)
{
    const struct contents *contents = &node->contents;
    bool in_module = contents->data && contents->capacity == 0;

    *program = (struct program_file){
        .object = in_module ? serve_root.module : 0,
        .offset = in_module ? (uint64_t)(contents->data - serve_root.data) : 0,
        .size = contents->size,
        .number = node->version,
        .mode = node->mode,
    };
}

err_t opening_find(const struct client *client, const char *path, struct program_file *program)
{
    struct node *node;
    err_t error = program_node(client, path, &node);

    if (!error)
        program_describe(node, program);
    return error;
}

/* What doesn't lie there has an object of its own. */
err_t opening_program(const struct client *client, const char *path, struct program_file *program)
{
    struct node *node;
    err_t error = program_node(client, path, &node);

    if (error)
        return error;
    if (node->mapped)
        node->version = node_version_next();
    program_describe(node, program);
    if (!program->object && contents_share(&node->contents, &node->filesystem->budget,
                                           SHARE_AS_PROGRAM, &program->object))
        return RPC_NO_MEMORY;
    return 0;
}
