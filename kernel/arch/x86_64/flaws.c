/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which CPU has which flaw, and what is decided from that. See flaws.h.
 *
 * Facts: Intel, "Affected Processors: Transient Execution Attacks & Related Security Issues by
 * CPU", and the guidance page of each flaw; AMD, "Software Techniques for Managing Speculation",
 * and bulletins AMD-SB-1036 (lfence; jmp isn't enough), 1037 (Retbleed), 7005 (SRSO). Models were
 * compared with the lists of Linux (arch/x86/kernel/cpu/common.c, cpu_vuln_whitelist and
 * cpu_vuln_blacklist). A CPU that isn't listed has the older flaws unless it says otherwise in
 * IA32_ARCH_CAPABILITIES (Intel SDM vol. 4).
 */
#include "kernel/arch/x86_64/flaws.h"

#include "kernel/arch/x86_64/cpu.h"
#include "kernel/arch/x86_64/features.h"
#include "kernel/arch/x86_64/insn.h"
#include "kernel/arch/x86_64/pagetable.h"
#include "kernel/debug/print.h"
#include "kernel/lib/format.h"
#include "kernel/lib/string.h"

/* IA32_ARCH_CAPABILITIES. */
#define RDCL_NO (1ull << 0)
#define IBRS_ALL (1ull << 1)
#define SSB_NO (1ull << 4)
#define MDS_NO (1ull << 5)
#define TAA_NO (1ull << 8)
#define MMIO_NO (7ull << 13) /* SBDR_SSDP_NO, FBSDP_NO, PSDP_NO */
#define FB_CLEAR (1ull << 17)
#define BHI_NO (1ull << 20)
#define GDS_CTRL (1ull << 25) /* the microcode has a cure, and it's on unless switched off */
#define GDS_NO (1ull << 26)
#define RFDS_NO (1ull << 27)
#define RFDS_CLEAR (1ull << 28)

/* CPUID 7 EDX, 7 EBX, 80000008h EBX, 80000021h EAX. */
#define MD_CLEAR (1u << 10)
#define SPEC_CTRL_AND_IBPB (1u << 26)
#define STIBP (1u << 27)
#define ARCH_CAPABILITIES (1u << 29)
#define SSBD (1u << 31)
#define RTM (1u << 11)
#define AMD_IBPB (1u << 12)
#define AMD_STIBP (1u << 15)
#define AMD_SSBD (1u << 24)
#define AMD_AUTOMATIC_IBRS (1u << 8)
#define AMD_LFENCE_SERIALIZING (1u << 2)
#define AMD_SRSO_NO (1u << 29)

#define MELTDOWN 0x01
#define SPECTRE_V2 0x02
#define MDS 0x04  /* and its kin: what VERW cleans */
#define SSB 0x08  /* speculative store bypass */
#define MMIO 0x10 /* stale data of the fill buffers */
#define RETBLEED 0x20
#define SRSO 0x40
#define GDS 0x80
#define RFDS 0x100
#define SPECTRE_V1 0x200
#define OLD (MELTDOWN | SPECTRE_V1 | SPECTRE_V2 | MDS | SSB)
#define ALL_MODELS 0x100
#define LATER_FAMILIES 0x80

struct mitigations mitigations;

/* --- Who has what --- */

#define INTEL "GenuineIntel"
#define AMD "AuthenticAMD"
#define HYGON "HygonGenuine"

struct flawed {
    char vendor[13];
    uint8_t family; /* + LATER_FAMILIES: and all later ones */
    uint16_t model; /* or ALL_MODELS */
    uint16_t lacks; /* of OLD, which is what a CPU that isn't here has */
    uint16_t has;   /* of the others */
};

/* The first line that fits counts. */
static const struct flawed list[] = {
    /* Bonnell, Saltwell: in order, no speculation. */
    {INTEL, 6, 0x1c, OLD, 0},
    {INTEL, 6, 0x26, OLD, 0},
    {INTEL, 6, 0x27, OLD, 0},
    {INTEL, 6, 0x35, OLD, 0},
    {INTEL, 6, 0x36, OLD, 0},
    /* Silvermont, Airmont, Knights Landing and Mill. */
    {INTEL, 6, 0x37, SSB, 0},
    {INTEL, 6, 0x4a, SSB, 0},
    {INTEL, 6, 0x4d, SSB, 0},
    {INTEL, 6, 0x5a, SSB, 0},
    {INTEL, 6, 0x4c, SSB, 0},
    {INTEL, 6, 0x57, SSB, 0},
    {INTEL, 6, 0x85, SSB, 0},
    /* Goldmont, Goldmont Plus; Tremont. */
    {INTEL, 6, 0x5c, MDS, RFDS},
    {INTEL, 6, 0x5f, MDS, RFDS},
    {INTEL, 6, 0x7a, MDS, RFDS},
    {INTEL, 6, 0x86, 0, MMIO | RFDS},
    {INTEL, 6, 0x96, 0, MMIO | RFDS},
    {INTEL, 6, 0x9c, 0, MMIO | RFDS},
    /* Haswell-E, Broadwell-DE and -E. */
    {INTEL, 6, 0x3f, 0, MMIO},
    {INTEL, 6, 0x4f, 0, MMIO},
    {INTEL, 6, 0x56, 0, MMIO},
    /* Skylake and its repetitions. */
    {INTEL, 6, 0x4e, 0, MMIO | RETBLEED | GDS},
    {INTEL, 6, 0x5e, 0, MMIO | RETBLEED | GDS},
    {INTEL, 6, 0x55, 0, MMIO | RETBLEED | GDS},
    {INTEL, 6, 0x66, 0, RETBLEED | GDS},
    {INTEL, 6, 0x8e, 0, MMIO | RETBLEED | GDS},
    {INTEL, 6, 0x9e, 0, MMIO | RETBLEED | GDS},
    {INTEL, 6, 0xa5, 0, MMIO | RETBLEED | GDS},
    {INTEL, 6, 0xa6, 0, MMIO | RETBLEED | GDS},
    /* Ice Lake, Tiger Lake, Lakefield, Rocket Lake. */
    {INTEL, 6, 0x6a, 0, MMIO | GDS},
    {INTEL, 6, 0x6c, 0, MMIO | GDS},
    {INTEL, 6, 0x7e, 0, MMIO | RETBLEED | GDS},
    {INTEL, 6, 0x8a, 0, MMIO | RETBLEED},
    {INTEL, 6, 0x8c, 0, GDS},
    {INTEL, 6, 0x8d, 0, GDS},
    {INTEL, 6, 0xa7, 0, MMIO | RETBLEED | GDS},
    /* Alder Lake, Raptor Lake, Gracemont. */
    {INTEL, 6, 0x97, 0, RFDS},
    {INTEL, 6, 0x9a, 0, RFDS},
    {INTEL, 6, 0xb7, 0, RFDS},
    {INTEL, 6, 0xba, 0, RFDS},
    {INTEL, 6, 0xbf, 0, RFDS},
    {INTEL, 6, 0xbe, 0, RFDS},

    /* No AMD CPU before family 15 has long mode: this is an emulator's, which doesn't speculate. */
    {AMD, 6, ALL_MODELS, OLD, 0},
    {AMD, 0x0f, ALL_MODELS, MELTDOWN | MDS | SSB, 0},
    {AMD, 0x10, ALL_MODELS, MELTDOWN | MDS | SSB, 0},
    {AMD, 0x11, ALL_MODELS, MELTDOWN | MDS | SSB, 0},
    {AMD, 0x12, ALL_MODELS, MELTDOWN | MDS | SSB, 0},
    {AMD, 0x15, ALL_MODELS, MELTDOWN | MDS, RETBLEED},
    {AMD, 0x16, ALL_MODELS, MELTDOWN | MDS, RETBLEED},
    {AMD, 0x17, ALL_MODELS, MELTDOWN | MDS, RETBLEED | SRSO},
    {AMD, 0x19, ALL_MODELS, MELTDOWN | MDS, SRSO},
    {AMD, 0x0f | LATER_FAMILIES, ALL_MODELS, MELTDOWN | MDS, 0},
    {HYGON, 0x18, ALL_MODELS, MELTDOWN | MDS, RETBLEED | SRSO},

    {"CentaurHauls", 7, ALL_MODELS, SPECTRE_V2, 0},
    {"  Shanghai  ", 7, ALL_MODELS, SPECTRE_V2, 0},
};

static bool fits(const struct flawed *entry, const struct flaw_facts *f)
{
    uint8_t family = entry->family & ~LATER_FAMILIES;
    return memcmp(entry->vendor, f->vendor, sizeof(f->vendor)) == 0 &&
           (family == f->family || (entry->family != family && family < f->family)) &&
           (entry->model == ALL_MODELS || entry->model == f->model);
}

static bool is_vendor(const struct flaw_facts *f, const char *vendor)
{
    return memcmp(f->vendor, vendor, 13) == 0;
}

/* What the CPU says of itself beats the list. */
static uint32_t flaws_of(const struct flaw_facts *f)
{
    uint32_t flaws = OLD;
    for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        if (!fits(&list[i], f))
            continue;
        flaws = (OLD & ~(uint32_t)list[i].lacks) | list[i].has;
        break;
    }
    uint64_t can = f->capabilities;
    flaws &=
        ~((can & RDCL_NO ? MELTDOWN : 0u) | (can & SSB_NO ? SSB : 0u) | (can & MDS_NO ? MDS : 0u) |
          ((can & MMIO_NO) == MMIO_NO ? MMIO : 0u) | (can & GDS_NO ? GDS : 0u) |
          (can & RFDS_NO ? RFDS : 0u) | (f->leaf21_eax & AMD_SRSO_NO ? SRSO : 0u));
    /* TAA: transactions leak what MDS does, by the same buffers. */
    if (is_vendor(f, INTEL) && (f->leaf7_ebx & RTM) && !(can & TAA_NO))
        flaws |= MDS;
    return flaws;
}

