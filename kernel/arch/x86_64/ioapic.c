/* SPDX-License-Identifier: BSD-2-Clause */
/* See ioapic.h. */

#include "kernel/arch/x86_64/ioapic.h"

#include "kernel/arch/boot.h"
#include "kernel/arch/x86_64/acpi.h"
#include "kernel/arch/x86_64/apic.h"
#include "kernel/arch/x86_64/cpus.h"
#include "kernel/arch/x86_64/kmap.h"
#include "kernel/arch/x86_64/vectors.h"
#include "kernel/debug/assert.h"

#define REGISTER_VERSION 1
#define REGISTER_REDIRECTION 0x10 /* two per line: the vector and flags, then the target */
#define ENTRY_LOW (1u << 13)
#define ENTRY_LEVEL (1u << 15)

#define ISA_IRQS 16

#define PIC_MASTER 0x20
#define PIC_SLAVE 0xa0

static struct ioapic {
    volatile uint32_t *registers;
    uint32_t gsi_base, lines;
} ioapics[ACPI_IOAPIC_MAX];
static uint32_t ioapic_count;

static struct {
    uint32_t gsi;
    unsigned mode;
} isa[ISA_IRQS];

static uint32_t ioapic_read(const struct ioapic *ioapic, uint32_t index)
{
    ioapic->registers[IOAPIC_SELECT] = index;
    return ioapic->registers[IOAPIC_WINDOW];
}

static void ioapic_write(const struct ioapic *ioapic, uint32_t index, uint32_t value)
{
    ioapic->registers[IOAPIC_SELECT] = index;
    ioapic->registers[IOAPIC_WINDOW] = value;
}

BOOT_CODE static void ioapic_add(const struct acpi_ioapic *found)
{
    struct ioapic *ioapic = &ioapics[ioapic_count++];
    ioapic->registers = kmap_device(found->address, 0x20);
    ioapic->gsi_base = found->gsi_base;
    ioapic->lines = (ioapic_read(ioapic, REGISTER_VERSION) >> 16 & 0xff) + 1;
    for (uint32_t i = 0; i < ioapic->lines; i++)
        ioapic_write(ioapic, REGISTER_REDIRECTION + 2 * i, IOAPIC_MASKED);
}

/* The PIC is moved out of the exceptions' vectors and masked; its spurious interrupts remain. */
BOOT_CODE static void pic_silence(void)
{
    static const uint8_t words[4][2] = {
        {0x11, 0x11}, {VECTOR_PIC_FIRST, VECTOR_PIC_FIRST + 8}, {4, 2}, {1, 1}};
    for (int i = 0; i < 4; i++) {
        outb(PIC_MASTER + (i > 0), words[i][0]);
        outb(PIC_SLAVE + (i > 0), words[i][1]);
    }
    outb(PIC_MASTER + 1, 0xff);
    outb(PIC_SLAVE + 1, 0xff);
}

BOOT_CODE void ioapic_init(const struct acpi_info *acpi)
{
    pic_silence();
    for (uint32_t i = 0; i < ISA_IRQS; i++)
        isa[i].gsi = i;
    for (uint32_t i = 0; i < acpi->override_count; i++) {
        const struct acpi_override *override = &acpi->overrides[i];
        if (override->irq >= ISA_IRQS)
            continue;
        isa[override->irq].gsi = override->gsi;
        isa[override->irq].mode = (ACPI_POLARITY(override->flags) == 3 ? IRQ_LOW : 0u) |
                                  (ACPI_TRIGGER(override->flags) == 3 ? IRQ_LEVEL : 0u);
    }
    for (uint32_t i = 0; i < acpi->ioapic_count; i++)
        ioapic_add(&acpi->ioapics[i]);
}

bool ioapic_route(uint32_t gsi, uint8_t vector, unsigned mode, struct irq_line *line)
{
    assert(vector >= VECTOR_DEVICE_FIRST && vector <= VECTOR_DEVICE_LAST);
    for (uint32_t i = 0; i < ioapic_count; i++) {
        const struct ioapic *ioapic = &ioapics[i];
        if (gsi < ioapic->gsi_base || gsi - ioapic->gsi_base >= ioapic->lines)
            continue;
        line->registers = ioapic->registers;
        line->index = REGISTER_REDIRECTION + 2 * (gsi - ioapic->gsi_base);
        line->entry = vector | ((mode & IRQ_LEVEL) != 0 ? ENTRY_LEVEL : 0) |
                      ((mode & IRQ_LOW) != 0 ? ENTRY_LOW : 0);
        irq_line_mask(line);
        ioapic_write(ioapic, line->index + 1, cpu_at(0)->apic_id << 24);
        return true;
    }
    return false;
}

uint32_t irq_to_gsi(uint8_t irq, unsigned *mode)
{
    assert(irq < ISA_IRQS);
    *mode = isa[irq].mode;
    return isa[irq].gsi;
}

uint32_t ioapic_gsi_limit(void)
{
    uint32_t limit = 0;
    for (uint32_t i = 0; i < ioapic_count; i++)
        if (ioapics[i].gsi_base + ioapics[i].lines > limit)
            limit = ioapics[i].gsi_base + ioapics[i].lines;
    return limit;
}
