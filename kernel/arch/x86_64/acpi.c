/* SPDX-License-Identifier: BSD-2-Clause */
/* See acpi.h. */

#include "kernel/arch/x86_64/acpi.h"

#include "kernel/lib/string.h"

#define HEADER_SIZE 36
#define TABLE_LIMIT 0x1000000u /* no table is longer */

struct parser {
    const struct phys_view *view;
    struct acpi_info *out;
    struct acpi_error *error;
};

struct table {
    const uint8_t *bytes;
    uint32_t size;
};

/* The first damage is kept: what follows it is often its consequence. */
static bool fail(struct parser *parser, const void *table, const char *problem, uint64_t offset)
{
    struct acpi_error *error = parser->error;
    if (error->problem == NULL) {
        *error = (struct acpi_error){.problem = problem, .offset = offset};
        for (int i = 0; i < 4; i++) {
            char c = ((const char *)table)[i];
            error->table[i] = c >= ' ' && c <= '~' ? c : '?';
        }
    }
    return false;
}

static bool sums_to_zero(const uint8_t *bytes, uint32_t size)
{
    uint8_t sum = 0;
    for (uint32_t i = 0; i < size; i++)
        sum = (uint8_t)(sum + bytes[i]);
    return sum == 0;
}

/* The whole table, once its length and checksum have been found good; else one without bytes. */
static struct table table_read(struct parser *parser, paddr_t address)
{
    struct table table = {NULL, 0};
    const uint8_t *header = parser->view->read(parser->view, address, HEADER_SIZE);
    if (header == NULL) {
        fail(parser, "????", "a table is out of reach", address);
        return table;
    }
    table.size = get32(header + 4);
    if (table.size < HEADER_SIZE || table.size > TABLE_LIMIT) {
        fail(parser, header, "the table's length is wrong", 4);
        return table;
    }
    const uint8_t *bytes = parser->view->read(parser->view, address, table.size);
    if (bytes == NULL)
        fail(parser, header, "the table is out of reach", address);
    else if (!sums_to_zero(bytes, table.size))
        fail(parser, header, "the table's checksum is wrong", 9);
    else
        table.bytes = bytes;
    return table;
}

/* --- MADT --- */

enum madt_type {
    MADT_LAPIC = 0,
    MADT_IOAPIC = 1,
    MADT_OVERRIDE = 2,
    MADT_LAPIC_NMI = 4,
    MADT_LAPIC_ADDRESS = 5,
    MADT_X2APIC = 9,
    MADT_X2APIC_NMI = 10,
};

static void add_cpu(struct acpi_info *out, uint32_t apic_id, uint32_t acpi_id, uint32_t flags)
{
    if ((flags & 1) == 0)
        return;
    for (uint32_t i = 0; i < out->cpu_count; i++)
        if (out->cpus[i].apic_id == apic_id) /* some firmware lists CPUs in both forms */
            return;
    if (out->cpu_count == CPU_MAX)
        out->cpu_dropped++;
    else
        out->cpus[out->cpu_count++] = (struct acpi_cpu){apic_id, acpi_id};
}

static bool add_nmi(struct acpi_info *out, uint32_t acpi_id, uint16_t flags, uint8_t lint)
{
    if (out->nmi_count == ACPI_NMI_MAX)
        return false;
    out->nmis[out->nmi_count++] = (struct acpi_lapic_nmi){acpi_id, flags, lint};
    return true;
}

/* The least size of an entry, 0 for types that are not read. */
static uint8_t madt_size(uint8_t type)
{
    static const uint8_t sizes[] = {8, 12, 10, 0, 6, 12, 0, 0, 0, 16, 12};
    return type < sizeof(sizes) ? sizes[type] : 0;
}

