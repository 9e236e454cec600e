/* SPDX-License-Identifier: BSD-2-Clause */
// sources: kernel/arch/x86_64/acpi.c
/* ACPI tables of a made-up machine, whole and damaged: what is read, and what is said of damage. */

#include "kernel/arch/x86_64/acpi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_SIZE 0x10000
#define XSDT 0x1000
#define MADT 0x2000
#define FADT 0x4000
#define DSDT 0x5000
#define HPET 0x6000
#define MCFG 0x7000

static int failures;
static uint8_t memory[MEMORY_SIZE];
static uint8_t rsdp[36];
static struct acpi_info out;
static struct acpi_error error;

static void expect(const char *name, bool good)
{
    printf(good ? "ok acpi: %s\n" : "not ok acpi: %s: wrong result\n", name);
    failures += !good;
}

static void put16(size_t where, unsigned value)
{
    memcpy(memory + where, &(uint16_t){(uint16_t)value}, 2);
}

static void put32(size_t where, uint32_t value)
{
    memcpy(memory + where, &value, 4);
}

static void put64(size_t where, uint64_t value)
{
    memcpy(memory + where, &value, 8);
}

static uint8_t sum_of(const uint8_t *bytes, size_t size)
{
    uint8_t sum = 0;
    for (size_t i = 0; i < size; i++)
        sum = (uint8_t)(sum + bytes[i]);
    return sum;
}

static void seal(size_t table)
{
    uint32_t size;
    memcpy(&size, memory + table + 4, 4);
    memory[table + 9] = 0;
    memory[table + 9] = (uint8_t)-sum_of(memory + table, size);
}

static void begin(size_t table, const char *name, uint32_t size)
{
    memset(memory + table, 0, size);
    memcpy(memory + table, name, 4);
    put32(table + 4, size);
}

/* --- The machine --- */

static size_t madt_at;

static size_t madt_add(uint8_t type, uint8_t size)
{
    size_t where = madt_at;
    memset(memory + where, 0, size);
    memory[where] = type;
    memory[where + 1] = size;
    madt_at += size;
    put32(MADT + 4, (uint32_t)(madt_at - MADT));
    return where;
}

static void madt_add_cpu(uint8_t acpi_id, uint8_t apic_id, uint32_t flags)
{
    size_t where = madt_add(0, 8);
    memory[where + 2] = acpi_id;
    memory[where + 3] = apic_id;
    put32(where + 4, flags);
}

static void build_madt(void)
{
    begin(MADT, "APIC", 44);
    put32(MADT + 36, 0xfee00000);
    put32(MADT + 40, 1);
    madt_at = MADT + 44;
    madt_add_cpu(1, 0, 1);
    madt_add_cpu(2, 2, 1);
    madt_add_cpu(3, 4, 0); /* disabled */
    size_t where = madt_add(9, 16);
    put32(where + 4, 300);
    put32(where + 8, 1);
    put32(where + 12, 9);
    where = madt_add(9, 16); /* the second CPU again */
    put32(where + 4, 2);
    put32(where + 8, 1);
    where = madt_add(1, 12);
    memory[where + 2] = 7;
    put32(where + 4, 0xfec00000);
    put32(where + 8, 24);
    where = madt_add(2, 10);
    put32(where + 4, 2);
    where = madt_add(2, 10);
    memory[where + 3] = 9;
    put32(where + 4, 9);
    put16(where + 8, 0xf);
    where = madt_add(4, 6);
    memory[where + 2] = 0xff;
    memory[where + 5] = 1;
    where = madt_add(10, 12);
    put16(where + 2, 5);
    put32(where + 4, 77);
    memory[where + 8] = 1;
    madt_add(200, 3);
    seal(MADT);
}

static void build_fadt(void)
{
    begin(FADT, "FACP", 244);
    put32(FADT + 40, DSDT);
    put32(FADT + 64, 0x604);
    put32(FADT + 76, 0x608);
    put32(FADT + 112, 1u << 10);
    memory[FADT + 116] = 1;
    put64(FADT + 120, 0xcf9);
    memory[FADT + 128] = 6;
    seal(FADT);
    begin(DSDT, "DSDT", 36 + 64);
    memcpy(memory + DSDT + 60, "\x08_S5_\x12\x08\x04\x0a\x05\x01\x00\x00", 13);
    seal(DSDT);
}

