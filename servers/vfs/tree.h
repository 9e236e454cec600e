/* SPDX-License-Identifier: BSD-2-Clause */
/* The file system that the server begins with: the archive's files, /tmp and /dev. */
#ifndef SERVERS_VFS_TREE_H
#define SERVERS_VFS_TREE_H

#include "servers/vfs/archive.h"
#include "servers/vfs/node.h"

/*
 * The archive's entries into a file system; all of them, or, after an error, none behind the one
 * that `error` names. False: there was one.
 */
bool tree_load(struct filesystem *filesystem, const uint8_t *data, uint64_t bytes,
               char error[ARCHIVE_ERROR_MAX]);

/* A directory below the root, made if it isn't there; null: no memory, or it is something else. */
struct node *tree_directory(struct filesystem *filesystem, const char *name, uint32_t mode);

#endif
