/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The in-memory file system. The one at `/` begins with the boot archive's files, whose contents
 * stay in the archive until somebody writes.
 */
#ifndef SERVERS_VFS_RAMFS_H
#define SERVERS_VFS_RAMFS_H

#include "servers/vfs/node.h"

/* An empty one, of at most so many bytes; null: no memory. */
struct filesystem *ramfs_make(uint64_t limit, const char *source,
                              const struct attributes *attributes);

/* A device node; the name is free. */
MUST_USE err_t ramfs_make_device(struct node *directory, struct name name,
                                 const struct attributes *attributes, struct device *device);

#endif
