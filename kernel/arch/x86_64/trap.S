/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exceptions and interrupts, and leaving the kernel off the fast path.
 *
 * A trap from user mode stores all registers in the current thread; on the way back they are loaded
 * from whichever thread is current then. A page fault whose pager is idle goes straight to it, and
 * its answer straight back: the longer form of a call.
 */
#include "kernel/arch/x86_64/entry.inc"

        .section .text, "ax"

/* Leave for the current thread. */
        .global exit_to_user
exit_to_user:
        mov CPU(CPU_CURRENT), %r11
        cmpb $FRAME_SYSCALL, THREAD_FRAME_KIND(%r11)
        jne exit_full
        LOAD_MESSAGE
        xor %ebx, %ebx
        xor %ebp, %ebp
        mov THREAD_IP(%r11), %rcx
        mov THREAD_SP(%r11), %rsp
        mov THREAD_RFLAGS(%r11), %r11
        sysretq

exit_full:
        cmpb $FRAME_IDLE, THREAD_FRAME_KIND(%r11)
        je exit_idle
        .global exit_registers
exit_registers: /* of thread r11 */
        mov CPU(CPU_STACK_TOP), %rsp
        movb $FRAME_SYSCALL, THREAD_FRAME_KIND(%r11) /* that is what it will leave, if it calls */
        push $USER_SS
        push THREAD_SP(%r11)
        push THREAD_RFLAGS(%r11)
        push $USER_CS
        push THREAD_IP(%r11)
        LOAD_MESSAGE
        mov THREAD_RBX(%r11), %rbx
        mov THREAD_RBP(%r11), %rbp
        mov THREAD_RCX(%r11), %rcx
        mov THREAD_R11(%r11), %r11
        iretq

/* Nothing to run: the interrupt that ends this comes with the idle thread current. */
        .global exit_idle
exit_idle:
        mov CPU(CPU_STACK_TOP), %rsp
1:      sti
        hlt
        jmp 1b

/*
 * Exceptions and interrupts. The processor has pushed ss, rsp, rflags, cs, rip and perhaps an error
 * code; the stub adds 0 where it hasn't, and the vector.
 */
/* Exceptions with an error code: TS NP SS GP PF AC CP VC SX; DF has a stack of its own. */
#define ERROR_CODES (0x7c00 | 1 << 17 | 1 << 21 | 1 << 29 | 1 << 30)

        .balign 16
        .global vector_stubs
vector_stubs:
        .set vector, 0
        .rept 256
        .balign 16
        .if vector == 2 || vector == 18
        push $0
        push $vector
        jmp fatal_entry
        .elseif vector == 8
        push $vector
        jmp fatal_entry
        .elseif vector < 32 && ((ERROR_CODES >> vector) & 1)
        push $vector
        jmp trap_entry
        .else
        push $0
        push $vector
        jmp trap_entry
        .endif
        .set vector, vector + 1
        .endr

#define TRAP_VECTOR 0
#define TRAP_ERROR 8
#define TRAP_RIP 16
#define TRAP_CS 24
#define TRAP_RFLAGS 32
#define TRAP_RSP 40

trap_entry:
        testb $3, TRAP_CS(%rsp)
        jz trap_in_kernel
        push %r11
        push $2 /* all flags clear: DF, AC and NT are the user's no longer */
        popfq
        mov CPU(CPU_CURRENT), %r11
        SAVE_MESSAGE
        mov %rax, THREAD_RAX(%r11)
        mov %rdx, THREAD_RDX(%r11)
        mov %rbx, THREAD_RBX(%r11)
        mov %rbp, THREAD_RBP(%r11)
        mov %rcx, THREAD_RCX(%r11)
        pop %rax
        mov %rax, THREAD_R11(%r11)
        pop %rsi /* vector */
        pop %rdx /* error code */
        pop %rax
        mov %rax, THREAD_IP(%r11)
        mov 8(%rsp), %rax
        mov %rax, THREAD_RFLAGS(%r11)
        mov 16(%rsp), %rax
        mov %rax, THREAD_SP(%r11)
        movb $FRAME_FULL, THREAD_FRAME_KIND(%r11)
        cmp $VECTOR_PAGE_FAULT, %esi
        je page_fault
