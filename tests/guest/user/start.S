/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A user's program without a C library: its start, its signal trampoline, and the note. rdi: the
 * process page; rsp: struct process_arguments.
 */

#include "kernel/abi/hash.h"

    .text
    .globl _start
    .type _start, @function
_start:
    mov %rsp, %rsi
    and $-16, %rsp
    call user_start
    ud2
    .size _start, . - _start

    /* A thread or child that begins with a function: its argument is in rdi. */
    .globl user_signal
    .type user_signal, @function
user_signal:
    call user_signalled
    ud2
    .size user_signal, . - user_signal

    .section .note.marcona, "a", @note
    .balign 4
    .long 8, 8, 1
    .asciz "Marcona"
    .quad ABI_HASH

    .section .note.GNU-stack, "", @progbits
