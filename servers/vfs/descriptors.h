/* SPDX-License-Identifier: BSD-2-Clause */
/* A client's record of descriptors: which open file each number is. */
#ifndef SERVERS_VFS_DESCRIPTORS_H
#define SERVERS_VFS_DESCRIPTORS_H

#include "servers/vfs/open_file.h"

struct descriptors {
    struct open_file **file; /* null: no such descriptor */
    uint32_t room;
};

/* Have room for a number. VFS BAD_DESCRIPTOR, RPC_NO_MEMORY. */
MUST_USE err_t descriptors_reach(struct descriptors *descriptors, uint32_t number);

/* What a number below `room` or not stands for; null: nothing. */
static inline struct open_file *descriptor_at(const struct descriptors *descriptors,
                                              uint32_t number)
{
    return number < descriptors->room ? descriptors->file[number] : NULL;
}

/* After descriptors_reach: the number is `file`, whose reference it takes over; what was there is
 * closed. */
void descriptor_set(struct descriptors *descriptors, uint32_t number, struct open_file *file);

/* VFS BAD_DESCRIPTOR. */
MUST_USE err_t descriptor_close(struct descriptors *descriptors, uint32_t number);

/*
 * A child's: for each of its numbers the parent's, 255: none. RPC_NO_MEMORY, VFS BAD_DESCRIPTOR:
 * there are none.
 */
MUST_USE err_t descriptors_choose(struct descriptors *child, const struct descriptors *parent,
                                  const uint8_t *files, uint32_t count);
/* All of the parent's. RPC_NO_MEMORY: none. */
MUST_USE err_t descriptors_copy(struct descriptors *child, const struct descriptors *parent);

/* Whoever has them is another user from now on, and may change attributes as that one only. */
void descriptors_set_user(const struct descriptors *descriptors, uint32_t user);

/* Close all from a number on. */
void descriptors_close_from(struct descriptors *descriptors, uint32_t number);
void descriptors_end(struct descriptors *descriptors);

#endif
