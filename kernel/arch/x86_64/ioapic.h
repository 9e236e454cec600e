/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The I/O APICs: lines of devices, numbered through all of them as global system interrupts (GSI).
 * The PC's old interrupt controllers are silenced.
 * Source: Intel 82093AA data sheet; ACPI Specification 6.4 section 5.2.12.
 */
#ifndef KERNEL_ARCH_X86_64_IOAPIC_H
#define KERNEL_ARCH_X86_64_IOAPIC_H

#include "kernel/abi/types.h"
#include "kernel/lib/types.h"

struct acpi_info;

/* What masking a line needs, kept by whoever routed it. */
struct irq_line {
    volatile uint32_t *registers; /* the IOAPIC's; NULL: not routed */
    uint32_t index;               /* of the redirection entry's low word */
    uint32_t entry;               /* that word, unmasked */
};

/* Finds and masks all lines, and the PIC's. Once, on the boot CPU. */
void ioapic_init(const struct acpi_info *acpi);

/*
 * Sends line `gsi` to this CPU as `vector`; it stays masked until irq_line_unmask. `mode`:
 * IRQ_LEVEL, IRQ_LOW. False: no IOAPIC has that line.
 */
MUST_USE bool ioapic_route(uint32_t gsi, uint8_t vector, unsigned mode, struct irq_line *line);

/* The line of an ISA interrupt (0-15) and its mode, as ACPI overrides say. */
uint32_t irq_to_gsi(uint8_t irq, unsigned *mode);

/* How many lines there are: every GSI is below it. */
uint32_t ioapic_gsi_limit(void);

#define IOAPIC_SELECT 0 /* word offsets */
#define IOAPIC_WINDOW 4
#define IOAPIC_MASKED (1u << 16)

/* The two below want one CPU at a time per IOAPIC: selecting and writing are two steps. */
static inline void irq_line_write(const struct irq_line *line, uint32_t value)
{
    line->registers[IOAPIC_SELECT] = line->index;
    line->registers[IOAPIC_WINDOW] = value;
}

static inline void irq_line_mask(const struct irq_line *line)
{
    irq_line_write(line, line->entry | IOAPIC_MASKED);
}

static inline void irq_line_unmask(const struct irq_line *line)
{
    irq_line_write(line, line->entry);
}

#endif
