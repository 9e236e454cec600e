/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The local APIC: interrupts' acknowledgement, and the timer. x2APIC where the CPU has it, else
 * xAPIC; TSC deadline where the CPU has it, else the one-shot timer.
 * Source: Intel SDM vol. 3 chapter 11.
 */
#ifndef KERNEL_ARCH_X86_64_APIC_H
#define KERNEL_ARCH_X86_64_APIC_H

#include "kernel/arch/x86_64/insn.h"
#include "kernel/lib/types.h"

struct acpi_info;

enum apic_register {
    APIC_ID = 0x20,
    APIC_TASK_PRIORITY = 0x80,
    APIC_EOI = 0xb0,
    APIC_SPURIOUS = 0xf0,
    APIC_ERROR_STATUS = 0x280,
    APIC_COMMAND = 0x300,
    APIC_COMMAND_TARGET = 0x310, /* xAPIC; x2APIC has it in the upper half of the command */
    APIC_LVT_TIMER = 0x320,
    APIC_LVT_THERMAL = 0x330,
    APIC_LVT_PERFORMANCE = 0x340,
    APIC_LVT_LINT0 = 0x350,
    APIC_LVT_LINT1 = 0x360,
    APIC_LVT_ERROR = 0x370,
    APIC_TIMER_INITIAL = 0x380,
    APIC_TIMER_CURRENT = 0x390,
    APIC_TIMER_DIVIDE = 0x3e0,
};

struct apic {
    volatile uint32_t *registers; /* NULL: x2APIC */
    bool deadline;                /* the timer takes TSC deadlines */
    uint64_t per_tick;            /* timer counts per TSC tick, as a 32.32 fixed-point number */
};

extern struct apic apic;

static inline uint32_t apic_read(enum apic_register reg)
{
    return apic.registers != NULL ? apic.registers[reg / 4]
                                  : (uint32_t)rdmsr(MSR_X2APIC + reg / 16);
}

static inline void apic_write(enum apic_register reg, uint32_t value)
{
    if (apic.registers != NULL)
        apic.registers[reg / 4] = value;
    else
        wrmsr(MSR_X2APIC + reg / 16, value);
}

/* This CPU's ID, by which interrupts are sent to it. */
uint32_t apic_id(void);

/* Ends the interrupt in service. Once for each interrupt but the spurious. */
static inline void apic_eoi(void)
{
    apic_write(APIC_EOI, 0);
}

/* Finds the APIC: once, on the boot CPU, before the next. */
void apic_detect(const struct acpi_info *acpi);

/* Turns on this CPU's APIC, everything masked but NMI lines. `acpi_id`: the CPU's in the MADT. */
void apic_init(const struct acpi_info *acpi, uint32_t acpi_id);

/* After the clocks are known, on the boot CPU: `khz` is the timer's own clock. */
void apic_timer_init(uint64_t khz);
/* Readies this CPU's timer. */
void apic_timer_begin(void);

#define APIC_SEND_INIT 0x4500u
#define APIC_SEND_FIXED 0x4000u   /* and the vector */
#define APIC_SEND_STARTUP 0x4600u /* and the number of the page where it begins */

/* Sends another CPU an interrupt; waits until it has left, for a bounded time. */
void apic_send(uint32_t apic_id, uint32_t command);

/* For measuring the timer's clock: it counts down from 2^32 - 1. */
void apic_timer_count(void);

#endif
