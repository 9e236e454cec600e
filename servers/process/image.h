/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs: found by the vfs, parsed once per version of a file, mapped into spaces. Text and
 * constants are the file's own pages, shared by all; data is private, copied when written.
 */
#ifndef PROCESS_IMAGE_H
#define PROCESS_IMAGE_H

#include "libsys/elf.h"
#include "libsys/process_protocol.h"
#include "servers/process/server.h"

#define INTERPRETER_ROOM 128

/* What is known of a file that can be run. */
struct image {
    uint64_t number; /* the vfs's for this version of this file; 0: no image */
    struct elf_image elf;
    uint32_t dirty; /* one bit for each segment whose last page has other bytes behind it */
    bool is_script; /* `#!`: the two texts; the argument may be empty */
    char interpreter[INTERPRETER_ROOM], argument[INTERPRETER_ROOM];
};

/* A program that a process is about to run. */
struct program {
    struct image image; /* a copy: the cache may move on */
    uint64_t offset, size;
    uint32_t mode;
    cap_t object; /* at the memory server */
};

/* Where it came to lie. */
struct placed {
    uint64_t entry, bias, low, high;
    uint64_t stack_low, stack_high, fs_base, sp;
};

/* Find the file for a client of the vfs and read it. Its object goes to the slot `object`. */
MUST_USE err_t image_find(uint64_t client, const char *path, cap_t object, struct program *program);

/* Map it, and a stack with room for so many bytes of arguments at `placed->sp`. */
MUST_USE err_t image_load(const struct program *program, uint64_t space, uint32_t arguments_bytes,
                          struct placed *placed);

#endif
