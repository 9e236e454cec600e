/* SPDX-License-Identifier: BSD-2-Clause */
/* See features.h. Leaves and bits: Intel SDM vol. 2 CPUID, AMD APM vol. 3 appendix E. */

#include "kernel/arch/x86_64/features.h"

#include "kernel/abi/bootinfo.h"
#include "kernel/arch/x86_64/insn.h"
#include "kernel/debug/print.h"
#include "kernel/lib/string.h"

#define XCR0_BASE 0x3    /* x87, SSE */
#define XCR0_AVX 0x4     /* upper halves of YMM */
#define XCR0_AVX512 0xe0 /* masks, upper ZMM, ZMM16-31 */

/* Memory types: as at reset, but entry 1 (PWT alone) is write-combining. */
#define PAT_VALUE 0x0007040600070106

struct cpu_features cpu_features;

enum cpuid_register { EAX, EBX, ECX, EDX };

static const struct {
    uint32_t number, sub;
} leaves[] = {{1, 0}, {7, 0}, {13, 1}, {0x80000001, 0}, {0x80000007, 0}};

enum leaf { LEAF_1, LEAF_7, LEAF_13_1, LEAF_EXT_1, LEAF_EXT_7 };

/* Where CPUID shows a feature, its field in cpu_features, its bit in the boot information. */
static const struct feature {
    const char *name;
    uint8_t leaf, reg, bit, field;
    uint16_t boot;
} features[] = {
#define FEATURE(leaf, reg, bit, field, name, boot)                       \
    {                                                                    \
        name, leaf, reg, bit, offsetof(struct cpu_features, field), boot \
    }
    FEATURE(LEAF_7, EBX, 7, smep, "smep", BOOT_FEATURE_SMEP),
    FEATURE(LEAF_7, EBX, 20, smap, "smap", BOOT_FEATURE_SMAP),
    FEATURE(LEAF_7, ECX, 2, umip, "umip", BOOT_FEATURE_UMIP),
    FEATURE(LEAF_7, EBX, 0, fsgsbase, "fsgsbase", BOOT_FEATURE_FSGSBASE),
    FEATURE(LEAF_7, ECX, 3, pku, "pku", 0),
    FEATURE(LEAF_1, ECX, 17, pcid, "pcid", BOOT_FEATURE_PCID),
    FEATURE(LEAF_7, EBX, 10, invpcid, "invpcid", 0),
    FEATURE(LEAF_1, ECX, 21, x2apic, "x2apic", BOOT_FEATURE_X2APIC),
    FEATURE(LEAF_1, ECX, 24, tsc_deadline, "tsc-deadline", BOOT_FEATURE_TSC_DEADLINE),
    FEATURE(LEAF_EXT_7, EDX, 8, tsc_invariant, "tsc-invariant", BOOT_FEATURE_TSC_INVARIANT),
    FEATURE(LEAF_EXT_1, EDX, 26, pages_1g, "1g-pages", 0),
    FEATURE(LEAF_1, EDX, 16, pat, "pat", 0),
    FEATURE(LEAF_1, EDX, 7, mce, "mce", 0),
    FEATURE(LEAF_1, ECX, 26, xsave, "xsave", BOOT_FEATURE_XSAVE),
    FEATURE(LEAF_13_1, EAX, 0, xsaveopt, "xsaveopt", 0),
    FEATURE(LEAF_13_1, EAX, 1, xsavec, "xsavec", 0),
    FEATURE(LEAF_1, ECX, 28, avx, "avx", BOOT_FEATURE_AVX),
    FEATURE(LEAF_7, EBX, 16, avx512, "avx512", 0),
    FEATURE(LEAF_1, ECX, 31, hypervisor, "hypervisor", 0),
#undef FEATURE
};

#define FEATURE_COUNT (sizeof(features) / sizeof(features[0]))

static bool *field_of(const struct feature *feature)
{
    return (bool *)((char *)&cpu_features + feature->field);
}

static void detect_features(uint32_t max, uint32_t max_extended)
{
    uint32_t words[sizeof(leaves) / sizeof(leaves[0])][4] = {{0}};
    for (size_t i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
        if (leaves[i].number > (leaves[i].number >= 0x80000000 ? max_extended : max))
            continue;
        struct cpuid leaf = cpuid(leaves[i].number, leaves[i].sub);
        memcpy(words[i], &leaf, sizeof(leaf));
    }
    for (const struct feature *f = features; f < features + FEATURE_COUNT; f++)
        *field_of(f) = (words[f->leaf][f->reg] >> f->bit & 1) != 0;
}

static void detect_name(struct cpu_features *f, uint32_t max_extended)
{
    struct cpuid leaf = cpuid(0, 0);
    memcpy(f->vendor, &leaf.ebx, 4);
    memcpy(f->vendor + 4, &leaf.edx, 4);
    memcpy(f->vendor + 8, &leaf.ecx, 4);
    char text[49] = "";
    for (uint32_t i = 0; i < 3 && max_extended >= 0x80000004; i++) {
        leaf = cpuid(0x80000002 + i, 0);
        memcpy(text + 16 * i, &leaf, 16);
    }
    const char *start = text;
    while (*start == ' ')
        start++;
    memcpy(f->name, start, (size_t)(text + sizeof(text) - start));
}

