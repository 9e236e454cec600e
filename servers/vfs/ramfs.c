/* SPDX-License-Identifier: BSD-2-Clause */
/* See ramfs.h. */

#include "servers/vfs/ramfs.h"

#include "libsys/string.h"
#include "servers/vfs/device.h"
#include "servers/vfs/entry.h"
#include "servers/vfs/heap.h"

static bool room_take(struct filesystem *filesystem, uint64_t bytes)
{
    if (bytes > filesystem->budget.limit - filesystem->budget.used)
        return false;
    filesystem->budget.used += bytes;
    return true;
}

static void room_give(struct filesystem *filesystem, uint64_t bytes)
{
    filesystem->budget.used -= bytes;
}

/* ---- Nodes ----------------------------------------------------------------------------------- */

static struct node *node_make(struct filesystem *filesystem, const struct attributes *attributes)
{
    struct node *node = NULL;

    if (!room_take(filesystem, sizeof(*node)))
        return NULL;
    node = heap_take_zeroed(sizeof(*node));
    if (!node) {
        room_give(filesystem, sizeof(*node));
        return NULL;
    }
    node->filesystem = filesystem;
    node->number = ++filesystem->last_number;
    node->version = node_version_next();
    node->mode = attributes->mode;
    node->user = attributes->user;
    node->group = attributes->group;
    node->accessed = node->modified = node->changed = attributes->now;
    filesystem->nodes++;
    return node;
}

/* References between nodes of one file system don't keep it from being unmounted. */
static void internal_get(struct filesystem *filesystem, struct node *node)
{
    filesystem->internal++;
    node_get(node);
}

/* The node and what it has; its parent, that of a directory, which it no longer holds. */
static struct node *node_free(struct node *node)
{
    struct filesystem *filesystem = node->filesystem;
    struct node *parent = node_is_directory(node) ? node->directory.parent : NULL;

    if (node_type(node) == MODE_REGULAR)
        contents_end(&node->contents, &filesystem->budget);
    if (node_type(node) == MODE_LINK) {
        room_give(filesystem, node->link.bytes);
        heap_give(node->link.text, node->link.bytes + 1);
    }
    if (node_type(node) == MODE_CHARACTER)
        device_end(node->device);
    heap_give(node, sizeof(*node));
    room_give(filesystem, sizeof(*node));
    filesystem->nodes--;
    return parent != node ? parent : NULL;
}

/*
 * With it go the directories above that were removed before, and that nobody else holds. There may
 * be as many as memory has room for: one after the other, not one within the other.
 */
static void ramfs_release(struct node *node)
{
    struct filesystem *filesystem = node->filesystem;

    for (;;) {
        node = node_free(node);
        if (!node)
            return;
        filesystem->internal--;
        filesystem->references--;
        if (--node->references > 0 || node->links > 0)
            return;
    }
}

/* ---- Names ----------------------------------------------------------------------------------- */

static struct node *ramfs_lookup(struct node *directory, struct name name)
{
    struct entry *entry = entry_find(directory, name);

    return entry ? entry->node : NULL;
}

static bool ramfs_name_of(const struct node *directory, struct name *name)
{
    const struct entry *own = directory->directory.own;

    if (own)
        *name = (struct name){own->name, own->bytes};
    return own != NULL;
}

static struct entry *name_make(struct node *directory, struct name name)
{
    struct filesystem *filesystem = directory->filesystem;
    struct entry *entry = NULL;

    if (!room_take(filesystem, entry_bytes(name.bytes)))
        return NULL;
    entry = entry_make(name);
    if (!entry)
        room_give(filesystem, entry_bytes(name.bytes));
    return entry;
}

static void name_free(struct filesystem *filesystem, struct entry *entry)
{
    room_give(filesystem, entry_bytes(entry->bytes));
    entry_free(entry);
}

/* The name is in place: counts follow. */
static void name_insert(struct entry *entry, struct node *directory, struct node *node)
{
    entry_insert(entry, directory, node);
    node->links++;
    if (!node_is_directory(node))
        return;
    node->links = 2;
    node->directory.own = entry;
    node->directory.parent = directory;
    internal_get(directory->filesystem, directory);
    directory->links++;
}

/* A new node of any kind with a name, or nothing. */
static err_t named_make(struct node *directory, struct name name,
                        const struct attributes *attributes, struct node **made)
{
    struct node *node = node_make(directory->filesystem, attributes);
    struct entry *entry = node ? name_make(directory, name) : NULL;

    if (!entry) {
        if (node)
            ramfs_release(node);
        return VFS_ERROR_NO_ROOM;
    }
    name_insert(entry, directory, node);
    *made = node;
    return 0;
}

static err_t ramfs_make_node(struct node *directory, struct name name,
                             const struct attributes *attributes, struct node **made)
{
    return named_make(directory, name, attributes, made);
}

