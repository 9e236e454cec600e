/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the boot loader to kernel_main.
 *
 * The loader (multiboot 1 or 2) leaves the CPU in 32-bit protected mode without paging, at
 * boot_entry, with a magic number in EAX and the physical address of its information in EBX.
 * This code tests for what the kernel can't do without, builds the first page tables, enters
 * long mode and calls kernel_main(magic, information) on CPU 0's kernel stack.
 *
 * First tables: one page directory pointer table serves the identity map (first GiB), the direct
 * map (first 4 GiB at PHYS_BASE) and the image (first GiB at IMAGE_BASE). All of it is writable
 * and executable, until kmap_init() replaces it.
 *
 * Section .boot runs at its physical address.
 */

#include "kernel/arch/x86_64/layout.h"

/* The physical address of a symbol: minus IMAGE_BASE, as the assembler can say it. */
#define PHYS(symbol) (symbol) + (1 << 31)

/* linker.ld compares this with its own. */
.globl layout_image_base
.set layout_image_base, IMAGE_BASE

/* --- Headers --- */

#define MULTIBOOT1_MAGIC 0x1badb002
#define MULTIBOOT1_FLAGS 0x00010003 /* page-aligned modules, memory map, address fields */
#define MULTIBOOT2_MAGIC 0xe85250d6

.section .boot.header, "a"

.balign 8
multiboot1_header:
    .long MULTIBOOT1_MAGIC
    .long MULTIBOOT1_FLAGS
    .long -(MULTIBOOT1_MAGIC + MULTIBOOT1_FLAGS)
    .long multiboot1_header /* header_addr */
    .long boot_begin        /* load_addr */
    .long load_end          /* load_end_addr */
    .long image_end         /* bss_end_addr */
    .long boot_entry        /* entry_addr */

.balign 8
multiboot2_header:
    .long MULTIBOOT2_MAGIC
    .long 0 /* i386, protected mode */
    .long multiboot2_end - multiboot2_header
    .long -(MULTIBOOT2_MAGIC + multiboot2_end - multiboot2_header)
    /* Framebuffer: optional, any size, 32 bits per pixel. */
    .balign 8
    .short 5, 1
    .long 20, 0, 0, 32
    /* Modules start on a page. */
    .balign 8
    .short 6, 0
    .long 8
    .balign 8
    .short 0, 0
    .long 8
multiboot2_end:
.globl boot_header_end
boot_header_end:

/* --- 32-bit code --- */

.section .boot, "ax"
.code32

.globl boot_entry
boot_entry:
    cli
    cld
    movl %eax, %ebp /* magic */
    movl %ebx, %esi /* information */
    rdtsc
    movl $PHYS(boot_tsc_entry), %edi
    movl %eax, (%edi)
    movl %edx, 4(%edi)
    movl $PHYS(kernel_stack_top), %esp
    pushl $0
    popfl

    /* A CPU with CPUID lets bit 21 of EFLAGS change. */
    movl $missing_long_mode, %edi
    pushl $1 << 21
    popfl
    pushfl
    popl %eax
    testl $1 << 21, %eax
    jz boot_refuse
    pushl $0
    popfl

    movl $0x80000000, %eax
    cpuid
    cmpl $0x80000001, %eax
    jb boot_refuse
    movl $0x80000001, %eax
    cpuid
    testl $1 << 29, %edx
    jz boot_refuse
    movl $missing_nx, %edi
    testl $1 << 20, %edx
    jz boot_refuse
    movl $missing_sse2, %edi
    movl $1, %eax
    cpuid
    testl $1 << 26, %edx
    jz boot_refuse

    /* Four page directories of 2 MiB pages: the first 4 GiB. */
    movl $PHYS(boot_directories), %edi
    movl $0x83, %eax /* present, writable, large */
1:  movl %eax, (%edi)
    movl $0, 4(%edi)
    addl $8, %edi
    addl $0x200000, %eax
    jnc 1b

    movl $PHYS(boot_pointers), %edi
    movl $PHYS(boot_directories + 3), %eax
    movl %eax, (%edi)               /* identity */
    movl %eax, 510 * 8(%edi)        /* IMAGE_BASE */
    movl $4, %ecx
