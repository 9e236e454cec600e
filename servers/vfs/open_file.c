/* SPDX-License-Identifier: BSD-2-Clause */
/* See open_file.h. */

#include "servers/vfs/open_file.h"

#include "servers/vfs/heap.h"

struct open_file open_file_elsewhere = {.kind = OPEN_ELSEWHERE, .references = 1};
struct table open_files = {.kind = KIND_OPEN_FILE};

static struct open_file *make(enum open_kind kind, uint32_t flags, uint32_t user)
{
    struct open_file *file = heap_take_zeroed(sizeof(*file));

    if (!file)
        return NULL;
    *file = (struct open_file){.kind = kind, .references = 1, .flags = flags, .user = user};
    file->badge = table_insert(&open_files, file);
    if (file->badge)
        return file;
    heap_give(file, sizeof(*file));
    return NULL;
}

static void drop(struct open_file *file)
{
    table_remove(&open_files, file->badge);
    heap_give(file, sizeof(*file));
}

struct open_file *open_file_of_node(struct node *node, uint32_t flags, uint32_t user)
{
    struct open_file *file = make(OPEN_NODE, flags, user);

    if (!file)
        return NULL;
    file->node = node;
    node_get(node);
    node->writers += (flags & OPEN_WRITE) != 0;
    return file;
}

err_t open_file_pipe(uint32_t flags, uint32_t user, uint32_t group, int64_t now,
                     struct open_file **reader, struct open_file **writer)
{
    struct pipe *pipe = pipe_make(now);

    *reader = pipe ? make(OPEN_PIPE_READER, flags | OPEN_READ, user) : NULL;
    *writer = *reader ? make(OPEN_PIPE_WRITER, flags | OPEN_WRITE, user) : NULL;
    if (*writer) {
        pipe->user = user;
        pipe->group = group;
        (*reader)->pipe = (*writer)->pipe = pipe;
        return 0;
    }
    if (*reader)
        drop(*reader);
    heap_give(pipe, sizeof(*pipe));
    return RPC_NO_MEMORY;
}

static void node_closed(struct node *node, bool writer)
{
    node->writers -= writer;
    if (writer && node->writers == 0 && node_type(node) == MODE_REGULAR)
        contents_settle(&node->contents, &node->filesystem->budget);
    node_put(node);
}

/* The handle goes first: whoever is told of the end finds nothing any more. */
void open_file_put(struct open_file *file)
{
    if (file == &open_file_elsewhere || --file->references > 0)
        return;
    struct open_file gone = *file;
    drop(file);
    if (gone.kind == OPEN_NODE)
        node_closed(gone.node, gone.flags & OPEN_WRITE);
    else
        pipe_close(gone.pipe, gone.kind == OPEN_PIPE_WRITER);
}
