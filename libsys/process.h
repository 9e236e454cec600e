/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a user's process finds when it starts, and what it shares with the process server: see
 * servers/README.md. Also the words that the console shares with the process server.
 */
#ifndef LIBSYS_PROCESS_H
#define LIBSYS_PROCESS_H

#include <stdint.h>

#include "kernel/abi/message.h"
#include "kernel/abi/time.h"
#include "kernel/abi/types.h"

/* Slots of a process's table. */
enum process_slot {
    PROCESS_SLOT_CNODE = 1,
    PROCESS_SLOT_PROCESS,
    PROCESS_SLOT_MEMORY,
    PROCESS_SLOT_VFS,
    PROCESS_SLOT_NAME,
    PROCESS_SLOT_LOG,
    PROCESS_SLOT_TIME,
    PROCESS_SLOT_NOTIFICATION,
    PROCESS_SLOT_FREE,      /* for capabilities on their way, up to … */
    PROCESS_SLOT_FILE = 16, /* file descriptor 0; and the others behind it */
};

#define PROCESS_TABLE_SLOTS 64 /* at first */
#define PROCESS_CAP(slot) CAP_OF(PROCESS_SLOT_##slot)
#define PROCESS_FILE_CAP(descriptor) CAP_OF(PROCESS_SLOT_FILE + (uint32_t)(descriptor))

enum process_state {
    PROCESS_RUNNING = 1, /* or could */
    PROCESS_WAITING,     /* for a server, a signal, time */
    PROCESS_STOPPED,     /* by a signal */
    PROCESS_ZOMBIE,      /* ended, and its parent hasn't waited for it */
};

/* What the C library must know of an open file. */
enum file_kind {
    FILE_KIND_REGULAR = 1,
    FILE_KIND_DIRECTORY,
    FILE_KIND_PIPE,
    FILE_KIND_CHARACTER, /* a device without windows or positions */
    FILE_KIND_TERMINAL,
};

/* A byte of descriptor_flags: the library's, but for these, which fork, spawn and exec heed. */
#define PROCESS_DESCRIPTOR_OPEN 1u
#define PROCESS_CLOSE_ON_EXEC 2u
#define PROCESS_DESCRIPTOR_KIND 4 /* shift of the enum file_kind */
#define PROCESS_NO_FILE 255       /* in spawn's `files`: the child has none of that number */

#define PROCESS_PAGE_ADDRESS 0x10000000ull
#define PROCESS_PAGE_BYTES 4096u
#define PROCESS_THREADS_MAX \
    16 /* message buffers of threads beyond the first lie in further pages */

/* One thread's part of the process page. Written by the server while the thread stands still. */
struct process_thread {
    uint64_t saved_ip, saved_sp, saved_flags; /* where it was when a signal took it away */
    uint32_t in_trampoline;                   /* set by the server, cleared by the trampoline */
    uint32_t buffer_offset;                   /* of its message buffer from the process page */
    uint32_t time, notification;              /* handles of its SchedContext and Notification */
};

/* In the process: readable and writable. */
struct process_page {
    uint64_t abi_hash;
    int32_t pid, parent, group, session;
    uint32_t user, group_id;
    uint32_t terminal; /* 0: none; else 1 + number */
    uint32_t table_slots;
    /* Signals: bit n - 1 for signal n. `pending` is changed atomically by both sides. */
    volatile uint64_t pending;
    volatile uint64_t blocked, ignored, caught;
    uint64_t signal_entry;          /* address of the C library's trampoline; 0: none */
    uint64_t fault_signal_address;  /* si_addr of the last SIGSEGV, SIGBUS, SIGFPE, SIGILL */
    uint64_t image_low, image_high; /* where the program lies */
    uint64_t image_bias;            /* what was added to a PIE's addresses */
    uint64_t stack_low, stack_high; /* of the first thread */
    uint64_t tsc_khz;
    struct time_info clock; /* for libsys/time.h */
    int64_t wall_clock;     /* nanoseconds since 1970 when the clock was at 0; 0: not known */
    uint64_t random[4];     /* for the library's own randomness: stack protector, hash seeds */
    uint32_t features;      /* BOOT_FEATURE_* */
    uint32_t thread_count;
    uint32_t mode_mask; /* umask: the library's; children have it too */
    uint32_t reserved;
    struct process_thread thread[PROCESS_THREADS_MAX];
    _Alignas(1024) struct message_buffer buffer; /* of the first thread */
    uint8_t descriptor_flags[1024];              /* the library's: close on exec, kind of file */
};
_Static_assert(sizeof(struct process_page) <= PROCESS_PAGE_BYTES, "a page");

/*
 * Arguments and environment as they travel from parent to child, and as the child finds them at the
 * top of its stack: this head, then `argument_count` + `environment_count` offsets (uint32_t, from
 * the head's start) and the NUL-terminated strings.
 */
struct process_arguments {
    uint32_t bytes; /* of all of it */
    uint32_t argument_count, environment_count;
    uint32_t offset[];
};

/* ---- Terminals: written by the console, read and cleared by the process server ------------- */

#define TERMINALS_MAX 8

struct terminal_word {
    volatile uint32_t foreground; /* process group; set by whoever may (console's control) */
    volatile uint32_t signals;    /* bits to send to it, bit n - 1 for signal n; taken atomically */
    volatile uint32_t
        session; /* written by the process server: whose terminal it is; 0: nobody's */
    uint32_t reserved;
};

struct terminal_page {
    struct terminal_word terminal[TERMINALS_MAX];
};

#endif