2:  addl $8, %edi
    movl %eax, (%edi)               /* PHYS_BASE: entries 1 to 4 */
    addl $0x1000, %eax
    loop 2b

    movl $PHYS(boot_pointers + 3), %eax
    movl $PHYS(boot_pml4), %edi
    movl %eax, (%edi)
    movl %eax, 511 * 8(%edi)

    movl $0x20, %eax /* CR4: PAE, as long mode demands */
    movl %eax, %cr4
    movl %edi, %cr3
    movl $0xc0000080, %ecx /* EFER: LME, NXE */
    rdmsr
    orl $0x900, %eax
    wrmsr
    movl $0x80010033, %eax /* CR0: PG, WP, NE, ET, MP, PE */
    movl %eax, %cr0

    lgdt boot_gdt_descriptor
    ljmp $KERNEL_CS, $boot_long_mode

/*
 * Names what is missing, at EDI, and ends the machine. Here and in boot_print every instruction
 * means the same in 32-bit and in 64-bit mode: both come here.
 */
boot_refuse:
    movw $0x3f8 + 3, %dx
    movb $0x80, %al
    outb %al, %dx
    movw $0x3f8, %dx
    movb $1, %al
    outb %al, %dx
    movw $0x3f8 + 1, %dx
    movb $0, %al
    outb %al, %dx
    movw $0x3f8 + 3, %dx
    movb $3, %al
    outb %al, %dx
    movl $missing_prefix, %esi
    call boot_print
    movl %edi, %esi
    call boot_print
    movl $missing_suffix, %esi
    call boot_print
    movw $0x3f8 + 5, %dx
1:  inb %dx, %al /* drain: an absent port reads as all ones */
    testb $0x40, %al
    jz 1b
    movw $0xf4, %dx /* isa-debug-exit: failure */
    movl $0x11, %eax
    outl %eax, %dx
    movw $0x8900, %dx /* Bochs */
    movl $bochs_shutdown, %esi
    movl $8, %ecx
    rep outsb
2:  cli
    hlt
    jmp 2b

/* Prints the string at ESI on the serial line. */
boot_print:
    movw $0x3f8 + 5, %dx
1:  inb %dx, %al
    testb $0x20, %al
    jz 1b
    lodsb
    testb %al, %al
    jz 2f
    movw $0x3f8, %dx
    outb %al, %dx
    jmp boot_print
2:  ret

missing_prefix:
    .asciz "Marcona can't run on this CPU: it lacks "
missing_suffix:
    .asciz ", which the kernel requires.\r\n"
missing_long_mode:
    .asciz "long mode (64-bit)"
missing_nx:
    .asciz "NX (no-execute pages)"
missing_syscall:
    .asciz "the SYSCALL instruction"
missing_sse2:
    .asciz "SSE2"
bochs_shutdown:
    .ascii "Shutdown"

.balign 8
boot_gdt:
    .quad 0
    .quad 0x00af9b000000ffff /* KERNEL_CS */
    .quad 0x00cf93000000ffff /* KERNEL_SS */
boot_gdt_descriptor:
    .short . - boot_gdt - 1
    .long boot_gdt

/* --- 64-bit code --- */

.code64
boot_long_mode:
    movl $KERNEL_SS, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    xorl %eax, %eax
    movl %eax, %fs
    movl %eax, %gs

    /* Intel's CPUs show SYSCALL only in 64-bit mode. */
    movl $missing_syscall, %edi
    movl $0x80000001, %eax
    cpuid
    testl $1 << 11, %edx
    jz boot_refuse

    movl %ebp, %edi
    movl %esi, %esi
    xorl %ebp, %ebp
    movq $boot_high, %rax
    jmp *%rax

.text
boot_high:
    leaq kernel_stack_top(%rip), %rsp
    call kernel_main
    ud2

.section .boot_bss, "aw", @nobits
.balign 4096
.globl boot_pml4
boot_pml4:
    .skip 4096
boot_pointers:
    .skip 4096
boot_directories:
    .skip 4 * 4096

/* The time stamp counter when the loader entered the kernel. */
.bss
.balign 8
.globl boot_tsc_entry
boot_tsc_entry:
    .skip 8
