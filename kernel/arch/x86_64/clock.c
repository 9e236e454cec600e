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
#include "kernel/arch/arch.h"
#include "kernel/debug/panic.h"
#include "kernel/debug/print.h"
#include "kernel/lib/scale.h"

#define WAIT_PER_SECOND 333   /* the measurement takes 1/333 s */
#define STUCK_TICKS 100000000 /* a reference that needs more TSC ticks doesn't count */
#define READINGS 5

#define PM_TIMER_HZ 3579545
#define PIT_HZ 1193182
#define NANOSECONDS 1000000000
#define FEMTOSECONDS 1000000000000000

#define HPET_CAPABILITIES 0 /* word offsets */
#define HPET_PERIOD 1
#define HPET_CONFIGURATION 4
#define HPET_COUNTER 60
#define HPET_ENABLE 1u
#define HPET_64_BITS (1u << 13) /* of HPET_CAPABILITIES */

#define PIT_COUNTER_2 0x42
#define PIT_COMMAND 0x43
#define PIT_GATE 0x61
#define PIT_MODE_2_COUNTER_2 0xb4 /* both bytes, rate generator */

uint64_t clock_tsc_khz;
static const char *frequency_source;

/* How a reference counter is set up. */
struct opened {
    const char *name;
    uint64_t hz;
};

static struct opened opened;

struct reading {
    uint64_t tsc, counter;
    uint32_t apic;
};

static bool hpet_open(const struct acpi_info *acpi)
{
    if (acpi->hpet_address == 0)
        return false;
    volatile uint32_t *hpet = kmap_device(acpi->hpet_address, 0x100);
    uint32_t period = hpet[HPET_PERIOD];
    if (period == 0 || period > 100000000) /* the specification's limit: 100 ns */
        return false;
    hpet[HPET_CONFIGURATION] |= HPET_ENABLE;
    opened = (struct opened){"HPET", FEMTOSECONDS / period};
    reference.memory = &hpet[HPET_COUNTER];
    reference.mask = (hpet[HPET_CAPABILITIES] & HPET_64_BITS) != 0 ? UINT64_MAX : UINT32_MAX;
    reference.scale = scale_make(FEMTOSECONDS / NANOSECONDS, period);
    return true;
}

static bool pm_timer_open(const struct acpi_info *acpi)
{
    if (acpi->pm_timer.address == 0)
        return false;
    reference.memory = NULL;
    if (acpi->pm_timer.space == 0)
        reference.memory = kmap_device(acpi->pm_timer.address, 4);
    else
        reference.port = (uint16_t)acpi->pm_timer.address;
    opened = (struct opened){"ACPI timer", PM_TIMER_HZ};
    reference.mask = 0xffffff;
    reference.scale = scale_make(PM_TIMER_HZ, NANOSECONDS);
    return true;
}

static bool pit_open(const struct acpi_info *acpi)
{
    (void)acpi;
    outb(PIT_GATE, (uint8_t)((inb(PIT_GATE) & ~3u) | 1)); /* counts, speaker off */
    outb(PIT_COMMAND, PIT_MODE_2_COUNTER_2);
    outb(PIT_COUNTER_2, 0); /* 65536 */
    outb(PIT_COUNTER_2, 0);
    opened = (struct opened){"PIT", PIT_HZ};
    reference.memory = NULL;
    reference.port = 0;
    reference.mask = 0xffff;
    reference.scale = scale_make(PIT_HZ, NANOSECONDS);
    return true;
}

static struct reading take_reading(void)
{
    struct reading best = {0};
    uint64_t best_width = UINT64_MAX;
    for (int i = 0; i < READINGS; i++) {
        struct reading reading = {.tsc = rdtsc()};
        reading.counter = reference_read();
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
static uint64_t frequency(uint64_t steps, uint64_t ticks)
{
    return (steps * opened.hz / ticks + 500) / 1000;
}

/* Measures; false if the reference doesn't count. */
static bool measure(uint64_t *apic_khz)
{
    apic_timer_count();
    struct reading start = take_reading();
    uint64_t wait = opened.hz / WAIT_PER_SECOND;
    while (((reference_read() - start.counter) & reference.mask) < wait)
        if (rdtsc() - start.tsc > STUCK_TICKS)
            return false;
    struct reading end = take_reading();
    uint64_t ticks = (end.counter - start.counter) & reference.mask;
    clock_tsc_khz = frequency(end.tsc - start.tsc, ticks);
    *apic_khz = frequency(start.apic - end.apic, ticks);
    reference.last = end.counter;
    reference.before = end.tsc - boot_tsc_entry; /* in ticks still */
    return clock_tsc_khz > 0;
}

static void measure_by_any(const struct acpi_info *acpi, uint64_t *apic_khz)
{
    static bool (*const opens[])(const struct acpi_info *) = {hpet_open, pm_timer_open, pit_open};
    for (size_t i = 0; i < sizeof(opens) / sizeof(opens[0]); i++)
        if (opens[i](acpi) && measure(apic_khz))
            return;
    panic("no clock: HPET, ACPI timer and PIT are missing or stand still");
}

/* The TSC itself tells the time, or the reference goes on from here. */
static void begin(void)
{
    struct time_scale to_nanoseconds = clock_info().to_nanoseconds;
    reference.is_unused = cpu_features.tsc_invariant;
    if (reference.is_unused) {
        reference.scale = to_nanoseconds;
        reference.before = 0;
        return;
    }
    reference.before = (uint64_t)time_scale_wide(to_nanoseconds, reference.before);
    if (reference.mask <= UINT32_MAX)
        clock_interval = (reference.mask + 1) * 1000 / 4 * clock_tsc_khz / opened.hz;
}

void clock_init(const struct acpi_info *acpi)
{
    uint64_t apic_khz = cpu_features.crystal_khz;
    bool is_told = cpu_features.tsc_khz != 0;
    if (!is_told || !cpu_features.tsc_invariant)
        measure_by_any(acpi, &apic_khz);
    frequency_source = is_told ? "CPUID" : opened.name;
    if (is_told) {
        clock_tsc_khz = cpu_features.tsc_khz;
        apic_khz = cpu_features.crystal_khz;
    }
    begin();
    apic_timer_init(apic_khz);
}

struct time_info clock_info(void)
{
    return (struct time_info){
        .to_nanoseconds = scale_make(clock_tsc_khz, NANOSECONDS / 1000),
        .to_ticks = scale_make(NANOSECONDS / 1000, clock_tsc_khz),
        .entry = boot_tsc_entry,
        .invariant = cpu_features.tsc_invariant,
    };
}

void clock_print(void)
{
    uint64_t mhz = clock_tsc_khz / 1000, khz = clock_tsc_khz % 1000;
    if (reference.is_unused)
        print("time: invariant TSC, %lu.%03lu MHz by %s\n", mhz, khz, frequency_source);
    else
        print("time: %s; TSC, %lu.%03lu MHz by %s, may change speed\n", opened.name, mhz, khz,
              frequency_source);
}