/* --- What is done --- */

/* The line is made of words with commas between. */
struct words {
    char *line;
    size_t used;
    bool first;
};

static void say(struct words *words, const char *word)
{
    words->used += format_buffer(words->line + words->used, MITIGATIONS_LINE - words->used, "%s%s",
                                 words->first ? "" : ", ", word);
    words->first = false;
}

static void say_head(struct words *words, const char *head)
{
    words->used +=
        format_buffer(words->line + words->used, MITIGATIONS_LINE - words->used, "%s", head);
    words->first = true;
}

/*
 * AMD, "Software Techniques for Managing Speculation", mitigation G-2: families 10h and from 12h on
 * have the MSR; Fh and 11h need none. A hypervisor answers for it, and may not have it.
 */
static bool has_weak_lfence(const struct flaw_facts *f)
{
    return (is_vendor(f, AMD) || is_vendor(f, HYGON)) && f->family >= 0x10 && f->family != 0x11 &&
           !(f->leaf21_eax & AMD_LFENCE_SERIALIZING) && !f->hypervisor;
}

/* Indirect branches of the kernel, and what one program teaches for another. */
static uint32_t choose_branches(struct mitigations *m, const struct flaw_facts *f, bool full)
{
    bool enhanced = f->capabilities & IBRS_ALL;
    m->automatic_ibrs = f->leaf21_eax & AMD_AUTOMATIC_IBRS;
    if (enhanced)
        m->spec_ctrl |= SPEC_CTRL_IBRS;
    m->retpolines = !m->automatic_ibrs && !(enhanced && (f->capabilities & BHI_NO));
    m->barrier = (f->leaf7_edx & SPEC_CTRL_AND_IBPB) || (f->leaf8_ebx & AMD_IBPB);
    m->barrier_always = m->barrier && full;
    if (full && ((f->leaf7_edx & STIBP) || (f->leaf8_ebx & AMD_STIBP)))
        m->spec_ctrl |= SPEC_CTRL_STIBP;
    return m->barrier ? SPECTRE_V2 : 0;
}

