/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a path to what it names, for one client: from its root or its directory on, never above its
 * root, through what is mounted in its view. It may look into each directory on the way, or the
 * walk ends with DENIED. Symbolic links are followed, WALK_LINKS_MAX at most, or the walk ends with
 * LOOP.
 *
 * What a walk finds is borrowed: it's valid until something is changed.
 */
#ifndef SERVERS_VFS_WALK_H
#define SERVERS_VFS_WALK_H

#include "servers/vfs/client.h"

#define WALK_LINKS_MAX 16u

enum walk_flags {
    WALK_FOLLOW = 1,  /* a symbolic link at the end too */
    WALK_MISSING = 2, /* the last name may be missing; and its place is wanted */
};

struct found {
    struct node *node;      /* null: it isn't there (WALK_MISSING) */
    struct node *directory; /* where its name is; null: the path ends with `.`, `..` or `/` */
    struct name name;       /* in there; bytes of the path, or of a symbolic link */
    bool slash;             /* something stands behind the name: it must be a directory */
};

/* NOT_FOUND, DENIED, NOT_A_DIRECTORY, LOOP, NAME_TOO_LONG. */
MUST_USE err_t walk(const struct client *client, const char *path, unsigned flags,
                    struct found *found);

/* The same for what must be there; *node is what is seen there. */
MUST_USE err_t walk_to(const struct client *client, const char *path, unsigned flags,
                       struct node **node);

/* The path of the client's directory, from its root on; NOT_FOUND: there is none. */
MUST_USE err_t walk_back(const struct client *client, struct node *directory, char *path,
                         uint32_t room, uint32_t *bytes);

#endif
