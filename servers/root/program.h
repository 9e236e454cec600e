/* SPDX-License-Identifier: BSD-2-Clause */
/* A program that the manifest lists, from its parts to its end. */
#ifndef SERVERS_ROOT_PROGRAM_H
#define SERVERS_ROOT_PROGRAM_H

#include <stdbool.h>

#include "libsys/syscall.h"
#include "servers/root/manifest.h"

struct program {
    const struct manifest_program *line; /* what the manifest says */
    cap_t estate; /* the Untyped that all of it is made of; revoking that ends the program */
    cap_t cnode, vspace, thread, info, buffer, time; /* `time` is 0 when passive */
    uint32_t first_slot, slot_count;                 /* where the parts of the estate are */
    uint64_t entry;
    bool has_ended;
};

extern struct program programs[MANIFEST_PROGRAMS_MAX];

/* Make and load all of them, with their capabilities, in the manifest's order. */
void programs_make(void);

/* Let them run. None does before this thread waits: it has the highest priority. */
void programs_start(void);

/* The badge of a program's calls and faults, and which program has it; a null pointer: none. */
uint32_t program_badge(const struct program *which);
struct program *program_by_badge(uint32_t badge);

/* End all its threads, and take back all memory it was made of. */
void program_end(struct program *ended);

#endif
