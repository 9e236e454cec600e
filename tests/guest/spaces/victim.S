/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread in another space: waits to be told, reads, writes or calls addresses, and says so. It's
 * copied into an object, so it refers to nothing by its place.
 */
#include "tests/guest/spaces/script.h"

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
    mov SCRIPT_VALUE(%rbx), %rdx
2:  cmpq $ACCESS_DO_WRITE, SCRIPT_OPERATION(%rbx)
    je 3f
    ja 4f
    mov (%rcx), %rdx
    jmp 5f
3:  mov %rdx, (%rcx)
    jmp 5f
4:  call *%rcx
5:  add $4096, %rcx
    dec %rsi
    jnz 2b
    mov %rdx, SCRIPT_VALUE(%rbx)
    incq SCRIPT_DONE(%rbx)
    jmp 1b
    .globl victim_code_end
victim_code_end:

    .section .note.GNU-stack, "", @progbits