trap_slow:
        mov CPU(CPU_STACK_TOP), %rsp
        mov %r11, %rdi
        call trap_dispatch
        jmp exit_to_user

/*
 * Call the pager, if it's idle here: what ipc_fault does, with the message made in registers. The
 * thread's time goes with it. rdx is the error code.
 */
page_fault:
        mov THREAD_BINDING_FAULT + SLOT_ENDPOINT(%r11), %ebx
        mov CPU(CPU_PART_BASE), %rcx
        mov (%rcx, %rbx, 8), %rbx
        mov THREAD_CALLER(%rbx), %rcx
        cmp CPU(CPU_IDLE_KEY), %rcx
        jne trap_slow
        mov THREAD_IP(%r11), %rdi
        bt $47, %rdi
        jc trap_slow
        decl CPU(CPU_ROOM)
        js page_fault_too_deep
        mov %r11, THREAD_CALLER(%rbx)
        lea CALLEE_SLOW(%rbx), %rcx
        mov %rcx, THREAD_CALLEE(%r11)
        movl $FAULT_PAGE, THREAD_FAULT(%r11)
        mov %rbx, CPU(CPU_CURRENT)
        and $FAULT_BITS, %edx
        mov %rdx, %r8
        SWITCH_SPACE
        mov %cr2, %rsi
        mov THREAD_SP(%r11), %r9
        mov THREAD_RFLAGS(%r11), %r10
        xor %r12d, %r12d
        xor %r13d, %r13d
        xor %r14d, %r14d
        mov $(FAULT_PAGE << 12), %r15d
        mov $RECEIVE_FAULT, %eax
        mov THREAD_BINDING_FAULT(%r11), %edx /* badge */
        xor %ebp, %ebp
        CLEAR_GS_BASE %rbp
        mov THREAD_IP(%rbx), %rcx
        mov THREAD_SP(%rbx), %rsp
        mov $(USER_RFLAGS | RFLAGS_CF), %r11d
        xor %ebx, %ebx
        sysretq

page_fault_too_deep:
        incl CPU(CPU_ROOM)
        jmp trap_slow

/* The idle loop's interrupts, whose frame nobody needs; anything else in the kernel is the end. */
trap_in_kernel:
        cmpq $VECTOR_DEBUG, TRAP_VECTOR(%rsp)
        je debug_in_kernel
        cmpq $32, TRAP_VECTOR(%rsp)
        jb fatal_entry
        mov TRAP_VECTOR(%rsp), %rsi
        xor %edx, %edx
        mov CPU(CPU_CURRENT), %rdi
        mov CPU(CPU_STACK_TOP), %rsp
        call trap_dispatch
        jmp exit_to_user

/* A single step over SYSCALL, delivered late: TF is clear by now, and the step is forgotten. */
debug_in_kernel:
        add $16, %rsp
        iretq

/* NMI, #DF, #MC, and exceptions in the kernel: the whole frame is kept where it lies. */
fatal_entry:
        push %rax
        push %rcx
        push %rdx
        push %rbx
        push %rbp
        push %rsi
        push %rdi
        push %r8
        push %r9
        push %r10
        push %r11
        push %r12
        push %r13
        push %r14
        push %r15
        cld
        mov %rsp, %rdi
        mov %rsp, %rbx
        and $-16, %rsp
        call trap_fatal /* returns for an NMI only */
        mov %rbx, %rsp
        pop %r15
        pop %r14
        pop %r13
        pop %r12
        pop %r11
        pop %r10
        pop %r9
        pop %r8
        pop %rdi
        pop %rsi
        pop %rbp
        pop %rbx
        pop %rdx
        pop %rcx
        pop %rax
        add $16, %rsp
        iretq

        .section .rodata, "a"
        .balign 64
        .global vector_initial
vector_initial: /* XSAVE area in its initial state: control words, and an all-zero header */
        .word 0x37f
        .skip 22
        .long 0x1f80
        .skip 576 - 28
