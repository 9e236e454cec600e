/* SPDX-License-Identifier: BSD-2-Clause */
/* Just enough of ELF to load the root task; programs are loaded by it, with libsys/elf.c. */
#ifndef KERNEL_ROOT_ELF_H
#define KERNEL_ROOT_ELF_H

#include "kernel/lib/types.h"

struct root_segment {
    vaddr_t address;         /* of its first byte */
    uint64_t bytes, in_file; /* in memory; in the file, from `offset` on */
    uint64_t offset;
    unsigned access; /* ACCESS_* */
};

#define ROOT_SEGMENTS_MAX 8

struct root_image {
    vaddr_t entry;
    unsigned count;
    struct root_segment segment[ROOT_SEGMENTS_MAX];
    uint64_t abi_hash; /* 0: the file has no note with it */
};

/* Null, or what is wrong with the file. Pure: `file` is only read, within `bytes`. */
MUST_USE const char *root_elf_parse(const void *file, uint64_t bytes, struct root_image *image);

#endif
