/* SPDX-License-Identifier: BSD-2-Clause */
/* Called from entry.S, with the current thread's registers stored; on return it leaves for
 * whichever thread is then current. */
#ifndef KERNEL_IPC_SYSCALL_H
#define KERNEL_IPC_SYSCALL_H

#include "kernel/object/thread.h"
#include "kernel/sched/sched.h"

/* The fast path leaves some of the CPU's state stale: what it says of the current thread. */
static inline struct cpu *kernel_enter(struct thread *thread)
{
    struct cpu *cpu = this_cpu();
    cpu->entered = thread;
    cpu->cr3 = thread->cr3;
    return cpu;
}

/*
 * Make this CPU's registers and translations the current thread's. Who hands over from one thread
 * to another, with the time staying current, sets `current` itself; who blocks, wakes or stops one
 * asks for attention.
 */
static inline void kernel_leave(struct cpu *cpu)
{
    if (unlikely(cpu->attention))
        sched_resolve();
    if (cpu->entered != cpu->current)
        thread_switch(cpu, cpu->entered, cpu->current);
}

/* `slot_or_handle` is the slot for CALL, SIGNAL, INSPECT and CALL_BUFFER, else what was in rdx. */
void syscall_dispatch(struct thread *thread, unsigned number, uint64_t slot_or_handle);

/* SIGNAL set flags, and somebody listens. */
void syscall_signal(struct thread *thread, struct notification *notification);

/* CALL of a slot that leads to no endpoint: decode and execute (cap/invoke.c). */
void syscall_invoke(struct thread *thread, struct slot *self);

/* CALL_BUFFER of such a slot. */
void syscall_call_buffer(struct thread *thread, struct slot *self);

/* An exception of the thread, or an interrupt while it ran (or while the CPU was idle). */
void trap_dispatch(struct thread *thread, unsigned vector, uint64_t error);

#endif
