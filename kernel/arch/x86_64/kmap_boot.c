/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's page tables are built: boot code, given up with the rest of it. See kmap.h. */

#include "kernel/arch/x86_64/kmap.h"

#include "kernel/arch/boot.h"
#include "kernel/arch/x86_64/features.h"
#include "kernel/arch/x86_64/flaws.h"
#include "kernel/arch/x86_64/insn.h"
#include "kernel/arch/x86_64/phys.h"
#include "kernel/debug/assert.h"
#include "kernel/lib/string.h"

#define MMIO_LIMIT 0x40000000 /* 1 GiB of device registers */

#define LEVEL_SIZE(level) (1ull << (12 + 9 * (level))) /* memory that one entry stands for */
#define TABLE_FLAGS (PTE_PRESENT | PTE_WRITE)

#define FLAGS_TEXT PTE_PRESENT
#define FLAGS_RODATA (PTE_PRESENT | PTE_NX)
#define FLAGS_DATA (PTE_PRESENT | PTE_NX | PTE_WRITE)
#define FLAGS_DEVICE (FLAGS_DATA | PTE_UNCACHED)

/* Bounds that linker.ld defines. */
extern char boot_text_begin[], rodata_begin[], rodata_end[], data_begin[], data_end[];
extern char percpu_begin[], percpu_end[], boot_bss_begin[], boot_bss_end[];
extern char kernel_stack_guard[], kernel_stack_top[];
extern char double_fault_stack_guard[], machine_check_stack_guard[];
extern char trampoline_begin[], trampoline_end[];

static char *const guards[] = {kernel_stack_guard, double_fault_stack_guard,
                               machine_check_stack_guard};

static size_t null_pages;

/* --- Entries --- */

/*
 * The entry that translates `address` at a level (0: 4 KiB pages, 1: 2 MiB, 2: 1 GiB), from the
 * top-level table on. Tables on the way are made as needed. A larger page must not be in the way.
 */
static uint64_t *entry_at(uint64_t *table, uintptr_t address, unsigned level)
{
    for (unsigned at = 3;; at--) {
        uint64_t *entry = &table[address / LEVEL_SIZE(at) % 512];
        if (at == level)
            return entry;
        if (*entry == 0)
            *entry = phys_of(boot_alloc(PAGE_SIZE, PAGE_SIZE)) | TABLE_FLAGS;
        assert((*entry & PTE_LARGE) == 0);
        table = phys_pointer(*entry & PTE_ADDRESS);
    }
}

/* The largest level whose pages fit at the start of the range. */
static unsigned level_for(uintptr_t address, paddr_t paddr, uint64_t size)
{
    for (unsigned level = cpu_features.pages_1g ? 2 : 1; level > 0; level--)
        if ((address | paddr) % LEVEL_SIZE(level) == 0 && size >= LEVEL_SIZE(level))
            return level;
    return 0;
}

/* Maps whole pages where nothing is mapped, or changes the flags of pages of this very size. */
static void map(uintptr_t address, paddr_t paddr, uint64_t size, uint64_t flags)
{
    assert((address | paddr | size) % PAGE_SIZE == 0);
    /* With Meltdown no translation may outlive the way to user mode. */
    flags |= mitigations.separate_tables ? 0 : PTE_GLOBAL;
    while (size > 0) {
        unsigned level = level_for(address, paddr, size);
        *entry_at(kmap_table, address, level) = paddr | flags | (level > 0 ? PTE_LARGE : 0);
        address += LEVEL_SIZE(level);
        paddr += LEVEL_SIZE(level);
        size -= LEVEL_SIZE(level);
    }
}

/* --- The direct map --- */

static bool is_mapped_type(uint32_t type)
{
    return type == BOOT_MEMORY_RAM || type == BOOT_MEMORY_ACPI || type == BOOT_MEMORY_NVS;
}

