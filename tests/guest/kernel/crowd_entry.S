/* SPDX-License-Identifier: BSD-2-Clause */
/* What the threads of a crowd execute (crowd.h): the argument, a handle, is in rsp. */
#include "tests/guest/kernel/area.h"

    .text

    .globl crowd_call, crowd_forward, crowd_answer, crowd_wait
crowd_call:
    mov %esp, %edx
    xor %eax, %eax /* CALL */
    syscall
    mov %eax, %ebx
    mov $REPORT_DONE, %eax
    syscall
    ud2

crowd_forward:
    mov %esp, %edx
    xor %eax, %eax
    syscall
crowd_answer:
    mov $1, %eax /* REPLY_WAIT */
    syscall
    mov %esp, %edx
    test %edx, %edx
    jz crowd_answer
    jmp crowd_forward

crowd_wait:
    mov %esp, %edx
    xor %eax, %eax
    xor %r15d, %r15d /* notification_wait */
    syscall
    mov $1, %eax
    syscall
    jmp crowd_wait
