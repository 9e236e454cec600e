/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time. The scheduler counts in ticks of the TSC. Where that is invariant (Intel SDM vol. 3
 * 17.17.1: constant speed, in all states of sleep), it tells nanoseconds as well. Where it isn't,
 * they come from a reference counter: HPET, ACPI timer, or PIT.
 *
 * The counter is followed: each reading adds what it went on since the one before, so one narrower
 * than 64 bits must be read before it has gone round. That is done after each halt, in which the
 * TSC may have stood still, and whenever a quarter is over by the TSC, for which there is a timer.
 * So time is right as long as the processor doesn't run at less than a third of the speed
 * measured, and takes its interrupts: a virtual machine that stands still for 40 ms with the PIT,
 * 4 s with the ACPI timer, 30 s with an HPET of 32 bits, loses time; but it never goes backwards.
 */
#ifndef KERNEL_ARCH_X86_64_CLOCK_H
#define KERNEL_ARCH_X86_64_CLOCK_H

#include "kernel/abi/time.h"
#include "kernel/lib/types.h"

struct acpi_info;

extern uint64_t clock_tsc_khz;

/* TSC ticks after which clock_follow has to be called again; 0: it needn't. */
extern uint64_t clock_interval;

/*
 * Finds the TSC's and the local APIC timer's frequencies: from CPUID, else by measuring for 3 ms
 * against the HPET, the ACPI timer or the PIT. Then readies the timer. apic_init comes before.
 */
void clock_init(const struct acpi_info *acpi);

/* The boot log's line. */
void clock_print(void);

/* What the boot information says of it. */
struct time_info clock_info(void);

/* Since boot; never less than before. */
uint64_t clock_nanoseconds(void);

/* Called in time; after a halt by trap.S. */
void clock_follow(void);

/* The reference counter. */
struct reference {
    volatile uint32_t *memory; /* NULL: none */
    uint16_t port;             /* else; 0: neither, it's the PIT */
    bool is_unused;            /* the TSC takes its place */
    uint64_t mask;             /* of its bits */
    uint64_t last, steps;      /* its state, and all that it went on, when it was last read */
    uint64_t before;           /* nanoseconds that had passed before the first step */
    struct time_scale scale;   /* of steps, or TSC ticks, to nanoseconds */
};

extern struct reference reference;

uint64_t reference_read(void);

#endif
