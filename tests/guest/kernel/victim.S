/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What victims execute: scripts of system calls with every register set before and stored after.
 * The code lies in the runner's own image, which victims have mapped without its data.
 */
#include "tests/guest/kernel/area.h"

    .text

    /* rdi: the task's area. Executes the steps that are there, and says so each time. */
    .globl victim_script
victim_script:
    push %rdi
1:  mov (%rsp), %rdi
    mov AREA_NEXT(%rdi), %rax
    cmp AREA_COUNT(%rdi), %rax
    jae 2f
    imul $STEP_BYTES, %rax, %rax
    lea AREA_STEPS(%rdi,%rax), %rsi
    call step_run
    mov (%rsp), %rdi
    incq AREA_NEXT(%rdi)
    jmp 1b
2:  mov $REPORT_DONE, %eax
    syscall
    jmp 1b

    /* void step_call(struct area *, struct step *): for C */
    .globl step_call
step_call:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    call step_run
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret

    /* rdi: area, rsi: step */
step_run:
    push %rsi
    push %rdi
    testq $AREA_BASES, AREA_FLAGS(%rdi)
    jz 1f
    lea AREA_BASE(%rdi), %rax
    wrfsbase %rax
    wrgsbase %rax
1:  testq $AREA_VECTOR_LOAD, AREA_FLAGS(%rdi)
    jz 1f
    call vectors_load
1:  mov %rsi, %rdi
    mov 0(%rdi), %rax
    mov 8(%rdi), %rdx
    mov 24(%rdi), %rsi
    mov 32(%rdi), %r8
    mov 40(%rdi), %r9
    mov 48(%rdi), %r10
    mov 56(%rdi), %r12
    mov 64(%rdi), %r13
    mov 72(%rdi), %r14
    mov 80(%rdi), %r15
    mov 88(%rdi), %rbx
    mov 96(%rdi), %rbp
    mov 104(%rdi), %rcx
    mov 112(%rdi), %r11
    push 16(%rdi)
    mov 8(%rsp), %rdi
    testq $AREA_RFLAGS, AREA_FLAGS(%rdi)
    pop %rdi
    jz 1f
    pushq $AREA_ALL_FLAGS
    popfq
1:  syscall
    .globl step_return
step_return:
    pushfq
    push %rdi
    mov 24(%rsp), %rdi
    mov %rax, STEP_OUT+0(%rdi)
    mov %rdx, STEP_OUT+8(%rdi)
    mov %rsi, STEP_OUT+24(%rdi)
    mov %r8, STEP_OUT+32(%rdi)
    mov %r9, STEP_OUT+40(%rdi)
    mov %r10, STEP_OUT+48(%rdi)
    mov %r12, STEP_OUT+56(%rdi)
    mov %r13, STEP_OUT+64(%rdi)
    mov %r14, STEP_OUT+72(%rdi)
    mov %r15, STEP_OUT+80(%rdi)
    mov %rbx, STEP_OUT+88(%rdi)
    mov %rbp, STEP_OUT+96(%rdi)
    mov %rcx, STEP_OUT+104(%rdi)
    mov %r11, STEP_OUT+112(%rdi)
    pop %rax
    mov %rax, STEP_OUT+16(%rdi)
    pop %rax
    mov %rax, STEP_FLAGS(%rdi)
    movq $1, STEP_DONE(%rdi)
    mov (%rsp), %rax
    testq $AREA_BASES, AREA_FLAGS(%rax)
    jz 1f
    rdfsbase %rax
    rdgsbase %rcx
    jmp 2f
1:  mov %fs:0, %rax
    mov %gs:ARENA_ADDRESS, %rcx
2:  mov %rax, STEP_FS(%rdi)
    mov %rcx, STEP_GS(%rdi)
    pop %rdi
    testq $AREA_VECTOR_STORE, AREA_FLAGS(%rdi)
    jz 1f
    call vectors_store
