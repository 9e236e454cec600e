/* SPDX-License-Identifier: BSD-2-Clause */
/* Intel SDM vol. 3 chapter 4 (paging) and section 4.10 (TLB and paging-structure caches). */
#include "kernel/arch/x86_64/pagetable.h"

#include "kernel/arch/x86_64/cpu.h"
#include "kernel/arch/x86_64/features.h"
#include "kernel/arch/x86_64/flaws.h"
#include "kernel/arch/x86_64/insn.h"
#include "kernel/arch/x86_64/kmap.h"
#include "kernel/arch/x86_64/page_run.h"
#include "kernel/arch/x86_64/phys.h"
#include "kernel/abi/types.h"
#include "kernel/debug/assert.h"
#include "kernel/lib/string.h"
#include "kernel/object/vspace.h"

#define LEVELS 4
#define ENTRIES 512
#define COUNT_SHIFT PTE_COUNT_SHIFT
#define COUNT_ONE PTE_COUNT_ONE
#define COUNT_MASK (0x3ffull << COUNT_SHIFT)
#define TABLE_FLAGS (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED)
#define INVPCID_ADDRESS 0
#define INVPCID_CONTEXT 1
#define CR3_NO_FLUSH (1ull << 63)
#define PCID_KERNEL 1 /* where the kernel has tables of its own; 0 is shared by spaces without */
#define FLUSH_ONE_BY_ONE 16 /* pages; more: all of the space */
#define CHANGE_MAX 256      /* entries in one step; 4 KiB pages are unmapped by the whole table */

/* Level 0 entries map 4 KiB, level 1 2 MiB, level 2 1 GiB; level 3 is the root. */
static uint64_t span_of(unsigned level)
{
    return PAGE_SIZE << (9 * level);
}

static unsigned index_of(vaddr_t address, unsigned level)
{
    return (address >> (PAGE_BITS + 9 * level)) % ENTRIES;
}

static bool is_table(uint64_t entry, unsigned level)
{
    return (entry & PTE_PRESENT) && level > 0 && !(entry & PTE_LARGE);
}

static uint64_t *table_of(uint64_t entry)
{
    return phys_pointer(entry & PTE_ADDRESS);
}

/* The entries on the way to `address`, from the root down to `level`, which is the lowest there
 * is. */
struct walk {
    uint64_t *entry[LEVELS];
    unsigned level;
};

static NOINLINE struct walk walk_to(const struct vspace *vspace, vaddr_t address, unsigned lowest)
{
    struct walk walk;
    unsigned level = LEVELS - 1;
    uint64_t *table = (uint64_t *)vspace->root;
    for (;; level--) {
        walk.entry[level] = &table[index_of(address, level)];
        if (level == lowest || !is_table(*walk.entry[level], level))
            break;
        table = table_of(*walk.entry[level]);
    }
    walk.level = level;
    return walk;
}

void table_pool_add(struct table_pool *pool, struct free_tables **list, void *first, uint64_t pages)
{
    struct free_tables *added = first;
    added->next = *list;
    added->pages = pages;
    *list = added;
    pool->free_count += (uint32_t)pages;
}

static uint64_t *pool_take(struct table_pool *pool)
{
    struct free_tables **list = pool->clean ? &pool->clean : &pool->dirty, *page = *list, *rest;
    assert(page);
    rest = page->next;
    if (page->pages > 1) {
        rest = (struct free_tables *)((char *)page + PAGE_SIZE);
        *rest = (struct free_tables){page->next, page->pages - 1};
    }
    if (list == &pool->clean)
        *page = (struct free_tables){0};
    else
        memset(page, 0, PAGE_SIZE);
    *list = rest;
    pool->free_count--;
    pool->used_count++;
    return (uint64_t *)page;
}

uint64_t pagetable_flags(unsigned access, bool device)
{
    uint64_t flags = PTE_PRESENT | PTE_ACCESSED;
    if (access == 0) /* reserved for the program, and not accessible */
        return flags | PTE_NX;
    flags |= PTE_USER;
    if (access & ACCESS_WRITE)
        flags |= PTE_WRITE | PTE_DIRTY;
    if (!(access & ACCESS_EXECUTE))
        flags |= PTE_NX;
    if (device)
        flags |= access & ACCESS_COMBINE ? PTE_WRITE_COMBINING : PTE_UNCACHED;
    return flags;
}

/* The largest pages that the range can begin with. */
static unsigned level_for(const struct page_range *range)
{
    uint64_t bits = range->address | range->physical;
    unsigned level = cpu_features.pages_1g ? 2 : 1;
    while (level > 0 && ((bits & (span_of(level) - 1)) || range->bytes < span_of(level)))
        level--;
    return level;
}

/* Entries of one table, from the range's start: as many pages of that level as there are. */
static unsigned run_length(const struct page_range *range, unsigned level)
{
    uint64_t pages = range->bytes >> (PAGE_BITS + 9 * level);
    unsigned room = ENTRIES - index_of(range->address, level);
    return pages < room ? (unsigned)pages : room;
}

