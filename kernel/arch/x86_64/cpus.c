/* SPDX-License-Identifier: BSD-2-Clause */
/* See cpus.h. Only what CPUs do after boot stays. */

#include "kernel/arch/x86_64/cpus.h"

#include "kernel/arch/arch.h"
#include "kernel/arch/x86_64/features.h"
#include "kernel/arch/x86_64/flaws.h"
#include "kernel/arch/x86_64/platform.h"
#include "kernel/arch/x86_64/segments.h"
#include "kernel/debug/assert.h"
#include "kernel/debug/print.h"
#include "kernel/lib/string.h"
#include "kernel/object/endpoint.h"
#include "kernel/root_task.h"

#define CODE_32 0x18 /* selector in start_words' GDT */

#define FAMILY_AND_MODEL 0x0fff0ff0 /* of CPUID 1, eax */
#define OSXSAVE (1u << 27)          /* of its ecx: follows CR4 */
#define PRIME 0x100000001b3u

#define INIT_WAIT 10000     /* microseconds from INIT to STARTUP; Intel SDM vol. 3, 8.4.4.1 */
#define STARTUP_WAIT 200    /* from one STARTUP to the next */
#define ANSWER_WAIT 1000000 /* then it's left out */

/* What a starting CPU finds at the end of its page. The processor reads two far pointers in it. */
struct start_words {
    uint16_t unused[3], gdt_limit;
    uint32_t gdt_base;
    uint32_t protected_offset;
    uint16_t protected_selector, unused2;
    uint32_t first_table;
    uint32_t long_offset;
    uint16_t long_selector, unused3;
    uint32_t index, unused4;
    uint64_t table, alias, entry;
    uint64_t gdt[4];
};

_Static_assert(offsetof(struct start_words, gdt_limit) == START_GDT_LIMIT, "cpu_start.S");
_Static_assert(offsetof(struct start_words, protected_offset) == START_PROTECTED, "cpu_start.S");
_Static_assert(offsetof(struct start_words, first_table) == START_FIRST_TABLE, "cpu_start.S");
_Static_assert(offsetof(struct start_words, long_offset) == START_LONG, "cpu_start.S");
_Static_assert(offsetof(struct start_words, index) == START_INDEX, "cpu_start.S");
_Static_assert(offsetof(struct start_words, table) == START_TABLE, "cpu_start.S");
_Static_assert(offsetof(struct start_words, alias) == START_ALIAS, "cpu_start.S");
_Static_assert(offsetof(struct start_words, entry) == START_ENTRY, "cpu_start.S");
_Static_assert(sizeof(struct start_words) == START_BYTES, "cpu_start.S");

extern const char cpu_start_begin[], cpu_start_end[], cpu_start_high[], boot_pml4[];
/* Distances from cpu_start_begin. */
extern const char cpu_start_protected[], cpu_start_long[], cpu_start_words[];

NORETURN void cpu_started(uint32_t index);

unsigned cpu_running = 1;

/* How far the CPU that starts has got. */
enum start_state { START_SENT, START_RUNS, START_UNLIKE };
static volatile enum start_state start_state;
static struct thread *start_idle;
static const struct acpi_cpu *start_cpu;

/* ---- What stays ------------------------------------------------------------------------------ */

void cpu_park(void)
{
    cpu_stop();
}

void cpu_interrupt(unsigned index)
{
    apic_send(cpu_at(index)->apic_id, APIC_SEND_FIXED | VECTOR_CALLED);
}

/* Any change of CR4.PGE does it (Intel SDM vol. 3, 4.10.4.1). */
void tlb_flush_all(void)
{
    uint64_t cr4 = cr4_read();
    cr4_write(cr4 ^ CR4_PGE);
    cr4_write(cr4);
}

/* ---- On the new CPU -------------------------------------------------------------------------- */

/* What every CPU must have as the boot CPU has it. */
BOOT_CODE static uint64_t likeness(void)
{
    struct cpuid leaf1 = cpuid(1, 0);
    uint64_t hash = leaf1.eax & FAMILY_AND_MODEL;

    hash = hash * PRIME + (leaf1.ecx & ~OSXSAVE);
    hash = hash * PRIME + leaf1.edx;
    hash = hash * PRIME + cpuid(7, 0).ebx;
    return hash * PRIME + cpuid(0x80000001, 0).edx;
}

static uint64_t boot_likeness;