static void build_root(bool extended)
{
    static const uint64_t tables[] = {MADT, FADT, HPET, MCFG};
    begin(XSDT, extended ? "XSDT" : "RSDT", 36 + 4 * (extended ? 8 : 4));
    for (size_t i = 0; i < 4; i++)
        if (extended)
            put64(XSDT + 36 + 8 * i, tables[i]);
        else
            put32(XSDT + 36 + 4 * i, (uint32_t)tables[i]);
    seal(XSDT);
    memset(rsdp, 0, sizeof(rsdp));
    memcpy(rsdp, "RSD PTR ", 8);
    memcpy(rsdp + 9, "MAKER ", 6);
    rsdp[15] = extended ? 2 : 0;
    memcpy(rsdp + 16, &(uint32_t){extended ? 0xdead0000 : XSDT}, 4);
    memcpy(rsdp + 24, &(uint64_t){extended ? XSDT : 0}, 8);
    rsdp[8] = (uint8_t)-sum_of(rsdp, 20);
    rsdp[32] = (uint8_t)-sum_of(rsdp, 36);
}

static void build(bool extended)
{
    memset(memory, 0, sizeof(memory));
    build_madt();
    build_fadt();
    begin(HPET, "HPET", 56);
    put64(HPET + 44, 0xfed00000);
    seal(HPET);
    begin(MCFG, "MCFG", 44 + 16);
    put64(MCFG + 44, 0xb0000000);
    memory[MCFG + 55] = 255;
    seal(MCFG);
    build_root(extended);
}

static bool parse(uint32_t rsdp_size)
{
    const struct phys_view view = {phys_view_read_array, memory, sizeof(memory)};
    return acpi_parse(&view, rsdp, rsdp_size, &out, &error);
}

static bool said(const char *table, const char *problem)
{
    bool same = error.problem != NULL && strcmp(error.table, table) == 0 &&
                strstr(error.problem, problem) != NULL;
    if (!same)
        printf("  it said: %s: %s\n", error.table, error.problem);
    return same;
}

/* --- Tests --- */

static void test_whole(bool extended)
{
    build(extended);
    expect(extended ? "XSDT is read" : "RSDT is read",
           parse(extended ? 36 : 20) && error.problem == NULL && out.root == XSDT &&
               strcmp(out.oem, "MAKER ") == 0);
    expect("enabled CPUs, each once", out.cpu_count == 3 && out.cpus[0].apic_id == 0 &&
                                          out.cpus[1].apic_id == 2 && out.cpus[1].acpi_id == 2 &&
                                          out.cpus[2].apic_id == 300 && out.cpus[2].acpi_id == 9);
    expect("interrupt controllers", out.lapic_address == 0xfee00000 && out.has_pic &&
                                        out.ioapic_count == 1 && out.ioapics[0].id == 7 &&
                                        out.ioapics[0].address == 0xfec00000 &&
                                        out.ioapics[0].gsi_base == 24);
    expect("overrides", out.override_count == 2 && out.overrides[0].gsi == 2 &&
                            out.overrides[1].irq == 9 &&
                            ACPI_POLARITY(out.overrides[1].flags) == 3 &&
                            ACPI_TRIGGER(out.overrides[1].flags) == 3);
    expect("NMI lines", out.nmi_count == 2 && out.nmis[0].acpi_id == UINT32_MAX &&
                            out.nmis[0].lint == 1 && out.nmis[1].acpi_id == 77 &&
                            out.nmis[1].flags == 5);
    expect("timers", out.hpet_address == 0xfed00000 && out.pm_timer.address == 0x608 &&
                         out.pm_timer.space == 1);
    expect("reset and power-off", out.reset.address == 0xcf9 && out.reset.space == 1 &&
                                      out.reset_value == 6 && out.pm1a_control == 0x604 &&
                                      out.has_s5 && out.s5_type_a == 5 && out.s5_type_b == 1);
    expect("MCFG",
           out.mcfg_count == 1 && out.mcfg[0].address == 0xb0000000 && out.mcfg[0].bus_last == 255);
}

static void test_extended_fields(void)
{
    build(true);
    memory[FADT + 208] = 0; /* PM timer in memory */
    put64(FADT + 212, 0xfed80800);
    put64(FADT + 140, DSDT);
    put32(FADT + 40, 0xdead0000);
    seal(FADT);
    size_t where = madt_add(5, 12);
    put64(where + 4, 0x1fee00000);
    seal(MADT);
    expect("64-bit fields beat 32-bit ones",
           parse(36) && error.problem == NULL && out.pm_timer.address == 0xfed80800 &&
               out.pm_timer.space == 0 && out.lapic_address == 0x1fee00000);
}

