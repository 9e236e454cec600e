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

/* A call of a kernel object, from entry.S: the slow path with less to decide. */
        .global invoke
invoke:
        SAVE_MESSAGE
        mov CPU(CPU_STACK_TOP), %rsp
        mov %r11, %rdi
        mov %rdx, %rsi
        call syscall_invoke

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
        PATCH PATCH_EXIT, exit_stored
        mov THREAD_RFLAGS(%r11), %r11
        sysretq

exit_full:
        cmpb $FRAME_IDLE, THREAD_FRAME_KIND(%r11)
        je exit_idle
        .global exit_registers
exit_registers: /* of thread r11 */
        lea entry_stack_top(%rip), %rsp
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
        PATCH PATCH_EXIT, exit_iret
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
 * The trampoline: all code that runs while CR3 holds a user's tables. Where these have no kernel
 * (flaws.h), they still map this section, struct cpu, the descriptor tables and the stacks that the
 * processor enters on; nothing else may be touched before CR3 has been written on the way in, or
 * after that on the way out.
 *
 * Ways out: what PATCH_EXIT leads to. r11 is free, because SYSRET gives it a constant. Where
 * only one of the two is needed, other tables or clean buffers, the other is patched away.
 */
        .section .text.trampoline, "ax"

.macro LEAVE cr3
        PATCH PATCH_ONE_TABLE, 4
        mov \cr3, %cr3
.endm

.macro CLEAN_BUFFERS /* VERW does it where the microcode says MD_CLEAR (Intel, MDS, section VERW) */
        PATCH PATCH_NO_VERW, 7
        verw trampoline_selector(%rip)
.endm

        .global exit_plain, exit_carry
exit_plain:
        mov CPU(CPU_CURRENT), %r11
        mov THREAD_CR3(%r11), %r11
        LEAVE %r11
        CLEAN_BUFFERS
        mov $USER_RFLAGS, %r11d
        sysretq

exit_carry:
        mov CPU(CPU_CURRENT), %r11
        mov THREAD_CR3(%r11), %r11
        LEAVE %r11
        CLEAN_BUFFERS
        mov $(USER_RFLAGS | RFLAGS_CF), %r11d
        sysretq

exit_stored:
        mov THREAD_RFLAGS(%r11), %rbp
        mov THREAD_CR3(%r11), %r11
        LEAVE %r11
        CLEAN_BUFFERS
        mov %rbp, %r11
        xor %ebp, %ebp
        sysretq

exit_iret: /* the frame is on the entry stack; so is r11 for a moment, and wiped */
        push THREAD_R11(%r11)
        mov THREAD_CR3(%r11), %r11
        LEAVE %r11
        CLEAN_BUFFERS
        pop %r11
        movq $0, -8(%rsp)
        iretq

trampoline_selector:
        .word KERNEL_SS

/* The way in of a system call, instead of syscall_entry: r11 has only the user's flags. */
        .global syscall_entry_separate
syscall_entry_separate:
        mov CPU(CPU_ENTRY_CR3), %r11
        mov %r11, %cr3
        jmp syscall_entry

/*
 * Exceptions and interrupts. The processor has pushed ss, rsp, rflags, cs, rip and perhaps an error
 * code. The stub adds the vector, as a signed byte.
 */
/* Exceptions with an error code: TS NP SS GP PF AC CP VC SX; DF has a stack of its own. */
#define ERROR_CODES (0x7c00 | 1 << 17 | 1 << 21 | 1 << 29 | 1 << 30)

        .balign 64
        .global vector_stubs
vector_stubs:
        .set vector, 0
        .rept VECTOR_TIMER
        .balign STUB_EXCEPTION
        .if vector == VECTOR_NMI
        iretq /* nobody waits for one; and so it needs neither registers nor the kernel's tables */
        .else
        .byte 0x6a, vector /* push */
        .if vector == VECTOR_MACHINE_CHECK
        jmp fatal_no_code
        .elseif vector == VECTOR_DOUBLE_FAULT
        jmp fatal_entry
        .elseif (ERROR_CODES >> vector) & 1
        jmp trap_entry
        .else
        jmp trap_no_code
        .endif
        .endif
        .set vector, vector + 1
        .endr
        .rept (256 - VECTOR_TIMER) / 32
        .balign 8
        .rept 32
        .byte 0x6a, vector               /* push */
        .byte 0xeb, (31 - vector % 32) * 4 /* jmp, to behind these 32 */
        .set vector, vector + 1
        .endr
        jmp trap_no_code
        .endr
        .balign 8