1:  pop %rsi
    ret

.macro all_vectors operation
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    \operation \n
    .endr
.endm
.macro load_wide n
    vmovdqu AREA_VECTOR_IN+32*\n(%rdi), %ymm\n
.endm
.macro load_narrow n
    movdqu AREA_VECTOR_IN+32*\n(%rdi), %xmm\n
.endm
.macro store_wide n
    vmovdqu %ymm\n, AREA_VECTOR_OUT+32*\n(%rdi)
.endm
.macro store_narrow n
    movdqu %xmm\n, AREA_VECTOR_OUT+32*\n(%rdi)
.endm

    /* rdi: area. Also other control words than the initial ones, and something on the x87 stack. */
    .globl vectors_load
vectors_load:
    movl $AREA_MXCSR, -4(%rsp)
    ldmxcsr -4(%rsp)
    movl $AREA_FCW, -4(%rsp)
    fldcw -4(%rsp)
    fldpi
    testq $AREA_AVX, AREA_FLAGS(%rdi)
    jz 1f
    all_vectors load_wide
    ret
1:  all_vectors load_narrow
    ret

    /* rdi: area */
    .globl vectors_store
vectors_store:
    stmxcsr AREA_MXCSR_OUT(%rdi)
    fnstcw AREA_FCW_OUT(%rdi)
    testq $AREA_AVX, AREA_FLAGS(%rdi)
    jz 1f
    all_vectors store_wide
    ret
1:  all_vectors store_narrow
    ret

    /* rdi: area. The flags go to data[0]; then it reports with all registers untouched but rax. */
    .globl victim_report_all
victim_report_all:
    pushfq
    popq AREA_DATA(%rdi)
    mov $REPORT_VALUE, %eax
    syscall
    ud2

    /* Pushes flags and registers, and reports. */
    .globl victim_store_all
victim_store_all:
    lea -8(%rsp), %rsp
    pushfq
    .irp r, rax, rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
    push %\r
    .endr
    mov $REPORT_VALUE, %eax
    syscall
    ud2

    /* rdi: area. Reads at the address in data[0], into rax. */
    .globl victim_read_data, victim_read_data_at
victim_read_data:
    mov AREA_DATA(%rdi), %rcx
victim_read_data_at:
    mov (%rcx), %rax
    mov %rax, %rdi
    mov $REPORT_VALUE, %eax
    syscall
    ud2

    /* rdi: area. Waits for a call, and then reads at the address in data[0], and reports. */
    .globl victim_serve_read
victim_serve_read:
    push %rdi
    mov $1, %eax /* REPLY_WAIT */
    syscall
    pop %rdi
    jmp victim_read_data

    /* rdi: area. Writes data[1] at the address in data[0]. */
    .globl victim_write_data
victim_write_data:
    mov AREA_DATA(%rdi), %rcx
    mov AREA_DATA+8(%rdi), %rax
    mov %rax, (%rcx)
    mov %rax, %rdi
    mov $REPORT_VALUE, %eax
    syscall
    ud2

    /*
     * rdi: area. Reads at the address in data[0], calls the handle in data[1] with the operation
     * data[2] and the words data[3] to data[5], and reads there again.
     */
    .globl victim_change_read
victim_change_read:
    push %rdi
    mov AREA_DATA(%rdi), %rcx
    mov (%rcx), %rax
    xor %eax, %eax /* CALL */
    mov AREA_DATA+8(%rdi), %edx
    mov AREA_DATA+16(%rdi), %r15
    mov AREA_DATA+32(%rdi), %rsi
    mov AREA_DATA+40(%rdi), %r8
    mov AREA_DATA+24(%rdi), %rdi
    syscall
    pop %rdi
    jmp victim_read_data

    /* rdi: area. Goes to the address in data[0]. */
    .globl victim_jump
