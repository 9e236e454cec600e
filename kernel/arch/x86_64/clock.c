/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See clock.h. Measuring compares two readings of TSC, local APIC timer and a reference counter
 * whose frequency is known, 3 ms apart. A reading is tried a few times and the quickest kept, so
 * that an interruption by firmware or hypervisor in the middle does no harm.
 */

#include "kernel/arch/x86_64/clock.h"

#include "kernel/arch/x86_64/acpi.h"
#include "kernel/arch/x86_64/apic.h"
#include "kernel/arch/x86_64/features.h"
#include "kernel/arch/x86_64/insn.h"
#include "kernel/arch/x86_64/kmap.h"
#include "kernel/debug/panic.h"

#define WAIT_PER_SECOND 333   /* the measurement takes 1/333 s */
#define STUCK_TICKS 100000000 /* a reference that needs more TSC ticks doesn't count */
#define READINGS 5

#define PM_TIMER_HZ 3579545
#define PIT_HZ 1193182
#define FEMTOSECONDS 1000000000000000

#define HPET_PERIOD 1 /* word offsets */
#define HPET_CONFIGURATION 4
#define HPET_COUNTER 60
#define HPET_ENABLE 1u

#define PIT_COUNTER_2 0x42
#define PIT_COMMAND 0x43
#define PIT_GATE 0x61
#define PIT_MODE_2_COUNTER_2 0xb4 /* both bytes, rate generator */
#define PIT_LATCH_COUNTER_2 0x80

uint64_t clock_tsc_khz;
const char *clock_source;

/* A counter that counts up, `bits` wide. */
struct reference {
    const char *name;
    uint64_t hz;
    uint32_t mask;
    uint32_t (*read)(void);
};

struct reading {
    uint64_t tsc;
    uint32_t apic, counter;
};

static volatile uint32_t *hpet;
static volatile uint32_t *pm_timer_memory;
static uint16_t pm_timer_port;

static uint32_t hpet_read(void)
{
    return hpet[HPET_COUNTER];
}

static uint32_t pm_timer_read(void)
{
    return pm_timer_memory != NULL ? *pm_timer_memory : inl(pm_timer_port);
}

static uint32_t pit_read(void)
{
    outb(PIT_COMMAND, PIT_LATCH_COUNTER_2);
    uint32_t low = inb(PIT_COUNTER_2);
    return -(low | (uint32_t)inb(PIT_COUNTER_2) << 8); /* the PIT counts down */
}

static bool hpet_open(const struct acpi_info *acpi, struct reference *reference)
{
    if (acpi->hpet_address == 0)
        return false;
    hpet = kmap_device(acpi->hpet_address, 0x100);
    uint32_t period = hpet[HPET_PERIOD];
    if (period == 0 || period > 100000000) /* the specification's limit: 100 ns */
        return false;
    hpet[HPET_CONFIGURATION] |= HPET_ENABLE;
    *reference = (struct reference){"HPET", FEMTOSECONDS / period, UINT32_MAX, hpet_read};
    return true;
}

static bool pm_timer_open(const struct acpi_info *acpi, struct reference *reference)
{
    if (acpi->pm_timer.address == 0)
        return false;
    if (acpi->pm_timer.space == 0)
        pm_timer_memory = kmap_device(acpi->pm_timer.address, 4);
    else
        pm_timer_port = (uint16_t)acpi->pm_timer.address;
    *reference = (struct reference){"ACPI timer", PM_TIMER_HZ, 0xffffff, pm_timer_read};
    return true;
}

static bool pit_open(const struct acpi_info *acpi, struct reference *reference)
{
    (void)acpi;
    outb(PIT_GATE, (uint8_t)((inb(PIT_GATE) & ~3u) | 1)); /* counts, speaker off */
    outb(PIT_COMMAND, PIT_MODE_2_COUNTER_2);
    outb(PIT_COUNTER_2, 0); /* 65536 */
    outb(PIT_COUNTER_2, 0);
    *reference = (struct reference){"PIT", PIT_HZ, 0xffff, pit_read};
    return true;
}

static struct reading take_reading(const struct reference *reference)
{
    struct reading best = {0};
    uint64_t best_width = UINT64_MAX;
    for (int i = 0; i < READINGS; i++) {
        struct reading reading = {.tsc = rdtsc()};
        reading.counter = reference->read();
        reading.apic = apic_read(APIC_TIMER_CURRENT);
        uint64_t width = rdtsc() - reading.tsc;
        if (width < best_width) {
            best = reading;
            best_width = width;
        }
    }
    return best;
}

/* kHz of a counter that took `steps` while the reference took `ticks`. */
static uint64_t frequency(const struct reference *reference, uint64_t steps, uint64_t ticks)
{
    return (steps * reference->hz / ticks + 500) / 1000;
}

/* Measures; false if the reference doesn't count. */
static bool measure(const struct reference *reference, uint64_t *apic_khz)
{
    apic_timer_count();
    struct reading start = take_reading(reference);
    uint32_t wait = (uint32_t)(reference->hz / WAIT_PER_SECOND);
    while (((reference->read() - start.counter) & reference->mask) < wait)
        if (rdtsc() - start.tsc > STUCK_TICKS)
            return false;
    struct reading end = take_reading(reference);
    uint64_t ticks = (end.counter - start.counter) & reference->mask;
    clock_tsc_khz = frequency(reference, end.tsc - start.tsc, ticks);
    *apic_khz = frequency(reference, start.apic - end.apic, ticks);
    clock_source = reference->name;
    return clock_tsc_khz > 0;
}

static void measure_by_any(const struct acpi_info *acpi, uint64_t *apic_khz)
{
    static bool (*const opens[])(const struct acpi_info *,
                                 struct reference *) = {hpet_open, pm_timer_open, pit_open};
    struct reference reference;
    for (size_t i = 0; i < sizeof(opens) / sizeof(opens[0]); i++)
        if (opens[i](acpi, &reference) && measure(&reference, apic_khz))
            return;
    panic("no clock: HPET, ACPI timer and PIT are missing or stand still");
}

void clock_init(const struct acpi_info *acpi)
{
    uint64_t apic_khz = cpu_features.crystal_khz;
    if (cpu_features.tsc_khz != 0) {
        clock_tsc_khz = cpu_features.tsc_khz;
        clock_source = "CPUID";
    } else {
        measure_by_any(acpi, &apic_khz);
    }
    apic_timer_init(apic_khz);
}
