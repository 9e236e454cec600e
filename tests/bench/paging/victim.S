/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread in a space of its own: waits to be told, then writes to pages one after the other, each
 * write between marks. It's copied into an object, so it refers to nothing by its place.
 */
#include "libsys/marker.h"
#include "tests/bench/paging/script.h"
#include "tests/bench/paging/paging.h"

    .section .rodata
    .balign 16
    .globl victim_code
victim_code:
1:  mov $SCRIPT_ADDRESS, %ebx
    mov SCRIPT_EVENT(%rbx), %edx
    xor %eax, %eax              /* CALL; the operation is notification_wait */
    xor %r15d, %r15d
    syscall
    mov $SCRIPT_ADDRESS, %ebx
    mov SCRIPT_AT(%rbx), %rcx
    mov SCRIPT_COUNT(%rbx), %rsi
2:  cmpq $DO_TOUCH, SCRIPT_OPERATION(%rbx)
    ja 4f
    je 3f
    mov %rsi, (%rcx)            /* DO_WRITE: without marks */
    jmp 6f
3:  RS_MARK(REGION_TOUCH, RS_KIND_BEGIN)
    mov %rsi, (%rcx)
    RS_MARK(REGION_TOUCH, RS_KIND_END)
    jmp 6f
4:  cmpq $DO_COPY, SCRIPT_OPERATION(%rbx)
    jne 5f
    RS_MARK(REGION_COPY, RS_KIND_BEGIN)
    mov %rsi, (%rcx)
    RS_MARK(REGION_COPY, RS_KIND_END)
    jmp 6f
5:  RS_MARK(REGION_PAGER, RS_KIND_BEGIN)
    mov %rsi, (%rcx)
    RS_MARK(REGION_PAGER, RS_KIND_END)
6:  add $4096, %rcx
    dec %rsi
    jnz 2b
    incq SCRIPT_DONE(%rbx)
    jmp 1b
    .globl victim_code_end
victim_code_end:

    .section .note.GNU-stack, "", @progbits
