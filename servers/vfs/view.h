/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A view: which file systems are mounted where, as some clients see it. Clients share their
 * parent's; change_root gives one a view of its own, in which mounts don't concern the others.
 */
#ifndef SERVERS_VFS_VIEW_H
#define SERVERS_VFS_VIEW_H

#include "servers/vfs/node.h"

#define VIEW_MOUNTS 16u

struct mount {
    struct node *point; /* a directory of another file system; null: at the very top */
    struct filesystem *filesystem;
};

struct view {
    uint32_t references, count;
    struct mount mount[VIEW_MOUNTS];
};

/* With one file system, at the top; null: no memory. */
struct view *view_make(struct filesystem *top);
/* The same mounts, for itself; null: no memory. */
struct view *view_copy(const struct view *view);
void view_put(struct view *view);

/* RPC_NO_MEMORY: too many. */
MUST_USE err_t view_mount(struct view *view, struct node *point, struct filesystem *filesystem);
/* What is mounted with this root. RPC_BUSY: somebody uses it. VFS NOT_FOUND: nothing is. */
MUST_USE err_t view_unmount(struct view *view, const struct node *root);

/* What is seen where `node` is: itself, or the root of what is mounted on it. */
struct node *view_down(const struct view *view, struct node *node);
/* The directory where the file system with this root is mounted, or the node itself. */
struct node *view_point(const struct view *view, struct node *node);
/* The directory above one; at the top, itself. */
struct node *view_up(const struct view *view, struct node *node);

#endif
