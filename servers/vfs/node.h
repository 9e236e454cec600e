/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Nodes: files, directories, symbolic links, devices. And what a file system must offer, for which
 * there is `ramfs` so far: everything that walks, checks permissions and serves requests goes
 * through `struct filesystem_operations`, and knows nothing of where things are kept.
 *
 * A node lives for as long as it has a name (links) or somebody uses it (references: open files,
 * working and root directories, mounts, a directory's children). A directory holds a reference of
 * its parent, so that `..` works in one that was removed.
 */
#ifndef SERVERS_VFS_NODE_H
#define SERVERS_VFS_NODE_H

#include "libsys/file_protocol.h"
#include "libsys/vfs_protocol.h"
#include "servers/vfs/contents.h"

#define NAME_MAX_BYTES 255u

/* As in <sys/stat.h>. */
enum mode {
    MODE_TYPE = 0170000,
    MODE_DIRECTORY = 0040000,
    MODE_CHARACTER = 0020000,
    MODE_REGULAR = 0100000,
    MODE_LINK = 0120000,
    MODE_PIPE = 0010000,
    MODE_SET_USER = 04000,
    MODE_SET_GROUP = 02000,
    MODE_STICKY = 01000,
    MODE_PERMISSIONS = 07777,
};

struct entry;
struct device;
struct node;

/* A name on its way: text without a NUL, 1 to NAME_MAX_BYTES bytes. */
struct name {
    const char *text;
    uint32_t bytes;
};

struct directory {
    struct entry *first, *last; /* in the order in which they came */
    struct entry *own;          /* its name in its parent; null: it has none */
    struct node *parent;        /* itself at the top of a file system */
    uint64_t sequence;          /* of the last entry that came */
    uint32_t count;             /* entries */
    uint32_t removals;          /* changes when one goes */
};

struct link_text {
    char *text; /* with a NUL */
    uint32_t bytes;
};

struct node {
    struct filesystem *filesystem;
    uint64_t number;
    uint32_t mode; /* type and permissions */
    uint32_t user, group;
    uint32_t links, references;
    uint32_t writers; /* open files that may write */
    uint32_t mounts;  /* so many views have something mounted here */
    bool mapped;      /* writable, by somebody: the contents may change unseen */
    uint64_t version; /* another number for each node and each change of contents */
    int64_t accessed, modified, changed; /* nanoseconds since 1970 */
    union {
        struct contents contents;
        struct directory directory;
        struct link_text link;
        struct device *device;
    };
};

/* Owner and permissions of what is made. */
struct attributes {
    uint32_t mode, user, group;
    int64_t now;
};

/* For `list`: false when there is no more room. */
typedef bool entry_sink(void *context, const struct name *name, const struct node *node,
                        uint64_t position);

/*
 * Errors are those of vfs.idl. The caller has checked that a `directory` is one, permissions, and
 * that names aren't `.` or `..`. Nodes that are returned are valid until something is removed.
 */
struct filesystem_operations {
    /* Null: there is no such name. */
    struct node *(*lookup)(struct node *directory, struct name name);
    /* A directory's own name. False: it has none (the root), or none any more. */
    bool (*name_of)(const struct node *directory, struct name *name);
    /* A file or directory (by `mode`), empty. The name is free. NO_ROOM, NAME_TOO_LONG. */
    err_t (*make)(struct node *directory, struct name name, const struct attributes *attributes,
                  struct node **made);
    err_t (*make_link)(struct node *directory, struct name name,
                       const struct attributes *attributes, const char *target);
    /* One more name; it is free. */
    err_t (*link)(struct node *directory, struct name name, struct node *node);
    /* The name is there; a directory is empty. */
    void (*remove)(struct node *directory, struct name name);
    /* The name is there; what has the new one, if anything, was found to be replaceable. */
    err_t (*rename)(struct node *from, struct name name, struct node *to, struct name new_name);
    /* Entries behind a position (0: all), in order. */
    void (*list)(struct node *directory, uint64_t position, entry_sink *sink, void *context);

    /* Nobody uses it any more, and it has no name. */
    void (*release)(struct node *node);
    /* All of it goes; nobody uses it. */
    void (*end)(struct filesystem *filesystem);
};

struct filesystem {
    const struct filesystem_operations *operations;
    struct budget budget;
    struct node *root;
    const char *type, *source; /* in words */
    uint32_t device;           /* its number */
    uint32_t mounts;           /* in so many views */
    uint64_t references;       /* of all its nodes */
    uint64_t internal;         /* of these, such as it holds itself */
    uint64_t nodes, last_number;
    bool whole_machine; /* its limit is the machine's memory */
    bool unmounted;     /* ends when nobody uses it any more */
};

/* Whether anybody uses one of its nodes. */
static inline bool filesystem_is_used(const struct filesystem *filesystem)
{
    return filesystem->references > filesystem->internal;
}

static inline uint32_t node_type(const struct node *node)
{
    return node->mode & MODE_TYPE;
}

static inline bool node_is_directory(const struct node *node)
{
    return node_type(node) == MODE_DIRECTORY;
}

static inline void node_get(struct node *node)
{
    node->references++;
    node->filesystem->references++;
}

/* May release it. A null pointer is none. */
void node_put(struct node *node);

/* A name has gone: the node too, if nobody uses it. */
void node_unlinked(struct node *node);

/* A version that nothing had before. */
uint64_t node_version_next(void);

/* What stat tells. */
void node_status(const struct node *node, struct file_status *status);

#endif
