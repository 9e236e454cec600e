/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine under the hosted kernel: memory, instructions, interrupt lines, power. */
#define _GNU_SOURCE
#include "tests/host/hosted/hosted.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel/arch/x86_64/features.h"
#include "kernel/arch/x86_64/flaws.h"
#include "kernel/root_task.h"
#include "tests/host/hosted/check.h"

struct hosted_machine machine;
bool hosted_with_pcid = true, hosted_separate_tables;
struct mitigations mitigations;
void (*hosted_on_failure)(void);

struct cpu host_cpu;
struct cpu_features cpu_features;
struct apic apic;
uint64_t clock_tsc_khz = 1000000;
uint64_t clock_interval;

static uint64_t boot_used;

void hosted_fail(const char *format, ...)
{
    va_list args;
    if (hosted_on_failure)
        hosted_on_failure();
    va_start(args, format);
    printf("hosted kernel: ");
    vprintf(format, args);
    printf("\n");
    va_end(args);
    fflush(stdout);
    abort();
}

/* --- memory --- */

static void *map_at(uint64_t address, size_t bytes)
{
    void *at = mmap((void *)address, bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
    if (at != (void *)address) {
        perror("hosted kernel: no memory at the fixed address");
        exit(1);
    }
    return at;
}

void machine_reset(void)
{
    check_forget();
    map_at(PHYS_BASE, ARENA_BYTES);
    memset(&machine, 0, sizeof machine);
    memset(&host_cpu, 0, sizeof host_cpu);
    machine.ts = true;
    machine.tsc = 1;
    cpu_features = (struct cpu_features){.pcid = hosted_with_pcid,
                                         .invpcid = hosted_with_pcid,
                                         .fsgsbase = true,
                                         .pages_1g = true,
                                         .vector_size = 512};
    mitigations = (struct mitigations){.separate_tables = hosted_separate_tables};
    boot_used = PAGE_SIZE; /* physical page 0 is nobody's */
    machine.cr3 = pagetable_kernel_cr3() & ~(1ull << 63);
    tlb_reset();
}

void *boot_alloc(size_t size, size_t align)
{
    boot_used = (boot_used + align - 1) & -align;
    void *memory = phys_pointer(boot_used);
    boot_used += size;
    if (boot_used > BOOT_BYTES)
        hosted_fail("boot needs more than its memory");
    return memory;
}

uint64_t hosted_boot_end(void)
{
    return boot_used;
}

/* The null objects, as read-only as on the machine. */
void *kmap_null(size_t pages)
{
    return map_at(NULL_BASE, pages * PAGE_SIZE);
}

void kmap_seal_null(void)
{
    mprotect((void *)NULL_BASE, PAGE_SIZE, PROT_READ);
}

/* The kernel's root table is only compared with. */
paddr_t kmap_root(void)
{
    return 0x1000;
}

uint64_t kmap_root_entry(void)
{
    return 0x2000 | PTE_PRESENT | PTE_WRITE;
}

bool arch_memory_is_kernels(paddr_t address, uint64_t bytes)
{
    return address < ARENA_BYTES && bytes > 0;
}

/* --- instructions --- */

uint64_t rdmsr(uint32_t msr)
{
    hosted_fail("rdmsr %x", msr);
}

void wrmsr(uint32_t msr, uint64_t value)
{
    if (msr != MSR_X2APIC + APIC_EOI / 16 || value != 0)
        hosted_fail("wrmsr %x", msr);
}

void clock_follow(void)
{
}

uint64_t clock_nanoseconds(void)
{
    return machine.tsc;
}

uint64_t rdtsc(void)
{
    return machine.tsc++;
}

void cr3_write(uint64_t value)
{
    machine.cr3 = value & ~(1ull << 63);
    if (!(value >> 63))
        tlb_flush(value & 0xfff);
}

void invlpg(uint64_t vaddr)
{
    tlb_flush_page(machine.cr3 & 0xfff, vaddr >> PAGE_BITS);
}

void invpcid(uint64_t type, uint64_t pcid, uint64_t vaddr)
{
    if (type == 0)
        tlb_flush_page((unsigned)pcid, vaddr >> PAGE_BITS);
    else if (type == 1 && vaddr == 0)
        tlb_flush((unsigned)pcid);
    else
        hosted_fail("invpcid of type %lu", type);
}

/* Ports: an even port reads as its number, and remembers nothing. */
uint8_t inb(uint16_t port)
{
    return (uint8_t)port;
}

uint16_t inw(uint16_t port)
{
    return port;
}

uint32_t inl(uint16_t port)
{
    return port;
}

void outb(uint16_t port, uint8_t value)
{
    (void)port, (void)value;
}

void outw(uint16_t port, uint16_t value)
{
    (void)port, (void)value;
}

void outl(uint16_t port, uint32_t value)
{
    (void)port, (void)value;
}

/* --- devices --- */

#define LINES 4

static volatile uint32_t line_registers[LINES][8]; /* an IOAPIC for each, so that writes tell */

uint32_t ioapic_gsi_limit(void)
{
    return LINES;
}

/* No other CPU, so none that's interrupted. */
unsigned cpu_running = 1, kmap_aliases = 1;

void cpu_interrupt(unsigned index)
{
    (void)index;
    abort();
}

void tlb_flush_all(void)
{
    abort();
}

bool ioapic_route(uint32_t gsi, uint8_t vector, unsigned mode, struct irq_line *line)
{
    if (gsi >= LINES)
        return false;
    *line = (struct irq_line){line_registers[gsi], gsi, vector | (mode & IRQ_LEVEL) << 15};
    line_registers[gsi][IOAPIC_WINDOW] = IOAPIC_MASKED;
    return true;
}

uint32_t irq_to_gsi(uint8_t irq, unsigned *mode)
{
    *mode &= ~(unsigned)IRQ_ISA;
    return irq;
}

void hosted_irq(unsigned line)
{
    uint32_t entry = line_registers[line][IOAPIC_WINDOW];
    if ((entry & 0xff) && !(entry & IOAPIC_MASKED))
        hosted_enter_trap(entry & 0xff, 0);
}

void timer_arm(uint64_t tsc_deadline)
{
    machine.timer = tsc_deadline;
}

void timer_disarm(void)
{
    machine.timer = 0;
}

void root_task_lost(const struct thread *thread)
{
    hosted_fail("the root task faulted at %lx", thread->ip);
}

void arch_power_off(bool success)
{
    hosted_fail("power off: %d", success);
}
