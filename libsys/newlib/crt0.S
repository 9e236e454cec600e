/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program's first instructions, and the note by which it says for which ABI it was built. The
 * process server starts it with rdi = the process page, rsp = struct process_arguments, and the FS
 * base where start.c expects it (servers/README.md, "Start").
 */

#include "kernel/abi/hash.h"

    .text
    .globl _start
    .type _start, @function
_start:
    xor %ebp, %ebp
    mov %rsp, %rsi
    and $-16, %rsp
    call start_program
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
