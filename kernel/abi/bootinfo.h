/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel tells the root task. Mapped read-only in the root task's address space; its
 * address is the first argument (rdi) of the root task's entry.
 */
#ifndef KERNEL_ABI_BOOTINFO_H
#define KERNEL_ABI_BOOTINFO_H

#include "kernel/abi/time.h"
#include "kernel/abi/types.h"

#define BOOTINFO_MAGIC 0x00414e4f4352414dull /* the bytes "MARCONA", 0 */
#define BOOTINFO_ADDRESS 0x10000000ull       /* where it is mapped */
#define BOOTINFO_SIZE 16384u
#define BOOTINFO_UNTYPED_MAX 128
#define BOOTINFO_MODULE_MAX 64
#define BOOTINFO_MEMORY_MAX 64

/* Where the root task starts: slots of its CNode (indices). */
enum boot_slot {
    BOOT_SLOT_NULL = 0,
    BOOT_SLOT_CNODE,         /* its own table */
    BOOT_SLOT_VSPACE,        /* its own address space */
    BOOT_SLOT_THREAD,        /* its own thread */
    BOOT_SLOT_SCHED_CONTEXT, /* the time it runs on, priority 255 */
    BOOT_SLOT_PLATFORM,
    BOOT_SLOT_CPU, /* CPU 0; the others: see other_cpus below */
    BOOT_SLOT_FREE =
        16, /* the other CPUs, modules' Frames, then Untypeds, then empty slots: see below */
};

struct boot_untyped {
    uint64_t address; /* physical, aligned to the size */
    uint32_t cap;     /* handle */
    uint8_t size_bits;
    uint8_t reserved[3];
};

struct boot_module {
    uint32_t cap;   /* first of `caps` handles in a row: Frames that cover it, in order */
    uint32_t caps;  /* each Frame is a naturally aligned power of two; INSPECT tells its size */
    uint64_t bytes; /* the module's length; the last Frame is zero behind it */
    uint32_t name;  /* offset of its command line in `strings` */
    uint32_t reserved;
};

struct boot_memory {
    uint64_t address, bytes;
    uint32_t type; /* as multiboot2: 1 RAM, 3 ACPI reclaimable, 4 NVS, 5 bad, others reserved */
    uint32_t reserved;
};

struct boot_framebuffer {
    uint64_t address; /* 0: none */
    uint32_t pitch, width, height;
    uint8_t bits_per_pixel, type, reserved[2];
};

struct boot_info {
    uint64_t magic;
    uint64_t abi_hash;                       /* of the .def lists; a program's note must match */
    uint32_t bytes;                          /* of this structure */
    uint32_t cnode_bits;                     /* log2 of the slots in the root task's CNode */
    uint32_t first_free_slot;                /* all slots from here to the end are empty */
    uint32_t cpu_count;                      /* CPUs that the machine has */
    uint32_t cpu_running;                    /* CPUs that run */
    uint8_t thread_bits, thread_vector_bits; /* log2 sizes of a Thread without and with vectors */
    uint8_t endpoint_bits, reserved8;
    uint32_t other_cpus; /* first of cpu_running - 1 handles in a row: Cpu capabilities */
    uint64_t tsc_khz;
    uint64_t tsc_entry;                    /* TSC at the kernel's first instruction */
    struct time_info time;                 /* how ticks and nanoseconds are converted */
    uint64_t tsc_root;                     /* TSC just before the root task's first instruction */
    uint64_t kernel_text, kernel_resident; /* bytes of code; bytes that the kernel keeps in all */
    uint64_t rsdp;                         /* physical; 0: none */
    uint32_t features;                     /* BOOT_FEATURE_* */
    uint32_t build, cpu_name, command_line, mitigations; /* offsets in `strings` */
    uint32_t untyped_count, module_count, memory_count;
    struct boot_framebuffer framebuffer;
    struct boot_untyped untyped[BOOTINFO_UNTYPED_MAX];
    struct boot_module module[BOOTINFO_MODULE_MAX];
    struct boot_memory memory[BOOTINFO_MEMORY_MAX];
    char strings[]; /* NUL-terminated, up to BOOTINFO_SIZE */
};

#define BOOT_FEATURE_PCID 1u
#define BOOT_FEATURE_FSGSBASE 2u
#define BOOT_FEATURE_X2APIC 4u
#define BOOT_FEATURE_TSC_DEADLINE 8u
#define BOOT_FEATURE_TSC_INVARIANT 16u
#define BOOT_FEATURE_SMAP 32u
#define BOOT_FEATURE_SMEP 64u
#define BOOT_FEATURE_UMIP 128u
#define BOOT_FEATURE_XSAVE 256u
#define BOOT_FEATURE_AVX 512u
#define BOOT_FEATURE_IOAPIC 1024u

#endif
