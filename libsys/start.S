/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where programs and passive server threads begin, and the note by which a program says for which
 * ABI it was built.
 *
 * A passive thread begins with its first request in its registers, as if it had come back from
 * REPLY_WAIT. So both entries put all of them aside as a `struct request` (server.h) before they
 * do anything that changes one, the carry flag included: mov, lea and set don't touch it.
 */

#include "kernel/abi/hash.h"

/* struct request; asserted in server.c */
#define REQUEST_TAG 0
#define REQUEST_WORD(n) (8 + 8 * (n))
#define REQUEST_RAX 72
#define REQUEST_RDX 80
#define REQUEST_CARRY 88
#define REQUEST_BYTES 96

.macro request_save base
    mov %r15, REQUEST_TAG+\base
    mov %rdi, REQUEST_WORD(0)+\base
    mov %rsi, REQUEST_WORD(1)+\base
    mov %r8, REQUEST_WORD(2)+\base
    mov %r9, REQUEST_WORD(3)+\base
    mov %r10, REQUEST_WORD(4)+\base
    mov %r12, REQUEST_WORD(5)+\base
    mov %r13, REQUEST_WORD(6)+\base
    mov %r14, REQUEST_WORD(7)+\base
    mov %rax, REQUEST_RAX+\base
    mov %rdx, REQUEST_RDX+\base
    setc %cl
    movzbl %cl, %ecx
    mov %rcx, REQUEST_CARRY+\base
.endm

    .text

    /* A program's first thread. rdi: the information page, or word 0 of a request. */
    .globl _start
    .type _start, @function
_start:
    request_save start_request
    and $-16, %rsp
    call program_start
    ud2
    .size _start, . - _start

    /* A further passive thread. rsp: a struct server_thread. */
    .globl server_thread
    .type server_thread, @function
server_thread:
    lea -REQUEST_BYTES(%rsp), %rsp
    request_save 0(%rsp)
    mov %rsp, %rsi
    lea REQUEST_BYTES(%rsp), %rdi
    call server_thread_main
    ud2
    .size server_thread, . - server_thread

    .bss
    .balign 64
    .globl start_request
    .type start_request, @object
start_request:
    .skip REQUEST_BYTES
    .size start_request, REQUEST_BYTES

    .section .note.marcona, "a", @note
    .balign 4
    .long 8, 8, 1
    .asciz "Marcona"
    .quad ABI_HASH

    .section .note.GNU-stack, "", @progbits
