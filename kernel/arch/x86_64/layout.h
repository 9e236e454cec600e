/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's part of every address space: one entry of the root table, number 511.
 *
 *   0xffffff8000000000  NULL_BASE   1 GiB; only the null objects are mapped, at its start
 *   0xffffff8040000000  PHYS_BASE   all RAM from physical 0, up to 254 GiB
 *   0xffffffc000000000  MMIO_BASE   the kernel's own devices, uncached
 *   0xffffffff80000000  IMAGE_BASE  the image; 2 MiB further on the alias of the next CPU, …
 *
 * An object reference is 32 bits: the distance from NULL_BASE in units of 64 bytes. So zeroed
 * memory refers to the null objects, and every reference is good to follow.
 *
 * Also included by assembler.
 */
#ifndef KERNEL_ARCH_X86_64_LAYOUT_H
#define KERNEL_ARCH_X86_64_LAYOUT_H

#define NULL_BASE 0xffffff8000000000
#define PHYS_BASE 0xffffff8040000000
#define PHYS_LIMIT 0x3f80000000 /* 254 GiB: RAM above is left out */
#define MMIO_BASE 0xffffffc000000000
#define IMAGE_BASE 0xffffffff80000000
#define IMAGE_ALIAS_SIZE 0x200000
#define CPU_MAX 256

/* Users may have addresses below this; the page before the hole in the middle stays unmapped, so
 * that no system call instruction can end at a non-canonical address (Intel SDM vol. 2, SYSRET). */
#define USER_LIMIT 0x00007ffffffff000

/* Segment selectors, in the order that SYSRET wants (Intel SDM vol. 2, SYSRET). */
#define KERNEL_CS 0x08
#define KERNEL_SS 0x10
#define USER_SS 0x1b
#define USER_CS 0x23

/* RFLAGS that user mode always gets from a system call: interrupts on, bit 1 is always set. */
#define USER_RFLAGS 0x202
#define RFLAGS_CF 0x1

#endif
