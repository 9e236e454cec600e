/* SPDX-License-Identifier: BSD-2-Clause */
/* What entry.S and trap.S share: offsets, and the steps that every way to user mode is made of. */
#ifndef KERNEL_ARCH_X86_64_ENTRY_H
#define KERNEL_ARCH_X86_64_ENTRY_H

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
#define RECEIVE_FAULT 0x300
#define VECTOR_PAGE_FAULT 14
#define FAULT_PAGE 1
#define FAULT_BITS 0x13 /* of the processor's error code: present, write, fetch */

/* struct slot and struct notification; asserted in switch.c */
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

#define CPU(field) percpu_cpu + field(% rip)

/* Patched away at boot where the CPU lacks FSGSBASE: see switch.c. Both are five bytes. */
.macro WRITE_FS_BASE /* from rcx; the long way clobbers rdx and rbp */
    771 : wrfsbase %
    rcx 772 :.pushsection.text.cold,
    "ax" 773 : mov % eax, % ebp mov % ecx, % eax mov % rcx, % rdx shr $32, % rdx mov $0xc0000100,
    %
        ecx /* MSR_FS_BASE */
            wrmsr mov %
        ebp,
    % eax jmp 772b.popsection.pushsection.rodata.patch.fs, "a".quad 771b,
    773b.popsection
        .endm

        .macro CLEAR_GS_BASE zero /* without the instruction user mode can't change it */
    774 : wrgsbase \zero.pushsection.rodata.patch.gs,
    "a".quad 774b.popsection
        .endm

        /* From thread r11 to thread rbx: address space and segment bases. Clobbers rcx, rdx, rbp. */
        .macro SWITCH_SPACE mov THREAD_CR3(% rbx),
    % rcx cmp THREAD_CR3(% r11), % rcx je 1f mov % rcx, % cr3 1 : mov THREAD_FS(% rbx),
    %
        rcx WRITE_FS_BASE
            .endm

            /* To user mode in thread rbx, with rax as it is and the flags given. */
            .macro RETURN_TO_THREAD flags CLEAR_GS_BASE
        % rdx mov THREAD_IP(% rbx),
    % rcx mov THREAD_SP(% rbx), % rsp mov $\flags, % r11d xor % ebp, % ebp xor % ebx,
    %
        ebx sysretq
            .endm

            /* The message, to and from the registers of thread r11; with it what a system call returns. */
            .macro SAVE_MESSAGE mov
        % rdi,
    THREAD_REGISTERS(% r11) mov % rsi, THREAD_REGISTERS + 8(% r11) mov % r8,
    THREAD_REGISTERS + 16(% r11) mov % r9, THREAD_REGISTERS + 24(% r11) mov % r10,
    THREAD_REGISTERS + 32(% r11) mov % r12, THREAD_REGISTERS + 40(% r11) mov % r13,
    THREAD_REGISTERS + 48(% r11) mov % r14, THREAD_REGISTERS + 56(% r11) mov % r15,
    THREAD_TAG(% r11)
        .endm

        .macro LOAD_MESSAGE mov THREAD_REGISTERS(% r11),
    % rdi mov THREAD_REGISTERS + 8(% r11), % rsi mov THREAD_REGISTERS + 16(% r11),
    % r8 mov THREAD_REGISTERS + 24(% r11), % r9 mov THREAD_REGISTERS + 32(% r11),
    % r10 mov THREAD_REGISTERS + 40(% r11), % r12 mov THREAD_REGISTERS + 48(% r11),
    % r13 mov THREAD_REGISTERS + 56(% r11), % r14 mov THREAD_TAG(% r11),
    % r15 mov THREAD_RAX(% r11), % rax mov THREAD_RDX(% r11), % rdx.endm

#endif