enum range_state pagetable_check(const struct vspace *vspace, struct page_range *range)
{
    unsigned level = level_for(range);
    struct walk walk = walk_to(vspace, range->address, level);
    if (walk.level != level) {
        if (*walk.entry[walk.level] & PTE_PRESENT)
            return RANGE_OCCUPIED;
        if (vspace->pool.free_count < walk.level - level)
            return RANGE_NO_TABLES;
    } else if (level > 0 && is_table(*walk.entry[level], level)) {
        /* Small pages are mapped within what could be a large one: go on between them. */
        level = 0;
        walk = walk_to(vspace, range->address, 0);
        if (walk.level == 1 && (*walk.entry[1] & PTE_PRESENT))
            return RANGE_OCCUPIED;
        if (walk.level == 1 && vspace->pool.free_count < 1)
            return RANGE_NO_TABLES;
    }
    unsigned run = run_length(range, level);
    if (walk.level == level) {
        unsigned empty = page_run_empty(walk.entry[level], run);
        if (empty < run && (empty == 0 || !is_table(walk.entry[level][empty], level)))
            return RANGE_OCCUPIED;
        run = empty;
    }
    range->bytes = (uint64_t)run * span_of(level);
    return RANGE_FREE;
}

/* The entry for `address` at `level`, with the tables above it made as needed. */
static struct walk walk_making(struct vspace *vspace, vaddr_t address, unsigned level)
{
    struct walk walk = walk_to(vspace, address, level);
    while (walk.level > level) {
        uint64_t *table = pool_take(&vspace->pool);
        *walk.entry[walk.level] = phys_of(table) | TABLE_FLAGS;
        if (walk.level < LEVELS - 1)
            *walk.entry[walk.level + 1] += COUNT_ONE;
        walk.level--;
        walk.entry[walk.level] = &table[index_of(address, walk.level)];
    }
    return walk;
}

void pagetable_map(struct vspace *vspace, const struct page_range *range, uint64_t flags)
{
    unsigned level = level_for(range);
    struct walk walk = walk_to(vspace, range->address, level);
    if (level > 0 && walk.level == level && is_table(*walk.entry[level], level))
        level = 0;
    walk = walk_making(vspace, range->address, level);
    unsigned run = run_length(range, level);
    *walk.entry[level + 1] += (uint64_t)run << COUNT_SHIFT;
    page_run_fill(walk.entry[level], range->physical | flags | (level > 0 ? PTE_LARGE : 0), run,
                  span_of(level));
}

/* A large page becomes a table of 512 pages of the next size. */
static COLD void split(struct vspace *vspace, uint64_t *entry, unsigned level)
{
    uint64_t *table = pool_take(&vspace->pool);
    uint64_t value = *entry & ~COUNT_MASK, span = span_of(level - 1);
    if (level == 1)
        value &= ~PTE_LARGE;
    page_run_fill(table, value, ENTRIES, span);
    *entry = phys_of(table) | TABLE_FLAGS | (uint64_t)ENTRIES << COUNT_SHIFT;
}

/* Tables that splitting takes for a page boundary at `address`. */
static unsigned splits_at(const struct walk *walk, vaddr_t address)
{
    bool inside = address & (span_of(walk->level) - 1);
    if (!(*walk->entry[walk->level] & PTE_PRESENT) || !inside)
        return 0;
    return walk->level == 2 && (address & (span_of(1) - 1)) ? 2 : 1;
}

COLD bool pagetable_can_split(const struct vspace *vspace, const struct page_range *range)
{
    vaddr_t begin = range->address, end = begin + range->bytes;
    struct walk first = walk_to(vspace, begin, 0);
    if (first.level == 0 && (begin ^ end) < span_of(1))
        return true; /* all in one table of small pages */
    struct walk last = walk_to(vspace, end, 0);
    unsigned before = splits_at(&first, begin), after = splits_at(&last, end), both = 0;
    if (before && after && first.entry[first.level] == last.entry[last.level])
        both = before == 2 && after == 2 && (begin ^ end) < span_of(1) ? 2 : 1;
    return before + after - both <= vspace->pool.free_count;
}

/* Give back the tables on the way down to `level` that have become empty. */
static void release_empty(struct vspace *vspace, const struct walk *walk, unsigned level)
{
    while (++level < LEVELS && !(*walk->entry[level] & COUNT_MASK)) {
        uint64_t *table = table_of(*walk->entry[level]);
        *walk->entry[level] = 0;
        vspace->pool.used_count--;
        table_pool_add(&vspace->pool, &vspace->pool.clean, table, 1);
        if (level < LEVELS - 1)
            *walk->entry[level + 1] -= COUNT_ONE;
    }
}

uint64_t pagetable_kernel_cr3(void)
{
    if (mitigations.separate_tables && cpu_features.pcid)
        return kmap_root() | PCID_KERNEL | CR3_NO_FLUSH;
    return kmap_root();
}

/* Its thread runs here: it is loaded, or would be on the way out. */
static bool is_current(const struct vspace *vspace)
{
    return ((this_cpu()->cr3 ^ vspace->cr3) & PTE_ADDRESS) == 0;
}

static bool is_loaded(const struct vspace *vspace)
{
    return !mitigations.separate_tables && is_current(vspace);
}

