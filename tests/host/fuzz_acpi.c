/* SPDX-License-Identifier: BSD-2-Clause */
// sources: kernel/arch/x86_64/acpi.c
/*
 * ACPI tables of any bytes. Input whose first byte is odd is physical memory as it stands. Else it
 * describes tables, whose headers and checksums are made right, so that their contents are
 * reached: a byte for the name, two for the length, then the contents. The last is the DSDT.
 */

#include "kernel/arch/x86_64/acpi.h"

#include <stdlib.h>
#include <string.h>

#define MEMORY_SIZE 0x20000
#define TABLES_MAX 8
#define XSDT 0x40
#define FIRST_TABLE 0x100
#define HEADER_SIZE 36

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct acpi_info out;
static uint8_t memory[MEMORY_SIZE];

static void insist(bool condition)
{
    if (!condition)
        abort();
}

static void seal(uint8_t *bytes, size_t size, size_t checksum)
{
    uint8_t sum = 0;
    bytes[checksum] = 0;
    for (size_t i = 0; i < size; i++)
        sum = (uint8_t)(sum + bytes[i]);
    bytes[checksum] = (uint8_t)-sum;
}

static void put(size_t where, uint64_t value, size_t size)
{
    memcpy(memory + where, &value, size);
}

static void put_header(size_t where, const char *name, size_t size)
{
    memcpy(memory + where, name, 4);
    put(where + 4, size, 4);
}

static void parse(const uint8_t *bytes, size_t size, const uint8_t *rsdp, uint32_t rsdp_size)
{
    const struct phys_view view = {phys_view_read_array, bytes, size};
    struct acpi_error error;
    bool found = acpi_parse(&view, rsdp, rsdp_size, &out, &error);
    insist(found || error.problem != NULL);
    insist(found == (out.root != 0) || rsdp_size < 20);
    insist(out.cpu_count <= CPU_MAX && out.ioapic_count <= ACPI_IOAPIC_MAX);
    insist(out.override_count <= ACPI_OVERRIDE_MAX && out.nmi_count <= ACPI_NMI_MAX);
    insist(out.mcfg_count <= ACPI_MCFG_MAX && out.s5_type_a < 8 && out.s5_type_b < 8);
    insist(memchr(out.oem, 0, sizeof(out.oem)) != NULL && error.table[4] == 0);
}

/* Places the tables that the input describes; returns how many, and where each is. */
static size_t place_tables(const uint8_t *data, size_t size, size_t where[TABLES_MAX])
{
    static const char names[][5] = {"APIC", "FACP", "HPET", "MCFG", "SSDT"};
    size_t count = 0, at = FIRST_TABLE;
    while (size >= 3 && count < TABLES_MAX) {
        size_t length = (size_t)(data[1] | data[2] << 8) % 0x2000;
        const char *name = names[data[0] % 5];
        data += 3;
        size -= 3;
        if (length > size)
            length = size;
        put_header(at, name, HEADER_SIZE + length);
        if (length > 0)
            memcpy(memory + at + HEADER_SIZE, data, length);
        where[count++] = at;
        at += HEADER_SIZE + length;
        data += length;
        size -= length;
    }
    return count;
}

static size_t table_size(size_t table)
{
    uint32_t size;
    memcpy(&size, memory + table + 4, 4);
    return size;
}

static void parse_described(const uint8_t *data, size_t size)
{
    size_t where[TABLES_MAX];
    memset(memory, 0, FIRST_TABLE);
    size_t count = place_tables(data, size, where);
    for (size_t i = 0; i < count; i++) {
        if (memcmp(memory + where[i], "FACP", 4) == 0 && table_size(where[i]) >= 44)
            put(where[i] + 40, where[count - 1], 4);
        put(XSDT + HEADER_SIZE + 8 * i, where[i], 8);
    }
    for (size_t i = 0; i < count; i++)
        seal(memory + where[i], table_size(where[i]), 9);
    put_header(XSDT, "XSDT", HEADER_SIZE + 8 * count);
    seal(memory + XSDT, HEADER_SIZE + 8 * count, 9);

    memcpy(memory, "RSD PTR FUZZED", 14);
    memory[15] = 2;
    put(24, XSDT, 8);
    seal(memory, 20, 8);
    seal(memory, 36, 32);
    parse(memory, sizeof(memory), memory, 36);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] % 2 == 1)
        parse(data, size, data, size < 36 ? (uint32_t)size : 36);
    else
        parse_described(data + 1, size - 1);
    return 0;
}
