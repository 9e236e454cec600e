/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instructions that user mode must not get through with, or that have broken kernels elsewhere.
 * Each is a victim of its own: it starts at its snippet with rdi leading to its area and all other
 * registers zero. The table says with which exceptions it may end. What gets through reports.
 */
#include "tests/guest/kernel/area.h"

#define DE (1 << 0)
#define DB (1 << 1)
#define BP (1 << 3)
#define UD (1 << 6)
#define NM (1 << 7)
#define NP (1 << 11)
#define SS (1 << 12)
#define GP (1 << 13)
#define PF (1 << 14)
#define MF (1 << 16)
#define AC (1 << 17)
#define XM (1 << 19)
#define BY_SMAP (1 << 28) /* an emulator takes reading the user's stack for the kernel's access */
#define ANYWHERE (1 << 29) /* reported at this address or another: processors differ */
#define UNLESS_UMIP (1 << 30) /* THROUGH on CPUs without UMIP */
#define THROUGH (1 << 31) /* nothing happens, and nothing came of it */

/* Ends the snippet that was begun: `at` is where the exception must be reported. */
.macro begin
900:
.endm

.macro at
901:
.endm

.macro end name, vectors, error=-1
    mov $REPORT_VALUE, %eax
    syscall
    ud2
    .pushsection .rodata.str
902: .asciz "\name"
    .popsection
    .pushsection .rodata.hostile
    .quad 902b, 900b, 901b
    .long \vectors, \error
    .popsection
.endm

/* One instruction. */
.macro one name, vectors, instruction:vararg
    begin
    at
    \instruction
    end "\name", \vectors
.endm

    .section .rodata.hostile, "a"
    .balign 8
    .globl hostile_table, hostile_table_end
