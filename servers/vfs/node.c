/* SPDX-License-Identifier: BSD-2-Clause */
/* See node.h. */

#include "servers/vfs/node.h"

#include "servers/vfs/device.h"

void node_put(struct node *node)
{
    if (!node)
        return;
    struct filesystem *filesystem = node->filesystem;
    node->references--;
    filesystem->references--;
    node_unlinked(node);
    if (filesystem->unmounted && !filesystem_is_used(filesystem)) {
        filesystem->unmounted = false;
        filesystem->operations->end(filesystem);
    }
}

void node_unlinked(struct node *node)
{
    if (node->references == 0 && node->links == 0)
        node->filesystem->operations->release(node);
}

uint64_t node_version_next(void)
{
    static uint64_t last;

    return ++last;
}

static uint64_t size_of(const struct node *node)
{
    switch (node_type(node)) {
    case MODE_REGULAR:
        return node->contents.size;
    case MODE_DIRECTORY:
        return node->directory.count;
    case MODE_LINK:
        return node->link.bytes;
    default:
        return 0;
    }
}

void node_status(const struct node *node, struct file_status *status)
{
    *status = (struct file_status){
        .size = size_of(node),
        .number = node->number,
        .device = node->filesystem->device,
        .special = node_type(node) == MODE_CHARACTER ? device_number(node->device) : 0,
        .blocks = node_type(node) == MODE_REGULAR ? (node->contents.size + 511) / 512 : 0,
        .accessed = node->accessed,
        .modified = node->modified,
        .changed = node->changed,
        .mode = node->mode,
        .links = node->links,
        .user = node->user,
        .group = node->group,
    };
}
