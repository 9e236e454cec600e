/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers that the kernel and user programs share: object types, rights, errors, system calls,
 * operations. All come from the .def lists; no number of the ABI is written twice.
 */
#ifndef KERNEL_ABI_TYPES_H
#define KERNEL_ABI_TYPES_H

#include <stdint.h>

/*
 * A handle names a slot of the calling thread's own CNode: the slot's index times 64 (its byte
 * offset, so that the kernel needn't shift). Slot 0 is kept empty by convention: handle 0 is
 * "none". The invoked handle of CALL, SIGNAL and INSPECT is masked to the table's size instead of
 * being checked: one past the end names another slot of the caller's own table.
 */
typedef uint32_t cap_t;
#define CAP_SHIFT 6
#define CAP_OF(index) ((cap_t)((index) << CAP_SHIFT))
#define CAP_INDEX(cap) ((uint32_t)(cap) >> CAP_SHIFT)

/* An error word, or 0 for success; see message.h for its fields. */
typedef uint32_t err_t;

enum object_type {
#define OBJECT(number, NAME, name, smallest, largest, derivable, doc) OBJECT_##NAME = (number),
#define RIGHT(OBJECT, NAME, bit, doc)
#include "kernel/abi/objects.def"
#undef OBJECT
#undef RIGHT
    OBJECT_COUNT
};

enum rights {
#define OBJECT(number, NAME, name, smallest, largest, derivable, doc)
#define RIGHT(OBJECT, NAME, bit, doc) RIGHT_##OBJECT##_##NAME = (bit),
#include "kernel/abi/objects.def"
#undef OBJECT
#undef RIGHT
    RIGHT_ALL = 0xff
};

enum error_code {
    ERROR_NONE = 0,
#define ERROR(code, NAME, blame, doc) ERROR_##NAME = (code),
#include "kernel/abi/errors.def"
#undef ERROR
    ERROR_COUNT
};

enum error_blame { BLAME_CALLER = 1, BLAME_PEER, BLAME_RESOURCE, BLAME_MACHINE };

enum syscall {
#define SYSCALL(number, NAME, doc) SYSCALL_##NAME = (number),
#include "kernel/abi/syscalls.def"
#undef SYSCALL
    SYSCALL_COUNT
};

/* Operation numbers: OP_frame_map and so on. */
enum operation {
#define INVOCATION(OBJECT, number, name, rights, args, results, errors, doc) OP_##name = (number),
#include "kernel/abi/invocations.def"
#undef INVOCATION
};

/* `access` of frame_map and frame_protect. 0 maps nothing accessible: frame_protect only. */
enum access {
    ACCESS_READ = 1,
    ACCESS_WRITE = 2,   /* needs ACCESS_READ */
    ACCESS_EXECUTE = 4, /* needs ACCESS_READ, excludes ACCESS_WRITE */
    ACCESS_COMBINE =
        8, /* write-combining, for frame buffers; device memory is uncached without it */
};

/* `mode` of platform_irq. */
enum irq_mode { IRQ_EDGE = 0, IRQ_LEVEL = 1, IRQ_LOW = 2, IRQ_ISA = 4 };

/* `state` of thread_info. */
enum thread_state_abi {
    THREAD_STOPPED = 0, /* never started, suspended, or faulted with nobody to tell */
    THREAD_READY,       /* runs, or could */
    THREAD_CALLING,     /* a server works on its request */
    THREAD_QUEUED,      /* its request waits for a server */
    THREAD_IDLE,        /* a server that waits for calls */
    THREAD_WAITING,     /* waits for a notification */
    THREAD_FAULTED,     /* its fault is being served */
};

/* Registers for thread_read_registers and thread_write_registers: message words first. */
enum register_number {
    REGISTER_RDI,
    REGISTER_RSI,
    REGISTER_R8,
    REGISTER_R9,
    REGISTER_R10,
    REGISTER_R12,
    REGISTER_R13,
    REGISTER_R14,
    REGISTER_R15,
    REGISTER_RAX,
    REGISTER_RDX,
    REGISTER_RBX,
    REGISTER_RBP,
    REGISTER_RCX,
    REGISTER_R11,
    REGISTER_RFLAGS,
    REGISTER_RIP,
    REGISTER_RSP,
    REGISTER_FS_BASE,
    REGISTER_COUNT
};

#endif