/*
 * With separate tables no user space is loaded now. Then one that has no PCID has nothing in the
 * TLB either: each load of CR3, on the way in and out, has made it forget.
 */
static void flush_here(const struct vspace *vspace, vaddr_t address, uint64_t bytes)
{
    unsigned pcid = vspace->cr3 & 0xfff;
    bool few = bytes <= FLUSH_ONE_BY_ONE * PAGE_SIZE;
    if (few && is_loaded(vspace)) {
        for (uint64_t at = 0; at < bytes; at += PAGE_SIZE)
            invlpg(address + at);
    } else if (few && pcid && is_current(vspace)) {
        for (uint64_t at = 0; at < bytes; at += PAGE_SIZE)
            invpcid(INVPCID_ADDRESS, pcid, address + at);
    } else if (pcid) {
        invpcid(INVPCID_CONTEXT, pcid, 0);
    } else if (is_loaded(vspace)) {
        cr3_write(vspace->cr3);
    }
}

static void flush(struct vspace *vspace, vaddr_t address, uint64_t bytes)
{
    flush_here(vspace, address, bytes);
    if (unlikely(cpu_running > 1))
        grace_shoot(&vspace->cpus, &vspace->stale);
}

/* The run of pages from the walk's on: it ends before an entry that leads to smaller ones. */
static unsigned run_of_pages(const struct walk *walk, const struct page_range *range,
                             uint64_t flags)
{
    unsigned level = walk->level, run = run_length(range, level);
    if ((flags || level > 0) && run > CHANGE_MAX)
        run = CHANGE_MAX;
    return level > 0 ? page_run_large(walk->entry[level], run) : run;
}

static uint64_t inside_page(const struct walk *walk, const struct page_range *range)
{
    return range->address & (span_of(walk->level) - 1);
}

/* The range begins with a page that is there, and has all of it; or in a table of small pages. */
static bool whole_pages(const struct walk *walk, const struct page_range *range)
{
    if (walk->level == 0)
        return true;
    return (*walk->entry[walk->level] & PTE_PRESENT) && !inside_page(walk, range) &&
           range->bytes >= span_of(walk->level);
}

/*
 * It begins with a part of a large page that is its own. Without a table left it's none: it was
 * looked for (pagetable_can_split), or a window ends in what was mapped by another capability of
 * the Frame.
 */
static bool may_split(const struct vspace *vspace, const struct walk *walk,
                      const struct page_range *range)
{
    uint64_t entry = *walk->entry[walk->level];
    paddr_t page = range->physical - inside_page(walk, range);
    return (entry & PTE_PRESENT) && ((entry ^ page) & PTE_ADDRESS) == 0 && vspace->pool.free_count;
}

uint64_t pagetable_change(struct vspace *vspace, const struct page_range *range, uint64_t flags)
{
    struct walk walk = walk_to(vspace, range->address, 0);
    if (!whole_pages(&walk, range)) {
        if (may_split(vspace, &walk, range)) {
            split(vspace, walk.entry[walk.level], walk.level);
            return 0;
        }
        uint64_t rest = span_of(walk.level) - inside_page(&walk, range);
        return rest < range->bytes ? rest : range->bytes;
    }
    unsigned run = run_of_pages(&walk, range, flags);
    uint64_t large = walk.level > 0 ? PTE_LARGE : 0, new = range->physical | PTE_PRESENT | flags;
    unsigned changed = !flags && walk.level == 0
                           ? page_run_unmap(walk.entry[0], range->physical, run)
                           : page_run_change(walk.entry[walk.level], range->physical,
                                             flags ? new | large : 0, run, span_of(walk.level));
    uint64_t bytes = (uint64_t)run * span_of(walk.level);
    if (!flags) {
        *walk.entry[walk.level + 1] -= (uint64_t)changed << COUNT_SHIFT;
        release_empty(vspace, &walk, walk.level);
    }
    if (changed)
        flush(vspace, range->address, bytes);
    return bytes;
}

void pagetable_flush(struct vspace *vspace)
{
    flush(vspace, 0, USER_LIMIT);
}

void pagetable_leave(struct vspace *vspace)
{
    if (is_current(vspace)) {
        this_cpu()->cr3 = vspace_kernel_cr3();
        if (!mitigations.separate_tables)
            cr3_write(this_cpu()->cr3);
    }
    unsigned pcid = vspace->cr3 & 0xfff;
    if (pcid)
        invpcid(INVPCID_CONTEXT, pcid, 0);
}

static uint64_t pcid_used[4096 / 64] = {1 | 1 << PCID_KERNEL};

unsigned pcid_allocate(void)
{
    if (!cpu_features.pcid)
        return 0;
    for (unsigned i = 0; i < 4096 / 64; i++) {
        if (~pcid_used[i]) {
            unsigned bit = (unsigned)__builtin_ctzll(~pcid_used[i]);
            pcid_used[i] |= 1ull << bit;
            return i * 64 + bit;
        }
    }
    return 0;
}

void pcid_free(unsigned pcid)
{
    if (pcid)
        pcid_used[pcid / 64] &= ~(1ull << pcid % 64);
}
