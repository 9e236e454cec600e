/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an architecture must provide: the whole of it, and all that generic code may include of
 * one. There is one, in arch/x86_64.
 *
 * Unless said otherwise a function runs on the CPU that it is about, with interrupts off.
 */
#ifndef KERNEL_ARCH_ARCH_H
#define KERNEL_ARCH_ARCH_H

#include "kernel/arch/boot.h"
#include "kernel/lib/types.h"

/*
 * Types and inline functions of x86-64:
 *   phys.h    phys_pointer, phys_of: the direct map of physical memory
 *   kmap.h    kmap_root_entry, kmap_null, kmap_device: the kernel's own address space
 *   apic.h    apic_eoi: ends an interrupt
 *   cpus.h    cpu_running, cpu_numbers, cpu_at, cpu_runs; cpu_interrupt, tlb_flush_all
 *   ioapic.h  struct irq_line, irq_line_mask, irq_line_unmask, ioapic_route, irq_to_gsi
 *   clock.h   clock_tsc_khz, clock_info; clock_nanoseconds, clock_interval, clock_follow
 */
#include "kernel/arch/x86_64/apic.h"
#include "kernel/arch/x86_64/clock.h"
#include "kernel/arch/x86_64/cpu.h"
#include "kernel/arch/x86_64/cpus.h"
#include "kernel/arch/x86_64/insn.h"
#include "kernel/arch/x86_64/ioapic.h"
#include "kernel/arch/x86_64/kmap.h"
#include "kernel/arch/x86_64/layout.h"
#include "kernel/arch/x86_64/pagetable.h"
#include "kernel/arch/x86_64/phys.h"
#include "kernel/arch/x86_64/switch.h"
#include "kernel/arch/x86_64/vectors.h"

/* --- Boot: once, on CPU 0, in this order (see kernel/main.c) --- */

/* The console works from here on, and so do print and panic. */
void arch_console_init(void);

/* Finds out what the CPU can do. Its requirements were checked before. */
void arch_cpu_detect(void);

/* Fills in boot_source. Panics if the loader's information makes no sense. */
void arch_boot_info_read(uint32_t magic, paddr_t info);

/* Decides what is done about the CPU's flaws, and fits the kernel's code to the CPU. */
void arch_cpu_adapt(void);

/* Fills in boot_pool; boot_alloc works from here on. */
void arch_memory_init(void);

/* The kernel's final address space. */
void arch_paging_init(void);

/* Traps, system calls and protection features of this CPU. Traps may happen from here on. */
void arch_cpu_init(void);

/* ACPI, interrupt controllers, clock and timer. Interrupts may be enabled from here on. */
void arch_devices_init(void);

/* The other CPUs: they wait until arch_boot_unmap. After kernel_objects_init. */
void arch_cpus_start(void);

/* The boot log's lines about all of this. */
void arch_print_machine(void);

/* Puts what only boot needed into boot_pool: its code, its data, and boot_source. */
void arch_boot_return(void);

/* That is gone now: no BOOT_CODE can be called any more. */
void arch_boot_unmap(void);

/* The time stamp counter at the kernel's first instruction. */
extern uint64_t boot_tsc_entry;

/* How many CPUs the machine has. Before arch_boot_unmap. */
uint32_t arch_cpu_count(void);

/* Bytes that the kernel keeps: image and what boot_alloc gave out. */
uint64_t arch_resident_bytes(void);

/* Bytes of kernel code. */
uint64_t arch_text_bytes(void);

/* The CPU's name, and the BOOT_FEATURE_* bits of kernel/abi/bootinfo.h that it has. */
const char *arch_cpu_name(void);
uint32_t arch_cpu_features(void);

/* What is done about the CPU's flaws, as the boot log says it. */
const char *arch_mitigations(void);

/* --- Console and power --- */

/* Waits for the port, for a bounded time. Any CPU, no lock: lines of two CPUs may mix. */
void arch_console_put(char c);

/* Waits until all of it has left the machine. */
void arch_console_drain(void);

/* Ends the machine; an emulator's exit status tells success (33) from failure (35). */
_Noreturn void arch_power_off(bool success);

/* Ends the machine after a panic (exit status 99). */
_Noreturn void arch_machine_fail(void);

/* --- Timer and interrupts --- */

/*
 * One VECTOR_TIMER interrupt on this CPU at the TSC value `deadline`, or soon if that has passed.
 * It replaces the one armed before, and may come early if the deadline is seconds away: test the
 * clock, and arm again.
 */
void timer_arm(uint64_t tsc_deadline);
void timer_disarm(void);

/* --- What a panic needs --- */

struct trap_frame;

/* This CPU's number, found without touching memory. */
unsigned arch_cpu_index(void);

uintptr_t arch_stack_pointer(void);

/* The end of this CPU's stack that `stack` points into; 0: into none. */
uintptr_t arch_stack_end(uintptr_t stack);

bool arch_is_image_code(uintptr_t address);
bool arch_is_return_address(uintptr_t value);

/* The offset from the image's base, as the symbol table has it, in whatever CPU's alias. */
uint32_t arch_image_offset(uintptr_t address);

void arch_print_registers(const struct trap_frame *frame);
uintptr_t arch_trap_address(const struct trap_frame *frame);
uintptr_t arch_trap_stack(const struct trap_frame *frame);

/* --- Threads and user memory --- */

/*
 * cpu.h        struct cpu, this_cpu: what a CPU has for itself
 * switch.h     thread_switch, vector registers
 * pagetable.h  user page tables
 * entry.S      every way in and out; calls syscall_dispatch and trap_dispatch (ipc/syscall.h)
 */

/* The clock that timer_arm uses, and its ticks per millisecond. */
static inline uint64_t timer_now(void)
{
    return rdtsc();
}

static inline uint64_t timer_khz(void)
{
    return clock_tsc_khz;
}

/* Whether any of this physical memory is RAM, or belongs to devices that the kernel drives. */
bool arch_memory_is_kernels(paddr_t address, uint64_t bytes);

#endif
