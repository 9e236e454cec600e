/* SPDX-License-Identifier: BSD-2-Clause */
/* See names.h. */

#include "servers/vfs/names.h"

#include "servers/vfs/clock.h"

#define UNCHANGED 0xffffffffu /* a user or group */

static const struct filesystem_operations *operations_of(const struct node *node)
{
    return node->filesystem->operations;
}

/* ---- Where names are ------------------------------------------------------------------------- */

/* A place for a new name. */
static err_t place_for(const struct client *client, const char *path, unsigned flags,
                       struct found *found)
{
    err_t error = walk(client, path, flags | WALK_MISSING, found);

    if (error)
        return error;
    if (found->node)
        return RPC_EXISTS;
    if (found->directory->links == 0)
        return RPC_NOT_FOUND;
    return client_may(client, found->directory, 3) ? 0 : RPC_DENIED;
}

/* Whether the client may take a name away. */
static bool may_remove(const struct client *client, const struct found *found)
{
    const struct node *directory = found->directory;

    if (!client_may(client, directory, 3))
        return false;
    return !(directory->mode & MODE_STICKY) || client->user == 0 ||
           client->user == directory->user || client->user == found->node->user;
}

static void directory_changed(struct node *directory)
{
    directory->modified = directory->changed = clock_now();
}

/* What is made belongs to the client, or, where the directory says so, to its group. */
static struct attributes attributes_for(const struct client *client, const struct node *directory,
                                        uint32_t mode)
{
    struct attributes attributes = {
        .mode = mode, .user = client->user, .group = client->group, .now = clock_now()};

    if (directory->mode & MODE_SET_GROUP) {
        attributes.group = directory->group;
        if ((mode & MODE_TYPE) == MODE_DIRECTORY)
            attributes.mode |= MODE_SET_GROUP;
    }
    return attributes;
}

/* ---- Making ---------------------------------------------------------------------------------- */

static err_t make_at(const struct client *client, const struct found *found, uint32_t mode,
                     struct node **made)
{
    struct attributes attributes = attributes_for(client, found->directory, mode);
    err_t error =
        operations_of(found->directory)->make(found->directory, found->name, &attributes, made);

    if (!error)
        directory_changed(found->directory);
    return error;
}

err_t names_make_directory(const struct client *client, const char *path, uint32_t mode)
{
    struct found found;
    struct node *made;
    err_t error = place_for(client, path, 0, &found);

    if (error)
        return error;
    return make_at(client, &found, MODE_DIRECTORY | (mode & MODE_PERMISSIONS), &made);
}

err_t names_symlink(const struct client *client, const char *target, const char *path)
{
    struct found found;
    err_t error = place_for(client, path, 0, &found);

    if (error)
        return error;
    if (found.slash)
        return RPC_NOT_FOUND;
    struct attributes attributes = attributes_for(client, found.directory, MODE_LINK | 0777);
    error =
        operations_of(found.directory)->make_link(found.directory, found.name, &attributes, target);
    if (!error)
        directory_changed(found.directory);
    return error;
}

err_t names_link(const struct client *client, const char *from, const char *to)
{
    struct found found;
    struct node *node;
    err_t error = walk_to(client, from, 0, &node);

    if (!error)
        error = place_for(client, to, 0, &found);
    if (error)
        return error;
    if (node_is_directory(node))
        return RPC_DENIED;
    if (found.slash)
        return RPC_NOT_FOUND;
    if (node->filesystem != found.directory->filesystem)
        return VFS_ERROR_CROSS_DEVICE;
    error = operations_of(node)->link(found.directory, found.name, node);
    if (!error) {
        node->changed = clock_now();
        directory_changed(found.directory);
    }
    return error;
}

/* ---- Opening --------------------------------------------------------------------------------- */

static err_t missing_make(const struct client *client, const struct found *found, uint32_t mode,
                          struct node **node)
{
    if (found->directory->links == 0)
        return RPC_NOT_FOUND;
    if (found->slash)
        return VFS_ERROR_IS_A_DIRECTORY;
    if (!client_may(client, found->directory, 3))
        return RPC_DENIED;
    return make_at(client, found, MODE_REGULAR | (mode & MODE_PERMISSIONS), node);
}

static err_t may_open(const struct client *client, const struct node *node, uint32_t flags)
{
    uint32_t what = (flags & OPEN_READ ? 4 : 0) | (flags & (OPEN_WRITE | OPEN_TRUNCATE) ? 2 : 0);

    if (node_type(node) == MODE_LINK)
        return VFS_ERROR_LOOP;
    if ((flags & OPEN_DIRECTORY) && !node_is_directory(node))
        return VFS_ERROR_NOT_A_DIRECTORY;
    if (node_is_directory(node) && (flags & (OPEN_WRITE | OPEN_TRUNCATE | OPEN_CREATE)))
        return VFS_ERROR_IS_A_DIRECTORY;
    return client_may(client, node, what) ? 0 : RPC_DENIED;
}

err_t names_open(const struct client *client, const char *path, uint32_t flags, uint32_t mode,
                 struct node **node)
{
    bool exclusive = (flags & OPEN_CREATE) && (flags & OPEN_EXCLUSIVE);
    bool follow = !exclusive && !(flags & OPEN_NO_FOLLOW);
    struct found found;
    err_t error =
        walk(client, path, (follow ? WALK_FOLLOW : 0u) | (flags & OPEN_CREATE ? WALK_MISSING : 0u),
             &found);