hostile_table:

    .text

    /* ---- Privileged instructions ---- */
    one "hlt", GP, hlt
    one "cli", GP, cli
    one "sti", GP, sti
    one "clts", GP, clts
    one "invd", GP, invd
    one "wbinvd", GP, wbinvd
    one "invlpg", GP, invlpg (%rdi)
    one "lgdt", GP, lgdt (%rdi)
    one "lidt", GP, lidt (%rdi)
    one "lldt", GP, lldt %ax
    one "ltr", GP, ltr %ax
    one "lmsw", GP, lmsw %ax
    one "read cr0", GP, mov %cr0, %rax
    one "read cr2", GP, mov %cr2, %rax
    one "read cr3", GP, mov %cr3, %rax
    one "read cr4", GP, mov %cr4, %rax
    one "read cr8", GP, mov %cr8, %rax
    one "write cr0", GP, mov %rax, %cr0
    one "write cr2", GP, mov %rax, %cr2
    one "write cr3", GP, mov %rax, %cr3
    one "write cr4", GP, mov %rax, %cr4
    one "write cr8", GP, mov %rax, %cr8
    one "read cr1", GP|UD, .byte 0x0f, 0x20, 0xc8
    one "read dr0", GP, mov %dr0, %rax
    one "read dr6", GP, mov %dr6, %rax
    one "read dr7", GP, mov %dr7, %rax
    one "write dr0", GP, mov %rdi, %dr0
    one "write dr7", GP, mov %rax, %dr7
    one "write dr4", GP|UD, mov %rax, %dr4
    one "rdpmc", GP|UD, rdpmc
    one "swapgs", GP, swapgs
    one "sysretq", GP|UD, sysretq
    one "sysretl", GP|UD, sysretl
    one "sysenter", GP|UD, sysenter
    one "sysexit", GP|UD, sysexitq
    one "rsm", UD, rsm
    one "vmcall", UD|GP, vmcall
    one "vmmcall", UD|GP, vmmcall
    one "vmlaunch", UD|GP, vmlaunch
    one "vmrun", UD|GP, vmrun
    one "vmload", UD|GP, vmload
    one "vmsave", UD|GP, vmsave
    one "stgi", UD|GP, stgi
    one "clgi", UD|GP, clgi
    one "skinit", UD|GP, skinit
    one "invlpga", UD|GP, invlpga
    one "invpcid", UD|GP, invpcid (%rdi), %rax
    one "xsetbv", UD|GP, xsetbv
    one "xsaves", UD|GP|NM, xsaves64 (%rdi)
    one "xrstors", UD|GP|NM, xrstors64 (%rdi)
    one "getsec", UD|GP, getsec
    one "monitor", UD|GP, monitor
    one "mwait", UD|GP, mwait
    one "clac", UD|GP, clac
    one "stac", UD|GP, stac
    one "rdpkru", UD|GP, rdpkru
    one "wrpkru", UD|GP, wrpkru
    one "encls", UD|GP, encls
    one "enclu", UD|GP, enclu
    one "sgdt", GP|UNLESS_UMIP, sgdt AREA_DATA(%rdi)
    one "sidt", GP|UNLESS_UMIP, sidt AREA_DATA(%rdi)
    one "sldt", GP|UNLESS_UMIP, sldt %eax
    one "str", GP|UNLESS_UMIP, str %eax
    one "smsw", GP|UNLESS_UMIP, smsw %eax

    .macro msr name, number
    begin
    mov $\number, %ecx
    at
    rdmsr
    end "rdmsr \name", GP
    begin
    mov $\number, %ecx
    at
    wrmsr
    end "wrmsr \name", GP
    .endm
    msr "EFER", 0xc0000080
    msr "STAR", 0xc0000081
    msr "LSTAR", 0xc0000082
    msr "SFMASK", 0xc0000084
    msr "FS_BASE", 0xc0000100
    msr "GS_BASE", 0xc0000101
    msr "KERNEL_GS_BASE", 0xc0000102
    msr "SYSENTER_EIP", 0x176
    msr "APIC_BASE", 0x1b
    msr "of none", 0x12345678

    /* ---- Ports ---- */
    one "in al, 0x60", GP, in $0x60, %al
    one "in eax, dx", GP, in %dx, %eax
    one "out 0x80", GP, out %al, $0x80
    one "out dx, ax", GP, out %ax, %dx
    one "insb", GP, insb
    one "outsb", GP, outsb
    begin
    mov $1, %ecx
    lea AREA_DATA(%rdi), %rsi
    mov $0x3f8, %edx
    at
    rep outsb
    end "rep outsb", GP

    /* ---- Undefined ones ---- */
    one "ud2", UD, ud2
    one "ud1", UD, ud1 %eax, %eax
    one "ud0", UD, .byte 0x0f, 0xff, 0xc0
    one "into", UD, .byte 0xce
    one "push es", UD, .byte 0x06
    one "daa", UD, .byte 0x27
    one "far call ptr", UD, .byte 0x9a, 0, 0, 0, 0, 8, 0
    one "far jump ptr", UD, .byte 0xea, 0, 0, 0, 0, 8, 0
    one "lock on nop", UD, .byte 0xf0, 0x90
    one "lock on a load", UD|THROUGH, .byte 0xf0, 0x48, 0x8b, 0x07
    one "mov to cs", UD, mov %eax, %cs
    one "a long instruction", GP|UD, .fill 15, 1, 0x2e

    /* ---- Software interrupts: see hostile.c for those that a user may not cause ---- */
    begin
    int $3
    at
    end "int 3", BP
    begin
    .byte 0xcc
    at
    end "int3", BP
    begin
    .byte 0xf1
    at
    end "icebp", DB|UD|ANYWHERE

    /* ---- Segments ---- */
    .macro load segment, selector, vectors
    begin
    mov $\selector, %eax
    at
    mov %eax, %\segment
    end "\segment = \selector", \vectors
    .endm
    load ds, 0x08, GP
    load ds, 0x10, GP
    load es, 0x28, GP
    load es, 0x30, GP|NP
    load ds, 0x07, GP
    load ds, 0xfff8, GP
    load fs, 0x0b, GP
    load gs, 0x13, GP
    load fs, 0x2b, GP
    load ss, 0x00, GP
    load ss, 0x03, GP
    load ss, 0x10, GP
    load ss, 0x18, GP
    load ss, 0x23, GP
    load ds, 0x00, THROUGH
    load ds, 0x03, THROUGH
    load es, 0x1b, THROUGH
    load es, 0x23, THROUGH
    load fs, 0x02, THROUGH
    load fs, 0x1b, THROUGH
    load gs, 0x1b, THROUGH
    load ss, 0x1b, THROUGH

    .macro far_to selector, vectors
    begin
    lea 1f(%rip), %rax
    mov %eax, AREA_DATA(%rdi)
    movl $\selector, AREA_DATA+4(%rdi)
    at
    ljmp *AREA_DATA(%rdi)