victim_jump:
    jmp *AREA_DATA(%rdi)

    /* rdi: area. data[1] leads to a count and then as many words: appends data[0] there. */
    .globl victim_note
victim_note:
    call note
    mov $REPORT_DONE, %eax
    syscall
    ud2

note:
    mov AREA_DATA+8(%rdi), %rcx
    mov AREA_DATA(%rdi), %rax
    mov (%rcx), %rdx
    mov %rax, 8(%rcx,%rdx,8)
    incq (%rcx)
    ret

    /* rdi: area. The same ten times, with a yield of the SchedContext data[2] after each. */
    .globl victim_note_yield
victim_note_yield:
    push %rdi
    push $10
1:  mov 8(%rsp), %rdi
    call note
    mov AREA_DATA+16(%rdi), %edx
    xor %eax, %eax /* CALL */
    mov $1, %r15d  /* sched_context_yield */
    syscall
    decq (%rsp)
    jnz 1b
    mov $REPORT_DONE, %eax
    syscall
    ud2

    /* rdi: area. Counts in data[0]. */
    .globl victim_count
victim_count:
    incq AREA_DATA(%rdi)
    jmp victim_count

    /* rdi: a handle. Calls it, and never returns. */
    .globl victim_call
victim_call:
    mov %edi, %edx
    xor %eax, %eax
    syscall
    mov $REPORT_DONE, %eax
    syscall

    /*
     * rdi: area. Loads all registers from its first step, the flags from data[1], the vector
     * registers if its flags say so, and holds them for ever.
     */
    .globl victim_hold, victim_hold_at
victim_hold:
    testq $AREA_VECTOR_LOAD, AREA_FLAGS(%rdi)
    jz 1f
    call vectors_load
1:  lea AREA_STEPS(%rdi), %rbp
    pushq AREA_DATA+8(%rdi)
    mov 0(%rbp), %rax
    mov 8(%rbp), %rdx
    mov 16(%rbp), %rdi
    mov 24(%rbp), %rsi
    mov 32(%rbp), %r8
    mov 40(%rbp), %r9
    mov 48(%rbp), %r10
    mov 56(%rbp), %r12
    mov 64(%rbp), %r13
    mov 72(%rbp), %r14
    mov 80(%rbp), %r15
    mov 88(%rbp), %rbx
    mov 104(%rbp), %rcx
    mov 112(%rbp), %r11
    mov 96(%rbp), %rbp
    popfq
victim_hold_at:
    jmp victim_hold_at

    /* rdi: area. Loads all registers from its first step, and reads at AREA_HOLE. */
    .globl victim_fault_all, victim_fault_all_at, victim_fault_all_after
victim_fault_all:
    lea AREA_STEPS(%rdi), %rbp
    mov 0(%rbp), %rax
    mov 8(%rbp), %rdx
    mov 16(%rbp), %rdi
    mov 24(%rbp), %rsi
    mov 32(%rbp), %r8
    mov 40(%rbp), %r9
    mov 48(%rbp), %r10
    mov 56(%rbp), %r12
    mov 64(%rbp), %r13
    mov 72(%rbp), %r14
    mov 80(%rbp), %r15
    mov 88(%rbp), %rbx
    mov 104(%rbp), %rcx
    mov 112(%rbp), %r11
    mov 96(%rbp), %rbp
victim_fault_all_at:
    mov AREA_HOLE, %rax
victim_fault_all_after:
    jmp victim_hold_at

    /* rdi: area. Stores the vector registers, and reports. */
    .globl victim_store_vectors
victim_store_vectors:
    call vectors_store
    mov $REPORT_DONE, %eax
    syscall
    ud2

    /* rdi: area. Loads the vector registers, reads at the address in data[0], stores them. */
    .globl victim_vectors_over_fault
victim_vectors_over_fault:
    call vectors_load
    mov AREA_DATA(%rdi), %rcx
    mov (%rcx), %rcx
    jmp victim_store_vectors

    /* rdi: area. Calls the handle in data[0], and then uses a vector register. */
    .globl victim_call_vectors, victim_call_vectors_at
