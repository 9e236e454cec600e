/* SPDX-License-Identifier: BSD-2-Clause */
/* What of clock.h goes on after boot. */
#include "kernel/arch/arch.h"

#define PIT_COUNTER_2 0x42
#define PIT_COMMAND 0x43
#define PIT_LATCH_COUNTER_2 0x80

struct reference reference;
uint64_t clock_interval;

static uint64_t memory_read(volatile uint32_t *counter)
{
    uint32_t low, high;
    do { /* in halves, since it isn't sure that a bridge passes on 64 bits at once */
        high = counter[1];
        low = counter[0];
    } while (high != counter[1]);
    return (uint64_t)high << 32 | low;
}

uint64_t reference_read(void)
{
    if (reference.memory != NULL)
        return reference.mask > UINT32_MAX ? memory_read(reference.memory) : *reference.memory;
    if (reference.port != 0)
        return inl(reference.port);
    outb(PIT_COMMAND, PIT_LATCH_COUNTER_2);
    uint32_t low = inb(PIT_COUNTER_2);
    return -(uint64_t)(low | (uint32_t)inb(PIT_COUNTER_2) << 8); /* the PIT counts down */
}

NOINLINE void clock_follow(void)
{
    if (reference.is_unused)
        return;
    uint64_t now = reference_read(), steps = (now - reference.last) & reference.mask;
    /* Not backwards: an ACPI timer may be read while it changes (the PIIX4's, by its errata). */
    if (steps > reference.mask - reference.mask / 8)
        return;
    reference.last = now;
    reference.steps += steps;
}

uint64_t clock_nanoseconds(void)
{
    clock_follow();
    uint64_t steps = reference.is_unused ? rdtsc() - boot_tsc_entry : reference.steps;
    return (uint64_t)time_scale_wide(reference.scale, steps) + reference.before;
}
