/* SPDX-License-Identifier: BSD-2-Clause */
/* The registers at a trap taken in the kernel, in the order in which entry.S pushes them. */
#ifndef KERNEL_ARCH_X86_64_TRAP_FRAME_H
#define KERNEL_ARCH_X86_64_TRAP_FRAME_H

#include <stdint.h>

struct trap_frame {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
    uint64_t rdi, rsi, rbp, rbx, rdx, rcx, rax;
    uint64_t vector, error; /* error: 0 where the CPU gives none */
    uint64_t rip, cs, rflags, rsp, ss;
};

#endif
