/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every way into the kernel and out of it.
 *
 * A system call's number is in eax, the handle in edx, the message in rdi rsi r8 r9 r10 r12 r13 r14
 * and the tag in r15. Those nine are never touched on the fast path: they are the message. What is
 * left to work with is rax, rdx, rbx, rbp, and after SYSCALL rcx (the user's rip) and r11; and rsp,
 * once the user's is stored. Whatever of these goes back to user mode has been overwritten.
 *
 * The fast path: a call that finds its server idle switches to it; a reply switches back. Nothing is
 * locked, queued, scheduled or charged. One compare finds everything unusual: see thread.h for the
 * marker, and cpu.h for the key that it must equal.
 *
 * NMI and #MC may come at any instruction here, with any stack pointer: they have stacks of their
 * own and touch no thread.
 */
#include "kernel/arch/x86_64/cpu.h"
#include "kernel/arch/x86_64/layout.h"
#include "kernel/object/thread.h"

#define SYSCALL_CALL 0
#define SYSCALL_REPLY_WAIT 1
#define SYSCALL_SIGNAL 2
#define SYSCALL_INSPECT 3
#define SYSCALL_CALL_BUFFER 4
#define SYSCALL_REPLY_WAIT_BUFFER 5

#define RECEIVE_BUFFER 0x100

/* struct slot and struct notification; asserted in kernel/arch/x86_64/offsets.c */
#define SLOT_ENDPOINT 4
#define SLOT_OBJECT 8
#define SLOT_TYPE 12
#define SLOT_TYPE_MASK 0xff
#define SLOT_DYING_BIT 0x100000
#define NOTIFICATION_FLAGS 0
#define NOTIFICATION_LISTENER 4
#define TYPE_NOTIFICATION 8
#define RIGHT_SIGNAL_BIT 0x100
#define PART_PENDING 8 /* struct endpoint_part */

#define CPU(field) percpu_cpu + field(%rip)

/* Patched away at boot where the CPU lacks FSGSBASE: see patch.c. Both are five bytes. */
.macro WRITE_FS_BASE /* from rcx; the long way clobbers rdx and rbp */
771:    wrfsbase %rcx
772:
        .pushsection .text.cold, "ax"
773:    mov %eax, %ebp
        mov %ecx, %eax
        mov %rcx, %rdx
        shr $32, %rdx
        mov $0xc0000100, %ecx /* MSR_FS_BASE */
        wrmsr
        mov %ebp, %eax
        jmp 772b
        .popsection
        .pushsection .rodata.patch.fs, "a"
        .quad 771b, 773b
        .popsection
.endm

.macro CLEAR_GS_BASE zero /* without the instruction user mode can't change it */
774:    wrgsbase \zero
        .pushsection .rodata.patch.gs, "a"
        .quad 774b
        .popsection
.endm

/* From thread r11 to thread rbx: address space and segment bases. Clobbers rcx, rdx, rbp. */
.macro SWITCH_SPACE
        mov THREAD_CR3(%rbx), %rcx
        cmp THREAD_CR3(%r11), %rcx
        je 1f
        mov %rcx, %cr3
1:      mov THREAD_FS(%rbx), %rcx
        WRITE_FS_BASE
.endm

/* To user mode in thread rbx, with rax as it is and the flags given. */
.macro RETURN_TO_THREAD flags
        CLEAR_GS_BASE %rdx
        mov THREAD_IP(%rbx), %rcx
        mov THREAD_SP(%rbx), %rsp
        mov $\flags, %r11d
        xor %ebp, %ebp
        xor %ebx, %ebx
        sysretq
.endm

/*
 * Make the vector registers ready for thread rbx. With CR0.TS set they always hold the initial
 * state; with it clear they hold what the thread that leaves computed, which no call may pass on:
 * the C calling convention has given them up, so they are reset. Clobbers rax, rcx, rdx.
 */
.macro VECTOR_SWITCH
        cmpl $0, CPU(CPU_VECTOR_ON)
        je 2f
775:    mov $-1, %eax
        mov $-1, %edx
        xrstor vector_initial(%rip)
        .pushsection .rodata.patch.xrstor, "a"
        .quad 775b
        .popsection
2:      movzbl THREAD_VECTOR(%rbx), %ecx
        cmp CPU(CPU_VECTOR_ON), %ecx
        je 4f
        mov %cr0, %rax
        xor $0x8, %eax /* CR0.TS */
        mov %rax, %cr0
        mov %ecx, CPU(CPU_VECTOR_ON)
        lea CPU(CPU_MARKER_PLAIN), %rax
        xor %edx, %edx
        test %ecx, %ecx
        cmovnz %rdx, %rax
        mov %rax, CPU(CPU_IDLE_KEY)
4:
.endm

/* The message, to and from the registers of thread r11; with it what a system call returns. */
.macro SAVE_MESSAGE
        mov %rdi, THREAD_REGISTERS(%r11)
        mov %rsi, THREAD_REGISTERS + 8(%r11)
        mov %r8, THREAD_REGISTERS + 16(%r11)
        mov %r9, THREAD_REGISTERS + 24(%r11)
        mov %r10, THREAD_REGISTERS + 32(%r11)
        mov %r12, THREAD_REGISTERS + 40(%r11)
        mov %r13, THREAD_REGISTERS + 48(%r11)
        mov %r14, THREAD_REGISTERS + 56(%r11)
        mov %r15, THREAD_TAG(%r11)
.endm

.macro LOAD_MESSAGE
        mov THREAD_REGISTERS(%r11), %rdi
        mov THREAD_REGISTERS + 8(%r11), %rsi
        mov THREAD_REGISTERS + 16(%r11), %r8
        mov THREAD_REGISTERS + 24(%r11), %r9
        mov THREAD_REGISTERS + 32(%r11), %r10
        mov THREAD_REGISTERS + 40(%r11), %r12
        mov THREAD_REGISTERS + 48(%r11), %r13
        mov THREAD_REGISTERS + 56(%r11), %r14
        mov THREAD_TAG(%r11), %r15
        mov THREAD_RAX(%r11), %rax
        mov THREAD_RDX(%r11), %rdx
.endm

        .section .text.fast, "ax"
        .balign 64
        .global fastpath_begin, fastpath_end, syscall_entry
fastpath_begin:
syscall_entry:
        cmp $SYSCALL_REPLY_WAIT, %eax
        jae not_call

        mov CPU(CPU_CURRENT), %r11
        mov %rsp, THREAD_SP(%r11)
        mov %rcx, THREAD_IP(%r11)
        and THREAD_MASK(%r11), %edx
        add THREAD_CNODE(%r11), %rdx
        mov (%rdx), %rbx /* endpoint reference and badge, in one load */
        mov %ebx, %eax
        shr $32, %rbx
        shl $6, %rbx
        add CPU(CPU_PART_BASE), %rbx
        mov (%rbx), %rbx /* server at the head of this CPU's part */
        mov THREAD_CALLER(%rbx), %rsp
        cmp CPU(CPU_IDLE_KEY), %rsp
        jne call_unusual
        mov %r11, THREAD_CALLER(%rbx)
        mov %rbx, THREAD_CALLEE(%r11)
        mov %rbx, CPU(CPU_CURRENT)
call_switch:
        SWITCH_SPACE
        xor %edx, %edx
        RETURN_TO_THREAD USER_RFLAGS

not_call:
        ja not_ipc
        mov CPU(CPU_CURRENT), %r11
        cmpl $0, CPU(CPU_WAITING)
        jne reply_look
reply:
        mov THREAD_CALLER(%r11), %rbx
        cmp %r11, THREAD_CALLEE(%rbx)
        jne reply_unusual
        mov %rsp, THREAD_SP(%r11)
        mov %rcx, THREAD_IP(%r11)
        mov CPU(CPU_IDLE_KEY), %rcx
        mov %rcx, THREAD_CALLER(%r11)
        xor %eax, %eax
        mov %rax, THREAD_CALLEE(%rbx)
        mov %rbx, CPU(CPU_CURRENT)
reply_switch:
        SWITCH_SPACE
        xor %edx, %edx
        RETURN_TO_THREAD USER_RFLAGS
fastpath_end:

/* Somebody waits somewhere on this CPU: with this server's endpoint? */
reply_look:
        mov THREAD_PART(%r11), %rbx
        cmpl $0, PART_PENDING(%rbx)
        je reply
        jmp slow

/*
 * A call that isn't usual: of a kernel object; or no server is idle here; or one of the two uses vector
 * registers. r11 is the caller, rbx the server at the head, rsp what its `caller` holds, eax the
 * badge, rdx the slot.
 */
call_unusual:
        cmpl $0, SLOT_ENDPOINT(%rdx)
        je invoke
        lea CPU(CPU_MARKER_PLAIN), %rbp
        cmp %rbp, %rsp
        je 1f
        add $CPU_MARKER_VECTOR, %rbp
        cmp %rbp, %rsp
        jne call_slow
1:      mov %eax, %ebp
        VECTOR_SWITCH
        mov %r11, THREAD_CALLER(%rbx)
        lea CALLEE_SLOW(%rbx), %rcx
        mov %rcx, THREAD_CALLEE(%r11)
        mov %rbx, CPU(CPU_CURRENT)
        mov %ebp, %eax
        jmp call_switch

/*
 * An answer that isn't usual. One of the two uses vector registers: handled here. All else (nobody
 * to answer, a fault's answer, …) is the slow path's. r11 is the server, rbx its caller.
 */
reply_unusual:
        lea CALLEE_SLOW(%r11), %rbp
        cmp %rbp, THREAD_CALLEE(%rbx)
        jne slow
        cmpb $FRAME_SYSCALL, THREAD_FRAME_KIND(%rbx)
        jne slow
        mov %rsp, THREAD_SP(%r11)
        mov %rcx, THREAD_IP(%r11)
        lea CPU(CPU_MARKER_PLAIN), %rcx
        lea CPU(CPU_MARKER_VECTOR), %rax
        cmpb $0, THREAD_VECTOR(%r11)
        cmovnz %rax, %rcx
        mov %rcx, THREAD_CALLER(%r11)
        VECTOR_SWITCH
        xor %eax, %eax
        mov %rax, THREAD_CALLEE(%rbx)
        mov %rbx, CPU(CPU_CURRENT)
        jmp reply_switch

not_ipc:
        cmp $SYSCALL_INSPECT, %eax
        jb signal
        je inspect
        cmp $SYSCALL_REPLY_WAIT_BUFFER, %eax
        jb call_buffer
        je reply_buffer
        mov CPU(CPU_CURRENT), %r11
        mov %rax, THREAD_RAX(%r11) /* perhaps no system call of ours: all registers matter then */
        mov %rdx, THREAD_RDX(%r11)
        mov %rbx, THREAD_RBX(%r11)
        mov %rbp, THREAD_RBP(%r11)
        jmp slow

/* Set flags. With nobody listening that is all. */
signal:
        mov CPU(CPU_CURRENT), %r11
        and THREAD_MASK(%r11), %edx
        add THREAD_CNODE(%r11), %rdx
        mov SLOT_TYPE(%rdx), %ebx
        and $(SLOT_TYPE_MASK | RIGHT_SIGNAL_BIT | SLOT_DYING_BIT), %ebx
        cmp $(TYPE_NOTIFICATION | RIGHT_SIGNAL_BIT), %ebx
        jne slow
        mov SLOT_OBJECT(%rdx), %ebx
        shl $6, %rbx
        movabs $NULL_BASE, %rbp
        add %rbp, %rbx
        mov (%rdx), %ebp
        lock or %ebp, NOTIFICATION_FLAGS(%rbx)
        cmpl $0, NOTIFICATION_LISTENER(%rbx)
        jne signal_listener
        xor %eax, %eax
        xor %edx, %edx
        xor %ebx, %ebx
        xor %ebp, %ebp
        mov $USER_RFLAGS, %r11d
        sysretq

/* What a handle names. rsp, rbx and rbp keep what they had: it is the same thread's. */
inspect:
        mov CPU(CPU_CURRENT), %r11
        and THREAD_MASK(%r11), %edx
        add THREAD_CNODE(%r11), %rdx
        mov SLOT_TYPE(%rdx), %edi
        test $SLOT_DYING_BIT, %edi
        jne slow
        and $0xff00ffff, %edi
        mov (%rdx), %esi
        xor %eax, %eax
        xor %edx, %edx
        mov $USER_RFLAGS, %r11d
        sysretq

/*
 * Calls and answers with further words in the message buffers. The plain case, words alone between
 * two threads that have buffers and use no vector registers, is done here.
 */

/* Copy the words that tag r15 counts from the buffer of r11 to that of rbx, with everything kept but
 * rcx, rbp, rdx and rsp. The buffers have been checked. */
.macro COPY_WORDS
        mov %rdi, %rbp
        mov %rsi, %rdx
        mov %r15d, %ecx
        and $0x7f, %ecx
        mov THREAD_BUFFER(%r11), %rsi
        mov THREAD_BUFFER(%rbx), %rdi
        rep movsq
        mov %rbp, %rdi
        mov %rdx, %rsi
.endm

/* To `slow` unless the tag counts no capability and at most 64 words, and both have buffers. */
.macro CHECK_WORDS slow
        mov %r15d, %ecx
        and $0x7ff, %ecx
        cmp $64, %ecx
        ja \slow
        cmpq $0, THREAD_BUFFER(%rbx)
        je \slow
        cmpq $0, THREAD_BUFFER(%r11)
        je \slow
.endm

call_buffer:
        mov CPU(CPU_CURRENT), %r11
        mov %rsp, THREAD_SP(%r11)
        mov %rcx, THREAD_IP(%r11)
        and THREAD_MASK(%r11), %edx
        add THREAD_CNODE(%r11), %rdx
        mov (%rdx), %rbx
        mov %ebx, %esp
        shr $32, %rbx
        shl $6, %rbx
        add CPU(CPU_PART_BASE), %rbx
        mov (%rbx), %rbx
        mov THREAD_CALLER(%rbx), %rcx
        cmp CPU(CPU_IDLE_KEY), %rcx
        jne slow_saved
        CHECK_WORDS slow_saved
        COPY_WORDS
        mov %r11, THREAD_CALLER(%rbx)
        mov %rbx, THREAD_CALLEE(%r11)
        mov %rbx, CPU(CPU_CURRENT)
        SWITCH_SPACE
        mov $RECEIVE_BUFFER, %eax
        mov %esp, %edx
        xor %ebp, %ebp
        CLEAR_GS_BASE %rbp
        mov THREAD_IP(%rbx), %rcx
        mov THREAD_SP(%rbx), %rsp
        mov $(USER_RFLAGS | RFLAGS_CF), %r11d
        xor %ebx, %ebx
        sysretq

reply_buffer:
        mov CPU(CPU_CURRENT), %r11
        cmpl $0, CPU(CPU_WAITING)
        jne slow
        mov THREAD_CALLER(%r11), %rbx
        cmp %r11, THREAD_CALLEE(%rbx)
        jne slow
        mov %rsp, THREAD_SP(%r11)
        mov %rcx, THREAD_IP(%r11)
        CHECK_WORDS slow_saved
        COPY_WORDS
        mov CPU(CPU_IDLE_KEY), %rcx
        mov %rcx, THREAD_CALLER(%r11)
        xor %edx, %edx
        mov %rdx, THREAD_CALLEE(%rbx)
        mov %rbx, CPU(CPU_CURRENT)
        SWITCH_SPACE
        mov $RECEIVE_BUFFER, %eax
        xor %edx, %edx
        RETURN_TO_THREAD (USER_RFLAGS | RFLAGS_CF)

/*
 * The slow path: the message goes to the thread's registers, C decides, and whichever thread is then
 * current is left for. r11 is the thread, eax the number, rdx the slot (CALL, SIGNAL, INSPECT) or handle.
 */
        .section .text, "ax"
call_slow:
        xor %eax, %eax
        jmp slow_saved
slow:
        mov %rsp, THREAD_SP(%r11)
        mov %rcx, THREAD_IP(%r11)
slow_saved:
        SAVE_MESSAGE
        mov CPU(CPU_STACK_TOP), %rsp
        mov %r11, %rdi
        mov %eax, %esi
        call syscall_dispatch
        jmp exit_to_user

/* Flags were set in notification rbx, and somebody listens. The message registers are lost. */
signal_listener:
        mov %rsp, THREAD_SP(%r11)
        mov %rcx, THREAD_IP(%r11)
        mov CPU(CPU_STACK_TOP), %rsp
        mov %r11, %rdi
        mov %rbx, %rsi
        call syscall_signal
        jmp exit_to_user

/* An operation of a kernel object: the same, with less to decide. */
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
        mov THREAD_RFLAGS(%r11), %r11
        sysretq

exit_full:
        mov CPU(CPU_STACK_TOP), %rsp
        cmpb $FRAME_IDLE, THREAD_FRAME_KIND(%r11)
        je exit_idle
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
        sti
        hlt
        jmp exit_idle

/*
 * Exceptions and interrupts. The processor has pushed ss, rsp, rflags, cs, rip and perhaps an error
 * code; the stub adds 0 where it hasn't, and the vector.
 */
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
        .elseif vector == 10 || vector == 11 || vector == 12 || vector == 13 || vector == 14 || vector == 17 || vector == 21 || vector == 29 || vector == 30
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
        mov CPU(CPU_STACK_TOP), %rsp
        mov %r11, %rdi
        call trap_dispatch
        jmp exit_to_user

/* The idle loop's interrupts, whose frame nobody needs; anything else in the kernel is the end. */
trap_in_kernel:
        cmpq $32, TRAP_VECTOR(%rsp)
        jb fatal_entry
        mov TRAP_VECTOR(%rsp), %rsi
        xor %edx, %edx
        mov CPU(CPU_CURRENT), %rdi
        mov CPU(CPU_STACK_TOP), %rsp
        call trap_dispatch
        jmp exit_to_user

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
