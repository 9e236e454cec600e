/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads what the kernel needs of the ACPI tables: CPUs, interrupt controllers, timers, power-off.
 * Pure: reads only through the view, checks every length and checksum, runs no AML.
 * Source: ACPI Specification 6.4, chapter 5.2; MCFG: PCI Firmware Specification 3.2 section 4.1.2.
 */
#ifndef KERNEL_ARCH_X86_64_ACPI_H
#define KERNEL_ARCH_X86_64_ACPI_H

#include "kernel/arch/x86_64/layout.h"
#include "kernel/arch/x86_64/phys_view.h"

#define ACPI_IOAPIC_MAX 16
#define ACPI_OVERRIDE_MAX 24
#define ACPI_NMI_MAX 8
#define ACPI_MCFG_MAX 8

struct acpi_cpu {
    uint32_t apic_id;
    uint32_t acpi_id;
};

struct acpi_ioapic {
    paddr_t address;
    uint32_t gsi_base;
    uint32_t id;
};

/* `flags` of overrides and NMIs: MPS INTI. */
#define ACPI_POLARITY(flags) ((flags)&3)       /* 0: as the bus says, 1: high, 3: low */
#define ACPI_TRIGGER(flags) ((flags) >> 2 & 3) /* 0: as the bus says, 1: edge, 3: level */

struct acpi_override {
    uint32_t gsi;
    uint16_t flags;
    uint8_t irq; /* ISA */
};

struct acpi_lapic_nmi {
    uint32_t acpi_id; /* UINT32_MAX: every CPU */
    uint16_t flags;
    uint8_t lint;
};

struct acpi_mcfg {
    paddr_t address;
    uint16_t segment;
    uint8_t bus_first, bus_last;
};

/* A register in memory (space 0) or I/O ports (space 1); address 0: none. */
struct acpi_register {
    uint64_t address;
    uint8_t space;
};

struct acpi_info {
    paddr_t root; /* RSDT or XSDT */
    char oem[7];  /* of the RSDP */
    bool has_madt;
    bool has_pic; /* the PC's two 8259 are there too */
    paddr_t lapic_address;
    uint32_t cpu_count;   /* enabled, in the order of the table: the first is the boot CPU */
    uint32_t cpu_dropped; /* beyond CPU_MAX */
    uint32_t ioapic_count, override_count, nmi_count, mcfg_count;
    struct acpi_cpu cpus[CPU_MAX];
    struct acpi_ioapic ioapics[ACPI_IOAPIC_MAX];
    struct acpi_override overrides[ACPI_OVERRIDE_MAX];
    struct acpi_lapic_nmi nmis[ACPI_NMI_MAX];
    struct acpi_mcfg mcfg[ACPI_MCFG_MAX];
    paddr_t hpet_address;                /* 0: none */
    struct acpi_register pm_timer;       /* 24 bits at least */
    uint16_t pm1a_control, pm1b_control; /* ports; 0: none */
    struct acpi_register reset;
    uint8_t reset_value;
    bool has_s5; /* the DSDT says how to power off */
    uint8_t s5_type_a, s5_type_b;
};

/* What is wrong, in which table and where in it. */
struct acpi_error {
    const char *problem;
    char table[5];
    uint64_t offset;
};

/*
 * `rsdp` is a copy of `rsdp_size` bytes. True: `out` holds what the tables have, even if some of
 * them were damaged; then error->problem names the first damage (else NULL). False: there are
 * no usable tables at all, and `out` is empty.
 */
MUST_USE bool acpi_parse(const struct phys_view *view, const uint8_t *rsdp, uint32_t rsdp_size,
                         struct acpi_info *out, struct acpi_error *error);

#endif
