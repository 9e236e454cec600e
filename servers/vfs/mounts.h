/* SPDX-License-Identifier: BSD-2-Clause */
/* Mounting, for user 0, and what is mounted, for everybody. */
#ifndef SERVERS_VFS_MOUNTS_H
#define SERVERS_VFS_MOUNTS_H

#include "servers/vfs/client.h"

MUST_USE err_t mounts_add_memory(struct client *client, const char *path, uint64_t limit);
MUST_USE err_t mounts_remove(struct client *client, const char *path);

/* The n-th one below the client's root; the first is what its root is part of. */
MUST_USE err_t mounts_at(const struct client *client, uint32_t index, struct vfs_mount *mount,
                         char *text, uint32_t room, uint32_t *bytes);

/* The limit of a file system that may have most of the machine's memory. */
uint64_t mounts_limit(void);

#endif
