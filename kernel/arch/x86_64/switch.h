/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changing threads on the slow path, and vector registers.
 *
 * CR0.TS is set while the current thread uses no vector registers; they then hold their initial
 * state, so that nothing of another's can be read, not even ahead of the trap. A thread's first
 * vector instruction traps; from then on it runs with TS clear, and its calls take a longer way
 * that resets the registers. They are saved only when it's preempted or faults.
 */
#ifndef KERNEL_ARCH_X86_64_SWITCH_H
#define KERNEL_ARCH_X86_64_SWITCH_H

#include "kernel/lib/types.h"

struct cpu;
struct thread;

/* On this CPU: from `from` (null: a thread that's no more) to `to`, which will be left for. */
void thread_switch(struct cpu *cpu, struct thread *from, struct thread *to);

/*
 * What a server's marker must be for a call to pass: nothing is, while the current thread uses
 * vector registers, or its time's deadline has passed.
 */
void idle_key_update(struct cpu *cpu);

/* Bytes of a thread's vector state on this machine. */
unsigned vector_state_size(void);

/* The current thread may use vector registers from now on. False: it has no memory for them. */
bool vector_enable(struct thread *thread);

/* The address that the last page fault was about. */
uint64_t trap_fault_address(void);

/* Leave for the CPU's current thread: entry.S. */
NORETURN void exit_to_user(void);

#endif
