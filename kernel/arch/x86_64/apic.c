/* SPDX-License-Identifier: BSD-2-Clause */
/* See apic.h. */

#include "kernel/arch/x86_64/apic.h"

#include "kernel/arch/arch.h"
#include "kernel/arch/x86_64/acpi.h"
#include "kernel/arch/x86_64/clock.h"
#include "kernel/arch/x86_64/features.h"
#include "kernel/arch/x86_64/kmap.h"
#include "kernel/arch/x86_64/vectors.h"
#include "kernel/debug/assert.h"

#define BASE_ENABLE (1u << 11)
#define BASE_X2APIC (1u << 10)
#define SPURIOUS_ENABLE (1u << 8)
#define LVT_MASKED (1u << 16)
#define LVT_NMI (4u << 8)
#define LVT_TIMER_DEADLINE (2u << 17)
#define LVT_LEVEL (1u << 15)
#define LVT_LOW (1u << 13)
#define DIVIDE_BY_1 0xb
#define SEND_PENDING (1u << 12)
#define SEND_TRIES 100000

struct apic apic;

BOOT_CODE void apic_detect(const struct acpi_info *acpi)
{
    if (cpu_features.x2apic)
        return;
    paddr_t address = rdmsr(MSR_APIC_BASE) & 0xffffffffff000;
    if (acpi->lapic_address != 0)
        address = acpi->lapic_address;
    apic.registers = kmap_device(address, PAGE_SIZE);
}

BOOT_CODE uint32_t apic_id(void)
{
    return apic.registers != NULL ? apic_read(APIC_ID) >> 24 : apic_read(APIC_ID);
}

BOOT_CODE static void nmi_lines_init(const struct acpi_info *acpi, uint32_t acpi_id)
{
    for (uint32_t i = 0; i < acpi->nmi_count; i++) {
        const struct acpi_lapic_nmi *nmi = &acpi->nmis[i];
        if (nmi->acpi_id != UINT32_MAX && nmi->acpi_id != acpi_id)
            continue;
        uint32_t value = LVT_NMI;
        value |= ACPI_POLARITY(nmi->flags) == 3 ? LVT_LOW : 0;
        value |= ACPI_TRIGGER(nmi->flags) == 3 ? LVT_LEVEL : 0;
        apic_write(nmi->lint == 0 ? APIC_LVT_LINT0 : APIC_LVT_LINT1, value);
    }
}

BOOT_CODE void apic_init(const struct acpi_info *acpi, uint32_t acpi_id)
{
    /* x2APIC mode is entered from xAPIC mode only; an APIC already there accepts both writes. */
    uint64_t base = rdmsr(MSR_APIC_BASE) | BASE_ENABLE;
    wrmsr(MSR_APIC_BASE, base);
    if (apic.registers == NULL)
        wrmsr(MSR_APIC_BASE, base | BASE_X2APIC);

    static const enum apic_register masked[] = {APIC_LVT_TIMER, APIC_LVT_LINT0, APIC_LVT_LINT1,
                                                APIC_LVT_ERROR};
    for (size_t i = 0; i < sizeof(masked) / sizeof(masked[0]); i++)
        apic_write(masked[i], LVT_MASKED);
    nmi_lines_init(acpi, acpi_id);
    apic_write(APIC_TASK_PRIORITY, 0);
    apic_write(APIC_SPURIOUS, SPURIOUS_ENABLE | VECTOR_SPURIOUS);
}

void apic_send(uint32_t apic_id, uint32_t command)
{
    if (apic.registers == NULL) {
        wrmsr(MSR_X2APIC + APIC_COMMAND / 16, (uint64_t)apic_id << 32 | command);
        return;
    }
    apic_write(APIC_COMMAND_TARGET, apic_id << 24);
    apic_write(APIC_COMMAND, command);
    for (int i = 0; i < SEND_TRIES && (apic_read(APIC_COMMAND) & SEND_PENDING); i++)
        cpu_relax();
}

BOOT_CODE void apic_timer_count(void)
{
    apic_write(APIC_TIMER_DIVIDE, DIVIDE_BY_1);
    apic_write(APIC_TIMER_INITIAL, UINT32_MAX);
}

BOOT_CODE void apic_timer_init(uint64_t khz)
{
    apic.deadline = cpu_features.tsc_deadline;
    apic.per_tick = (khz << 32) / clock_tsc_khz;
    apic_timer_begin();
}

BOOT_CODE void apic_timer_begin(void)
{
    apic_write(APIC_TIMER_DIVIDE, DIVIDE_BY_1);
    apic_write(APIC_TIMER_INITIAL, 0);
    apic_write(APIC_LVT_TIMER, apic.deadline ? VECTOR_TIMER | LVT_TIMER_DEADLINE : VECTOR_TIMER);
    /* Orders the write to memory before the deadline's MSR (Intel SDM vol. 3 11.5.4.1). */
    __asm__ volatile("mfence" ::: "memory");
}

void timer_arm(uint64_t tsc_deadline)
{
    if (apic.deadline) {
        wrmsr(MSR_TSC_DEADLINE, tsc_deadline | (tsc_deadline == 0));
        return;
    }
    uint64_t now = rdtsc();
    uint64_t ticks = tsc_deadline > now ? tsc_deadline - now : 0;
    unsigned __int128 count = ((unsigned __int128)ticks * apic.per_tick >> 32) + 1;
    apic_write(APIC_TIMER_INITIAL, count > UINT32_MAX ? UINT32_MAX : (uint32_t)count);
}

void timer_disarm(void)
{
    if (apic.deadline)
        wrmsr(MSR_TSC_DEADLINE, 0);
    else
        apic_write(APIC_TIMER_INITIAL, 0);
}