/* VERW is executed even where no microcode says that it cleans: a hypervisor may hide that. */
static uint32_t choose_verw(struct mitigations *m, const struct flaw_facts *f, uint32_t flaws)
{
    uint32_t cleaned = (f->leaf7_edx & MD_CLEAR ? MDS : 0u) |
                       (f->capabilities & FB_CLEAR ? MMIO : 0u) |
                       (f->capabilities & RFDS_CLEAR ? RFDS : 0u);
    m->verw = flaws & (MDS | MMIO | RFDS);
    return cleaned;
}

/* Returns which flaws nothing is left of. */
static uint32_t choose(struct mitigations *m, const struct flaw_facts *f, uint32_t flaws, bool full)
{
    uint32_t cured = 0;
    if (flaws & MELTDOWN) {
        m->separate_tables = true;
        cured |= MELTDOWN;
    }
    if (flaws & SPECTRE_V1) {
        m->fences = true;
        m->serialize_lfence = has_weak_lfence(f);
        cured |= SPECTRE_V1;
    }
    if (flaws & SPECTRE_V2)
        cured |= choose_branches(m, f, full);
    cured |= choose_verw(m, f, flaws);
    if ((flaws & SSB) && full && ((f->leaf7_edx & SSBD) || (f->leaf8_ebx & AMD_SSBD))) {
        m->spec_ctrl |= SPEC_CTRL_SSBD;
        cured |= SSB;
    }
    if (f->capabilities & GDS_CTRL)
        cured |= GDS;
    if (f->capabilities & IBRS_ALL)
        cured |= RETBLEED;
    return cured;
}

