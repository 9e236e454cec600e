/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Flaws of CPUs that let a program read what it may not, and what is done about them: decided
 * once, during boot, from CPUID, the CPU's model and IA32_ARCH_CAPABILITIES. The kernel's command
 * line chooses: `mitigations=auto`, which is the rule, `off` or `full`. Which CPU has what is in
 * the table of flaws.c.
 *
 * Separate tables (Meltdown). A user space's tables map of the kernel only the trampoline and the
 * per-CPU data that the processor itself needs to get in (linker.ld). The kernel needs no user
 * addresses, so it runs on tables of its own, the same for all: CR3 is written on every way in,
 * and again on every way out (trap.S). Kernel pages aren't global then. What is mapped beside
 * code is no secret: struct cpu, descriptors, and on the entry stack the instruction and stack
 * pointers and flags of the last thread that was interrupted.
 *
 * Barriers (Spectre v2). A VSpace belongs to a domain, 0 unless vspace_set_domain said otherwise.
 * Domains don't trust each other: what a program of one taught the branch predictors is
 * forgotten (IBPB) before a program of another runs. Within a domain it isn't: programs there are
 * taken to trust each other that far. `full` puts a barrier between any two spaces.
 * The kernel's own indirect branches go through thunks (thunk.S); its fast path has none.
 */
#ifndef KERNEL_ARCH_X86_64_FLAWS_H
#define KERNEL_ARCH_X86_64_FLAWS_H

#include "kernel/lib/types.h"

enum mitigation_mode { MITIGATIONS_AUTO, MITIGATIONS_OFF, MITIGATIONS_FULL };

#define MITIGATIONS_LINE 224

struct mitigations {
    bool separate_tables;
    bool verw;                    /* on every way to user mode */
    bool barrier, barrier_always; /* between domains; between any two spaces */
    bool automatic_ibrs;          /* EFER's, AMD */
    bool fences;                  /* behind checks of what users chose (Spectre v1) */
    bool serialize_lfence;        /* AMD: LFENCE must be told to be one */
    bool retpolines;
    uint32_t spec_ctrl;          /* what IA32_SPEC_CTRL holds for good; 0: it isn't touched */
    char line[MITIGATIONS_LINE]; /* of the boot log, without its first word */
};

extern struct mitigations mitigations;

/* What the decision is made from. */
struct flaw_facts {
    char vendor[13];
    uint8_t family, model;
    bool hypervisor;
    uint32_t leaf7_edx, leaf7_ebx, leaf8_ebx, leaf21_eax; /* CPUID 7, 80000008h, 80000021h */
    uint64_t capabilities;                                /* IA32_ARCH_CAPABILITIES, 0 if none */
};

/* Fills in `mitigations`. `command_line` is the kernel's. */
void flaws_decide(const char *command_line);

/* The same from given facts, for tests. */
void flaws_choose(struct mitigations *m, const struct flaw_facts *facts, enum mitigation_mode mode);

/* The word after mitigations= in the line; `*unknown` is the value if it's none of the three. */
enum mitigation_mode flaws_mode(const char *command_line, const char **unknown);

/* Sets this CPU's registers for it. */
void flaws_enable(void);

#endif