static void detect_model(struct cpu_features *f)
{
    struct cpuid leaf = cpuid(1, 0);
    uint8_t family = leaf.eax >> 8 & 15;
    f->family = (uint8_t)(family + (family == 15 ? leaf.eax >> 20 & 255 : 0));
    f->model = leaf.eax >> 4 & 15;
    if (family == 6 || family == 15)
        f->model = (uint8_t)(f->model | (leaf.eax >> 12 & 0xf0));
    f->stepping = leaf.eax & 15;
    f->apic_id = leaf.ebx >> 24;
}

/* Components of the vector state, and how large it is: from each one's own offset and size. */
static void detect_vector_state(struct cpu_features *f)
{
    f->vector_size = 512;
    if (f->xsave) {
        uint32_t supported = cpuid(13, 0).eax;
        f->xcr0 = XCR0_BASE;
        if (f->avx)
            f->xcr0 |= supported & XCR0_AVX;
        if (f->avx512 && f->avx && (supported & XCR0_AVX512) == XCR0_AVX512)
            f->xcr0 |= XCR0_AVX512;
        f->vector_size = 512 + 64;
    }
    f->avx = (f->xcr0 & XCR0_AVX) != 0;
    f->avx512 = (f->xcr0 & XCR0_AVX512) != 0;
    for (uint32_t i = 2; i < 8; i++) {
        if ((f->xcr0 >> i & 1) == 0)
            continue;
        struct cpuid component = cpuid(13, i);
        if (component.eax + component.ebx > f->vector_size)
            f->vector_size = component.eax + component.ebx;
    }
}

/* Leaf 15h: TSC = crystal * ebx / eax. Where the crystal is not told, 16h has the TSC's MHz. */
static void detect_clocks(struct cpu_features *f, uint32_t max)
{
    if (max < 0x15)
        return;
    struct cpuid ratio = cpuid(0x15, 0);
    if (ratio.eax == 0 || ratio.ebx == 0)
        return;
    uint64_t crystal = ratio.ecx / 1000;
    if (crystal == 0 && max >= 0x16)
        crystal = (uint64_t)(cpuid(0x16, 0).eax & 0xffff) * 1000 * ratio.eax / ratio.ebx;
    f->crystal_khz = (uint32_t)crystal;
    f->tsc_khz = (uint32_t)(crystal * ratio.ebx / ratio.eax);
}

void features_detect(void)
{
    struct cpu_features *f = &cpu_features;
    uint32_t max = cpuid(0, 0).eax;
    uint32_t max_extended = cpuid(0x80000000, 0).eax;
    detect_features(max, max_extended);
    f->pcid = f->pcid && f->invpcid; /* else a space that isn't loaded couldn't be flushed */
    detect_name(f, max_extended);
    detect_model(f);
    detect_vector_state(f);
    detect_clocks(f, max);
    f->physical_bits = max_extended >= 0x80000008 ? cpuid(0x80000008, 0).eax & 0xff : 36;
}

void features_enable(void)
{
    const struct cpu_features *f = &cpu_features;
    cr0_write((cr0_read() & ~(uint64_t)(CR0_EM | CR0_NW | CR0_CD)) | CR0_MP | CR0_NE | CR0_WP |
              CR0_TS);
    uint64_t cr4 = CR4_PAE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT | f->mce * CR4_MCE |
                   f->umip * CR4_UMIP | f->fsgsbase * CR4_FSGSBASE | f->xsave * CR4_OSXSAVE |
                   f->smep * CR4_SMEP | f->smap * CR4_SMAP;
    cr4_write(cr4);
    /* Only in long mode, and with PCID 0 loaded: the CPU insists (Intel SDM vol. 3 4.10.1). */
    if (f->pcid)
        cr4_write(cr4 | CR4_PCIDE);
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE | EFER_NXE);
    if (f->xsave)
        xsetbv(0, f->xcr0);
    if (f->pat)
        wrmsr(MSR_PAT, PAT_VALUE);
}

void features_print(void)
{
    const struct cpu_features *f = &cpu_features;
    print("cpu: %s, %s, family %xh model %xh stepping %u\ncpu: nx", f->vendor, f->name, f->family,
          f->model, f->stepping);
    for (size_t i = 0; i < FEATURE_COUNT; i++)
        if (*field_of(&features[i]))
            print(" %s", features[i].name);
    print(", vector state %u bytes\n", f->vector_size);
}

uint32_t features_boot_bits(void)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < FEATURE_COUNT; i++)
        if (*field_of(&features[i]))
            bits |= features[i].boot;
    return bits;
}
