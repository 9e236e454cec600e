/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bytes of a file. They lie in one of three places:
 *
 *     archive ──write──▶ heap (up to 8 KiB) ──grows, or is mapped──▶ memory object
 *
 * Archive: in the boot module, which nobody can change; the first write copies. An object is what a
 * client can map; it's made larger by half each time, and cut to size when nobody writes any more
 * (contents_settle). What is beyond the end always reads as zero when the file grows.
 *
 * Who mapped a file sees what is written to it. But a program that runs keeps its bytes: the first
 * change copies them to another object, or begins a new one when all was cut off.
 *
 * Each file system counts what its files take.
 */
#ifndef SERVERS_VFS_CONTENTS_H
#define SERVERS_VFS_CONTENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "servers/vfs/backing.h"

#define CONTENTS_HEAP_MAX 8192u
#define CONTENTS_MAX (1ull << 46) /* bytes of a file */

/* How much of something there may be. */
struct budget {
    uint64_t used, limit; /* bytes */
};

struct contents {
    uint64_t size;
    uint64_t capacity; /* bytes at `data` that are the file's own; 0: none, or the archive's */
    uint8_t *data;     /* null: none */
    struct backing *backing;
    bool mapped;  /* somebody has the object, to see what changes */
    bool running; /* somebody has it as a program */
};

enum share { SHARE_TO_READ, SHARE_TO_WRITE, SHARE_AS_PROGRAM };

/* From the boot module: `data` stays there for ever. */
void contents_set_archive(struct contents *contents, const uint8_t *data, uint64_t size);

/* How many bytes are to be had at `offset`, at most `count`; *data: where they lie. */
static inline uint64_t contents_at(const struct contents *contents, uint64_t offset, uint64_t count,
                                   const uint8_t **data)
{
    uint64_t left = offset < contents->size ? contents->size - offset : 0;

    *data = contents->data + (left ? offset : 0);
    return count < left ? count : left;
}

/* Write all of it. VFS_ERROR_NO_ROOM, RPC_OUT_OF_RANGE: nothing was written. */
MUST_USE err_t contents_write(struct contents *contents, struct budget *budget, uint64_t offset,
                              const void *data, uint64_t count);

/* Errors as contents_write. */
MUST_USE err_t contents_resize(struct contents *contents, struct budget *budget, uint64_t size);

/* An object with these bytes from its beginning on. RPC_NO_MEMORY, VFS_ERROR_NO_ROOM. */
MUST_USE err_t contents_share(struct contents *contents, struct budget *budget, enum share share,
                              cap_t *object);

/* Nobody writes for now: give back what was taken in advance. */
void contents_settle(struct contents *contents, struct budget *budget);

/* All goes. */
void contents_end(struct contents *contents, struct budget *budget);

#endif
