/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's own page tables: one entry of the top level, which every address space shares, laid
 * out as layout.h says. Nothing is both writable and executable, nothing is open to user mode,
 * and every entry is global, unless the processor has Meltdown. They are built
 * during boot and hardly change afterwards.
 */
#ifndef KERNEL_ARCH_X86_64_KMAP_H
#define KERNEL_ARCH_X86_64_KMAP_H

#include "kernel/lib/types.h"

#define KERNEL_ROOT_INDEX 511 /* in the top-level table */

/* Page table entries (Intel SDM vol. 3 section 4.5). */
#define PTE_PRESENT (1ull << 0)
#define PTE_WRITE (1ull << 1)
#define PTE_USER (1ull << 2)
#define PTE_PWT (1ull << 3)
#define PTE_PCD (1ull << 4)
#define PTE_ACCESSED (1ull << 5)
#define PTE_DIRTY (1ull << 6)
#define PTE_LARGE (1ull << 7)
#define PTE_GLOBAL (1ull << 8)
#define PTE_NX (1ull << 63)
#define PTE_ADDRESS 0x000ffffffffff000ull

#define PTE_WRITE_COMBINING PTE_PWT /* features.c programs the PAT so */
#define PTE_UNCACHED (PTE_PWT | PTE_PCD)

/*
 * Builds the tables and loads them on this CPU. The direct map covers the ranges that the loader's
 * map calls RAM or ACPI memory, to the page; device memory and holes stay unmapped.
 * Once, on CPU 0, with boot_pool in place. Afterwards CPU 0's guard pages and the start
 * code's first page tables are free memory.
 */
void kmap_init(void);

/* The kernel's own top-level table: CR3 for when no user space is loaded. */
paddr_t kmap_root(void);

/*
 * The entry that user spaces get. On a processor with Meltdown it leads to tables of the trampoline
 * and what that needs alone (linker.ld); kernel code runs with kmap_root in CR3 then.
 */
uint64_t kmap_root_entry(void);

/*
 * Maps `pages` zeroed, writable pages at NULL_BASE and returns NULL_BASE. Once, during boot.
 * kmap_seal_null makes them read-only when the null objects are in place.
 */
void *kmap_null(size_t pages);
void kmap_seal_null(void);

/*
 * Maps device registers, uncached, at any alignment; for good. During boot only, since it takes
 * memory for tables. Panics if the window is full.
 */
volatile void *kmap_device(paddr_t paddr, size_t size);

/* Whether the direct map has all of the range. */
bool kmap_covers(paddr_t paddr, uint64_t size);

/* Whether the direct map or kmap_device's window has any of the range. */
bool kmap_touches(paddr_t paddr, uint64_t size);

/*
 * Makes CPU n's alias of the image: everything shared but .percpu, which is fresh zeroed memory.
 * During boot, n > 0.
 */
void kmap_cpu_alias(unsigned cpu);

/* Pages of .percpu that guard stacks; CPU 0's serve otherwise. */
#define KMAP_GUARDS 3

/* Where the kernel's code begins: later once boot code has been given up. */
uintptr_t kmap_code_begin(void);

/* For kmap_boot.c: the top-level tables, and the end of what kmap_device has given out. */
extern uint64_t *kmap_table, *kmap_user_table;
extern uintptr_t kmap_device_end;
/* Aliases of the image that there are. */
extern unsigned kmap_aliases;

#endif
