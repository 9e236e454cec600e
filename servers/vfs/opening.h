/* SPDX-License-Identifier: BSD-2-Clause */
/* How clients come to open files. */
#ifndef SERVERS_VFS_OPENING_H
#define SERVERS_VFS_OPENING_H

#include "servers/vfs/client.h"

/* What the client gets. */
struct opened {
    cap_t cap;       /* to be given out with the answer */
    uint32_t kind;   /* enum file_kind */
    uint32_t device; /* a terminal: 1 + its number */
};

MUST_USE err_t opening_open(struct client *client, const char *path, uint32_t flags, uint32_t mode,
                            uint32_t descriptor, struct opened *opened);
MUST_USE err_t opening_pipe(struct client *client, uint32_t reader, uint32_t writer, uint32_t flags,
                            cap_t *read_end, cap_t *write_end);

/* Descriptors 0, 1 and 2 are a terminal. */
MUST_USE err_t opening_terminal(struct client *client, uint32_t terminal, cap_t *file);

/* A program's contents, if the client may execute it. */
struct program_file {
    cap_t object;
    uint64_t offset, size, number;
    uint32_t mode;
};
MUST_USE err_t opening_program(const struct client *client, const char *path,
                               struct program_file *program);
/* The same; `object` is 0 unless it lies in the boot module. */
MUST_USE err_t opening_find(const struct client *client, const char *path,
                            struct program_file *program);

#endif
