/* SPDX-License-Identifier: BSD-2-Clause */
/* The instructions that the hosted kernel uses: each becomes an event of the machine in hosted.h.
 * */
#ifndef TESTS_HOST_HOSTED_INSN_H
#define TESTS_HOST_HOSTED_INSN_H

#include <stdint.h>

#define MSR_X2APIC 0x800

uint64_t rdmsr(uint32_t msr);
void wrmsr(uint32_t msr, uint64_t value);
uint64_t rdtsc(void);
uint8_t inb(uint16_t port);
uint16_t inw(uint16_t port);
uint32_t inl(uint16_t port);
void outb(uint16_t port, uint8_t value);
void outw(uint16_t port, uint16_t value);
void outl(uint16_t port, uint32_t value);
static inline void speculation_fence(void)
{
}
void cr3_write(uint64_t value);
void invlpg(uint64_t vaddr);
void invpcid(uint64_t type, uint64_t pcid, uint64_t vaddr);

#endif
