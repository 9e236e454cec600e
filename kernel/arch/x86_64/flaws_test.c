/* SPDX-License-Identifier: BSD-2-Clause */
/* sources: kernel/arch/x86_64/flaws.c kernel/lib/format.c kernel/lib/string.c */
/* What is decided for which CPU: known machines, as their CPUID and microcode describe them. */
#include "kernel/arch/x86_64/flaws.h"

#include <stdio.h>
#include <string.h>

#include "kernel/arch/x86_64/cpu.h"
#include "kernel/arch/x86_64/features.h"
#include "kernel/arch/x86_64/pagetable.h"
#include "kernel/debug/print.h"

struct cpu host_cpu;
struct cpu_features cpu_features;

void print(const char *format, ...)
{
    (void)format;
}

uint64_t pagetable_kernel_cr3(void)
{
    return 0;
}

/* CPUID 7 EDX of Intel microcode since 2018 and 2019, and IA32_ARCH_CAPABILITIES of later CPUs. */
#define EDX_2018 (1u << 26 | 1u << 27 | 1u << 31)
#define EDX_2019 (EDX_2018 | 1u << 10)
#define EDX_CAPABILITIES (EDX_2019 | 1u << 29)
#define ICE_LAKE_SERVER (0x2bull | 1 << 8 | 1 << 17)
#define SAPPHIRE_RAPIDS (0x2bull | 1 << 8 | 7 << 13 | 1 << 17 | 1 << 26 | 1 << 27)

static const struct expected {
    const char *name;
    struct flaw_facts facts;
    const char *automatic, *full;
} machines[] = {
    {"Nehalem without microcode",
     {.vendor = "GenuineIntel", .family = 6, .model = 0x1a},
     "auto: separate tables, fences, retpolines, verw; not mitigated: spectre v2 between programs, "
     "mds, ssb",
     "full: separate tables, fences, retpolines, verw; not mitigated: spectre v2 between programs, "
     "mds, ssb"},
    {"Haswell with it",
     {.vendor = "GenuineIntel", .family = 6, .model = 0x3c, .leaf7_edx = EDX_2019},
     "auto: separate tables, fences, retpolines, ibpb between domains, verw; not mitigated: ssb",
     "full: separate tables, fences, retpolines, ibpb between spaces, stibp, verw, ssbd"},
    {"Skylake",
     {.vendor = "GenuineIntel", .family = 6, .model = 0x5e, .leaf7_edx = EDX_2019},
     "auto: separate tables, fences, retpolines, ibpb between domains, verw; not mitigated: ssb, "
     "mmio stale data, retbleed, gds",
     "full: separate tables, fences, retpolines, ibpb between spaces, stibp, verw, ssbd; not "
     "mitigated: mmio stale data, retbleed, gds"},
    {"Ice Lake server: no Meltdown, IBRS that stays on",
     {.vendor = "GenuineIntel",
      .family = 6,
      .model = 0x6a,
      .leaf7_edx = EDX_CAPABILITIES,
      .capabilities = ICE_LAKE_SERVER | 1ull << 25},
     "auto: fences, retpolines, enhanced ibrs, ibpb between domains, verw; not mitigated: ssb",
     "full: fences, retpolines, enhanced ibrs, ibpb between spaces, stibp, verw, ssbd"},
    {"Sapphire Rapids",
     {.vendor = "GenuineIntel",
      .family = 6,
      .model = 0x8f,
      .leaf7_edx = EDX_CAPABILITIES,
      .capabilities = SAPPHIRE_RAPIDS},
     "auto: fences, retpolines, enhanced ibrs, ibpb between domains; not mitigated: ssb",
     "full: fences, retpolines, enhanced ibrs, ibpb between spaces, stibp, ssbd"},
    {"one whose predictor leaves the kernel alone (BHI_NO)",
     {.vendor = "GenuineIntel",
      .family = 6,
      .model = 0xcf,
      .leaf7_edx = EDX_CAPABILITIES,
      .capabilities = SAPPHIRE_RAPIDS | 1 << 4 | 1 << 20},
     "auto: fences, enhanced ibrs, ibpb between domains",
     "full: fences, enhanced ibrs, ibpb between spaces, stibp"},
    {"transactions, and no TAA_NO",
     {.vendor = "GenuineIntel",
      .family = 6,
      .model = 0x55,
      .leaf7_edx = EDX_CAPABILITIES,
      .leaf7_ebx = 1 << 11,
      .capabilities = 0x2b | 1ull << 17 | 1ull << 25},
     "auto: fences, retpolines, enhanced ibrs, ibpb between domains, verw; not mitigated: ssb",
     "full: fences, retpolines, enhanced ibrs, ibpb between spaces, stibp, verw, ssbd"},
    {"Bonnell, in order",
     {.vendor = "GenuineIntel", .family = 6, .model = 0x1c},
     "auto: nothing",
     "full: nothing"},
    {"Zen 1",
     {.vendor = "AuthenticAMD", .family = 0x17, .model = 1, .leaf8_ebx = 1 << 12},
     "auto: fences, retpolines, ibpb between domains; not mitigated: ssb, retbleed, srso",
     "full: fences, retpolines, ibpb between spaces; not mitigated: ssb, retbleed, srso"},
    {"Zen 4",
     {.vendor = "AuthenticAMD",
      .family = 0x19,
      .model = 0x61,
      .leaf8_ebx = 1 << 12 | 1 << 15 | 1 << 24,
      .leaf21_eax = 1 << 8 | 1 << 2},
     "auto: fences, automatic ibrs, ibpb between domains; not mitigated: ssb, srso",
     "full: fences, automatic ibrs, ibpb between spaces, stibp, ssbd; not mitigated: srso"},
    {"a later AMD family",
     {.vendor = "AuthenticAMD", .family = 0x20, .leaf21_eax = 1 << 8 | 1u << 29},
     "auto: fences, automatic ibrs; not mitigated: spectre v2 between programs, ssb",
     "full: fences, automatic ibrs; not mitigated: spectre v2 between programs, ssb"},
    {"an unknown vendor",
     {.vendor = "Unknown CPU!", .family = 6},
     "auto: separate tables, fences, retpolines, verw; not mitigated: spectre v2 between programs, "
     "mds, ssb",
     "full: separate tables, fences, retpolines, verw; not mitigated: spectre v2 between programs, "
     "mds, ssb"},
};