static void say_all(struct mitigations *m, enum mitigation_mode mode, uint32_t left)
{
    static const char *const modes[] = {"auto: ", "off: ", "full: "};
    const struct {
        bool done;
        const char *word;
    } done[] = {
        {m->separate_tables, "separate tables"},
        {m->fences, "fences"},
        {m->retpolines, "retpolines"},
        {m->spec_ctrl & SPEC_CTRL_IBRS, "enhanced ibrs"},
        {m->automatic_ibrs, "automatic ibrs"},
        {m->barrier && !m->barrier_always, "ibpb between domains"},
        {m->barrier_always, "ibpb between spaces"},
        {m->spec_ctrl & SPEC_CTRL_STIBP, "stibp"},
        {m->verw, "verw"},
        {m->spec_ctrl & SPEC_CTRL_SSBD, "ssbd"},
    };
    static const struct {
        uint32_t flaw;
        const char *word;
    } names[] = {
        {MELTDOWN, "meltdown"},
        {SPECTRE_V1, "spectre v1"},
        {SPECTRE_V2, "spectre v2 between programs"},
        {MDS, "mds"},
        {SSB, "ssb"},
        {MMIO, "mmio stale data"},
        {RETBLEED, "retbleed"},
        {SRSO, "srso"},
        {GDS, "gds"},
        {RFDS, "rfds"},
    };
    struct words words = {m->line, 0, true};
    say_head(&words, modes[mode]);
    for (size_t i = 0; i < sizeof(done) / sizeof(done[0]); i++)
        if (done[i].done)
            say(&words, done[i].word);
    if (words.first)
        say(&words, "nothing");
    if (left)
        say_head(&words, "; not mitigated: ");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (left & names[i].flaw)
            say(&words, names[i].word);
}

void flaws_choose(struct mitigations *m, const struct flaw_facts *facts, enum mitigation_mode mode)
{
    uint32_t flaws = flaws_of(facts), cured = 0;
    memset(m, 0, sizeof(*m));
    if (mode != MITIGATIONS_OFF)
        cured = choose(m, facts, flaws, mode == MITIGATIONS_FULL);
    say_all(m, mode, flaws & ~cured);
}

/* --- This machine --- */

static bool starts_with(const char *text, const char *start)
{
    while (*start && *text == *start)
        text++, start++;
    return *start == 0;
}

static int word_length(const char *text)
{
    int length = 0;
    while (text[length] && text[length] != ' ')
        length++;
    return length;
}

static bool is_word(const char *text, const char *word)
{
    return starts_with(text, word) && word_length(text) == (int)strlen(word);
}

enum mitigation_mode flaws_mode(const char *command_line, const char **unknown)
{
    static const char option[] = "mitigations=";
    enum mitigation_mode mode = MITIGATIONS_AUTO;
    *unknown = NULL;
    for (const char *word = command_line; *word; word++) {
        if ((word != command_line && word[-1] != ' ') || !starts_with(word, option))
            continue;
        const char *value = word + strlen(option);
        *unknown = NULL;
        mode = MITIGATIONS_AUTO;
        if (is_word(value, "off"))
            mode = MITIGATIONS_OFF;
        else if (is_word(value, "full"))
            mode = MITIGATIONS_FULL;
        else if (!is_word(value, "auto"))
            *unknown = value;
    }
    return mode;
}

/* IA32_ARCH_CAPABILITIES where CPUID says that it exists: emulators answer reads of any MSR. */
static void facts_find(struct flaw_facts *f)
{
    uint32_t most = cpuid(0, 0).eax, most_extended = cpuid(0x80000000, 0).eax;
    memcpy(f->vendor, cpu_features.vendor, sizeof(f->vendor));
    f->family = cpu_features.family;
    f->model = cpu_features.model;
    f->hypervisor = cpu_features.hypervisor;
    if (most >= 7) {
        struct cpuid leaf = cpuid(7, 0);
        f->leaf7_ebx = leaf.ebx;
        f->leaf7_edx = leaf.edx;
    }
    f->leaf8_ebx = most_extended >= 0x80000008 ? cpuid(0x80000008, 0).ebx : 0;
    f->leaf21_eax = most_extended >= 0x80000021 ? cpuid(0x80000021, 0).eax : 0;
    f->capabilities = f->leaf7_edx & ARCH_CAPABILITIES ? rdmsr(MSR_ARCH_CAPABILITIES) : 0;
}

void flaws_decide(const char *command_line)
{
    struct flaw_facts facts = {0};
    const char *unknown;
    enum mitigation_mode mode = flaws_mode(command_line, &unknown);
    if (unknown)
        print("mitigations=%.*s is not known; it is auto (taken now), off or full\n",
              word_length(unknown), unknown);
    facts_find(&facts);
    flaws_choose(&mitigations, &facts, mode);
}

void flaws_enable(void)
{
    const struct mitigations *m = &mitigations;
    if (m->automatic_ibrs)
        wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_AUTOMATIC_IBRS);
    if (m->serialize_lfence)
        wrmsr(MSR_AMD_DE_CFG, rdmsr(MSR_AMD_DE_CFG) | DE_CFG_LFENCE_SERIALIZE);
    if (m->spec_ctrl)
        wrmsr(MSR_SPEC_CTRL, m->spec_ctrl);
    if (m->separate_tables) {
        this_cpu()->entry_cr3 = pagetable_kernel_cr3();
        cr3_write(this_cpu()->entry_cr3);
    }
}
