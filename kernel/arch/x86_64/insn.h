/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inline assembly of the kernel: one function per instruction, named after it. Nothing here
 * checks that the CPU has the instruction; callers ask cpu_features.
 */
#ifndef KERNEL_ARCH_X86_64_INSN_H
#define KERNEL_ARCH_X86_64_INSN_H

#include <stdint.h>

#include "kernel/arch/x86_64/patch.h"

/* Model specific registers (Intel SDM vol. 4). */
#define MSR_APIC_BASE 0x1b
#define MSR_SPEC_CTRL 0x48
#define MSR_PRED_CMD 0x49
#define MSR_ARCH_CAPABILITIES 0x10a
#define MSR_SYSENTER_CS 0x174
#define MSR_PAT 0x277
#define MSR_TSC_DEADLINE 0x6e0
#define MSR_X2APIC 0x800 /* register at byte offset r of the xAPIC page is MSR_X2APIC + r / 16 */
#define MSR_EFER 0xc0000080
#define MSR_STAR 0xc0000081
#define MSR_LSTAR 0xc0000082
#define MSR_CSTAR 0xc0000083
#define MSR_SFMASK 0xc0000084
#define MSR_FS_BASE 0xc0000100
#define MSR_GS_BASE 0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102
#define MSR_AMD_DE_CFG 0xc0011029

/* Control register bits (Intel SDM vol. 3 section 2.5). */
#define CR0_MP (1u << 1)
#define CR0_EM (1u << 2)
#define CR0_TS (1u << 3)
#define CR0_NE (1u << 5)
#define CR0_WP (1u << 16)
#define CR0_NW (1u << 29)
#define CR0_CD (1u << 30)
#define CR4_PAE (1u << 5)
#define CR4_MCE (1u << 6)
#define CR4_PGE (1u << 7)
#define CR4_OSFXSR (1u << 9)
#define CR4_OSXMMEXCPT (1u << 10)
#define CR4_UMIP (1u << 11)
#define CR4_FSGSBASE (1u << 16)
#define CR4_PCIDE (1u << 17)
#define CR4_OSXSAVE (1u << 18)
#define CR4_SMEP (1u << 20)
#define CR4_SMAP (1u << 21)
#define DR7_OFF 0x400 /* no breakpoint; the bit is always set */
#define EFER_SCE (1u << 0)
#define EFER_NXE (1u << 11)
#define EFER_AUTOMATIC_IBRS (1u << 21)
#define DE_CFG_LFENCE_SERIALIZE (1u << 1)
#define PRED_CMD_IBPB 1
#define SPEC_CTRL_IBRS (1u << 0)
#define SPEC_CTRL_STIBP (1u << 1)
#define SPEC_CTRL_SSBD (1u << 2)

struct cpuid {
    uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid r;
    __asm__ volatile("cpuid"
                     : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
                     : "a"(leaf), "c"(subleaf));
    return r;
}

static inline uint64_t rdmsr(uint32_t msr)
{
    uint32_t low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return (uint64_t)high << 32 | low;
}

static inline void wrmsr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr"
                     :
                     : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
                     : "memory");
}

static inline uint64_t rdtsc(void)
{
    uint64_t low, high; /* both zero-extended */
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high)::"memory");
    return high << 32 | low;
}

