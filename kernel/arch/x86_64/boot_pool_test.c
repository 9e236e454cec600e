/* SPDX-License-Identifier: BSD-2-Clause */
// sources: kernel/arch/x86_64/boot_pool.c
/* The free list against a map of one byte per page, over random memory maps and allocations. */

#include "kernel/arch/boot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGES 2048 /* the model's machine: 8 MiB */

static struct boot_source source;
static struct boot_pool pool;
static uint8_t is_free[PAGES];
static int failures;

static void expect(const char *name, bool good)
{
    printf(good ? "ok boot_pool: %s\n" : "not ok boot_pool: %s\n", name);
    failures += !good;
}

static struct boot_range random_range(uint64_t longest)
{
    uint64_t start = (uint64_t)rand() % (PAGES * PAGE_SIZE);
    return (struct boot_range){start, start + 1 + (uint64_t)rand() % longest};
}

/* Sets every page that the range touches (or, inner: has whole) in the model. */
static void model_set(struct boot_range range, bool inner, uint8_t value)
{
    for (uint64_t page = 0; page < PAGES; page++) {
        uint64_t start = page * PAGE_SIZE, end = start + PAGE_SIZE;
        if (inner ? range.start <= start && range.end >= end
                  : range.start < end && range.end > start)
            is_free[page] = value;
    }
}

static bool list_is_sane(void)
{
    for (uint32_t i = 0; i < pool.count; i++) {
        struct boot_range range = pool.free[i];
        if (range.start >= range.end || (range.start | range.end) % PAGE_SIZE != 0)
            return false;
        if (i > 0 && pool.free[i - 1].end >= range.start)
            return false;
    }
    return true;
}

static bool list_equals_model(void)
{
    uint32_t at = 0;
    for (uint64_t page = 0; page < PAGES; page++) {
        while (at < pool.count && pool.free[at].end <= page * PAGE_SIZE)
            at++;
        bool listed = at < pool.count && pool.free[at].start <= page * PAGE_SIZE;
        if (listed != (is_free[page] != 0))
            return false;
    }
    return list_is_sane();
}

static void random_machine(struct boot_range *kept)
{
    memset(&source, 0, sizeof(source));
    memset(is_free, 0, sizeof(is_free));
    source.memory_count = (uint32_t)rand() % 12 + 1;
    for (uint32_t i = 0; i < source.memory_count; i++)
        source.memory[i] =
            (struct boot_map_entry){random_range(0x400000), 1 + (uint32_t)(rand() % 3)};
    source.module_count = (uint32_t)rand() % 4;
    for (uint32_t i = 0; i < source.module_count; i++)
        source.modules[i].range = random_range(0x40000);
    *kept = random_range(0x40000);

    struct boot_range limit = {PAGES * PAGE_SIZE, UINT64_MAX};
    for (uint32_t i = 0; i < source.memory_count; i++)
        if (source.memory[i].type == BOOT_MEMORY_RAM)
            model_set(source.memory[i].range, true, 1);
    for (uint32_t i = 0; i < source.memory_count; i++)
        if (source.memory[i].type != BOOT_MEMORY_RAM)
            model_set(source.memory[i].range, false, 0);
    for (uint32_t i = 0; i < source.module_count; i++)
        model_set(source.modules[i].range, false, 0);
    model_set(*kept, false, 0);
    model_set(limit, false, 0);
    is_free[0] = 0;
}

static bool trampoline_is_right(void)
{
    int highest = 0;
    for (int page = 0; page < 0xa0; page++)
        if (is_free[page])
            highest = page;
    bool right = pool.trampoline == (uint64_t)highest * PAGE_SIZE;
    is_free[highest] = 0;
    return right;
}

/* A few allocations; the model tells whether each lies in free memory above 1 MiB. */
static bool allocations_are_right(void)
{
    for (int i = 0; i < 40; i++) {
        uint64_t size = PAGE_SIZE * (1 + (uint64_t)rand() % 16);
        uint64_t align = PAGE_SIZE << rand() % 5;
        paddr_t paddr = boot_pool_take(&pool, size, align);
        if (paddr == 0)
            continue;
        if (paddr < 0x100000 || paddr % align != 0)
            return false;
        for (uint64_t page = paddr / PAGE_SIZE; page < (paddr + size) / PAGE_SIZE; page++)
            if (!is_free[page]--)
                return false;
        if (rand() % 4 == 0) {
            boot_pool_add(&pool, (struct boot_range){paddr, paddr + size});
            model_set((struct boot_range){paddr, paddr + size}, true, 1);
        }
        if (!list_equals_model())
            return false;
    }
    return true;
}

static void test_random(void)
{
    bool lists = true, trampolines = true, allocations = true;
    for (int round = 0; round < 400; round++) {
        struct boot_range kept;
        srand((unsigned)round);
        random_machine(&kept);
        boot_pool_build(&pool, &source, &kept, 1, PAGES * PAGE_SIZE);
        trampolines = trampolines && trampoline_is_right();
        lists = lists && list_equals_model();
        allocations = allocations && allocations_are_right();
    }
    expect("free is RAM that nothing else has", lists);
    expect("a page below 640 KiB is kept", trampolines);
    expect("allocations come from free memory above 1 MiB", allocations);
}

static void test_edges(void)
{
    memset(&source, 0, sizeof(source));
    source.memory[0] = (struct boot_map_entry){{0x100000, UINT64_MAX}, BOOT_MEMORY_RAM};
    source.memory[1] = (struct boot_map_entry){{UINT64_MAX - 5, UINT64_MAX}, BOOT_MEMORY_RAM};
    source.memory[2] = (struct boot_map_entry){{UINT64_MAX - 5, UINT64_MAX}, BOOT_MEMORY_BAD};
    source.memory_count = 3;
    boot_pool_build(&pool, &source, NULL, 0, 0x800000);
    expect("memory above the limit is dropped",
           pool.count == 1 && pool.free[0].end == 0x800000 && pool.dropped > 0);
    expect("no memory below 640 KiB, no page for starting CPUs", pool.trampoline == 0);
    expect("an allocation that is too large fails",
           boot_pool_take(&pool, 0x700000 + 4096, 4096) == 0);
    expect("one that just fits", boot_pool_take(&pool, 0x700000, 4096) == 0x100000 &&
                                     pool.count == 0 && pool.allocated == 0x700000);
    pool = (struct boot_pool){0};
    for (uint64_t i = 0; i <= BOOT_FREE_MAX; i++)
        boot_pool_add(&pool, (struct boot_range){(2 * i + 2) * 0x1000, (2 * i + 3) * 0x1000});
    expect("a list that is full drops what comes",
           pool.count == BOOT_FREE_MAX && pool.dropped == 0x1000 && list_is_sane());
}

int main(void)
{
    test_random();
    test_edges();
    return failures > 0;
}
