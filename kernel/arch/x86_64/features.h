/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the CPU can do, as CPUID says, and nothing else: emulators accept control bits and MSRs
 * that they don't implement. All CPUs are taken to be alike.
 */
#ifndef KERNEL_ARCH_X86_64_FEATURES_H
#define KERNEL_ARCH_X86_64_FEATURES_H

#include "kernel/lib/types.h"

struct cpu_features {
    char vendor[13];
    char name[49];                   /* the brand string, without leading spaces */
    uint8_t family, model, stepping; /* as displayed: extended parts added */
    bool hypervisor;

    bool smep, smap, umip, fsgsbase, pku;
    bool pcid, invpcid;
    bool x2apic, tsc_deadline, tsc_invariant;
    bool pages_1g, pat, mce;

    bool xsave, xsaveopt, xsavec, avx, avx512;
    uint64_t xcr0;        /* the vector state that is on: 0 without XSAVE */
    uint32_t vector_size; /* bytes of a thread's vector state: 512 without XSAVE */

    uint8_t physical_bits;
    uint32_t apic_id;     /* of the boot CPU, from CPUID */
    uint32_t tsc_khz;     /* from leaves 15h and 16h; 0: not told */
    uint32_t crystal_khz; /* the local APIC timer's clock; 0: not told */
};

extern struct cpu_features cpu_features;

/* Fills in cpu_features. Once, on the boot CPU, before anything that asks it. */
void features_detect(void);

/*
 * Sets this CPU's control registers, EFER, XCR0 and PAT for what cpu_features says. CR3 must hold
 * PCID 0. Vector instructions trap (CR0.TS) from here on.
 */
void features_enable(void);

/* Two lines: the CPU's name and what it has. */
void features_print(void);

/* The BOOT_FEATURE_* bits of kernel/abi/bootinfo.h that are the CPU's. */
uint32_t features_boot_bits(void);

#endif
