/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory that the runner shares with its victims: the arena, mapped at the same address in all
 * address spaces, with an area for each task. Also included by assembler.
 */
#ifndef TESTS_GUEST_KERNEL_AREA_H
#define TESTS_GUEST_KERNEL_AREA_H

#define ARENA_ADDRESS 0x30000000
#define ARENA_WORD 0x6172656e61776f72 /* its first word: what %gs:ARENA_ADDRESS must show */
#define AREA_BYTES 8192
#define AREA_FIRST 4096 /* the first area's offset; before it is room for a test's own data */

#define AREA_CANARY 1024 /* where the task's FS base leads */
#define AREA_NEXT 1032
#define AREA_COUNT 1040
#define AREA_FLAGS 1048
#define AREA_VECTOR_IN 1152
#define AREA_VECTOR_OUT 1664
#define AREA_MXCSR_OUT 2176
#define AREA_FCW_OUT 2180
#define AREA_DATA 2192
#define AREA_STEPS 2304
#define STEPS_MAX 12
#define STEP_BYTES 320

/* Offsets in a step. */
#define STEP_OUT 128
#define STEP_FLAGS 248
#define STEP_FS 256
#define STEP_GS 264
#define STEP_DONE 272

#define AREA_BASE 0x5000

#define AREA_HOLE 0x23456000 /* an address where nothing is mapped, unless a case does it */

/* AREA_FLAGS */
#define AREA_BASES 1            /* set FS and GS base to area + AREA_BASE before each system call */
#define AREA_VECTOR_LOAD 2      /* load the vector registers before it */
#define AREA_VECTOR_STORE 4     /* store them after it */
#define AREA_AVX 8              /* all 256 bits of them */
#define AREA_RFLAGS 16          /* set every flag that a user may have before it */
#define AREA_ALL_FLAGS 0x244ed7 /* CF PF AF ZF SF IF DF OF NT AC ID */

/* Control words that vectors_load sets, and those that a thread has at first. */
#define AREA_MXCSR 0x9f80
#define AREA_FCW 0xf7f
#define INITIAL_MXCSR 0x1f80
#define INITIAL_FCW 0x37f

/* System call numbers that the kernel doesn't know: they reach the runner as faults. */
#define REPORT_DONE 0x1000  /* a script is at its end */
#define REPORT_VALUE 0x1001 /* the value is in rdi */

#ifndef __ASSEMBLER__

#include <stddef.h>

#include "kernel/abi/message.h"

enum step_register {
    R_RAX,
    R_RDX,
    R_RDI,
    R_RSI,
    R_R8,
    R_R9,
    R_R10,
    R_R12,
    R_R13,
    R_R14,
    R_R15,
    R_RBX,
    R_RBP,
    R_RCX,
    R_R11,
    R_COUNT
};

/* One system call: all registers before and after it. */
struct step {
    uint64_t in[R_COUNT], reserved_in;
    uint64_t out[R_COUNT], flags;
    uint64_t fs, gs; /* %fs:0 and %gs:ARENA_ADDRESS after it; with AREA_BASES the bases */
    uint64_t done;
    uint64_t reserved[5];
};

struct area {
    struct message_buffer buffer;
    uint64_t canary;
    uint64_t next, count; /* steps done, steps to do */
    uint64_t flags;
    uint64_t reserved[12];
    uint64_t vector_in[16][4], vector_out[16][4];
    uint32_t mxcsr_out, fcw_out;
    uint64_t reserved2;
    uint64_t data[14];
    struct step step[STEPS_MAX];
    uint64_t stack[256];
};

_Static_assert(sizeof(struct step) == STEP_BYTES, "area.h");
_Static_assert(offsetof(struct step, out) == STEP_OUT, "area.h");
_Static_assert(offsetof(struct step, flags) == STEP_FLAGS, "area.h");
_Static_assert(offsetof(struct step, fs) == STEP_FS, "area.h");
_Static_assert(offsetof(struct step, gs) == STEP_GS, "area.h");
_Static_assert(offsetof(struct step, done) == STEP_DONE, "area.h");
_Static_assert(sizeof(struct area) == AREA_BYTES, "area.h");
_Static_assert(offsetof(struct area, canary) == AREA_CANARY, "area.h");
_Static_assert(offsetof(struct area, next) == AREA_NEXT, "area.h");
_Static_assert(offsetof(struct area, count) == AREA_COUNT, "area.h");
_Static_assert(offsetof(struct area, flags) == AREA_FLAGS, "area.h");
_Static_assert(offsetof(struct area, vector_in) == AREA_VECTOR_IN, "area.h");
_Static_assert(offsetof(struct area, vector_out) == AREA_VECTOR_OUT, "area.h");
_Static_assert(offsetof(struct area, mxcsr_out) == AREA_MXCSR_OUT, "area.h");
_Static_assert(offsetof(struct area, fcw_out) == AREA_FCW_OUT, "area.h");
_Static_assert(offsetof(struct area, data) == AREA_DATA, "area.h");
_Static_assert(offsetof(struct area, step) == AREA_STEPS, "area.h");

#endif
#endif