static int failures;

static void expect_line(const char *name, const struct flaw_facts *facts, enum mitigation_mode mode,
                        const char *line)
{
    struct mitigations m;
    flaws_choose(&m, facts, mode);
    if (strcmp(m.line, line) == 0)
        return;
    failures++;
    printf("not ok flaws: %s: \"%s\", not \"%s\"\n", name, m.line, line);
}

/* Nothing at all, whatever the CPU has. */
static void expect_off(const char *name, const struct flaw_facts *facts)
{
    struct mitigations m, nothing = {0};
    flaws_choose(&m, facts, MITIGATIONS_OFF);
    if (strncmp(m.line, "off: nothing", 12) != 0)
        printf("not ok flaws: %s: off says %s\n", name, m.line), failures++;
    memset(m.line, 0, sizeof m.line);
    if (memcmp(&m, &nothing, sizeof m) != 0)
        printf("not ok flaws: %s: off does something\n", name), failures++;
}

/* The line must have room for a CPU with every flaw. */
static void expect_room(void)
{
    struct flaw_facts worst = {
        .vendor = "GenuineIntel", .family = 6, .model = 0x5e, .leaf7_edx = EDX_2018};
    struct mitigations m;
    flaws_choose(&m, &worst, MITIGATIONS_FULL);
    if (strlen(m.line) > MITIGATIONS_LINE - 20)
        printf("not ok flaws: the line is full: %s\n", m.line), failures++;
}

static void expect_mode(const char *line, enum mitigation_mode mode, const char *unknown)
{
    const char *found;
    if (flaws_mode(line, &found) != mode)
        printf("not ok flaws: \"%s\" is another mode\n", line), failures++;
    if (!found != !unknown || (found && strcmp(found, unknown) != 0))
        printf("not ok flaws: \"%s\": unknown is \"%s\"\n", line, found ? found : ""), failures++;
}

int main(void)
{
    for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++) {
        const struct expected *machine = &machines[i];
        int before = failures;
        expect_line(machine->name, &machine->facts, MITIGATIONS_AUTO, machine->automatic);
        expect_line(machine->name, &machine->facts, MITIGATIONS_FULL, machine->full);
        expect_off(machine->name, &machine->facts);
        if (failures == before)
            printf("ok flaws: %s\n", machine->name);
    }
    expect_room();
    expect_mode("", MITIGATIONS_AUTO, NULL);
    expect_mode("bench json", MITIGATIONS_AUTO, NULL);
    expect_mode("mitigations=off", MITIGATIONS_OFF, NULL);
    expect_mode("bench mitigations=full json", MITIGATIONS_FULL, NULL);
    expect_mode("mitigations=full mitigations=auto", MITIGATIONS_AUTO, NULL);
    expect_mode("nomitigations=off", MITIGATIONS_AUTO, NULL);
    expect_mode("mitigations=offx", MITIGATIONS_AUTO, "offx");
    expect_mode("mitigations=", MITIGATIONS_AUTO, "");
    if (failures == 0)
        printf("ok flaws: the command line\n");
    return failures != 0;
}
