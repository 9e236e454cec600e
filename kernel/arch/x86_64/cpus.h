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

/* Boot's code has been unmapped: all CPUs forget it before this returns. */
void cpus_forget_boot(void);

/* On each of them: VECTOR_CALLED came. */
void cpu_called(void);

/* Where one that was left out stays. */
_Noreturn void cpu_park(void);

#endif
#endif
