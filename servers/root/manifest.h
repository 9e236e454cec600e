/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the boot manifest: which programs start, and with which capabilities. The format is
 * described in boot/README.md. Pure: text in, a table out; whether a module exists, a port is free
 * or memory suffices is found out by who acts on it, who then names the line kept here.
 *
 * A table that is accepted is complete: every name is known where it is used, used once where it
 * must be, every number in its range, every capability has rights that its kind knows. Budgets and
 * shares together are no more than the CPU's time. No program needs itself, nor by way of others.
 */
#ifndef SERVERS_ROOT_MANIFEST_H
#define SERVERS_ROOT_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "servers/root/words.h"

#define MANIFEST_NAME_MAX WORDS_NAME_MAX /* with the NUL */
#define MANIFEST_ARGUMENTS_MAX 128       /* with the NUL */
#define MANIFEST_OBJECTS_MAX 80
#define MANIFEST_PROGRAMS_MAX 48     /* at most as many as a word has bits */
#define MANIFEST_CAPS_MAX 256        /* of all programs */
#define MANIFEST_PROGRAM_CAPS_MAX 64 /* of one */
#define MANIFEST_ERROR_MAX WORDS_ERROR_MAX
#define MANIFEST_NEEDS_MAX 64
#define MANIFEST_MODULES_MAX 16 /* that capabilities are given for */
#define MANIFEST_NOBODY UINT32_MAX
#define MANIFEST_SHARE_ALL 1000000u /* millionths of the CPU's time: all of it */

/* What a capability, or an object declared for several programs, is. */
enum manifest_kind {
    KIND_ENDPOINT,
    KIND_NOTIFICATION,
    KIND_UNTYPED,
    KIND_FRAME,
    KIND_IRQ,
    KIND_PORTS,
    KIND_DEVICE,
    KIND_DECLARED, /* those before are declared by a line of their own */
    KIND_MODULE = KIND_DECLARED,
    KIND_CPU,
    KIND_CNODE, /* the program's own … */
    KIND_VSPACE,
    KIND_THREAD,
    KIND_TIME,
    KIND_PARENT,
    KIND_CPUS,   /* one for each CPU that runs beside the first, in a row */
    KIND_MEMORY, /* all memory that is left */
    KIND_ROOT,   /* the say over which programs run */
    KIND_DEBUG,  /* the others' threads and memory */
    KIND_COUNT
};

/* What the supervisor does when a program has ended. */
enum manifest_restart { RESTART_NEVER, RESTART_ON_FAILURE, RESTART_ALWAYS };

/* Where something is in the text, from 1 on. */
struct place {
    uint32_t line, column;
};

struct manifest_object {
    char name[MANIFEST_NAME_MAX];
    enum manifest_kind kind;
    uint32_t line;
    uint64_t first; /* port, interrupt line, device address; least bytes of an untyped */
    uint64_t size;  /* ports; bytes */
    uint32_t mode;  /* IRQ_* */
    uint32_t users; /* how many capabilities there are of it, and … */
    uint32_t user;  /* … the last program that has one */
};

struct manifest_cap {
    char name[MANIFEST_NAME_MAX]; /* by which the program finds it */
    enum manifest_kind kind;
    uint32_t line;
    uint32_t object;   /* index, of a kind that is declared */
    uint32_t module;   /* KIND_MODULE: index of its name in `module` */
    uint32_t priority; /* KIND_CPU, KIND_CPUS: the highest that it may give, and … */
    uint32_t share;    /* … how much; MANIFEST_SHARE_ALL: as much as it likes */
    uint32_t rights;   /* RIGHT_* */
    uint32_t badge;    /* 0: none */
};

struct manifest_program {
    char name[MANIFEST_NAME_MAX];
    char module[MANIFEST_NAME_MAX];
    char arguments[MANIFEST_ARGUMENTS_MAX];
    uint32_t line;
    uint32_t priority; /* meaningless when passive */
    uint64_t slice;    /* nanoseconds; 0: none */
    uint64_t budget;   /* nanoseconds in each period; 0: no limit */
    uint64_t period;   /* nanoseconds */
    uint64_t domain;   /* of its space */
    uint32_t cnode_slots;
    uint64_t vspace_bytes, stack_bytes;
    uint32_t serves; /* index of the endpoint that its thread is bound to, if any */
    bool is_bound;   /* `serves` is meant */
    bool is_passive; /* no time of its own */
    bool is_awaited; /* the run ends when all such have ended */
    bool has_vectors;
    bool is_on_demand;  /* made when the supervisor asks for it, not at boot */
    bool is_essential;  /* its end is the machine's */
    uint64_t needs;     /* a bit for each program that must run first */
    uint64_t heartbeat; /* nanoseconds: it answers calls that fast; 0: nobody asks */
    enum manifest_restart restart;
    uint32_t first_cap, cap_count; /* in `cap` of the manifest */
};

/* A program that another needs. */
struct manifest_need {
    char name[MANIFEST_NAME_MAX];
    struct place place;
    uint32_t program; /* who needs it */
    uint32_t needed;
};

struct manifest {
    uint32_t object_count, program_count, cap_count, need_count, module_count;
    uint64_t reserve;      /* bytes for programs that are started later, at least, and … */
    uint64_t reserve_most; /* … at most */
    uint32_t supervisor;   /* which program has KIND_ROOT, and … */
    uint32_t memory;       /* … KIND_MEMORY, … */
    uint32_t debugger;     /* … KIND_DEBUG; MANIFEST_NOBODY: none */
    char module[MANIFEST_MODULES_MAX][MANIFEST_NAME_MAX];
    struct manifest_need need[MANIFEST_NEEDS_MAX];
    struct manifest_object object[MANIFEST_OBJECTS_MAX];
    struct manifest_program program[MANIFEST_PROGRAMS_MAX];
    struct manifest_cap cap[MANIFEST_CAPS_MAX];
};

/* The OBJECT_* type of a capability of this kind. */
unsigned manifest_type(enum manifest_kind kind);

/*
 * Whether the text is a manifest. If not, `error` has MANIFEST_ERROR_MAX characters that name line,
 * column and word, without a line end: `manifest:7:12: unknown capability kind "endpiont"`.
 */
bool manifest_read(const char *text, size_t size, struct manifest *manifest, char *error);

#endif