    if (error)
        return error;
    if (!found.node)
        return missing_make(client, &found, mode, node);
    if (exclusive)
        return RPC_EXISTS;
    *node = view_down(client->view, found.node);
    return may_open(client, *node, flags);
}

/* ---- Removing -------------------------------------------------------------------------------- */

static err_t may_unlink(const struct found *found, bool directory)
{
    const struct node *node = found->node;

    if (directory && !node_is_directory(node))
        return VFS_ERROR_NOT_A_DIRECTORY;
    if (!directory && node_is_directory(node))
        return VFS_ERROR_IS_A_DIRECTORY;
    if (node->mounts)
        return RPC_BUSY;
    return directory && node->directory.count ? VFS_ERROR_NOT_EMPTY : 0;
}

err_t names_unlink(const struct client *client, const char *path, bool directory)
{
    struct found found;
    err_t error = walk(client, path, 0, &found);

    if (error)
        return error;
    if (!found.directory)
        return directory ? RPC_BUSY : VFS_ERROR_IS_A_DIRECTORY;
    if (!may_remove(client, &found))
        return RPC_DENIED;
    error = may_unlink(&found, directory);
    if (error)
        return error;
    found.node->changed = clock_now();
    directory_changed(found.directory);
    operations_of(found.directory)->remove(found.directory, found.name);
    return 0;
}

/* Whether `node` is `above` or lies below it. */
static bool is_below(const struct node *node, const struct node *above)
{
    while (node != above && node->directory.parent != node)
        node = node->directory.parent;
    return node == above;
}

/* Whether what is at `to` may be replaced by what is at `from`. */
static err_t may_replace(const struct client *client, const struct found *from,
                         const struct found *to)
{
    bool directory = node_is_directory(from->node);

    if (to->node->mounts)
        return RPC_BUSY;
    if (!may_remove(client, to))
        return RPC_DENIED;
    if (directory != node_is_directory(to->node))
        return directory ? VFS_ERROR_NOT_A_DIRECTORY : VFS_ERROR_IS_A_DIRECTORY;
    return directory && to->node->directory.count ? VFS_ERROR_NOT_EMPTY : 0;
}

static err_t may_rename(const struct client *client, const struct found *from,
                        const struct found *to)
{
    if (!from->directory || !to->directory || from->node->mounts)
        return RPC_BUSY;
    if (from->directory->filesystem != to->directory->filesystem)
        return VFS_ERROR_CROSS_DEVICE;
    if (to->directory->links == 0)
        return RPC_NOT_FOUND;
    if (!may_remove(client, from) || !client_may(client, to->directory, 3))
        return RPC_DENIED;
    if (node_is_directory(from->node) && is_below(to->directory, from->node))
        return RPC_OUT_OF_RANGE;
    if (!node_is_directory(from->node) && to->slash)
        return VFS_ERROR_NOT_A_DIRECTORY;
    return to->node && to->node != from->node ? may_replace(client, from, to) : 0;
}

err_t names_rename(const struct client *client, const char *from, const char *to)
{
    struct found old, new = {0};
    err_t error = walk(client, from, 0, &old);

    if (!error)
        error = walk(client, to, WALK_MISSING, &new);
    if (!error)
        error = may_rename(client, &old, &new);
    if (error || old.node == new.node)
        return error;
    error = operations_of(old.directory)->rename(old.directory, old.name, new.directory, new.name);
    if (error)
        return error;
    old.node->changed = clock_now();
    directory_changed(old.directory);
    directory_changed(new.directory);
    return 0;
}

/* ---- Attributes ------------------------------------------------------------------------------ */

err_t node_set_mode(struct node *node, uint32_t user, uint32_t group, uint32_t mode)
{
    if (user != 0 && user != node->user)
        return RPC_DENIED;
    if (user != 0 && group != node->group)
        mode &= ~(uint32_t)MODE_SET_GROUP;
    node->mode = (node->mode & MODE_TYPE) | (mode & MODE_PERMISSIONS);
    node->changed = clock_now();
    return 0;
}

err_t node_set_owner(struct node *node, uint32_t user, uint32_t new_user, uint32_t new_group)
{
    bool same = (new_user == UNCHANGED || new_user == node->user) &&
                (new_group == UNCHANGED || new_group == node->group);

    if (user != 0 && !(same && user == node->user))
        return RPC_DENIED;
    if (new_user != UNCHANGED)
        node->user = new_user;
    if (new_group != UNCHANGED)
        node->group = new_group;
    if (node_type(node) == MODE_REGULAR)
        node->mode &= ~(uint32_t)(MODE_SET_USER | MODE_SET_GROUP);
    node->changed = clock_now();
    return 0;
}

err_t node_set_times(struct node *node, uint32_t user, int64_t accessed, int64_t modified)
{
    if (user != 0 && user != node->user)
        return RPC_DENIED;
    node->accessed = accessed;
    node->modified = modified;
    node->changed = clock_now();
    return 0;
}

void node_changed(struct node *node)
{
    node->modified = node->changed = clock_now();
    node->version = node_version_next();
    node->mode &= ~(uint32_t)(MODE_SET_USER | MODE_SET_GROUP);
}
