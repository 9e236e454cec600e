/* SPDX-License-Identifier: BSD-2-Clause */
/* See bare.h. */

#include "libsys/marker.h"
#include "tests/bench/bench/regions.h"

/* Asserted in ipc.c. */
#define SYSCALL_CALL 0
#define SYSCALL_REPLY_WAIT 1
#define SYSCALL_SIGNAL 2
#define SYSCALL_INSPECT 3
#define SYSCALL_CALL_BUFFER 4
#define SYSCALL_REPLY_WAIT_BUFFER 5

/* struct bare */
#define BARE_TAG 0
#define BARE_WORD(n) (8 + 8 * (n))
#define BARE_CAP 72
#define BARE_RAX 80
#define BARE_RDX 88
#define BARE_CARRY 96
#define BARE_BEGIN 104
#define BARE_END 112

/* struct spin */
#define SPIN_CLOCK 0
#define SPIN_DEADLINE 8
#define SPIN_STOP 16

/* struct ring */
#define RING_TAG 0
#define RING_DONE 8
#define RING_LEFT 16
#define RING_PASSES 24
#define RING_FAILED 32
#define RING_BEGIN 40
#define RING_TICKS 48
#define RING_SAMPLES 256

#define NO_REGION 0xff

.macro function name
    .balign 64
    .globl \name
    .type \name, @function
\name:
.endm

/* Clobbers rdx. */
.macro clock_read
    lfence
    rdtsc
    lfence
    shl $32, %rdx
    or %rdx, %rax
.endm

/* The message into registers; on the stack the handle, and above it the structure. */
.macro bare_enter
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    push %rdi
    push BARE_CAP(%rdi)
    mov BARE_TAG(%rdi), %r15
    mov BARE_WORD(1)(%rdi), %rsi
    mov BARE_WORD(2)(%rdi), %r8
    mov BARE_WORD(3)(%rdi), %r9
    mov BARE_WORD(4)(%rdi), %r10
    mov BARE_WORD(5)(%rdi), %r12
    mov BARE_WORD(6)(%rdi), %r13
    mov BARE_WORD(7)(%rdi), %r14
    mov BARE_WORD(0)(%rdi), %rdi
.endm

/* The message back into the structure, which rbx has, and return. */
.macro bare_leave
    mov %r15, BARE_TAG(%rbx)
    mov %rdi, BARE_WORD(0)(%rbx)
    mov %rsi, BARE_WORD(1)(%rbx)
    mov %r8, BARE_WORD(2)(%rbx)
    mov %r9, BARE_WORD(3)(%rbx)
    mov %r10, BARE_WORD(4)(%rbx)
    mov %r12, BARE_WORD(5)(%rbx)
    mov %r13, BARE_WORD(6)(%rbx)
    mov %r14, BARE_WORD(7)(%rbx)
    add $16, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret
.endm

/*
 * A function of struct bare. All registers but rsp are lost in the call, so what is needed after it
 * lies on the stack: the handle and the structure. Another thread may look at `begin` meanwhile.
 */
.macro BARE name, number, begin=NO_REGION, end=NO_REGION, vectors=0
function \name
    bare_enter
    clock_read
    mov 8(%rsp), %rdx
    mov %rax, BARE_BEGIN(%rdx)
    xor %eax, %eax
    .if \begin != NO_REGION
    RS_BEGIN(\begin)
    .endif
    .if \vectors
    pcmpeqd %xmm0, %xmm0
    .endif
    .if \number
    mov $\number, %eax
    .endif
    mov (%rsp), %edx
    syscall
    .if \end != NO_REGION
    RS_END(\end)
    .endif
    mov 8(%rsp), %rbx
    mov %rax, BARE_RAX(%rbx)
    mov %rdx, BARE_RDX(%rbx)
    setc %cl
    clock_read
    mov %rax, BARE_END(%rbx)
    movzbl %cl, %ecx
    mov %rcx, BARE_CARRY(%rbx)
    bare_leave
    .size \name, . - \name
.endm

    .text

BARE bare_inter_0w, SYSCALL_CALL, REGION_INTER_0W, REGION_INTER_0W
BARE bare_inter_4w, SYSCALL_CALL, REGION_INTER_4W, REGION_INTER_4W
BARE bare_inter_8w, SYSCALL_CALL, REGION_INTER_8W, REGION_INTER_8W
BARE bare_intra_0w, SYSCALL_CALL, REGION_INTRA_0W, REGION_INTRA_0W
BARE bare_intra_4w, SYSCALL_CALL, REGION_INTRA_4W, REGION_INTRA_4W
BARE bare_intra_8w, SYSCALL_CALL, REGION_INTRA_8W, REGION_INTRA_8W
BARE bare_callers, SYSCALL_CALL, REGION_CALLERS, REGION_CALLERS
BARE bare_deadline, SYSCALL_CALL, REGION_INTER_DEADLINE, REGION_INTER_DEADLINE
BARE bare_deep3, SYSCALL_CALL, REGION_DEEP3, REGION_DEEP3

