/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The root task's start, and what outlives it. Boot's code is given up in the last step.
 */
#include "kernel/arch/arch.h"
#include "kernel/debug/panic.h"
#include "kernel/debug/print.h"
#include "kernel/object/endpoint.h"
#include "kernel/object/vspace.h"
#include "kernel/root_task.h"
#include "kernel/sched/sched.h"

#define UNTYPED_BITS_MAX 46

unsigned cpu_count;
struct root_task root_task;
struct thread root_idle_thread;

BOOT_CODE struct slot *root_next_slot(void)
{
    if (root_task.next_slot == 1u << ROOT_CNODE_BITS)
        panic("root task: more modules and memory than its CNode has slots");
    return &root_task.slots[root_task.next_slot++];
}

BOOT_CODE unsigned root_piece_bits(const struct boot_range *range, unsigned most)
{
    unsigned bits = 63 - (unsigned)__builtin_clzll(range->end - range->start);
    if (range->start && (unsigned)__builtin_ctzll(range->start) < bits)
        bits = (unsigned)__builtin_ctzll(range->start);
    return bits < most ? bits : most;
}

BOOT_CODE static void give_untyped(struct boot_range range)
{
    struct boot_info *info = root_task.info;
    while (range.start < range.end && info->untyped_count < BOOTINFO_UNTYPED_MAX) {
        unsigned bits = root_piece_bits(&range, UNTYPED_BITS_MAX);
        struct boot_untyped *untyped = &info->untyped[info->untyped_count++];
        untyped->address = range.start;
        untyped->size_bits = (uint8_t)bits;
        untyped->cap = CAP_OF(root_task.next_slot);
        slot_make_original(root_task.ancestor, root_next_slot(), OBJECT_UNTYPED,
                           phys_pointer(range.start), bits);
        range.start += 1ull << bits;
    }
}

void root_task_lost(const struct thread *thread)
{
    print("the root task faulted: %s %lx, code %lx, at %lx, stack %lx\n",
          thread->fault == FAULT_PAGE        ? "address"
          : thread->fault == FAULT_EXCEPTION ? "exception"
                                             : "system call",
          thread->fault_address, thread->fault_code, thread->ip, thread->sp);
    arch_power_off(false);
}

/* The last of boot's code has called this. */
static NOINLINE NORETURN void root_task_leave(void)
{
    struct cpu *cpu = this_cpu();
    arch_boot_unmap();
    sched_release(root_task.thread);
    sched_resolve();
    thread_switch(cpu, &root_idle_thread, cpu->current);
    root_task.info->tsc_root = timer_now();
    exit_to_user();
}

BOOT_CODE void root_task_start(void)
{
    arch_boot_return();
    for (unsigned i = 0; i < boot_pool.count; i++)
        give_untyped(boot_pool.free[i]);
    root_task.info->first_free_slot = root_task.next_slot;
    root_task.info->kernel_resident = arch_resident_bytes();
    root_task_leave();
}
