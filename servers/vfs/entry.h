/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names in directories of the in-memory file system. All are in one hash table, which grows if it
 * can, and else becomes slower; each directory has its own in a list, in the order they came in.
 */
#ifndef SERVERS_VFS_ENTRY_H
#define SERVERS_VFS_ENTRY_H

#include "servers/vfs/node.h"

struct entry {
    struct entry *hash_next;
    struct entry *next, *previous; /* in its directory */
    struct node *directory, *node;
    uint64_t sequence;
    uint32_t hash;
    uint8_t bytes; /* of the name */
    char name[];   /* without a NUL */
};

/* Whoever doesn't know it can't choose names that meet in one chain. */
void entry_seed(uint64_t seed);

/* Null: there is none. */
struct entry *entry_find(const struct node *directory, struct name name);
/* Not in a directory yet; null: no memory. */
struct entry *entry_make(struct name name);
void entry_free(struct entry *entry);
/* Into a directory, as the name of a node. */
void entry_insert(struct entry *entry, struct node *directory, struct node *node);
/* Out of it. */
void entry_remove(struct entry *entry);

/* Bytes that it takes. */
uint32_t entry_bytes(uint32_t name_bytes);

#endif
