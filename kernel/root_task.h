/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first task: the kernel makes its objects from boot memory, gives it a capability for all that
 * there is, and tells it so in its boot information. What it does with that isn't the kernel's.
 */
#ifndef KERNEL_ROOT_TASK_H
#define KERNEL_ROOT_TASK_H

#include "kernel/abi/bootinfo.h"
#include "kernel/arch/arch.h"

struct slot;
struct thread;
struct vspace;

#define ROOT_CNODE_BITS 11 /* 2,048 slots: 128 KiB */

struct root_task {
    struct slot *ancestor; /* what all boot capabilities derive from; in no table, never deleted */
    struct slot *slots;    /* of the root CNode */
    struct vspace *vspace;
    struct thread *thread;
    struct boot_info *info;
    unsigned next_slot;
    unsigned string_end; /* next free byte of info->strings */
};

extern struct root_task root_task;
extern struct thread root_idle_thread; /* CPU 0's */

/* The next empty slot of the root task's table. */
struct slot *root_next_slot(void);

/* log2 of the largest naturally aligned piece, at most 2^most bytes, at the start of a range. */
unsigned root_piece_bits(const struct boot_range *range, unsigned most);

/* The null objects, this CPU's state and its idle thread. After arch_devices_init. */
void kernel_objects_init(void);

/* This CPU's state; `idle` is zeroed memory for the thread that runs when there's nothing to. */
void kernel_cpu_init(unsigned index, struct thread *idle);

/* Build the root task from the first boot module. Panics with a sentence where that can't be. */
void root_task_build(void);

/* It faulted, and nobody is told of its faults: say so, and end the machine. */
NORETURN void root_task_lost(const struct thread *thread);

/* Give up what only boot needed, give the task all memory that's left, and leave the kernel for
 * it. */
NORETURN void root_task_start(void);

#endif