1:
    end "far jump to \selector", \vectors
    begin
    lea 1f(%rip), %rax
    mov %eax, AREA_DATA(%rdi)
    movl $\selector, AREA_DATA+4(%rdi)
    at
    lcall *AREA_DATA(%rdi)
1:
    end "far call to \selector", \vectors
    begin
    lea 1f(%rip), %rax
    pushq $\selector
    push %rax
    at
    lretq
1:
    end "far return to \selector", \vectors|BY_SMAP
    .endm
    far_to 0x00, GP
    far_to 0x08, GP
    far_to 0x0b, GP
    far_to 0x10, GP
    far_to 0x1b, GP
    far_to 0x28, GP
    far_to 0x07, GP
    far_to 0xfff8, GP
    begin
    lea 1f(%rip), %rax
    mov %eax, AREA_DATA(%rdi)
    movl $0x23, AREA_DATA+4(%rdi)
    at
    ljmp *AREA_DATA(%rdi)
1:
    end "far jump to its own", THROUGH

    /* ---- IRETQ with frames that aren't the thread's ---- */
    .macro iret_frame name, vectors, cs, flags, ss
    begin
    mov %rsp, %rcx
    pushq $\ss
    push %rcx
    pushq $\flags
    pushq $\cs
    lea 1f(%rip), %rax
    push %rax
    at
    iretq
1:
    end "iret: \name", \vectors|BY_SMAP
    .endm
    iret_frame "kernel code", GP, 0x08, 0x202, 0x1b
    iret_frame "kernel stack", GP, 0x23, 0x202, 0x10
    iret_frame "kernel, both", GP, 0x08, 0x202, 0x10
    iret_frame "null code", GP, 0x00, 0x202, 0x1b
    iret_frame "null stack", GP, 0x23, 0x202, 0x00
    iret_frame "code as stack", GP, 0x23, 0x202, 0x23
    iret_frame "stack as code", GP, 0x1b, 0x202, 0x1b
    iret_frame "selector of none", GP, 0xfffb, 0x202, 0x1b
    iret_frame "interrupts off", THROUGH, 0x23, 0x002, 0x1b
    iret_frame "IOPL 3", THROUGH, 0x23, 0x3202, 0x1b
    iret_frame "all flags", THROUGH|DB, 0x23, 0x3ed7, 0x1b
    begin
    pushq $0x4202
    popfq
    mov %rsp, %rcx
    pushq $0x1b
    push %rcx
    pushq $0x202
    pushq $0x23
    lea 1f(%rip), %rax
    push %rax
    at
    iretq
1:
    end "iret: nested task", GP|BY_SMAP
    begin
    mov %rsp, %rcx
    pushq $0x1b
    push %rcx
    pushq $0x202
    pushq $0x23
    movabs $0x800000000000, %rax
    push %rax
    at
    iretq
    end "iret: to a non-canonical address", GP|BY_SMAP|ANYWHERE
    begin
    pushq $0x1b
    movabs $0x8000000000000000, %rcx
    push %rcx
    pushq $0x202
    pushq $0x23
    lea 1f(%rip), %rax
    push %rax
    iretq