static inline uint8_t inb(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline uint16_t inw(uint16_t port)
{
    uint16_t value;
    __asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline uint32_t inl(uint16_t port)
{
    uint32_t value;
    __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline void outb(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void outw(uint16_t port, uint16_t value)
{
    __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static inline void outl(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint64_t cr0_read(void)
{
    uint64_t value;
    __asm__ volatile("mov %%cr0, %0" : "=r"(value));
    return value;
}

static inline void cr0_write(uint64_t value)
{
    __asm__ volatile("mov %0, %%cr0" : : "r"(value) : "memory");
}

static inline uint64_t cr2_read(void)
{
    uint64_t value;
    __asm__ volatile("mov %%cr2, %0" : "=r"(value));
    return value;
}

static inline uint64_t cr3_read(void)
{
    uint64_t value;
    __asm__ volatile("mov %%cr3, %0" : "=r"(value));
    return value;
}

static inline void cr3_write(uint64_t value)
{
    __asm__ volatile("mov %0, %%cr3" : : "r"(value) : "memory");
}

static inline uint64_t cr4_read(void)
{
    uint64_t value;
    __asm__ volatile("mov %%cr4, %0" : "=r"(value));
    return value;
}

static inline void cr4_write(uint64_t value)
{
    __asm__ volatile("mov %0, %%cr4" : : "r"(value) : "memory");
}

static inline void dr7_write(uint64_t value)
{
    __asm__ volatile("mov %0, %%dr7" : : "r"(value));
}

static inline uint64_t xgetbv(uint32_t index)
{
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(index));
    return (uint64_t)high << 32 | low;
}

static inline void xsetbv(uint32_t index, uint64_t value)
{
    __asm__ volatile("xsetbv"
                     :
                     : "c"(index), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
                     : "memory");
}

static inline void invlpg(uint64_t vaddr)
{
    __asm__ volatile("invlpg (%0)" : : "r"(vaddr) : "memory");
}

/* INVPCID types: 0 one address, 1 one PCID, 2 all and global, 3 all but global. */
static inline void invpcid(uint64_t type, uint64_t pcid, uint64_t vaddr)
{
    struct {
        uint64_t pcid, vaddr;
    } descriptor = {pcid, vaddr};
    __asm__ volatile("invpcid %1, %0" : : "r"(type), "m"(descriptor) : "memory");
}

static inline void lgdt(uint64_t base, uint16_t limit)
{
    struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) descriptor = {limit, base};
    __asm__ volatile("lgdt %0" : : "m"(descriptor) : "memory");
}

static inline void lidt(uint64_t base, uint16_t limit)
{
    struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) descriptor = {limit, base};
    __asm__ volatile("lidt %0" : : "m"(descriptor) : "memory");
}

static inline void lldt(uint16_t selector)
{
    __asm__ volatile("lldt %0" : : "r"(selector));
}

static inline void ltr(uint16_t selector)
{
    __asm__ volatile("ltr %0" : : "r"(selector) : "memory");
}

/* Loads every segment register: CS by a far return, FS and GS (bases too) and the rest. */
static inline void segments_load(uint16_t code, uint16_t data)
{
    __asm__ volatile("pushq %0\n\t"
                     "leaq 1f(%%rip), %%rax\n\t"
                     "pushq %%rax\n\t"
                     "lretq\n"
                     "1:\n\t"
                     "movl %1, %%ds\n\t"
                     "movl %1, %%es\n\t"
                     "movl %1, %%ss\n\t"
                     "movl %2, %%fs\n\t"
                     "movl %2, %%gs"
                     :
                     : "r"((uint64_t)code), "r"((uint32_t)data), "r"(0)
                     : "rax", "memory");
}

/* Null data segments: nothing of what a thread loaded there is left. The bases may be anything. */
static inline void segments_clear(void)
{
    __asm__ volatile("mov %0, %%ds; mov %0, %%es; mov %0, %%fs; mov %0, %%gs" : : "r"(0));
}

static inline void cpu_relax(void)
{
    __asm__ volatile("pause" ::: "memory");
}

/* Stops this CPU for good, whatever its interrupt flag says. */
static inline _Noreturn void cpu_stop(void)
{
    for (;;)
        __asm__ volatile("cli; hlt" ::: "memory");
}

/* Nothing behind it begins before everything ahead of it is done (Intel SDM vol. 2, LFENCE); an AMD
 * CPU must have been told so (flaws.c). Patched away where no CPU speculates. */
static inline void speculation_fence(void)
{
    __asm__ volatile(".pushsection .boot_patches, \"a\"; .quad 1f, 3, %c0; .popsection; 1: lfence"
                     :
                     : "i"(PATCH_NO_FENCES)
                     : "memory");
}

/* The address of the next instruction, which tells the alias and so the CPU. */
static inline uint64_t rip_read(void)
{
    uint64_t rip;
    __asm__("leaq 0(%%rip), %0" : "=r"(rip));
    return rip;
}

static inline uint64_t rsp_read(void)
{
    uint64_t rsp;
    __asm__ volatile("mov %%rsp, %0" : "=r"(rsp));
    return rsp;
}

/* The address of a symbol in this CPU's alias of the image (see linker.ld). */
#define ALIAS_ADDRESS(symbol)                                          \
    ({                                                                 \
        uint64_t alias_address_;                                       \
        __asm__("leaq " #symbol "(%%rip), %0" : "=r"(alias_address_)); \
        alias_address_;                                                \
    })

#endif
