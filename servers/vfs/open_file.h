/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Open files: position and flags, shared by all who have the handle. One lives for as long as
 * descriptors that some client's record has; then its handle names nothing.
 */
#ifndef SERVERS_VFS_OPEN_FILE_H
#define SERVERS_VFS_OPEN_FILE_H

#include "servers/vfs/node.h"
#include "servers/vfs/pipe.h"
#include "servers/vfs/table.h"

#define KIND_OPEN_FILE 2u /* of the handle */

enum open_kind {
    OPEN_NODE,
    OPEN_PIPE_READER,
    OPEN_PIPE_WRITER,
    OPEN_ELSEWHERE, /* a driver serves it */
};

struct open_file {
    enum open_kind kind;
    uint32_t badge, references;
    uint32_t flags; /* OPEN_* */
    uint32_t user;  /* who opened it; or what one of those who have it became since */
    uint64_t position;
    union {
        struct node *node;
        struct pipe *pipe;
    };
};

/* What a descriptor is whose file a driver serves: nothing is known of it but that it is there. */
extern struct open_file open_file_elsewhere;

/* With one reference; null: no memory. */
struct open_file *open_file_of_node(struct node *node, uint32_t flags, uint32_t user);
/* Both ends. RPC_NO_MEMORY: none. */
MUST_USE err_t open_file_pipe(uint32_t flags, uint32_t user, uint32_t group, int64_t now,
                              struct open_file **reader, struct open_file **writer);

static inline void open_file_get(struct open_file *file)
{
    file->references++;
}
void open_file_put(struct open_file *file);

extern struct table open_files;

/* Null: the badge names none. */
static inline struct open_file *open_file_find(uint32_t badge)
{
    return table_lookup(&open_files, badge);
}

#endif