err_t ramfs_make_device(struct node *directory, struct name name,
                        const struct attributes *attributes, struct device *device)
{
    struct node *node;
    err_t error = named_make(directory, name, attributes, &node);

    if (!error)
        node->device = device;
    return error;
}

static err_t ramfs_make_link(struct node *directory, struct name name,
                             const struct attributes *attributes, const char *target)
{
    uint32_t bytes = (uint32_t)strlen(target);
    struct node *node;

    if (!room_take(directory->filesystem, bytes))
        return VFS_ERROR_NO_ROOM;
    char *text = heap_take(bytes + 1);
    err_t error = text ? named_make(directory, name, attributes, &node) : VFS_ERROR_NO_ROOM;
    if (error) {
        room_give(directory->filesystem, bytes);
        heap_give(text, bytes + 1);
        return error;
    }
    memcpy(text, target, bytes + 1);
    node->link = (struct link_text){.text = text, .bytes = bytes};
    return 0;
}

static err_t ramfs_link(struct node *directory, struct name name, struct node *node)
{
    struct entry *entry = name_make(directory, name);

    if (!entry)
        return VFS_ERROR_NO_ROOM;
    name_insert(entry, directory, node);
    return 0;
}

/* The entry goes, and the node if that was all. A directory's `..` stays until it's released. */
static void entry_end(struct entry *entry)
{
    struct node *directory = entry->directory, *node = entry->node;

    entry_remove(entry);
    name_free(directory->filesystem, entry);
    if (node_is_directory(node)) {
        node->links = 0;
        node->directory.own = NULL;
        directory->links--;
    } else {
        node->links--;
    }
    node_unlinked(node);
}

static void ramfs_remove(struct node *directory, struct name name)
{
    entry_end(entry_find(directory, name));
}

static void directory_move(struct node *node, struct entry *own, struct node *to)
{
    struct node *before = node->directory.parent;

    node->directory.own = own;
    if (before == to)
        return;
    node->directory.parent = to;
    node_get(to);
    to->links++;
    before->links--;
    node_put(before);
}

static err_t ramfs_rename(struct node *from, struct name name, struct node *to,
                          struct name new_name)
{
    struct entry *entry = entry_find(from, name), *replaced = entry_find(to, new_name);
    struct node *node = entry->node;
    struct entry *fresh = name_make(to, new_name);

    if (!fresh)
        return VFS_ERROR_NO_ROOM;
    if (replaced)
        entry_end(replaced);
    entry_remove(entry);
    name_free(from->filesystem, entry);
    entry_insert(fresh, to, node);
    if (node_is_directory(node))
        directory_move(node, fresh, to);
    return 0;
}

static void ramfs_list(struct node *directory, uint64_t position, entry_sink *sink, void *context)
{
    struct entry *entry = directory->directory.first;

    while (entry && entry->sequence <= position)
        entry = entry->next;
    for (; entry; entry = entry->next) {
        struct name name = {entry->name, entry->bytes};
        if (!sink(context, &name, entry->node, entry->sequence))
            return;
    }
}

/* ---- The whole ------------------------------------------------------------------------------- */

/* Some name below a directory that has nothing below itself. */
static struct entry *leaf_of(struct node *directory)
{
    struct entry *entry = directory->directory.first;

    while (entry && node_is_directory(entry->node) && entry->node->directory.first)
        entry = entry->node->directory.first;
    return entry;
}

static void ramfs_end(struct filesystem *filesystem)
{
    struct entry *entry;

    while ((entry = leaf_of(filesystem->root)))
        entry_end(entry);
    (void)node_free(filesystem->root);
    heap_give(filesystem, sizeof(*filesystem));
}

static const struct filesystem_operations operations = {
    .lookup = ramfs_lookup,
    .name_of = ramfs_name_of,
    .make = ramfs_make_node,
    .make_link = ramfs_make_link,
    .link = ramfs_link,
    .remove = ramfs_remove,
    .rename = ramfs_rename,
    .list = ramfs_list,
    .release = ramfs_release,
    .end = ramfs_end,
};

struct filesystem *ramfs_make(uint64_t limit, const char *source,
                              const struct attributes *attributes)
{
    static uint32_t last_device;
    struct filesystem *filesystem = heap_take_zeroed(sizeof(*filesystem));

    if (!filesystem)
        return NULL;
    *filesystem = (struct filesystem){
        .operations = &operations,
        .budget = {.limit = limit},
        .type = "ramfs",
        .source = source,
        .device = ++last_device,
    };
    struct node *root = node_make(filesystem, attributes);
    if (!root) {
        heap_give(filesystem, sizeof(*filesystem));
        return NULL;
    }
    root->links = 2;
    root->directory.parent = root;
    filesystem->root = root;
    internal_get(filesystem, root);
    return filesystem;
}
