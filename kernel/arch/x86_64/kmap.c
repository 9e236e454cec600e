/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's page tables once they stand. They are built in kmap_boot.c. */
#include "kernel/arch/x86_64/kmap.h"

#include "kernel/arch/arch.h"
#include "kernel/arch/x86_64/cpus.h"
#include "kernel/arch/x86_64/insn.h"
#include "kernel/arch/x86_64/phys.h"
#include "kernel/cpu/grace.h"

#define LEVEL_SIZE(level) (1ull << (12 + 9 * (level))) /* memory that one entry stands for */

extern char boot_begin[], boot_end[], text_begin[], text_end[], boot_text_begin[], boot_text_end[];
extern char rodata_begin[], boot_bss_begin[], boot_bss_end[], percpu_end[];

uint64_t *kmap_table, *kmap_user_table;
uintptr_t kmap_device_end = MMIO_BASE;
unsigned kmap_aliases = 1;

static bool boot_code_gone;

paddr_t kmap_root(void)
{
    return phys_of(kmap_table);
}

uint64_t kmap_root_entry(void)
{
    return kmap_user_table[KERNEL_ROOT_INDEX];
}

/* The lowest entry there is for `address`, and its level (0: 4 KiB pages, 1: 2 MiB, 2: 1 GiB). */
static uint64_t *lookup(uintptr_t address, unsigned *level)
{
    uint64_t *table = kmap_table;
    for (*level = 3;; --*level) {
        uint64_t *entry = &table[address / LEVEL_SIZE(*level) % 512];
        if (*level == 0 || (*entry & PTE_PRESENT) == 0 || (*entry & PTE_LARGE) != 0)
            return entry;
        table = phys_pointer(*entry & PTE_ADDRESS);
    }
}

bool kmap_touches(paddr_t paddr, uint64_t size)
{
    unsigned level;
    for (uintptr_t at = MMIO_BASE; at < kmap_device_end; at += PAGE_SIZE) {
        paddr_t page = *lookup(at, &level) & PTE_ADDRESS;
        if (page >= paddr && page - paddr < size)
            return true;
    }
    paddr_t end = paddr + size < PHYS_LIMIT ? paddr + size : PHYS_LIMIT;
    for (paddr_t at = paddr; at < end; at = (at / LEVEL_SIZE(level) + 1) * LEVEL_SIZE(level))
        if ((*lookup(PHYS_BASE + at, &level) & PTE_PRESENT) != 0)
            return true;
    return false;
}

/* Image pages that nothing uses any more are unmapped there, and plain memory in the direct map. */
static void give_up(const char *begin, const char *end)
{
    unsigned level;
    for (uintptr_t at = (uintptr_t)begin; at < (uintptr_t)end; at += PAGE_SIZE) {
        uintptr_t direct = (uintptr_t)phys_pointer(phys_of_image((const char *)at));
        for (unsigned cpu = 0; cpu < kmap_aliases; cpu++) {
            *lookup(at + cpu * IMAGE_ALIAS_SIZE, &level) = 0;
            invlpg(at + cpu * IMAGE_ALIAS_SIZE);
        }
        *lookup(direct, &level) |= PTE_WRITE;
        invlpg(direct);
    }
}

BOOT_CODE void arch_boot_return(void)
{
    paddr_t start_code_end = ((paddr_t)boot_end + PAGE_SIZE - 1) & -PAGE_SIZE;
    boot_pool_add(&boot_pool, (struct boot_range){phys_of_image(boot_text_begin),
                                                  phys_of_image(boot_text_end)});
    boot_pool_add(&boot_pool,
                  (struct boot_range){phys_of_image(boot_bss_begin), phys_of_image(boot_bss_end)});
    boot_pool_add(&boot_pool, (struct boot_range){(paddr_t)boot_begin, start_code_end});
}

void arch_boot_unmap(void)
{
    boot_code_gone = true;
    give_up(boot_text_begin, boot_text_end);
    give_up(boot_bss_begin, boot_bss_end);
    uint32_t all = grace_ask(NULL, true);
    while (!grace_passed(all))
        cpu_relax();
}

uintptr_t kmap_code_begin(void)
{
    return (uintptr_t)(boot_code_gone ? text_begin : boot_text_begin);
}

bool arch_memory_is_kernels(paddr_t address, uint64_t bytes)
{
    return kmap_touches(address, bytes);
}

BOOT_CODE uint64_t arch_resident_bytes(void)
{
    return (uint64_t)(percpu_end - text_begin) - KMAP_GUARDS * PAGE_SIZE + boot_pool.allocated;
}

BOOT_CODE uint64_t arch_text_bytes(void)
{
    return (uint64_t)(text_end - text_begin);
}
