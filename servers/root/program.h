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
    cap_t fault;      /* where its first thread's faults go */
    uint32_t started; /* how often */
    bool runs;
    bool is_closed; /* it doesn't run again, and its endpoint is gone */
};

extern struct program programs[MANIFEST_PROGRAMS_MAX];

/*
 * Give out memory for all of them, as the manifest says. With a supervisor, it alone is made; else
 * all are, with their capabilities, in the manifest's order.
 */
void programs_make(void);

/* Let those run. None does before this thread waits: it has the highest priority. */
void programs_start(void);

/* For the supervisor: make one that doesn't run, and let it run. Errors: NO_MEMORY, FULL. */
MUST_USE err_t program_start_one(struct program *which);

/* The badge of a program's calls and faults, and which program has it; a null pointer: none. */
uint32_t program_badge(const struct program *which);
struct program *program_by_badge(uint32_t badge);

/*
 * End all its threads, and take back all that it was given. Without a supervisor, an endpoint that
 * nobody serves any more is closed.
 */
void program_end(struct program *ended);

/* It won't run again. If nobody else serves its endpoint, that goes: callers get an error. */
void program_close(struct program *which);

#endif