static bool madt_entry(struct acpi_info *out, const uint8_t *b)
{
    switch (b[0]) {
    case MADT_LAPIC:
        add_cpu(out, b[3], b[2], get32(b + 4));
        return true;
    case MADT_X2APIC:
        add_cpu(out, get32(b + 4), get32(b + 12), get32(b + 8));
        return true;
    case MADT_IOAPIC:
        if (out->ioapic_count == ACPI_IOAPIC_MAX)
            return false;
        out->ioapics[out->ioapic_count++] = (struct acpi_ioapic){get32(b + 4), get32(b + 8), b[2]};
        return true;
    case MADT_OVERRIDE:
        if (out->override_count == ACPI_OVERRIDE_MAX)
            return false;
        out->overrides[out->override_count++] =
            (struct acpi_override){get32(b + 4), get16(b + 8), b[3]};
        return true;
    case MADT_LAPIC_NMI:
        return add_nmi(out, b[2] == 0xff ? UINT32_MAX : b[2], get16(b + 3), b[5]);
    case MADT_X2APIC_NMI:
        return add_nmi(out, get32(b + 4), get16(b + 2), b[8]);
    case MADT_LAPIC_ADDRESS:
        out->lapic_address = get64(b + 4);
        return true;
    default:
        return true;
    }
}

static bool madt_read(struct parser *parser, struct table table)
{
    struct acpi_info *out = parser->out;
    if (table.size < 44)
        return fail(parser, table.bytes, "the table is too short", table.size);
    out->has_madt = true;
    out->lapic_address = get32(table.bytes + 36);
    out->has_pic = (get32(table.bytes + 40) & 1) != 0;
    for (uint32_t at = 44; at < table.size;) {
        const uint8_t *entry = table.bytes + at;
        if (table.size - at < 2 || entry[1] < 2 || entry[1] > table.size - at ||
            entry[1] < madt_size(entry[0]))
            return fail(parser, table.bytes, "an entry's length is wrong", at);
        if (!madt_entry(out, entry))
            return fail(parser, table.bytes, "there are too many entries of one type", at);
        at += entry[1];
    }
    return true;
}

/* --- FADT, and the DSDT for power-off --- */

/*
 * Finds how to power off: in AML, Name(_S5_, Package{SLP_TYPa, SLP_TYPb, ...}) with constants.
 * Bytes: "_S5_", 0x12, package length (1-4 bytes), element count, then for each element 0x0a and
 * a byte, or 0x00 or 0x01 for itself.
 */
static void dsdt_read(struct parser *parser, struct table table)
{
    const uint8_t *b = table.bytes;
    for (uint32_t at = HEADER_SIZE; table.size - at >= 16; at++) {
        if (memcmp(b + at, "_S5_\x12", 5) != 0)
            continue;
        uint32_t value = at + 5 + 1 + (b[at + 5] >> 6) + 1; /* at most at + 10 */
        uint8_t types[2];
        for (int i = 0; i < 2; i++) {
            if (value + 2 > table.size || (b[value] > 1 && b[value] != 0x0a))
                return;
            if (b[value] == 0x0a)
                value++;
            types[i] = b[value++] & 7;
        }
        parser->out->has_s5 = true;
        parser->out->s5_type_a = types[0];
        parser->out->s5_type_b = types[1];
        return;
    }
}

/* A generic address structure, if the table is long enough to have it and it is filled in. */
static struct acpi_register fadt_register(struct table table, uint32_t at)
{
    struct acpi_register none = {0, 0};
    if (table.size < at + 12)
        return none;
    uint8_t space = table.bytes[at];
    uint64_t address = get64(table.bytes + at + 4);
    return space > 1 || address == 0 ? none : (struct acpi_register){address, space};
}

