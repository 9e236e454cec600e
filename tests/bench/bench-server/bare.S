/* SPDX-License-Identifier: BSD-2-Clause */
/* See bare.h. A message stays in the registers it came in: rdi rsi r8 r9 r10 r12 r13 r14, r15. */

/* Asserted in main.c. */
#define SYSCALL_CALL 0
#define SYSCALL_REPLY_WAIT 1
#define SYSCALL_REPLY_WAIT_BUFFER 5

/* struct message */
#define MESSAGE_TAG 0
#define MESSAGE_WORD(n) (8 + 8 * (n))

.macro message_load from=%rdi
    mov MESSAGE_TAG(\from), %r15
    mov MESSAGE_WORD(1)(\from), %rsi
    mov MESSAGE_WORD(2)(\from), %r8
    mov MESSAGE_WORD(3)(\from), %r9
    mov MESSAGE_WORD(4)(\from), %r10
    mov MESSAGE_WORD(5)(\from), %r12
    mov MESSAGE_WORD(6)(\from), %r13
    mov MESSAGE_WORD(7)(\from), %r14
    mov MESSAGE_WORD(0)(\from), %rdi
.endm

.macro function name
    .balign 64
    .globl \name
    .type \name, @function
\name:
.endm

    .text

function bare_echo
    message_load
1:  mov $SYSCALL_REPLY_WAIT, %eax
    syscall
    jmp 1b
    .size bare_echo, . - bare_echo

function bare_echo_buffer
    message_load
1:  mov $SYSCALL_REPLY_WAIT_BUFFER, %eax
    syscall
    jmp 1b
    .size bare_echo_buffer, . - bare_echo_buffer

function bare_echo_vectors
    message_load
1:  pcmpeqd %xmm0, %xmm0
    mov $SYSCALL_REPLY_WAIT, %eax
    syscall
    jmp 1b
    .size bare_echo_vectors, . - bare_echo_vectors

/* All that a system call leaves alone is rsp: the handle lies there. */
function bare_forward
    push %rsi
    message_load
1:  mov (%rsp), %edx
    mov $SYSCALL_CALL, %eax
    syscall
    mov $SYSCALL_REPLY_WAIT, %eax
    syscall
    jmp 1b
    .size bare_forward, . - bare_forward

    .section .note.GNU-stack, "", @progbits
