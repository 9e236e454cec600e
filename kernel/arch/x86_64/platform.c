/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps of boot that arch.h promises, put together from the platform's parts. */

#include "kernel/arch/x86_64/platform.h"

#include "kernel/abi/bootinfo.h"
#include "kernel/arch/arch.h"
#include "kernel/arch/x86_64/clock.h"
#include "kernel/arch/x86_64/features.h"
#include "kernel/arch/x86_64/flaws.h"
#include "kernel/arch/x86_64/multiboot.h"
#include "kernel/arch/x86_64/patch.h"
#include "kernel/arch/x86_64/power.h"
#include "kernel/arch/x86_64/segments.h"
#include "kernel/debug/assert.h"
#include "kernel/debug/print.h"
#include "kernel/lib/string.h"

#define EARLY_LIMIT 0x100000000 /* what boot.S maps at PHYS_BASE */

/* linker.ld's; image_end is a physical address. */
extern char image_end[];

BOOT_ONLY struct boot_source boot_source;
BOOT_ONLY struct acpi_info acpi_info;
BOOT_ONLY struct boot_pool boot_pool;

/* --- Boot information --- */

void arch_boot_info_read(uint32_t magic, paddr_t info)
{
    /* Physical address 0 is an array like the rest: the direct map has it at PHYS_BASE. */
    const struct phys_view view = {phys_view_read_array, phys_pointer(0), EARLY_LIMIT};
    struct multiboot_error error;
    if (!multiboot_parse(&view, magic, info, &boot_source, &error))
        panic("boot information: %s (tag %x, offset %lu)", error.problem, error.tag, error.offset);
}

void arch_memory_init(void)
{
    /* The image's 2 MiB less what is behind it. */
    const struct boot_range kept = {0x100000, (paddr_t)image_end};
    boot_pool_build(&boot_pool, &boot_source, &kept, 1, PHYS_LIMIT);
}

void *boot_alloc(size_t size, size_t align)
{
    paddr_t paddr = boot_pool_take(&boot_pool, size, align);
    if (paddr == 0)
        panic("no memory is left for the kernel: %zu bytes wanted", size);
    return memset(phys_pointer(paddr), 0, size);
}

/* --- This CPU --- */

void arch_cpu_detect(void)
{
    features_detect();
}

void arch_cpu_adapt(void)
{
    flaws_decide(boot_source.line);
    entry_patch();
}

void arch_paging_init(void)
{
    kmap_init();
}

void arch_cpu_init(void)
{
    segments_init();
    features_enable();
    flaws_enable();
}

/* --- Devices --- */

/* ACPI tables that the memory map doesn't call memory are mapped like devices. */
static const uint8_t *acpi_view_read(const struct phys_view *view, paddr_t paddr, uint64_t size)
{
    (void)view;
    if (paddr == 0 || size == 0 || paddr > UINT64_MAX - size ||
        (paddr + size) >> cpu_features.physical_bits != 0)
        return NULL;
    if (kmap_covers(paddr, size))
        return phys_pointer(paddr);
    return (const uint8_t *)kmap_device(paddr, size);
}

static void acpi_read(void)
{
    const struct phys_view view = {.read = acpi_view_read};
    struct acpi_error error;
    bool found = acpi_parse(&view, boot_source.rsdp, boot_source.rsdp_size, &acpi_info, &error);
    if (error.problem != NULL)
        print("acpi: %s: %s (offset %lu)\n", error.table, error.problem, error.offset);
    if (!found)
        print("acpi: no tables: one CPU, no device interrupts\n");
    else if (acpi_info.ioapic_count == 0)
        print("acpi: no IOAPIC: no device interrupts\n");
}

static uint32_t acpi_id_of(uint32_t apic_id)
{
    for (uint32_t i = 0; i < acpi_info.cpu_count; i++)
        if (acpi_info.cpus[i].apic_id == apic_id)
            return acpi_info.cpus[i].acpi_id;
    return UINT32_MAX;
}

void arch_devices_init(void)
{
    acpi_read();
    power_init(&acpi_info);
    apic_detect(&acpi_info);
    apic_init(&acpi_info, acpi_id_of(cpu_features.apic_id));
    ioapic_init(&acpi_info);
    clock_init(&acpi_info);
}

/* --- The boot log --- */

static void print_memory(void)
{
    static const char *const names[] = {"?", "RAM", "reserved", "ACPI tables", "ACPI NVS", "bad"};
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < boot_source.memory_count; i++) {
        const struct boot_map_entry *entry = &boot_source.memory[i];
        print("memory: %012lx-%012lx %s\n", entry->range.start, entry->range.end - 1,
              names[entry->type < 6 ? entry->type : 2]);
    }
    for (uint32_t i = 0; i < boot_pool.count; i++)
        bytes += boot_pool.free[i].end - boot_pool.free[i].start;
    print("memory: %lu KiB free in %u ranges\n", bytes / 1024, boot_pool.count);
    if (boot_pool.dropped != 0)
        print("memory: %lu KiB not used: above 254 GiB, or in too many pieces\n",
              boot_pool.dropped / 1024);
}

void arch_print_machine(void)
{
    print("loader: %s, command line: %s\n", boot_source.loader, boot_source.line);
    features_print();
    print("mitigations: %s\n", mitigations.line);
    print_memory();
    for (uint32_t i = 0; i < boot_source.module_count; i++) {
        const struct boot_loaded_module *module = &boot_source.modules[i];
        print("module: %lx, %lu bytes: %s\n", module->range.start,
              module->range.end - module->range.start, module->line);
    }
    if (boot_source.screen.address != 0)
        print("screen: %lx, %ux%u, %u bits\n", boot_source.screen.address, boot_source.screen.width,
              boot_source.screen.height, boot_source.screen.bits_per_pixel);
    print("cpus: %u, interrupt lines: %u, %s, timer: %s\n", arch_cpu_count(), ioapic_gsi_limit(),
          apic.registers == NULL ? "x2apic" : "xapic", apic.deadline ? "tsc deadline" : "one-shot");
    clock_print();
}

uint32_t arch_cpu_count(void)
{
    return acpi_info.cpu_count > 0 ? acpi_info.cpu_count : 1;
}

/* --- What boot tells others --- */

const char *arch_cpu_name(void)
{
    return cpu_features.name;
}

const char *arch_mitigations(void)
{
    return mitigations.line;
}

uint32_t arch_cpu_features(void)
{
    return features_boot_bits() | (ioapic_gsi_limit() > 0 ? BOOT_FEATURE_IOAPIC : 0);
}