BARE bare_inter_10w, SYSCALL_CALL_BUFFER, REGION_INTER_10W, REGION_INTER_10W
BARE bare_inter_16w, SYSCALL_CALL_BUFFER, REGION_INTER_16W, REGION_INTER_16W
BARE bare_inter_64w, SYSCALL_CALL_BUFFER, REGION_INTER_64W, REGION_INTER_64W
BARE bare_intra_10w, SYSCALL_CALL_BUFFER, REGION_INTRA_10W, REGION_INTRA_10W
BARE bare_intra_64w, SYSCALL_CALL_BUFFER, REGION_INTRA_64W, REGION_INTRA_64W
BARE bare_cap1, SYSCALL_CALL_BUFFER, REGION_CAP1, REGION_CAP1
BARE bare_cap4, SYSCALL_CALL_BUFFER, REGION_CAP4, REGION_CAP4
BARE bare_own1, SYSCALL_CALL_BUFFER, REGION_OWN1, REGION_OWN1

BARE bare_vectors, SYSCALL_CALL, REGION_VECTORS, REGION_VECTORS, 1

BARE bare_null, SYSCALL_INSPECT, REGION_NULL, REGION_NULL
BARE bare_signal_idle, SYSCALL_SIGNAL, REGION_SIGNAL_IDLE, REGION_SIGNAL_IDLE

BARE bare_wake_signal, SYSCALL_SIGNAL, REGION_SIGNAL_WAKE
BARE bare_wake_wait, SYSCALL_CALL, NO_REGION, REGION_SIGNAL_WAKE
BARE bare_switch_from, SYSCALL_CALL, REGION_SWITCH
BARE bare_switch_to, SYSCALL_CALL, NO_REGION, REGION_SWITCH
BARE bare_irq_wait, SYSCALL_CALL, NO_REGION, REGION_IRQ_DELIVER
BARE bare_preempt_wait, SYSCALL_CALL, NO_REGION, REGION_PREEMPT
BARE bare_deplete_wait, SYSCALL_CALL, NO_REGION, REGION_DEPLETE
BARE bare_irq_ack, SYSCALL_CALL, REGION_IRQ_ACK, REGION_IRQ_ACK

/* The count lies in the structure meanwhile. A call that fails ends it, with carry set. */
function bare_repeat
    mov %rsi, BARE_END(%rdi)
    bare_enter
1:  xor %eax, %eax
    mov (%rsp), %edx
    syscall
    mov 8(%rsp), %rbx
    jc 2f
    decq BARE_END(%rbx)
    jnz 1b
    clc
2:  mov %rax, BARE_RAX(%rbx)
    setc %cl
    movzbl %cl, %ecx
    mov %rcx, BARE_CARRY(%rbx)
    bare_leave
    .size bare_repeat, . - bare_repeat

function bare_vector
    movq %xmm0, %rax
    ret
    .size bare_vector, . - bare_vector

/* A mark behind each instruction: wherever the interrupt comes, at most one has been counted. */
.macro SPIN name, region
function \name
1:  RS_BEGIN(\region)
    rdtsc
    RS_BEGIN(\region)
    shl $32, %rdx
    RS_BEGIN(\region)
    or %rdx, %rax
    RS_BEGIN(\region)
    mov %rax, SPIN_CLOCK(%rdi)
    RS_BEGIN(\region)
    cmp SPIN_DEADLINE(%rdi), %rax
    RS_BEGIN(\region)
    ja 2f
    RS_BEGIN(\region)
    cmpq $0, SPIN_STOP(%rdi)
    RS_BEGIN(\region)
    je 1b
2:  ret
    .size \name, . - \name
.endm

SPIN bare_spin, REGION_IRQ_DELIVER
SPIN bare_spin_slice, REGION_PREEMPT
SPIN bare_spin_budget, REGION_DEPLETE

/*
 * A thread of a ring: it ends the pass that the one before it began, and begins the next. Its stack
 * pointer is no pointer but the handle of its time: with rip all that a system call leaves it.
 */
.macro RING name, region
function \name
1:  RS_END(\region)
    adcq $0, ring + RING_FAILED(%rip)
    clock_read
    mov ring + RING_PASSES(%rip), %rcx
    lea ring + RING_TICKS(%rip), %rbx
    and $(RING_SAMPLES - 1), %ecx
    sub ring + RING_BEGIN(%rip), %rax
    mov %rax, (%rbx, %rcx, 8)
    incq ring + RING_PASSES(%rip)
    decq ring + RING_LEFT(%rip)
    jz 2f
    mov ring + RING_TAG(%rip), %r15
    clock_read
    mov %rax, ring + RING_BEGIN(%rip)
    xor %eax, %eax
    RS_BEGIN(\region)
    mov %esp, %edx
    syscall
    jmp 1b
2:  mov $SYSCALL_SIGNAL, %eax
    mov ring + RING_DONE(%rip), %edx
    syscall
    ud2
    .size \name, . - \name
.endm

RING bare_ring_2, REGION_SWITCH_2
RING bare_ring_10000, REGION_SWITCH_10000

function bare_echo
1:  mov $SYSCALL_REPLY_WAIT, %eax
    syscall
    jmp 1b
    .size bare_echo, . - bare_echo

function bare_echo_buffer
1:  mov $SYSCALL_REPLY_WAIT_BUFFER, %eax
    syscall
    jmp 1b
    .size bare_echo_buffer, . - bare_echo_buffer

    .section .note.GNU-stack, "", @progbits
