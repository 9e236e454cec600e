/* SPDX-License-Identifier: BSD-2-Clause */
/* See features.h. Leaves and bits: Intel SDM vol. 2 CPUID, AMD APM vol. 3 appendix E. */

#include "kernel/arch/x86_64/features.h"

#include "kernel/arch/x86_64/insn.h"
#include "kernel/debug/print.h"
#include "kernel/lib/string.h"

#define XCR0_BASE 0x3    /* x87, SSE */
#define XCR0_AVX 0x4     /* upper halves of YMM */
#define XCR0_AVX512 0xe0 /* masks, upper ZMM, ZMM16-31 */

/* Memory types: as at reset, but entry 1 (PWT alone) is write-combining. */
#define PAT_VALUE 0x0007040600070106

struct cpu_features cpu_features;

static bool bit(uint32_t word, unsigned index)
{
    return (word >> index & 1) != 0;
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

static void detect_leaf_1(struct cpu_features *f)
{
    struct cpuid leaf = cpuid(1, 0);
    uint8_t family = leaf.eax >> 8 & 15;
    f->family = (uint8_t)(family + (family == 15 ? leaf.eax >> 20 & 255 : 0));
    f->model = leaf.eax >> 4 & 15;
    if (family == 6 || family == 15)
        f->model = (uint8_t)(f->model | (leaf.eax >> 12 & 0xf0));
    f->stepping = leaf.eax & 15;
    f->apic_id = leaf.ebx >> 24;
    f->pcid = bit(leaf.ecx, 17);
    f->x2apic = bit(leaf.ecx, 21);
    f->tsc_deadline = bit(leaf.ecx, 24);
    f->xsave = bit(leaf.ecx, 26);
    f->avx = f->xsave && bit(leaf.ecx, 28);
    f->hypervisor = bit(leaf.ecx, 31);
    f->mce = bit(leaf.edx, 7);
    f->pat = bit(leaf.edx, 16);
}

static void detect_leaf_7(struct cpu_features *f)
{
    struct cpuid leaf = cpuid(7, 0);
    f->fsgsbase = bit(leaf.ebx, 0);
    f->smep = bit(leaf.ebx, 7);
    f->invpcid = bit(leaf.ebx, 10);
    f->avx512 = f->avx && bit(leaf.ebx, 16);
    f->smap = bit(leaf.ebx, 20);
    f->umip = bit(leaf.ecx, 2);
    f->pku = bit(leaf.ecx, 3);
}

/* Components of the vector state, and how large it is: from the component's own offset and size. */
static void detect_vector_state(struct cpu_features *f)
{
    f->vector_size = 512;
    if (!f->xsave)
        return;
    struct cpuid leaf = cpuid(13, 0);
    f->xcr0 = XCR0_BASE;
    if (f->avx && (leaf.eax & XCR0_AVX) != 0)
        f->xcr0 |= XCR0_AVX;
    if (f->avx512 && (leaf.eax & XCR0_AVX512) == XCR0_AVX512 && (f->xcr0 & XCR0_AVX) != 0)
        f->xcr0 |= XCR0_AVX512;
    f->avx = (f->xcr0 & XCR0_AVX) != 0;
    f->avx512 = (f->xcr0 & XCR0_AVX512) != 0;
    f->vector_size = 512 + 64;
    for (uint32_t i = 2; i < 8; i++) {
        struct cpuid component = cpuid(13, i);
        if ((f->xcr0 >> i & 1) != 0 && component.eax + component.ebx > f->vector_size)
            f->vector_size = component.eax + component.ebx;
    }
    leaf = cpuid(13, 1);
    f->xsaveopt = bit(leaf.eax, 0);
    f->xsavec = bit(leaf.eax, 1);
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
    detect_name(f, max_extended);
    detect_leaf_1(f);
    if (max >= 7)
        detect_leaf_7(f);
    if (max >= 13)
        detect_vector_state(f);
    else
        f->xsave = f->avx = false, f->vector_size = 512;
    detect_clocks(f, max);
    f->pages_1g = bit(cpuid(0x80000001, 0).edx, 26);
    if (max_extended >= 0x80000007)
        f->tsc_invariant = bit(cpuid(0x80000007, 0).edx, 8);
    f->physical_bits = max_extended >= 0x80000008 ? cpuid(0x80000008, 0).eax & 0xff : 36;
}

void features_enable(void)
{
    const struct cpu_features *f = &cpu_features;
    cr0_write((cr0_read() & ~(uint64_t)(CR0_EM | CR0_NW | CR0_CD)) | CR0_MP | CR0_NE | CR0_WP |
              CR0_TS);
    uint64_t cr4 = CR4_PAE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT;
    cr4 |= f->mce ? CR4_MCE : 0;
    cr4 |= f->umip ? CR4_UMIP : 0;
    cr4 |= f->fsgsbase ? CR4_FSGSBASE : 0;
    cr4 |= f->xsave ? CR4_OSXSAVE : 0;
    cr4 |= f->smep ? CR4_SMEP : 0;
    cr4 |= f->smap ? CR4_SMAP : 0;
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
    const struct {
        bool has;
        const char *name;
    } list[] = {
        {f->smep, "smep"},
        {f->smap, "smap"},
        {f->umip, "umip"},
        {f->fsgsbase, "fsgsbase"},
        {f->pcid, "pcid"},
        {f->invpcid, "invpcid"},
        {f->x2apic, "x2apic"},
        {f->tsc_deadline, "tsc-deadline"},
        {f->tsc_invariant, "tsc-invariant"},
        {f->pages_1g, "1g-pages"},
        {f->xsave, "xsave"},
        {f->xsaveopt, "xsaveopt"},
        {f->xsavec, "xsavec"},
        {f->avx, "avx"},
        {f->avx512, "avx512"},
        {f->pku, "pku"},
    };
    print("cpu: %s, %s, family %xh model %xh stepping %u\ncpu: nx", f->vendor, f->name, f->family,
          f->model, f->stepping);
    for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
        if (list[i].has)
            print(" %s", list[i].name);
    print(", vector state %u bytes\n", f->vector_size);
}
