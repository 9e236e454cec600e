/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starts the other CPUs of the machine: INIT, then twice STARTUP, as the MultiProcessor
 * Specification 1.4, B.4, and Intel SDM vol. 3, 8.4.4.1 say. One that doesn't answer in time, or
 * lacks what the boot CPU has, is named in the boot log and left out.
 *
 * Each runs in its own alias of the image (linker.ld), and so finds its own struct cpu.
 */
#ifndef KERNEL_ARCH_X86_64_CPUS_H
#define KERNEL_ARCH_X86_64_CPUS_H

/* Offsets in struct start_words, for cpu_start.S. */
#define START_GDT_LIMIT 6
#define START_PROTECTED 12
#define START_FIRST_TABLE 20
#define START_LONG 24
#define START_INDEX 32
#define START_TABLE 40
#define START_ALIAS 48
#define START_ENTRY 56
#define START_BYTES 96

#ifndef __ASSEMBLER__

#include "kernel/arch/x86_64/cpu.h"
#include "kernel/arch/x86_64/kmap.h"
#include "kernel/arch/x86_64/layout.h"

/* How many run. */
extern unsigned cpu_running;

/* One more than the highest index of a CPU: some between may not run. */
static inline unsigned cpu_numbers(void)
{
    return kmap_aliases;
}

/* Of whatever CPU with an index; of one that doesn't run it is zero. */
static inline struct cpu *cpu_at(unsigned index)
{
    struct cpu *self = this_cpu();
    return (struct cpu *)((uint64_t)self - self->alias + index * (uint64_t)IMAGE_ALIAS_SIZE);
}

static inline bool cpu_runs(unsigned index)
{
    return cpu_at(index)->idle;
}

/* An interrupt VECTOR_CALLED on that CPU, perhaps this one. */
void cpu_interrupt(unsigned index);

/* This CPU forgets all translations, the kernel's too. */
void tlb_flush_all(void);

/* Where one that was left out stays. */
_Noreturn void cpu_park(void);

#endif
#endif
