/* SPDX-License-Identifier: BSD-2-Clause */
/* The time stamp counter's frequency. */
#ifndef KERNEL_ARCH_X86_64_CLOCK_H
#define KERNEL_ARCH_X86_64_CLOCK_H

#include "kernel/lib/types.h"

struct acpi_info;

extern uint64_t clock_tsc_khz;

/*
 * Finds the TSC's and the local APIC timer's frequencies: from CPUID, else by measuring for 3 ms
 * against the HPET, the ACPI timer or the PIT. Then readies the timer. apic_init comes before.
 */
void clock_init(const struct acpi_info *acpi);

/* What the frequency was taken from, for the boot log. */
extern const char *clock_source;

#endif