static void test_root_broken(void)
{
    build(true);
    expect("no RSDP", !parse(0) && said("RSDP", "found none"));
    rsdp[9] ^= 1;
    expect("a damaged RSDP", !parse(36) && said("RSDP", "checksum"));
    build(true);
    rsdp[33] ^= 1;
    expect("a damaged extended RSDP", !parse(36) && said("RSDP", "extended"));
    build(true);
    memory[XSDT + 50] ^= 1;
    expect("a damaged XSDT", !parse(36) && said("XSDT", "checksum"));
    build(true);
    memcpy(memory + XSDT, "APIC", 4);
    seal(XSDT);
    expect("another table as root", !parse(36) && said("APIC", "not the root"));
    build(false);
    put32(XSDT + 4, 35);
    expect("a root without a header", !parse(20) && said("RSDT", "length"));
    build(false);
    put32(XSDT + 4, 0xffffffff);
    expect("a root of absurd length", !parse(20) && said("RSDT", "length"));
    build(false);
    put32(XSDT + 4, MEMORY_SIZE);
    expect("a root longer than memory", !parse(20) && said("RSDT", "out of reach"));
    expect("then there is nothing", out.root == 0 && out.cpu_count == 0);
}

static void test_tables_broken(void)
{
    build(true);
    memory[MADT + 60] ^= 1;
    expect("a damaged MADT leaves the rest",
           parse(36) && said("APIC", "checksum") && !out.has_madt && out.hpet_address != 0);
    build(true);
    memory[MADT + 45] = 0;
    seal(MADT);
    expect("an entry of no length", parse(36) && said("APIC", "entry's length"));
    build(true);
    memory[MADT + 45] = 7;
    seal(MADT);
    expect("a CPU entry that is too short", parse(36) && said("APIC", "entry's length"));
    build(true);
    put32(MADT + 4, 45);
    seal(MADT);
    expect("half an entry", parse(36) && said("APIC", "entry's length"));
    build(true);
    put32(FADT + 4, 100);
    seal(FADT);
    expect("a short FADT", parse(36) && said("FACP", "too short"));
    build(true);
    put32(FADT + 4, 116);
    seal(FADT);
    expect("an ACPI 1.0 FADT", parse(36) && error.problem == NULL && out.reset.address == 0 &&
                                   out.pm_timer.address == 0x608);
    build(true);
    put64(XSDT + 36, 0xfffffffffffffff0);
    seal(XSDT);
    expect("a table out of reach",
           parse(36) && said("????", "out of reach") && out.hpet_address != 0);
}

static void test_too_many(void)
{
    build(true);
    for (int i = 0; i < 300; i++) {
        size_t where = madt_add(9, 16);
        put32(where + 4, 1000 + (uint32_t)i);
        put32(where + 8, 1);
    }
    seal(MADT);
    expect("more CPUs than the kernel takes",
           parse(36) && out.cpu_count == CPU_MAX && out.cpu_dropped == 303 - CPU_MAX);
    build(true);
    for (int i = 0; i < ACPI_IOAPIC_MAX; i++)
        madt_add(1, 12);
    seal(MADT);
    expect("too many IOAPICs",
           parse(36) && said("APIC", "too many") && out.ioapic_count == ACPI_IOAPIC_MAX);
}

static void test_s5(void)
{
    static const char *const bad[] = {"_S5_\x12\x08\x04\x0b\x05\x01", "_S5_\x12\xc8\x01\x02\x03",
                                      "_S5_\x10\x08\x04\x0a\x05\x01"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        build(true);
        memset(memory + DSDT + 36, 0x42, 64);
        memcpy(memory + DSDT + 60, bad[i], 9);
        seal(DSDT);
        expect("power-off that isn't constant is left out",
               parse(36) && error.problem == NULL && !out.has_s5);
    }
    for (uint32_t size = 36; size <= 100; size++) {
        build(true);
        put32(DSDT + 4, size);
        seal(DSDT);
        if (!parse(36) || error.problem != NULL || (size < 72 && out.has_s5)) {
            expect("a DSDT cut anywhere", false);
            return;
        }
    }
    expect("a DSDT cut anywhere", true);
}

int main(void)
{
    test_whole(false);
    test_whole(true);
    test_extended_fields();
    test_root_broken();
    test_tables_broken();
    test_too_many();
    test_s5();
    return failures > 0;
}