static bool fadt_read(struct parser *parser, struct table table)
{
    struct acpi_info *out = parser->out;
    const uint8_t *b = table.bytes;
    if (table.size < 116)
        return fail(parser, b, "the table is too short", table.size);
    uint32_t flags = get32(b + 112);
    out->pm1a_control = (uint16_t)get32(b + 64);
    out->pm1b_control = (uint16_t)get32(b + 68);
    out->pm_timer = fadt_register(table, 208);
    if (out->pm_timer.address == 0 && get32(b + 76) != 0)
        out->pm_timer = (struct acpi_register){get32(b + 76), 1};
    if ((flags & 1u << 10) != 0 && table.size >= 129) {
        out->reset = fadt_register(table, 116);
        out->reset_value = b[128];
    }
    paddr_t dsdt_address = table.size >= 148 ? get64(b + 140) : 0;
    if (dsdt_address == 0)
        dsdt_address = get32(b + 40);
    if (dsdt_address == 0)
        return true;
    struct table dsdt = table_read(parser, dsdt_address);
    if (dsdt.bytes != NULL)
        dsdt_read(parser, dsdt);
    return dsdt.bytes != NULL;
}

/* --- HPET, MCFG --- */

static bool hpet_read(struct parser *parser, struct table table)
{
    if (table.size < 56)
        return fail(parser, table.bytes, "the table is too short", table.size);
    if (table.bytes[40] == 0) /* in memory */
        parser->out->hpet_address = get64(table.bytes + 44);
    return true;
}

static bool mcfg_read(struct parser *parser, struct table table)
{
    struct acpi_info *out = parser->out;
    for (uint32_t at = 44; table.size >= at + 16; at += 16) {
        const uint8_t *b = table.bytes + at;
        if (out->mcfg_count == ACPI_MCFG_MAX)
            return fail(parser, table.bytes, "there are too many entries", at);
        out->mcfg[out->mcfg_count++] = (struct acpi_mcfg){get64(b), get16(b + 8), b[10], b[11]};
    }
    return true;
}

/* --- The root: a list of tables --- */

static void table_dispatch(struct parser *parser, paddr_t address)
{
    static const struct {
        char name[4];
        bool (*read)(struct parser *parser, struct table table);
    } readers[] = {
        {{'A', 'P', 'I', 'C'}, madt_read},
        {{'F', 'A', 'C', 'P'}, fadt_read},
        {{'H', 'P', 'E', 'T'}, hpet_read},
        {{'M', 'C', 'F', 'G'}, mcfg_read},
    };
    const uint8_t *name = parser->view->read(parser->view, address, HEADER_SIZE);
    if (name == NULL) {
        fail(parser, "????", "a table is out of reach", address);
        return;
    }
    for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
        if (memcmp(name, readers[i].name, 4) != 0)
            continue;
        struct table table = table_read(parser, address);
        if (table.bytes != NULL)
            readers[i].read(parser, table);
    }
}

bool acpi_parse(const struct phys_view *view, const uint8_t *rsdp, uint32_t rsdp_size,
                struct acpi_info *out, struct acpi_error *error)
{
    struct parser parser = {view, out, error};
    memset(out, 0, sizeof(*out));
    memset(error, 0, sizeof(*error));
    if (rsdp_size < 20)
        return fail(&parser, "RSDP", "the boot loader found none", 0);
    if (memcmp(rsdp, "RSD PTR ", 8) != 0 || !sums_to_zero(rsdp, 20))
        return fail(&parser, "RSDP", "its signature or checksum is wrong", 0);
    memcpy(out->oem, rsdp + 9, 6);

    bool extended = rsdp[15] >= 2 && rsdp_size >= 36 && get64(rsdp + 24) != 0;
    if (extended && !sums_to_zero(rsdp, 36))
        return fail(&parser, "RSDP", "its extended checksum is wrong", 32);
    paddr_t address = extended ? get64(rsdp + 24) : get32(rsdp + 16);
    struct table root = table_read(&parser, address);
    if (root.bytes == NULL)
        return false;
    if (memcmp(root.bytes, extended ? "XSDT" : "RSDT", 4) != 0)
        return fail(&parser, root.bytes, "this is not the root table", 0);
    out->root = address;

    uint32_t width = extended ? 8 : 4;
    for (uint32_t at = HEADER_SIZE; root.size - at >= width; at += width)
        table_dispatch(&parser, extended ? get64(root.bytes + at) : get32(root.bytes + at));
    return true;
}
