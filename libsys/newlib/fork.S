/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fork_call: the process, twice. The registers that a C function keeps are pushed; the child's
 * thread starts at fork_child with the same stack pointer (its stack is a copy), and pops them.
 * Returns 0 in the child; in the parent what fork_parent returns.
 */

    .text
    .globl fork_call
    .type fork_call, @function
fork_call:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    sub $8, %rsp
    lea fork_child(%rip), %rdi
    mov %rsp, %rsi
    mov %fs:0, %rdx
    call fork_parent
    jmp 1f
fork_child:
    call fork_child_begin
    xor %eax, %eax
1:  add $8, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret
    .size fork_call, . - fork_call

    .section .note.GNU-stack, "", @progbits
