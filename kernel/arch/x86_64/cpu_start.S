/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How another CPU gets from real mode to its own alias of the image. cpus.c copies the code between
 * cpu_start_begin and cpu_start_end to a page below 1 MiB, fills in the words at its end, and sends
 * the CPU there. It goes through boot.S's first tables, which map the page at its physical address
 * as well as the image, and on to the kernel's own. All here is given up with boot's code.
 */
#include "kernel/arch/x86_64/cpus.h"
#include "kernel/arch/x86_64/layout.h"

/* The distance of a label from the page's beginning. */
#define AT(label) ((label) - cpu_start_begin)

        .section .boot_code, "ax"
        .balign 16
        .global cpu_start_begin, cpu_start_end
        .code16
cpu_start_begin:
        cli
        cld
        mov %cs, %ax
        mov %ax, %ds
        xor %ebx, %ebx
        mov %ax, %bx
        shl $4, %ebx /* the page's physical address */
        lgdtl AT(start_words) + START_GDT_LIMIT
        mov %cr0, %eax
        or $1, %al /* PE */
        mov %eax, %cr0
        ljmpl *(AT(start_words) + START_PROTECTED)

        .code32
start_protected:
        mov $KERNEL_SS, %ax
        mov %ax, %ds
        mov %ax, %es
        mov %ax, %ss
        mov $0x20, %eax /* PAE */
        mov %eax, %cr4
        mov AT(start_words) + START_FIRST_TABLE(%ebx), %eax
        mov %eax, %cr3
        mov $0xc0000080, %ecx /* EFER: LME, NXE */
        rdmsr
        or $0x900, %eax
        wrmsr
        mov $0x80010033, %eax /* CR0: PG, WP, NE, ET, MP, PE */
        mov %eax, %cr0
        ljmpl *AT(start_words) + START_LONG(%ebx)

        .code64
start_long:
        mov %ebx, %ebx
        xor %eax, %eax
        mov %eax, %fs
        mov %eax, %gs
        mov AT(start_words) + START_TABLE(%rbx), %rcx
        mov AT(start_words) + START_ALIAS(%rbx), %rdx
        mov AT(start_words) + START_INDEX(%rbx), %edi
        mov AT(start_words) + START_ENTRY(%rbx), %rax
        jmp *%rax

        .balign 8
start_words: /* struct start_words */
        .skip START_BYTES
cpu_start_end:

/* In CPU 0's alias. rcx: the kernel's top-level table, rdx: how far on its own alias is, edi: its
 * number. */
        .global cpu_start_high
cpu_start_high:
        mov %rcx, %cr3
        lea 1f(%rip), %rax
        add %rdx, %rax
        jmp *%rax
1:      lea kernel_stack_top(%rip), %rsp
        xor %ebp, %ebp
        call cpu_started
        ud2

        .global cpu_start_protected, cpu_start_long, cpu_start_words
        .set cpu_start_protected, start_protected - cpu_start_begin
        .set cpu_start_long, start_long - cpu_start_begin
        .set cpu_start_words, start_words - cpu_start_begin
