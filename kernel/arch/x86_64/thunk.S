/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the indirect branches of C code go (Spectre v2): the compiler makes each a branch to the
 * thunk of a register. As linked they are retpolines, whose target no branch predictor
 * supplies (Intel, "Retpoline: A Branch Target Injection Mitigation"); patch.c makes them plain
 * where the CPU needs none. The linker asks for a register that isn't here yet.
 */
#include "kernel/arch/x86_64/entry.inc"

.macro THUNK register
        .section .text, "ax"
        .balign 32
        .global __x86_indirect_thunk_\register
__x86_indirect_thunk_\register:
        PATCH PATCH_NO_RETPOLINES, 1f
        call 3f
2:      pause /* speculation waits here */
        lfence
        jmp 2b
3:      mov %\register, (%rsp)
        ret

        .section .boot_code, "ax"
1:      jmp *%\register
        .balign 8
.endm

THUNK rax
THUNK rdx