1:
    at
    push %rax
    end "iret: with a non-canonical stack", GP|SS|BY_SMAP|ANYWHERE

    /* ---- Arithmetic ---- */
    one "divide by zero", DE, div %ecx
    begin
    mov $-1, %edx
    mov $1, %ecx
    at
    div %ecx
    end "divide overflow", DE

    /* ---- Flags before an exception, and what comes right before a system call ---- */
    .macro flags_then name, flags, vectors, instruction:vararg
    begin
    pushq $\flags
    popfq
    at
    \instruction
    end "\name", \vectors
    .endm
    flags_then "direction flag, then ud2", 0x602, UD, ud2
    flags_then "nested task, then ud2", 0x4202, UD, ud2
    flags_then "alignment check, then ud2", 0x40202, UD, ud2
    flags_then "all flags, then int 0x80", 0x244ed7, GP, int $0x80
    flags_then "IOPL, then cli", 0x3202, GP, cli
    flags_then "IOPL, then out", 0x3202, GP, out %al, $0x80
    flags_then "interrupts off", 0x2, THROUGH, nop
    flags_then "alignment check, odd access", 0x40202, THROUGH|AC, mov 1(%rdi), %rax
    begin
    pushq $0x302
    popfq
    nop
    at
    nop
    end "single step", DB
    begin
    pushq $0x302
    popfq
    mov $3, %eax /* INSPECT: its return ends the stepping */
    at
    syscall
    nop
    nop
    end "single step before a system call", DB|THROUGH
    begin
    pushq $0x302
    mov $3, %eax
    popfq
    syscall
    nop
    nop
    at
    end "single step into a system call", THROUGH
    begin
    pushq $0x302
    popfq
    syscall
    at
    end "single step into a call of nothing", THROUGH
    begin
    mov $0x1b, %ecx
    mov $3, %eax
    mov %ecx, %ss
    syscall
    at
    end "mov ss, then a system call", THROUGH
    begin
    mov $0x1b, %ecx
    pushq $0x302
    mov $3, %eax
    popfq
    mov %ecx, %ss
    syscall
    at
    end "mov ss and single step, then a system call", THROUGH
    begin
    mov $0x1b, %ecx
    mov %ecx, %ss
    int $3
    at
    end "mov ss, then int 3", BP
    begin
    mov $0x1b, %ecx
    pushq $0x302
    popfq
    mov %ecx, %ss
    int $3
    at
    end "mov ss and single step, then int 3", BP|DB
    begin
    mov $0x1b, %ecx
    mov %ecx, %ss
    at
    ud2
    end "mov ss, then ud2", UD

    /* ---- Stack pointers that lead nowhere, over a system call and an exception ---- */
    begin
    movabs $0x8000000000000000, %rsp
    mov $3, %eax
    syscall
    at
    ud2
    end "non-canonical stack over a system call", UD
    begin
    mov $-1, %rsp
    mov $3, %eax
    syscall
    at
    ud2
    end "stack at the end of everything", UD
    begin
    movabs $0xffffffff80100000, %rsp
    mov $3, %eax
    syscall
    at
    ud2
    end "stack in the kernel", UD
    begin
    xor %esp, %esp
    int $3
    at
    end "no stack, then int 3", BP

    /* ---- Vector instructions of a thread that has no room for them ---- */
    one "x87 without state", NM, fninit
    one "SSE without state", NM, movaps %xmm0, %xmm1
    one "MMX without state", NM, paddb %mm0, %mm1
    one "fxsave without state", NM|PF|GP, fxsave64 (%rdi)
    one "ldmxcsr without state", NM, ldmxcsr (%rdi)
    one "fwait without state", NM|THROUGH, fwait

    .section .rodata.hostile, "a"
hostile_table_end:

    .text

    /* ---- Flags over what a thread does: data[0] are set, data[1] what they are after ---- */
    .macro flags_begin name
    .globl \name
\name:
    push %rdi
    mov $3, %eax
    pushq AREA_DATA(%rdi)
    popfq
    .endm
    .macro flags_end
    pushfq
    mov 8(%rsp), %rdi
    popq AREA_DATA+8(%rdi)
    pushq $0x202
    popfq
    mov $REPORT_DONE, %eax
    syscall
    ud2
    .endm

    flags_begin flags_over_syscall
    syscall
    flags_end

    flags_begin flags_over_fault
    mov 0x12345678, %rax
    flags_end

    flags_begin flags_over_unknown
    mov $REPORT_VALUE, %eax
    syscall
    flags_end

    flags_begin flags_over_int3
    int $3
    flags_end

    /* For ever. */
    .globl flags_over_time_at
    flags_begin flags_over_time
flags_over_time_at:
    jmp flags_over_time_at
    flags_end

    .section .note.GNU-stack, "", @progbits
