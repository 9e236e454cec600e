/* SPDX-License-Identifier: BSD-2-Clause */
/* switch.c of the machine, with machine.vector for the vector registers. */
#include "tests/host/hosted/hosted.h"

#include <string.h>

#include "kernel/arch/x86_64/features.h"

unsigned vector_state_size(void)
{
    return cpu_features.vector_size;
}

static void vector_load(const void *area)
{
    memcpy(&machine.vector, area, sizeof machine.vector);
}

static void vector_save(void *area)
{
    memcpy(area, &machine.vector, sizeof machine.vector);
}

void idle_key_update(struct cpu *cpu)
{
    cpu->idle_key = cpu->vector_on || cpu->expired ? 0 : (uint64_t)cpu + CPU_MARKER_PLAIN;
}

static void vector_mode(struct cpu *cpu, bool on)
{
    if (cpu->vector_on == on)
        return;
    cpu->vector_on = on;
    idle_key_update(cpu);
    machine.ts = !machine.ts;
}

bool vector_enable(struct thread *thread)
{
    if (thread->vector || !thread->vector_size)
        return false;
    thread->vector = 1;
    if (thread->caller != &null_thread)
        thread->caller->callee |= CALLEE_SLOW;
    vector_mode(this_cpu(), true);
    return true;
}

static void vector_switch(struct cpu *cpu, struct thread *from, struct thread *to)
{
    if (cpu->vector_on) {
        if (from && from->frame_kind == FRAME_FULL) {
            vector_save(from->vector_area);
            from->flags |= THREAD_VECTOR_SAVED;
        }
        machine.vector = 0;
    }
    vector_mode(cpu, to->vector);
    if (to->flags & THREAD_VECTOR_SAVED) {
        to->flags &= (uint8_t)~THREAD_VECTOR_SAVED;
        vector_load(to->vector_area);
    }
}

void thread_switch(struct cpu *cpu, struct thread *from, struct thread *to)
{
    if (cpu->vector_on || to->vector)
        vector_switch(cpu, from, to);
    if (to->cr3 != cpu->cr3) {
        cpu->cr3 = to->cr3;
        if (!hosted_separate_tables)
            cr3_write(to->cr3);
    }
    machine.fs_base = to->fs_base;
}

uint64_t trap_fault_address(void)
{
    return machine.fault_address;
}