victim_call_vectors:
    mov AREA_DATA(%rdi), %edx
    xor %eax, %eax
    syscall
victim_call_vectors_at:
    movaps %xmm0, %xmm1
    ud2

    /*
     * rdi: area. Loads the data segment registers with what a user may have there, again and again
     * since every switch takes it away, and counts in data[0].
     */
    .globl victim_selectors
victim_selectors:
    mov $0x1b, %eax
    mov %eax, %ds
    mov %eax, %gs
    mov $0x23, %eax
    mov %eax, %es
    mov $2, %eax
    mov %eax, %fs
    testq $AREA_BASES, AREA_FLAGS(%rdi)
    jz 1f
    wrgsbase %rdi
1:  incq AREA_DATA(%rdi)
    jmp victim_selectors

    /* rdi: area. Stores them in data[0] to data[3], and reports. */
    .globl victim_store_selectors
victim_store_selectors:
    mov %ds, %rax
    mov %rax, AREA_DATA(%rdi)
    mov %es, %rax
    mov %rax, AREA_DATA+8(%rdi)
    mov %fs, %rax
    mov %rax, AREA_DATA+16(%rdi)
    mov %gs, %rax
    mov %rax, AREA_DATA+24(%rdi)
    testq $AREA_BASES, AREA_FLAGS(%rdi)
    jz 1f
    rdgsbase %rax
    mov %rax, AREA_DATA+32(%rdi)
1:  mov $REPORT_DONE, %eax
    syscall
    ud2

    /*
     * The entries of worker.c. A server without time of its own begins with its first request in
     * the registers; only the stack leads to its area.
     */
    .globl worker_serve, worker_serve_passive, worker_call, worker_churn_entry
    .globl worker_periodic_entry
worker_serve:
    mov $1, %eax /* REPLY_WAIT */
    syscall
worker_serve_passive:
    mov %rdi, %rsi
    lea -AREA_BYTES(%rsp), %rdi
    call worker_server_loop
    mov $REPORT_DONE, %eax
    syscall
    ud2
    .globl steps_client, steps_serve, steps_serve_passive
steps_serve_passive:
    mov %rdi, %rsi
    lea -AREA_BYTES(%rsp), %rdi
    jmp 1f
steps_serve:
    xor %esi, %esi
1:  call steps_server_loop
    mov $REPORT_DONE, %eax
    syscall
    ud2
steps_client:
    call steps_client_loop

worker_churn_entry:
    call worker_churn_loop
worker_periodic_entry:
    call worker_periodic_loop
    jmp 1f
worker_call:
    call worker_client_loop
1:
    mov $REPORT_DONE, %eax
    syscall
    ud2

    /* Nothing but time. */
    .globl victim_spin
victim_spin:
    pause
    jmp victim_spin

    /* int context_save(struct context *): 0, and later what context_restore says. */
    .globl context_save
context_save:
    mov %rbx, 0(%rdi)
    mov %rbp, 8(%rdi)
    mov %r12, 16(%rdi)
    mov %r13, 24(%rdi)
    mov %r14, 32(%rdi)
    mov %r15, 40(%rdi)
    lea 8(%rsp), %rax
    mov %rax, 48(%rdi)
    mov (%rsp), %rax
    mov %rax, 56(%rdi)
    xor %eax, %eax
    ret

    /* _Noreturn void context_restore(struct context *) */
    .globl context_restore
context_restore:
    mov 0(%rdi), %rbx
    mov 8(%rdi), %rbp
    mov 16(%rdi), %r12
    mov 24(%rdi), %r13
    mov 32(%rdi), %r14
    mov 40(%rdi), %r15
    mov 48(%rdi), %rsp
    mov $1, %eax
    jmp *56(%rdi)

    .section .note.GNU-stack, "", @progbits