/* The next range of adjoining memory that the direct map covers, at or above `from`. */
static struct boot_range next_range(paddr_t from)
{
    struct boot_range next = {PHYS_LIMIT, PHYS_LIMIT};
    for (uint32_t i = 0; i < boot_source.memory_count; i++) {
        struct boot_range range = boot_source.memory[i].range;
        range.start &= ~(PAGE_SIZE - 1);
        range.end =
            range.end > PHYS_LIMIT ? PHYS_LIMIT : (range.end + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
        if (range.start < from)
            range.start = from;
        if (!is_mapped_type(boot_source.memory[i].type) || range.start >= range.end)
            continue;
        if (range.start < next.start)
            next = range;
        else if (range.start == next.start && range.end > next.end)
            next.end = range.end;
    }
    return next;
}

/* Joins ranges that touch, so that large pages may span what firmware told in pieces. */
static struct boot_range next_joined_range(paddr_t from)
{
    struct boot_range range = next_range(from);
    for (;;) {
        struct boot_range more = next_range(range.end);
        if (more.start != range.end || more.start == more.end)
            return range;
        range.end = more.end;
    }
}

/* Maps the first 2 MiB in small pages, since the image in it gets rights of its own. */
static void map_direct(void)
{
    for (struct boot_range range = next_joined_range(0); range.start < range.end;
         range = next_joined_range(range.end)) {
        paddr_t start = range.start;
        for (; start < IMAGE_ALIAS_SIZE && start < range.end; start += PAGE_SIZE)
            map(PHYS_BASE + start, start, PAGE_SIZE, FLAGS_DATA);
        if (start < range.end)
            map(PHYS_BASE + start, start, range.end - start, FLAGS_DATA);
    }
    paddr_t text = phys_of_image(boot_text_begin);
    map(PHYS_BASE + text, text, (size_t)(data_begin - boot_text_begin), FLAGS_RODATA);
}

bool kmap_covers(paddr_t paddr, uint64_t size)
{
    for (struct boot_range range = next_joined_range(0); range.start < range.end;
         range = next_joined_range(range.end))
        if (paddr >= range.start && paddr < range.end && size <= range.end - paddr)
            return true;
    return false;
}

/* --- The image --- */

static void map_image_part(uintptr_t alias, const char *begin, const char *end, uint64_t flags)
{
    map((uintptr_t)begin + alias, phys_of_image(begin), (size_t)(end - begin), flags);
}

static void map_image_shared(uintptr_t alias)
{
    map_image_part(alias, boot_text_begin, rodata_begin, FLAGS_TEXT); /* and .text */
    map_image_part(alias, rodata_begin, rodata_end, FLAGS_RODATA);
    map_image_part(alias, data_begin, data_end, FLAGS_DATA);
    map_image_part(alias, boot_bss_begin, boot_bss_end, FLAGS_DATA);
}

static bool is_guard(const char *page)
{
    for (size_t i = 0; i < sizeof(guards) / sizeof(guards[0]); i++)
        if (page == guards[i])
            return true;
    return false;
}

/* Pages of an alias, as they are in the whole tables, in those of user spaces too. */
static void map_for_user(uintptr_t begin, uintptr_t end)
{
    for (uintptr_t page = begin & -PAGE_SIZE; page < end; page += PAGE_SIZE)
        *entry_at(kmap_user_table, page, 0) = *entry_at(kmap_table, page, 0);
}

/* What the processor and the trampoline touch while a user's tables are loaded. */
static void map_entry(uintptr_t alias)
{
    if (!mitigations.separate_tables)
        return;
    map_for_user((uintptr_t)trampoline_begin + alias, (uintptr_t)trampoline_end + alias);
    map_for_user((uintptr_t)percpu_begin + alias, (uintptr_t)kernel_stack_guard + alias);
    map_for_user((uintptr_t)kernel_stack_top + alias, (uintptr_t)percpu_end + alias);
}

void kmap_cpu_alias(unsigned cpu)
{
    assert(cpu > 0 && cpu < CPU_MAX);
    uintptr_t alias = (uintptr_t)cpu * IMAGE_ALIAS_SIZE;
    kmap_aliases = cpu + 1;
    map_image_shared(alias);
    for (const char *page = percpu_begin; page < percpu_end; page += PAGE_SIZE)
        if (!is_guard(page))
            map((uintptr_t)page + alias, phys_of(boot_alloc(PAGE_SIZE, PAGE_SIZE)), PAGE_SIZE,
                FLAGS_DATA);
    map_entry(alias);
}

/* --- Boot --- */

void kmap_init(void)
{
    for (size_t i = 0; i < sizeof(guards) / sizeof(guards[0]); i++) {
        paddr_t page = phys_of_image(guards[i]);
        boot_pool_add(&boot_pool, (struct boot_range){page, page + PAGE_SIZE});
    }
    kmap_table = kmap_user_table = boot_alloc(PAGE_SIZE, PAGE_SIZE);
    if (mitigations.separate_tables)
        kmap_user_table = boot_alloc(PAGE_SIZE, PAGE_SIZE);
    map_direct();
    map_image_shared(0);
    for (const char *page = percpu_begin; page < percpu_end; page += PAGE_SIZE)
        if (!is_guard(page))
            map_image_part(0, page, page + PAGE_SIZE, FLAGS_DATA);
    map_entry(0);
    cr3_write(phys_of(kmap_table));
}

void *kmap_null(size_t pages)
{
    assert(null_pages == 0);
    null_pages = pages;
    for (size_t i = 0; i < pages; i++)
        map(NULL_BASE + i * PAGE_SIZE, phys_of(boot_alloc(PAGE_SIZE, PAGE_SIZE)), PAGE_SIZE,
            FLAGS_DATA);
    return (void *)NULL_BASE;
}

void kmap_seal_null(void)
{
    for (size_t i = 0; i < null_pages; i++) {
        uintptr_t address = NULL_BASE + i * PAGE_SIZE;
        *entry_at(kmap_table, address, 0) &= ~PTE_WRITE;
        invlpg(address);
    }
}

volatile void *kmap_device(paddr_t paddr, size_t size)
{
    paddr_t start = paddr & ~(PAGE_SIZE - 1);
    uint64_t span = (paddr + size - start + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
    if (span > MMIO_BASE + MMIO_LIMIT - kmap_device_end)
        panic("no room to map %lu bytes of device registers at %lx", span, paddr);
    uintptr_t address = kmap_device_end;
    for (uint64_t at = 0; at < span; at += PAGE_SIZE)
        map(address + at, start + at, PAGE_SIZE, FLAGS_DEVICE);
    kmap_device_end += span;
    return (volatile void *)(address + paddr % PAGE_SIZE);
}
