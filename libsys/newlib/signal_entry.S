/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * signal_entry: where the process server lets a thread go on whose signal has a handler. All
 * registers but ip, sp and flags are what they were; those three are in the thread's part of the
 * process page. sp is 16-byte aligned, below the red zone of what was interrupted.
 *
 * The frame, from sp up: 512 bytes for FXSAVE, fifteen registers, the address where the way back
 * begins, and 32 bytes of room. The way back needs flags and ip just below the red zone that was
 * left alone: there popfq and `ret $128` end exactly at the sp of before.
 */

#define FRAME_BACK 632
#define FRAME_BYTES 640

    .text
    .globl signal_entry
    .type signal_entry, @function
signal_entry:
    sub $40, %rsp /* room, and FRAME_BACK */
    push %rax
    push %rcx
    push %rdx
    push %rbx
    push %rbp
    push %rsi
    push %rdi
    push %r8
    push %r9
    push %r10
    push %r11
    push %r12
    push %r13
    push %r14
    push %r15
    sub $512, %rsp
    fxsave64 (%rsp)
    cld
    lea FRAME_BACK(%rsp), %rdi
    call signal_entered
    fxrstor64 (%rsp)
    add $512, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %r11
    pop %r10
    pop %r9
    pop %r8
    pop %rdi
    pop %rsi
    pop %rbp
    pop %rbx
    pop %rdx
    pop %rcx
    pop %rax
    mov (%rsp), %rsp
    popfq
    ret $128
    .size signal_entry, . - signal_entry

    .section .note.GNU-stack, "", @progbits
