/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The free memory that boot works with: a sorted list of page ranges, cut from the loader's map.
 * The memory map of real firmware overlaps and is unsorted: whatever is not RAM wins. Pure
 * functions over struct boot_pool; allocation is first fit, so that memory stays in few pieces.
 */

#include "kernel/arch/boot.h"
#include "kernel/debug/assert.h"

#define MEGABYTE 0x100000ull
#define PAGE_MASK (PAGE_SIZE - 1)

static void range_insert(struct boot_pool *pool, uint32_t at, struct boot_range range)
{
    if (pool->count == BOOT_FREE_MAX) {
        pool->dropped += range.end - range.start;
        return;
    }
    for (uint32_t i = pool->count; i > at; i--)
        pool->free[i] = pool->free[i - 1];
    pool->free[at] = range;
    pool->count++;
}

static void range_delete(struct boot_pool *pool, uint32_t at)
{
    pool->count--;
    for (uint32_t i = at; i < pool->count; i++)
        pool->free[i] = pool->free[i + 1];
}

/* Adds a range, which may overlap and join others. */
void boot_pool_add(struct boot_pool *pool, struct boot_range range)
{
    if (range.start >= range.end)
        return;
    uint32_t at = 0;
    while (at < pool->count && pool->free[at].end < range.start)
        at++;
    while (at < pool->count && pool->free[at].start <= range.end) {
        if (pool->free[at].start < range.start)
            range.start = pool->free[at].start;
        if (pool->free[at].end > range.end)
            range.end = pool->free[at].end;
        range_delete(pool, at);
    }
    range_insert(pool, at, range);
}

/* Cuts [start, end) out of every range. */
static void range_remove(struct boot_pool *pool, paddr_t start, paddr_t end)
{
    for (uint32_t i = 0; i < pool->count;) {
        struct boot_range *range = &pool->free[i];
        if (range->end <= start || range->start >= end) {
            i++;
        } else if (range->start < start && range->end > end) {
            struct boot_range rest = {end, range->end};
            range->end = start;
            range_insert(pool, i + 1, rest);
            i += 2;
        } else if (range->start < start) {
            range->end = start;
            i++;
        } else if (range->end > end) {
            range->start = end;
            i++;
        } else {
            range_delete(pool, i);
        }
    }
}

/* Cuts out every page that the range touches. */
static void range_remove_pages(struct boot_pool *pool, struct boot_range range)
{
    paddr_t end = range.end + PAGE_MASK;
    if (end < range.end)
        end = UINT64_MAX;
    if (range.start < range.end)
        range_remove(pool, range.start & ~PAGE_MASK, end & ~PAGE_MASK);
}

static void add_ram(struct boot_pool *pool, struct boot_range range, paddr_t limit)
{
    if (range.end > limit) {
        paddr_t from = range.start > limit ? range.start : limit;
        pool->dropped += range.end - from;
        range.end = limit;
    }
    if (range.start >= range.end)
        return;
    range.start = (range.start + PAGE_MASK) & ~PAGE_MASK;
    range.end &= ~PAGE_MASK;
    boot_pool_add(pool, range);
}

/* The page through which other CPUs will start: the highest below 640 KiB. */
static void trampoline_keep(struct boot_pool *pool)
{
    for (uint32_t i = 0; i < pool->count && pool->free[i].start < 0xa0000; i++)
        pool->trampoline = (pool->free[i].end < 0xa0000 ? pool->free[i].end : 0xa0000) - PAGE_SIZE;
    if (pool->trampoline != 0)
        range_remove(pool, pool->trampoline, pool->trampoline + PAGE_SIZE);
}

void boot_pool_build(struct boot_pool *pool, const struct boot_source *source,
                     const struct boot_range *kept, size_t kept_count, paddr_t limit)
{
    *pool = (struct boot_pool){0};
    for (uint32_t i = 0; i < source->memory_count; i++)
        if (source->memory[i].type == BOOT_MEMORY_RAM)
            add_ram(pool, source->memory[i].range, limit);
    for (uint32_t i = 0; i < source->memory_count; i++)
        if (source->memory[i].type != BOOT_MEMORY_RAM)
            range_remove_pages(pool, source->memory[i].range);
    for (uint32_t i = 0; i < source->module_count; i++)
        range_remove_pages(pool, source->modules[i].range);
    for (size_t i = 0; i < kept_count; i++)
        range_remove_pages(pool, kept[i]);
    range_remove(pool, 0, PAGE_SIZE); /* the firmware's interrupt table, and address 0 */
    trampoline_keep(pool);
}

paddr_t boot_pool_take(struct boot_pool *pool, size_t size, size_t align)
{
    assert(size > 0 && (size & PAGE_MASK) == 0);
    assert(align >= PAGE_SIZE && (align & (align - 1)) == 0);
    for (uint32_t i = 0; i < pool->count; i++) {
        struct boot_range range = pool->free[i];
        if (range.start < MEGABYTE)
            range.start = MEGABYTE;
        paddr_t start = (range.start + align - 1) & ~(paddr_t)(align - 1);
        if (range.end <= start || range.end - start < size)
            continue;
        range_remove(pool, start, start + size);
        pool->allocated += size;
        return start;
    }
    return 0;
}
