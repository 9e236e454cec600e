/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a program is given when the root task starts it: one read-only page, whose address comes
 * in rdi and as the argument of `main`, a message buffer, and the capabilities that the boot
 * manifest lists for it. Nothing else: no other handle of its table names anything.
 *
 * The manifest gives each capability a name; `program_cap("service")` finds its handle.
 */
#ifndef LIBSYS_PROGRAM_H
#define LIBSYS_PROGRAM_H

#include <stdint.h>

#include "kernel/abi/message.h"
#include "kernel/abi/time.h"
#include "kernel/abi/types.h"

#define PROGRAM_INFO_ADDRESS 0x10000000ull
#define PROGRAM_INFO_BYTES 4096u
/* The first thread's message buffer: a page, whose rest further threads may have. */
#define PROGRAM_BUFFER_ADDRESS 0x10001000ull
#define PROGRAM_BUFFER_BYTES 4096u

#define PROGRAM_INFO_MAGIC 0x004d4152474f5250ull /* the bytes "PROGRAM", 0 */
#define PROGRAM_CAPS_MAX 64

/* The stack of the first thread ends here; a page that is never mapped lies below it. */
#define PROGRAM_STACK_TOP 0x0f000000ull

/* One line `cap …` of the manifest. */
struct program_cap {
    uint32_t name;   /* offset of its name in the page */
    cap_t cap;       /* its handle */
    uint32_t count;  /* so many handles in a row (a module's Frames); else 1 */
    uint16_t type;   /* OBJECT_* */
    uint16_t rights; /* RIGHT_* bits it came with */
    uint64_t first;  /* first port, interrupt line, device address; else 0 */
    uint64_t size;   /* ports, bytes of memory or of a module; else 0 */
};

struct program_info {
    uint64_t magic;
    uint64_t abi_hash;        /* of the kernel that runs; checked before the program was loaded */
    uint32_t bytes;           /* of this structure with its strings */
    uint32_t flags;           /* PROGRAM_* */
    uint32_t cnode_bits;      /* log2 of the slots in the program's table */
    uint32_t first_free_slot; /* all slots from here to the end are empty */
    uint32_t name, arguments; /* offsets in this page of NUL-terminated strings */
    uint32_t build, cpu_name, command_line, mitigations; /* of the kernel and the machine */
    uint32_t features; /* BOOT_FEATURE_* of kernel/abi/bootinfo.h */
    uint32_t cpu_count, cpu_running;
    uint8_t thread_bits, thread_vector_bits; /* log2 sizes of a Thread without and with vectors */
    uint8_t endpoint_bits, reserved8;
    uint64_t memory_bytes; /* RAM of the machine */
    uint64_t tsc_khz;
    struct time_info time;        /* for libsys/time.h */
    uint64_t tsc_entry, tsc_root; /* TSC at the kernel's first and root's first instruction */
    uint64_t kernel_text, kernel_resident; /* bytes of code; bytes that the kernel keeps in all */
    uint32_t cap_count, reserved;
    struct program_cap cap[];
};

#define PROGRAM_PASSIVE 1u /* the first thread has no time of its own: see libsys/server.h */

/* Messages to the capability `parent`, which calls the root task. */
enum parent_label {
    PARENT_EXIT = 1, /* word 0: status. Never answered: the program has ended. */
    /* Word 0: the slot of another CNode, which is the first thread's table from then on, when the
     * answer comes. Answer: word 0 is an error or 0. */
    PARENT_TABLE,
};

/* The page, for code that doesn't get it as an argument. */
static inline const struct program_info *program_info(void)
{
    return (const struct program_info *)PROGRAM_INFO_ADDRESS;
}

/* The first thread's message buffer. */
static inline struct message_buffer *program_buffer(void)
{
    return (struct message_buffer *)PROGRAM_BUFFER_ADDRESS;
}

/* A string of the page by its offset: program_text(info->cpu_name). */
const char *program_text(uint32_t offset);

/* The handle of a capability by the name that the manifest gives it; 0 if it isn't there. */
cap_t program_cap(const char *name);

/* All that is known of it; a null pointer if it isn't there. */
const struct program_cap *program_cap_find(const char *name);

/* End the program. Other threads of it are ended too. A status that isn't 0 is a failure. */
_Noreturn void program_exit(int status);

/* What a program supplies. Its result is the status it ends with. */
int main(const struct program_info *info);

#endif
