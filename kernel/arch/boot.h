/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the boot loader told, in the kernel's own words, and the memory it left.
 *
 * boot_source lies in memory that arch_boot_unmap gives up: nothing may point into it after that.
 */
#ifndef KERNEL_ARCH_BOOT_H
#define KERNEL_ARCH_BOOT_H

#include "kernel/lib/types.h"

/* A function that only boot calls, in a file that has others too. */
#define BOOT_CODE __attribute__((section(".boot_code")))

#define BOOT_MEMORY_MAX 128
#define BOOT_MODULE_MAX 64
#define BOOT_LINE_SIZE 256
#define BOOT_FREE_MAX 160

/* Types of memory, numbered as multiboot2 (and the PC's E820 map) does. */
enum boot_memory_type {
    BOOT_MEMORY_RAM = 1,
    BOOT_MEMORY_RESERVED = 2,
    BOOT_MEMORY_ACPI = 3, /* tables; RAM once they have been read */
    BOOT_MEMORY_NVS = 4,
    BOOT_MEMORY_BAD = 5,
};

/* Physical memory from `start` up to, and not including, `end`. */
struct boot_range {
    paddr_t start, end;
};

struct boot_map_entry {
    struct boot_range range;
    uint32_t type;
};

struct boot_loaded_module {
    struct boot_range range;
    char line[BOOT_LINE_SIZE]; /* its command line, without the file's name */
};

struct boot_screen {
    paddr_t address; /* 0: none */
    uint32_t pitch, width, height;
    uint8_t bits_per_pixel, type; /* type 0: indexed, 1: RGB, 2: text */
};

struct boot_source {
    char loader[64];
    char line[BOOT_LINE_SIZE]; /* the kernel's command line */
    uint8_t rsdp[36];          /* a copy; bytes that the loader gave: rsdp_size, 0 if none */
    uint32_t rsdp_size;
    paddr_t rsdp_address; /* where the firmware has it, 0 if only the copy is known */
    uint32_t memory_count, module_count;
    struct boot_map_entry memory[BOOT_MEMORY_MAX]; /* as told: unsorted, may overlap */
    struct boot_loaded_module modules[BOOT_MODULE_MAX];
    struct boot_screen screen;
};

extern struct boot_source boot_source;

/* Free memory: sorted, page-aligned, apart; none of it holds anything that the kernel knows. */
struct boot_pool {
    uint32_t count;
    uint64_t dropped;   /* bytes left out because the list was full or memory lies too high */
    uint64_t allocated; /* bytes that boot_alloc has given out */
    paddr_t trampoline; /* a free page below 1 MiB, kept for starting CPUs; 0: none */
    struct boot_range free[BOOT_FREE_MAX];
};

extern struct boot_pool boot_pool;

/*
 * Memory for the kernel, for good: zeroed, from the lowest free range above 1 MiB that has room.
 * `size` and `align` are multiples of a page, `align` a power of two. Panics if there is none.
 * Only during boot; what is free in the end becomes Untyped.
 */
void *boot_alloc(size_t size, size_t align);

/* boot_alloc's core, on any list of ranges, for tests. 0 if there is no room. */
paddr_t boot_pool_take(struct boot_pool *pool, size_t size, size_t align);

/* The free list: RAM of `source` below `limit`, without whatever else it names or `kept` has. */
void boot_pool_build(struct boot_pool *pool, const struct boot_source *source,
                     const struct boot_range *kept, size_t kept_count, paddr_t limit);

/* Puts pages into the free list. They must not be in it. */
void boot_pool_add(struct boot_pool *pool, struct boot_range range);

#endif
