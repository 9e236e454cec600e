/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * This CPU's descriptor tables. Segments do nothing in long mode, but the CPU wants them: a GDT in
 * the order of syscall and sysret, a TSS for its stack pointers, an IDT of 256 interrupt gates.
 *
 * Stacks: a trap from user mode comes on the entry stack (TSS.RSP0), which is for the processor's
 * frame and little more; user tables map it (flaws.h). NMI, double fault and machine check, which
 * may come at any instruction, have stacks of their own (IST 1 to 3). So has #DB:
 * where user mode single-steps over SYSCALL, some processors deliver it at the first instruction of
 * the kernel, with the user's stack pointer. It shares that of #MC, after which nothing goes on.
 * The TSS has no I/O bitmap: user mode reaches no port.
 */
#ifndef KERNEL_ARCH_X86_64_SEGMENTS_H
#define KERNEL_ARCH_X86_64_SEGMENTS_H

#define TSS_SELECTOR 0x28
#define SYSRET_BASE 0x13 /* SYSRET's SS is 8 above it, CS 16 above it; AMD wants RPL 3 here */

#define IST_NMI 1
#define IST_DOUBLE_FAULT 2
#define IST_MACHINE_CHECK 3
#define IST_DEBUG IST_MACHINE_CHECK

/* Bytes from one vector's stub to the next; behind each 32 is their way to where all go. */
#define STUB_EXCEPTION 8
#define STUB_INTERRUPT 4
#define STUB_ISLAND 8
#define ENTRY_STACK_BYTES 256
#define NMI_STACK_BYTES 64

#ifndef __ASSEMBLER__

#include <stdint.h>

/*
 * Task state segment (Intel SDM vol. 3 section 8.7). rsp0 may be changed between traps: it is at
 * percpu_tss + 4.
 */
struct tss {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7];
    uint64_t reserved2;
    uint16_t reserved3, iomap_base;
} __attribute__((packed));

/*
 * Sets up and loads this CPU's tables and the system call registers. Entry points are those of
 * this CPU's alias: entry.S provides syscall_entry, and trap.S vector_stubs, 256 pieces of code.
 */
void segments_init(void);

#endif
#endif
