/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/arch/x86_64/switch.h"

#include "kernel/arch/x86_64/cpu.h"
#include "kernel/arch/x86_64/features.h"
#include "kernel/arch/x86_64/flaws.h"
#include "kernel/arch/x86_64/insn.h"
#include "kernel/arch/x86_64/trap_frame.h"
#include "kernel/cap/slot.h"
#include "kernel/debug/assert.h"
#include "kernel/debug/panic.h"
#include "kernel/lib/string.h"
#include "kernel/object/endpoint.h"
#include "kernel/object/notification.h"
#include "kernel/object/thread.h"
#include "kernel/object/vspace.h"

/* The offsets that entry.S has of its own. */
_Static_assert(offsetof(struct slot, endpoint) == 4, "entry.S");
_Static_assert(offsetof(struct slot, object) == 8 && offsetof(struct slot, type) == 12, "entry.S");
_Static_assert(offsetof(struct slot, rights) == 13 && offsetof(struct slot, flags) == 14,
               "entry.S");
_Static_assert(SLOT_DYING << 16 == 0x100000, "entry.S");
_Static_assert(OBJECT_NOTIFICATION == 8 && RIGHT_NOTIFICATION_SIGNAL << 8 == 0x100, "entry.S");
_Static_assert(SYSCALL_CALL == 0 && SYSCALL_REPLY_WAIT == 1 && SYSCALL_SIGNAL == 2, "entry.S");
_Static_assert(SYSCALL_INSPECT == 3 && SYSCALL_CALL_BUFFER == 4, "entry.S");
_Static_assert(RECEIVE_FAULT == 0x300 && FAULT_PAGE == 1, "trap.S");
_Static_assert((FAULT_PRESENT | FAULT_WRITE | FAULT_FETCH) == 0x13, "trap.S");
_Static_assert(SYSCALL_REPLY_WAIT_BUFFER == 5 && RECEIVE_BUFFER == 0x100, "entry.S");

struct cpu percpu_storage __attribute__((section(".percpu.cpu")));

extern const char vector_initial[];

unsigned vector_state_size(void)
{
    return cpu_features.vector_size;
}

static void vector_load(const void *area)
{
    if (cpu_features.xsave)
        __asm__ volatile("xrstor (%0)" : : "r"(area), "a"(-1), "d"(-1) : "memory");
    else
        __asm__ volatile("fxrstor (%0)" : : "r"(area) : "memory");
}

static void vector_save(void *area)
{
    if (cpu_features.xsave)
        __asm__ volatile("xsave (%0)" : : "r"(area), "a"(-1), "d"(-1) : "memory");
    else
        __asm__ volatile("fxsave (%0)" : : "r"(area) : "memory");
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
    cr0_write(cr0_read() ^ CR0_TS);
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
        vector_load(vector_initial);
    }
    vector_mode(cpu, to->vector);
    if (to->flags & THREAD_VECTOR_SAVED) {
        to->flags &= (uint8_t)~THREAD_VECTOR_SAVED;
        vector_load(to->vector_area);
    }
}

void thread_switch(struct cpu *cpu, struct thread *from, struct thread *to)
{
    if (unlikely(cpu->vector_on | to->vector))
        vector_switch(cpu, from, to);
    if (to->cr3 != cpu->cr3) {
        cpu->cr3 = to->cr3;
        if (!mitigations.separate_tables)
            cr3_write(to->cr3);
        if (unlikely(mitigations.barrier) &&
            (mitigations.barrier_always || !from || from->domain != to->domain))
            wrmsr(MSR_PRED_CMD, PRED_CMD_IBPB);
    }
    segments_clear();
    if (likely(cpu_features.fsgsbase)) {
        __asm__ volatile("wrfsbase %0" : : "r"(to->fs_base));
        __asm__ volatile("wrgsbase %0" : : "r"(0ull));
    } else {
        wrmsr(MSR_FS_BASE, to->fs_base);
        wrmsr(MSR_GS_BASE, 0);
    }
}

uint64_t trap_fault_address(void)
{
    return cr2_read();
}

/* #DF, #MC, or an exception in the kernel itself. */
NORETURN void trap_fatal(const struct trap_frame *frame);

void trap_fatal(const struct trap_frame *frame)
{
    panic_trap(frame, "exception %lu in the kernel, error code %lx, cr2 %lx", frame->vector,
               frame->error, cr2_read());
}