BOOT_CODE NORETURN void cpu_started(uint32_t index)
{
    if (likeness() != boot_likeness) {
        start_state = START_UNLIKE;
        cpu_park();
    }
    segments_init();
    features_enable();
    flaws_enable();
    apic_init(&acpi_info, start_cpu->acpi_id);
    apic_timer_begin();
    this_cpu()->apic_id = start_cpu->apic_id;
    kernel_cpu_init(index, start_idle);
    start_state = START_RUNS;
    exit_to_user(); /* as the idle thread */
}

/* ---- On the boot CPU ------------------------------------------------------------------------- */

BOOT_CODE static void wait_microseconds(uint64_t microseconds)
{
    uint64_t begin = rdtsc(), ticks = microseconds * clock_tsc_khz / 1000;
    while (rdtsc() - begin < ticks)
        cpu_relax();
}

BOOT_CODE static struct start_words *page_fill(void)
{
    char *page = phys_pointer(boot_pool.trampoline);
    paddr_t physical = boot_pool.trampoline;
    struct start_words *words = (struct start_words *)(page + (uintptr_t)cpu_start_words);

    memcpy(page, cpu_start_begin, (size_t)(cpu_start_end - cpu_start_begin));
    *words = (struct start_words){
        .gdt_limit = sizeof(words->gdt) - 1,
        .gdt_base = (uint32_t)(physical + (uintptr_t)words->gdt - (uintptr_t)page),
        .protected_offset = (uint32_t)(physical + (uintptr_t)cpu_start_protected),
        .protected_selector = CODE_32,
        .first_table = (uint32_t)phys_of_image(boot_pml4),
        .long_offset = (uint32_t)(physical + (uintptr_t)cpu_start_long),
        .long_selector = KERNEL_CS,
        .table = kmap_root(),
        .entry = (uintptr_t)cpu_start_high,
        .gdt = {0, 0x00af9b000000ffff, 0x00cf93000000ffff, 0x00cf9b000000ffff},
    };
    return words;
}

/* Whether it answers, one way or another. */
BOOT_CODE static bool start(uint32_t apic_id)
{
    uint32_t page = (uint32_t)(boot_pool.trampoline >> PAGE_BITS);

    start_state = START_SENT;
    for (int i = 0; i < 2 && start_state == START_SENT; i++) {
        apic_send(apic_id, APIC_SEND_STARTUP | page);
        wait_microseconds(STARTUP_WAIT);
    }
    uint64_t begin = rdtsc();
    while (start_state == START_SENT && rdtsc() - begin < ANSWER_WAIT * clock_tsc_khz / 1000)
        cpu_relax();
    if (start_state == START_SENT)
        apic_send(apic_id, APIC_SEND_INIT); /* it won't come later */
    return start_state != START_SENT;
}

/* Its number and its alias are no other's, even if it's left out: it might come to life late. */
BOOT_CODE static void start_one(const struct acpi_cpu *cpu, struct start_words *words)
{
    words->index = kmap_aliases;
    words->alias = (uint64_t)kmap_aliases * IMAGE_ALIAS_SIZE;
    kmap_cpu_alias(kmap_aliases);
    start_cpu = cpu;
    start_idle = boot_alloc(PAGE_SIZE, PAGE_SIZE);
    if (!start(cpu->apic_id))
        print("cpus: the one with APIC id %u doesn't start, and is left out\n", cpu->apic_id);
    else if (start_state == START_UNLIKE)
        print("cpus: the one with APIC id %u is unlike the boot CPU, and is left out\n",
              cpu->apic_id);
    else
        cpu_running++;
}

BOOT_CODE static void start_others(uint32_t self)
{
    struct start_words *words = page_fill();

    for (uint32_t i = 0; i < acpi_info.cpu_count; i++)
        if (acpi_info.cpus[i].apic_id != self)
            apic_send(acpi_info.cpus[i].apic_id, APIC_SEND_INIT);
    wait_microseconds(INIT_WAIT);
    for (uint32_t i = 0; i < acpi_info.cpu_count; i++)
        if (acpi_info.cpus[i].apic_id != self && kmap_aliases < cpu_count)
            start_one(&acpi_info.cpus[i], words);
}

BOOT_CODE void arch_cpus_start(void)
{
    boot_likeness = likeness();
    this_cpu()->apic_id = apic_id();
    if (acpi_info.cpu_count > 1 && boot_pool.trampoline == 0)
        print("cpus: no memory below 640 KiB to start the others from\n");
    else if (acpi_info.cpu_count > 1)
        start_others(this_cpu()->apic_id);
    print("cpus: %u of %u run\n", cpu_running, arch_cpu_count());
}
