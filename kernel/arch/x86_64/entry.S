/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls. Exceptions, interrupts and the way back to user mode are in trap.S.
 *
 * A system call's number is in eax, the handle in edx, the message in rdi rsi r8 r9 r10 r12 r13 r14
 * and the tag in r15. Those nine are never touched on the fast path: they are the message. What is
 * left to work with is rax, rdx, rbx, rbp, and after SYSCALL rcx (the user's rip) and r11; and rsp,
 * once the user's is stored. Whatever of these goes back to user mode has been overwritten.
 *
 * The fast path: a call that finds its server idle switches to it; a reply switches back. Nothing
 * is locked, queued, scheduled or charged. One compare finds everything unusual: see thread.h for
 * the marker, and cpu.h for the key that it must equal.
 *
 * NMI and #MC may come at any instruction here, with any stack pointer: they have stacks of their
 * own and touch no thread.
 */
#include "kernel/arch/x86_64/entry.inc"

/*
 * Make the vector registers ready for thread rbx. With CR0.TS set they always hold the initial
 * state; with it clear they hold what the thread that leaves computed, which no call may pass on:
 * the C calling convention has given them up, so they are reset. Clobbers rax, rcx, rdx.
 */
.macro VECTOR_SWITCH
        cmpl $0, CPU(CPU_VECTOR_ON)
        je 2f
        mov $-1, %eax
        mov $-1, %edx
        PATCH PATCH_NO_XSAVE, 0
        xrstor vector_initial(%rip)
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
        mov CPU(CPU_PART_BASE), %rsp
        mov (%rsp, %rbx, 8), %rbx /* server at the head of this CPU's part */
        mov THREAD_CALLER(%rbx), %rsp
        cmp CPU(CPU_IDLE_KEY), %rsp
        jne call_unusual
        decl CPU(CPU_ROOM)
        js call_too_deep
        mov %r11, THREAD_CALLER(%rbx)
        mov %rbx, THREAD_CALLEE(%r11)
        mov %rbx, CPU(CPU_CURRENT)
call_switch:
        SWITCH_SPACE
        xor %edx, %edx
        RETURN_TO_THREAD SYSRET_PLAIN

not_call:
        ja not_ipc
        mov CPU(CPU_CURRENT), %r11
        mov THREAD_CALLER(%r11), %rbx
        cmp %r11, THREAD_CALLEE(%rbx)
        jne reply_unusual
        incl CPU(CPU_ROOM)
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
        RETURN_TO_THREAD SYSRET_PLAIN
fastpath_end:

/*
 * A call that isn't usual: of a kernel object; or no server is idle here; or one of the two uses
 * vector registers; or the time's deadline has passed. r11 is the caller, rbx the server at the
 * head, rsp what its `caller` holds, eax the badge, rdx the slot.
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
1:      cmpl $0, CPU(CPU_EXPIRED)
        jne call_slow
        decl CPU(CPU_ROOM)
        js call_too_deep
        mov %eax, %ebp
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
        jne reply_fault
        incl CPU(CPU_ROOM)
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

/*
 * The answer to a fault: the thread goes on with all registers as they are stored. Nobody uses
 * vector registers, and the server still has its endpoint.
 */
reply_fault:
        cmpl $0, THREAD_FAULT(%rbx)
        je slow
        cmpb $0, THREAD_VECTOR(%rbx)
        jne slow
        cmpl $0, CPU(CPU_VECTOR_ON)
        jne slow
        mov CPU(CPU_PART_BASE), %rbp
        cmp THREAD_PART(%r11), %rbp
        je slow
        incl CPU(CPU_ROOM)
        mov %rsp, THREAD_SP(%r11)
        mov %rcx, THREAD_IP(%r11)
        mov CPU(CPU_IDLE_KEY), %rcx
        mov %rcx, THREAD_CALLER(%r11)
        xor %eax, %eax
        mov %rax, THREAD_CALLEE(%rbx)
        mov %eax, THREAD_FAULT(%rbx)
        mov %rbx, CPU(CPU_CURRENT)
        SWITCH_SPACE
        xor %edx, %edx
        CLEAR_GS_BASE %rdx
        mov %rbx, %r11
        jmp exit_registers

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
        mov SLOT_OBJECT(%rdx), %rbx /* and what it is, in one load: it may change */
        mov %ebx, %ebp
        shr $32, %rbx
        and $(SLOT_TYPE_MASK | RIGHT_SIGNAL_BIT | SLOT_DYING_BIT), %ebx
        cmp $(TYPE_NOTIFICATION | RIGHT_SIGNAL_BIT), %ebx
        jne slow
        shl $6, %rbp
        add null_base(%rip), %rbp
        mov (%rdx), %ebx
        lock or %ebx, NOTIFICATION_FLAGS(%rbp)
        jz 1f /* a badge of 0 sets none */
        cmpl $0, NOTIFICATION_LISTENER(%rbp)
        jne signal_listener
1:      xor %eax, %eax
        xor %edx, %edx
        xor %ebx, %ebx
        xor %ebp, %ebp
        SYSRET_PLAIN

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
        SYSRET_PLAIN

/*
 * Calls and answers with further words in the message buffers. The plain case, words alone between
 * two threads that have buffers and use no vector registers, is done here.
 */

/* Copy the words that tag r15 counts from the buffer of r11 to that of rbx, with everything kept
 * but rcx, rbp, rdx and rsp. The buffers have been checked. */
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
        mov CPU(CPU_PART_BASE), %rcx
        mov (%rcx, %rbx, 8), %rbx
        mov THREAD_CALLER(%rbx), %rcx
        cmp CPU(CPU_IDLE_KEY), %rcx
        jne slow_saved
        CHECK_WORDS slow_saved
        decl CPU(CPU_ROOM)
        js call_buffer_too_deep
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
        xor %ebx, %ebx
        SYSRET_CARRY

reply_buffer:
        mov CPU(CPU_CURRENT), %r11
        mov THREAD_CALLER(%r11), %rbx
        cmp %r11, THREAD_CALLEE(%rbx)
        jne slow
        mov %rsp, THREAD_SP(%r11)
        mov %rcx, THREAD_IP(%r11)
        CHECK_WORDS slow_saved
        incl CPU(CPU_ROOM)
        COPY_WORDS
        mov CPU(CPU_IDLE_KEY), %rcx
        mov %rcx, THREAD_CALLER(%r11)
        xor %edx, %edx
        mov %rdx, THREAD_CALLEE(%rbx)
        mov %rbx, CPU(CPU_CURRENT)
        mov $RECEIVE_BUFFER, %eax
        SWITCH_SPACE
        xor %edx, %edx
        RETURN_TO_THREAD SYSRET_CARRY

/*
 * The slow path: the message goes to the thread's registers, C decides, and whichever thread is
 * then current is left for. r11 is the thread, eax the number, rdx the slot (CALL, SIGNAL, INSPECT)
 * or handle.
 */
        .section .text, "ax"
call_buffer_too_deep:
        incl CPU(CPU_ROOM)
        jmp slow_saved
call_too_deep:
        incl CPU(CPU_ROOM)
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

/* Flags were set in notification rbp, and somebody listens. The message registers are lost. */
signal_listener:
        mov %rsp, THREAD_SP(%r11)
        mov %rcx, THREAD_IP(%r11)
        mov CPU(CPU_STACK_TOP), %rsp
        mov %r11, %rdi
        mov %rbp, %rsi
        call syscall_signal
        jmp exit_to_user
