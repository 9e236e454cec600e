/* SPDX-License-Identifier: BSD-2-Clause */
// sources: kernel/arch/x86_64/multiboot.c kernel/arch/x86_64/boot_pool.c
/*
 * Boot information of any bytes. The input is physical memory; its first byte chooses multiboot 1
 * or 2, and the information starts at 8. What is accepted must make a sane free list: in order,
 * apart, and clear of modules and of what the map reserves.
 */

#include "kernel/arch/x86_64/multiboot.h"

#include <stdlib.h>
#include <string.h>

#define INFO 8
#define LIMIT 0x3f80000000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct boot_source source;
static struct boot_pool pool;

static void insist(bool condition)
{
    if (!condition)
        abort();
}

static bool overlap(struct boot_range a, struct boot_range b)
{
    return b.start < b.end && a.start < b.end && b.start < a.end;
}

static void check_source(void)
{
    insist(source.memory_count > 0 && source.memory_count <= BOOT_MEMORY_MAX);
    insist(source.module_count <= BOOT_MODULE_MAX && source.rsdp_size <= 36);
    insist(memchr(source.line, 0, sizeof(source.line)) != NULL);
    insist(memchr(source.loader, 0, sizeof(source.loader)) != NULL);
    for (uint32_t i = 0; i < source.module_count; i++)
        insist(memchr(source.modules[i].line, 0, sizeof(source.modules[i].line)) != NULL &&
               source.modules[i].range.start <= source.modules[i].range.end);
}

static void check_free(struct boot_range range)
{
    insist(range.start < range.end && range.end <= LIMIT && range.start >= PAGE_SIZE);
    insist((range.start | range.end) % PAGE_SIZE == 0);
    for (uint32_t i = 0; i < source.memory_count; i++)
        insist(source.memory[i].type == BOOT_MEMORY_RAM || !overlap(range, source.memory[i].range));
    for (uint32_t i = 0; i < source.module_count; i++)
        insist(!overlap(range, source.modules[i].range));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < INFO)
        return 0;
    const struct phys_view view = {phys_view_read_array, data, size};
    struct multiboot_error error = {0};
    uint32_t magic = data[0] % 2 == 0 ? MULTIBOOT2_LOADED : MULTIBOOT1_LOADED;
    if (!multiboot_parse(&view, magic, INFO, &source, &error)) {
        insist(error.problem != NULL);
        return 0;
    }
    check_source();
    boot_pool_build(&pool, &source, NULL, 0, LIMIT);
    insist(pool.count <= BOOT_FREE_MAX);
    for (uint32_t i = 0; i < pool.count; i++) {
        insist(i == 0 || pool.free[i - 1].end < pool.free[i].start);
        check_free(pool.free[i]);
    }
    while (boot_pool_take(&pool, 0x40000000, 0x200000) != 0)
        ;
    return 0;
}