#define TRAP_VECTOR 0
#define TRAP_ERROR 8
#define TRAP_RIP 16
#define TRAP_CS 24
#define TRAP_RFLAGS 32
#define TRAP_RSP 40

trap_no_code:
        pushq TRAP_VECTOR(%rsp)
        movq $0, TRAP_ERROR(%rsp)
trap_entry:
        testb $3, TRAP_CS(%rsp)
        jz trap_in_kernel
        push %r11
        push $2 /* all flags clear: DF, AC and NT are the user's no longer */
        popfq
        PATCH PATCH_SEPARATE, trap_separate
        mov CPU(CPU_CURRENT), %r11
        popq THREAD_R11(%r11)
trap_entered:
        SAVE_MESSAGE
        mov %rax, THREAD_RAX(%r11)
        mov %rdx, THREAD_RDX(%r11)
        mov %rbx, THREAD_RBX(%r11)
        mov %rbp, THREAD_RBP(%r11)
        mov %rcx, THREAD_RCX(%r11)
        pop %rsi /* vector */
        pop %rdx /* error code */
        popq THREAD_IP(%r11)
        pop %rax /* cs */
        popq THREAD_RFLAGS(%r11)
        popq THREAD_SP(%r11)
        movb $FRAME_FULL, THREAD_FRAME_KIND(%r11)
        cmp $VECTOR_PAGE_FAULT, %esi
        je page_fault
trap_slow:
        mov CPU(CPU_STACK_TOP), %rsp
        mov %r11, %rdi
        movzbl %sil, %esi
        call trap_dispatch
        jmp exit_to_user

trap_separate: /* and nothing of r11 stays where it was pushed */
        mov CPU(CPU_ENTRY_CR3), %r11
        mov %r11, %cr3
        mov CPU(CPU_CURRENT), %r11
        popq THREAD_R11(%r11)
        movq $0, -8(%rsp)
        jmp trap_entered

/* The idle loop's interrupts, whose frame nobody needs; anything else in the kernel is the end. */
trap_in_kernel:
        cmpq $VECTOR_DEBUG, TRAP_VECTOR(%rsp)
        je debug_in_kernel
        cmpq $32, TRAP_VECTOR(%rsp)
        jb fatal_entry
        movzbl TRAP_VECTOR(%rsp), %ebx
        mov CPU(CPU_STACK_TOP), %rsp
        call clock_follow
        mov %ebx, %esi
        xor %edx, %edx
        mov CPU(CPU_CURRENT), %rdi
        call trap_dispatch
        jmp exit_to_user

/* A single step over SYSCALL, delivered late: TF is clear by now, and the step is forgotten. CR3
 * may hold either tables, and keeps them. */
debug_in_kernel:
        add $16, %rsp
        iretq

/*
 * #DF, #MC, and exceptions in the kernel: the end. The whole frame is kept where it lies; but the
 * entry stack has no room for C.
 */
fatal_no_code:
        pushq TRAP_VECTOR(%rsp)
        movq $0, TRAP_ERROR(%rsp)
fatal_entry:
        push %rax
        mov CPU(CPU_ENTRY_CR3), %rax
        test %rax, %rax
        jz 1f
        mov %rax, %cr3
1:      push %rcx
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
        lea entry_stack_top(%rip), %rax
        sub %rsp, %rax
        cmp $ENTRY_STACK_BYTES, %rax
        ja 2f
        mov CPU(CPU_STACK_TOP), %rsp
2:      and $-16, %rsp
        call trap_fatal
        ud2

        .section .text, "ax"
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
        xor %ebx, %ebx
        SYSRET_CARRY

page_fault_too_deep:
        incl CPU(CPU_ROOM)
        jmp trap_slow

        .section .rodata, "a"
        .balign 64
        .global vector_initial, null_base
null_base:
        .quad NULL_BASE
        .balign 64
vector_initial: /* XSAVE area in its initial state: control words, and an all-zero header */
        .word 0x37f
        .skip 22
        .long 0x1f80
        .skip 576 - 28
