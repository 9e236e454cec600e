/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a client does to names and attributes: permissions, the sticky bit, what may replace what.
 * Errors are those of vfs.idl.
 */
#ifndef SERVERS_VFS_NAMES_H
#define SERVERS_VFS_NAMES_H

#include "servers/vfs/walk.h"

/* A file or directory; OPEN_EXCLUSIVE in flags: EXISTS if it is there. */
MUST_USE err_t names_make_directory(const struct client *client, const char *path, uint32_t mode);
MUST_USE err_t names_unlink(const struct client *client, const char *path, bool directory);
MUST_USE err_t names_rename(const struct client *client, const char *from, const char *to);
MUST_USE err_t names_link(const struct client *client, const char *from, const char *to);
MUST_USE err_t names_symlink(const struct client *client, const char *target, const char *path);

/* The file that is to be opened, made if it is missing and `flags` (OPEN_*) say so. */
MUST_USE err_t names_open(const struct client *client, const char *path, uint32_t flags,
                          uint32_t mode, struct node **node);

/* Attributes, for `user` in `group`, who owns it or is user 0. DENIED. */
MUST_USE err_t node_set_mode(struct node *node, uint32_t user, uint32_t group, uint32_t mode);
MUST_USE err_t node_set_owner(struct node *node, uint32_t user, uint32_t new_user,
                              uint32_t new_group);
MUST_USE err_t node_set_times(struct node *node, uint32_t user, int64_t accessed, int64_t modified);

/* The contents have changed. */
void node_changed(struct node *node);

#endif
