/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * User page tables: ranges of 4 KiB, 2 MiB and 1 GiB pages. An entry that leads to a table counts
 * the entries in use there (bits 52 to 61, which the processor ignores), so that a table is given
 * back to the pool with its last page.
 *
 * Operations on a range work on a run of entries of one table at a time, so that each step is short
 * (512 entries at most): they say how much of the range that was. A step makes at most three
 * tables.
 */
#ifndef KERNEL_ARCH_X86_64_PAGETABLE_H
#define KERNEL_ARCH_X86_64_PAGETABLE_H

#include "kernel/arch/x86_64/kmap.h"
#include "kernel/arch/x86_64/phys.h"
#include "kernel/lib/types.h"

/* Free pages in a row; this lies in the first of them. */
struct free_tables {
    struct free_tables *next;
    uint64_t pages;
};

/*
 * Pages for tables. Those in `clean` are zero but for the links; others are zeroed when they become
 * a table. So adding any number of pages takes no time.
 */
struct table_pool {
    struct free_tables *clean, *dirty;
    uint32_t free_count, used_count;
};

/* To one of the two lists. */
void table_pool_add(struct table_pool *pool, struct free_tables **list, void *first,
                    uint64_t pages);

/* Linear: `physical` is what is or shall be mapped at `address`. */
struct page_range {
    vaddr_t address;  /* page aligned, below USER_LIMIT */
    paddr_t physical; /* page aligned */
    uint64_t bytes;   /* page aligned */
};

enum range_state { RANGE_FREE, RANGE_OCCUPIED, RANGE_NO_TABLES };

struct vspace;

/* Entry flags of ACCESS_* for RAM, or for device memory. */
uint64_t pagetable_flags(unsigned access, bool device);

/* Whether the range can be mapped: its first run, to which `range->bytes` is cut. */
enum range_state pagetable_check(const struct vspace *vspace, struct page_range *range);
/* Map a run that was checked. */
void pagetable_map(struct vspace *vspace, const struct page_range *range, uint64_t flags);

/* An entry that leads to a table counts the entries in use there. */
#define PTE_COUNT_SHIFT 52
#define PTE_COUNT_ONE (1ull << PTE_COUNT_SHIFT)

/* The entry for `address` in the table that `entry` leads to. */
static inline uint64_t *pagetable_next(uint64_t entry, vaddr_t address, unsigned level)
{
    uint64_t *table = phys_pointer(entry & PTE_ADDRESS);
    return &table[(address >> (PAGE_BITS + 9 * level)) % 512];
}

/*
 * The usual case of both in one: map a single 4 KiB page where its table exists. False: nothing was
 * done, do it the general way.
 */
MUST_USE static inline bool pagetable_map_page(uint64_t *root, vaddr_t address, uint64_t value)
{
    const uint64_t kind = PTE_PRESENT | PTE_LARGE;
    uint64_t *entry = &root[(address >> (PAGE_BITS + 27)) % 512];
    if (!(*entry & PTE_PRESENT))
        return false;
    entry = pagetable_next(*entry, address, 2);
    if ((*entry & kind) != PTE_PRESENT)
        return false;
    entry = pagetable_next(*entry, address, 1);
    if ((*entry & kind) != PTE_PRESENT)
        return false;
    uint64_t *page = pagetable_next(*entry, address, 0);
    if (*page & PTE_PRESENT)
        return false;
    *page = value;
    *entry += PTE_COUNT_ONE;
    return true;
}

/* Whether the pool holds the tables that splitting large pages at the range's ends takes. */
bool pagetable_can_split(const struct vspace *vspace, const struct page_range *range);
/* Set the flags (0: unmap) of those pages that map what `physical` says, and make the TLB forget
 * them. Returns how much of the range was looked at: the first run, or all where it is empty; 0
 * where a large page had to be split first, which was done. */
uint64_t pagetable_change(struct vspace *vspace, const struct page_range *range, uint64_t flags);

/* The TLB forgets all of this space. */
void pagetable_flush(struct vspace *vspace);

/* Load CR3 for the kernel alone, if this space is loaded; then the TLB forgets all of it. */
void pagetable_leave(struct vspace *vspace);

/* CR3 for the kernel alone. */
uint64_t pagetable_kernel_cr3(void);

/* A PCID for a new space, 0 if there's none (then every load flushes). */
unsigned pcid_allocate(void);
void pcid_free(unsigned pcid);

#endif
