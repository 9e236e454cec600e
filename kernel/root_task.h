/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first task: the kernel makes its objects from boot memory, gives it a capability for all that
 * there is, and tells it so in its boot information. What it does with that isn't the kernel's.
 */
#ifndef KERNEL_ROOT_TASK_H
#define KERNEL_ROOT_TASK_H

#include "kernel/lib/types.h"

/* The null objects, this CPU's state and its idle thread. After arch_devices_init. */
void kernel_objects_init(void);

/* Build the root task from the first boot module. Panics with a sentence where that can't be. */
void root_task_build(void);

/* Give it all memory that's left, and leave the kernel for it. After arch_boot_reclaim. */
NORETURN void root_task_run(void);

#endif
