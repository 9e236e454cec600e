/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lock of capabilities: whoever changes slots, the derivation tree or what they map holds it,
 * for the length of one step. Nobody waits for it: who doesn't get it restarts its system call.
 * Calls, answers and signals don't need it, but for messages with capabilities.
 */
#ifndef KERNEL_CAP_LOCK_H
#define KERNEL_CAP_LOCK_H

#include "kernel/arch/arch.h"

extern uint32_t caps_locked;

/* Held until caps_unlock, before the kernel is left. False: another CPU has it. */
MUST_USE static inline bool caps_lock(void)
{
    struct cpu *cpu = this_cpu();
    if (cpu_running == 1 || cpu->locked)
        return true;
    if (__atomic_exchange_n(&caps_locked, 1, __ATOMIC_ACQUIRE))
        return false;
    cpu->locked = true;
    return true;
}

static inline void caps_unlock(void)
{
    struct cpu *cpu = this_cpu();
    if (!cpu->locked)
        return;
    cpu->locked = false;
    __atomic_store_n(&caps_locked, 0, __ATOMIC_RELEASE);
}

#endif
