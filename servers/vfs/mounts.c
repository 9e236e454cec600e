/* SPDX-License-Identifier: BSD-2-Clause */
/* See mounts.h. */

#include "servers/vfs/mounts.h"

#include "libsys/format.h"
#include "servers/vfs/clock.h"
#include "servers/vfs/ramfs.h"
#include "servers/vfs/walk.h"

uint64_t mounts_limit(void)
{
    uint64_t total, free;

    backing_status(&total, &free);
    return total / 4 * 3;
}

err_t mounts_add_memory(struct client *client, const char *path, uint64_t limit)
{
    struct node *node;
    err_t error = client->user == 0 ? walk_to(client, path, WALK_FOLLOW, &node) : RPC_DENIED;
    struct attributes attributes = {.mode = MODE_DIRECTORY | 0755, .now = clock_now()};

    if (error)
        return error;
    if (!node_is_directory(node))
        return VFS_ERROR_NOT_A_DIRECTORY;
    if (node->directory.count || node == client->root || node == node->filesystem->root)
        return RPC_BUSY;
    struct filesystem *filesystem = ramfs_make(limit, "memory", &attributes);
    if (!filesystem)
        return RPC_NO_MEMORY;
    error = view_mount(client->view, node, filesystem);
    if (error)
        filesystem->operations->end(filesystem);
    return error;
}

err_t mounts_remove(struct client *client, const char *path)
{
    struct node *node;
    err_t error = client->user == 0 ? walk_to(client, path, WALK_FOLLOW, &node) : RPC_DENIED;

    if (error)
        return error;
    return node == client->root ? RPC_BUSY : view_unmount(client->view, node);
}

/* ---- What is mounted ------------------------------------------------------------------------- */

static void space_of(const struct filesystem *filesystem, struct vfs_mount *mount)
{
    const struct budget *budget = &filesystem->budget;
    uint64_t total, free;

    backing_status(&total, &free);
    *mount = (struct vfs_mount){
        .total = budget->limit, .free = budget->limit - budget->used, .files = filesystem->nodes};
    if (mount->total > total)
        mount->total = total;
    if (mount->free > free)
        mount->free = free;
}

static err_t describe(const struct client *client, struct filesystem *filesystem,
                      struct node *place, struct vfs_mount *mount, char *text, uint32_t room,
                      uint32_t *bytes)
{
    char path[PATH_MAX_BYTES];
    uint32_t length;
    err_t error = walk_back(client, place, path, sizeof(path), &length);

    if (error)
        return error;
    space_of(filesystem, mount);
    size_t whole = format_buffer(text, room, "%s %.*s %s", filesystem->source, (int)length, path,
                                 filesystem->type);
    *bytes = whole < room ? (uint32_t)whole : room - 1;
    return 0;
}

err_t mounts_at(const struct client *client, uint32_t index, struct vfs_mount *mount, char *text,
                uint32_t room, uint32_t *bytes)
{
    const struct view *view = client->view;
    struct filesystem *first = client->root->filesystem;

    if (index == 0)
        return describe(client, first, client->root, mount, text, room, bytes);
    for (uint32_t i = 0; i < view->count; i++) {
        struct filesystem *filesystem = view->mount[i].filesystem;
        if (filesystem == first ||
            describe(client, filesystem, filesystem->root, mount, text, room, bytes))
            continue;
        if (--index == 0)
            return 0;
    }
    return RPC_NOT_FOUND;
}
