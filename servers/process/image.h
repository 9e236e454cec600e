/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs: found by the vfs, parsed once per version of a file, mapped into spaces. Text and
 * constants are the file's own pages, shared by all; data is private, copied when written.
 */
#ifndef PROCESS_IMAGE_H
#define PROCESS_IMAGE_H

#include "libsys/elf.h"
#include "libsys/process_protocol.h"
#include "servers/process/arguments.h"
#include "servers/process/server.h"

#define INTERPRETER_ROOM 128

/* What is known of a file that can be run. */
struct image {
    uint64_t number; /* the vfs's for this version of this file; 0: no image */
    struct elf_image elf;
    bool is_script; /* `#!`: the two texts; the argument may be empty */
    char interpreter[INTERPRETER_ROOM], argument[INTERPRETER_ROOM];
};

/* A program that a process is about to run. */
struct program {
    struct image image; /* a copy: the cache may move on */
    uint64_t offset, size;
    uint32_t mode;
    cap_t object; /* at the memory server: the boot module, or the slot that was given for it */
};

/* Where it came to lie. */
struct placed {
    uint64_t entry, bias, low, high;
    uint64_t stack_low, stack_high, fs_base, sp;
};

/* Which empty space it is; else the slots that the two capabilities of a new one go to. */
struct loading {
    uint64_t spare; /* 0: a new one */
    cap_t space, vspace;
};

/* Find the file for a client of the vfs and read it. `object` is for its object, if it has one of
 * its own. */
MUST_USE err_t image_find(uint64_t client, const char *path, cap_t object, struct program *program);

/* A space with the program, a stack, and the arguments at `placed->sp`, unless they are here. */
MUST_USE err_t image_load(const struct program *program, const struct arguments *arguments,
                          const struct loading *loading, uint64_t *space, struct placed *placed);

#endif
