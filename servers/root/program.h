/* SPDX-License-Identifier: BSD-2-Clause */
/* A program that the manifest lists, from its parts to its end. */
#ifndef SERVERS_ROOT_PROGRAM_H
#define SERVERS_ROOT_PROGRAM_H

#include <stdbool.h>

#include "libsys/syscall.h"
#include "servers/root/estate.h"
#include "servers/root/manifest.h"

struct program {
    const struct manifest_program *line; /* what the manifest says */
    struct estate estate;
    cap_t fault; /* where its first thread's faults go */
    bool runs;
};

extern struct program programs[MANIFEST_PROGRAMS_MAX];

/* Make and load all of them, with their capabilities, in the manifest's order. */
void programs_make(void);

/* Let them run. None does before this thread waits: it has the highest priority. */
void programs_start(void);

/* The badge of a program's calls and faults, and which program has it; a null pointer: none. */
uint32_t program_badge(const struct program *which);
struct program *program_by_badge(uint32_t badge);

/* End all its threads, and take back all that it was given. */
void program_end(struct program *ended);

#endif
