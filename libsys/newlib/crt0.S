/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program's first instructions, and the note by which it says for which ABI it was built. The
 * process server starts it with rdi = the process page, rsp = struct process_arguments, and the FS
 * base where start.c expects it (servers/README.md, "Start").
 *
 * A position-independent program first adds to its pointers what the server added to its addresses.
 */

#include "kernel/abi/hash.h"

#define PAGE_IMAGE_BIAS 104 /* struct process_page; asserted in start.c */
#define RELA_BYTES 24
#define RELA_RELATIVE 8

    .text
    .globl _start
    .type _start, @function
_start:
    xor %ebp, %ebp
    mov %rsp, %rsi
    and $-16, %rsp
    mov PAGE_IMAGE_BIAS(%rdi), %rdx
    lea __rela_begin(%rip), %r8
    lea __rela_end(%rip), %r9
    jmp 2f
1:  cmpl $RELA_RELATIVE, 8(%r8) /* the linker makes no others */
    jne 3f
    mov (%r8), %rax
    mov 16(%r8), %rcx
    add %rdx, %rcx
    mov %rcx, (%rax, %rdx)
    add $RELA_BYTES, %r8
2:  cmp %r9, %r8
    jb 1b
    call start_program
3:
    ud2
    .size _start, . - _start

    /* Constructors in .init_array are all there are. */
    .globl _init, _fini
    .type _init, @function
    .type _fini, @function
_init:
_fini:
    ret

    .section .note.marcona, "a", @note
    .balign 4
    .long 8, 8, 1
    .asciz "Marcona"
    .quad ABI_HASH

    .section .note.GNU-stack, "", @progbits
