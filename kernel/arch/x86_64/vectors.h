/* SPDX-License-Identifier: BSD-2-Clause */
/* Who gets which interrupt vector. 0 to 31 are the CPU's exceptions. */
#ifndef KERNEL_ARCH_X86_64_VECTORS_H
#define KERNEL_ARCH_X86_64_VECTORS_H

#define VECTOR_DEBUG 1
#define VECTOR_NMI 2
#define VECTOR_BREAKPOINT 3
#define VECTOR_NO_VECTOR_UNIT 7 /* #NM: a vector instruction with CR0.TS set */
#define VECTOR_DOUBLE_FAULT 8
#define VECTOR_PAGE_FAULT 14
#define VECTOR_MACHINE_CHECK 18

#define VECTOR_TIMER 32
#define VECTOR_DEVICE_FIRST 33
#define VECTOR_DEVICE_LAST 238
#define VECTOR_CALLED 239    /* by another CPU */
#define VECTOR_PIC_FIRST 240 /* to 255: the masked PIC's spurious interrupts; ignore, no EOI */
#define VECTOR_SPURIOUS 255  /* the local APIC's; ignore, no EOI */

#endif
