/* SPDX-License-Identifier: BSD-2-Clause */
/* What all parts of the root task share: what the kernel gave it, and its bookkeeping over that. */
#ifndef SERVERS_ROOT_ROOT_H
#define SERVERS_ROOT_ROOT_H

#include "kernel/abi/bootinfo.h"
#include "libsys/memory.h"
#include "libsys/slots.h"
#include "servers/root/manifest.h"

/* Its own capabilities, where the kernel put them. */
#define ROOT_CNODE CAP_OF(BOOT_SLOT_CNODE)
#define ROOT_VSPACE CAP_OF(BOOT_SLOT_VSPACE)
#define ROOT_THREAD CAP_OF(BOOT_SLOT_THREAD)
#define ROOT_PLATFORM CAP_OF(BOOT_SLOT_PLATFORM)
#define ROOT_CPU CAP_OF(BOOT_SLOT_CPU)

/* Windows of its address space, for what it reads and fills; empty between two uses. */
#define WINDOW_BUFFER 0x1f000000ull /* its message buffer, for a supervisor */
#define WINDOW_MODULE 0x20000000ull
#define WINDOW_FRAME 0x30000000ull

#define CONSOLE_PORT 0x3f8
#define CONSOLE_PORTS 8

#define ROOT_PIECES_MAX 512

/* Badges of the supervisor's and the debug server's handles; those of programs are below. */
#define ROOT_CONTROL_BADGE 0x1000u
#define ROOT_DEBUG_BADGE 0x1001u

struct root {
    const struct boot_info *boot;
    struct slots slots;
    struct memory memory;
    cap_t endpoint; /* where programs exit and fault */
    struct manifest manifest;
    cap_t object[MANIFEST_OBJECTS_MAX]; /* of the manifest's objects, the originals */
    struct memory reserve;              /* for programs on demand */
    uint32_t piece[ROOT_PIECES_MAX];    /* slots of all memory left, for one program */
    uint32_t piece_count;
};

extern struct root root;

/* A string of the boot information. */
const char *boot_text(uint32_t offset);

/* Bytes of RAM that the machine has. */
uint64_t boot_ram_bytes(void);

static inline unsigned log2_of(uint64_t bytes)
{
    return 63u - (unsigned)__builtin_clzll(bytes);
}

/* Say why, end the machine, and report failure. */
_Noreturn void root_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same unless error is 0: `root: what: OCCUPIED: …`. */
void root_check(err_t error, const char *format, ...) __attribute__((format(printf, 2, 3)));

_Noreturn void root_power_off(int status);

/* A new object, and an empty slot. There is always one, or the machine ends. */
cap_t root_make(enum object_type type, unsigned size_bits);
uint32_t root_slot(void);

#endif
