/* SPDX-License-Identifier: BSD-2-Clause */
/* What entry.S hands to C: system calls that the fast path didn't do, and traps from user mode. */
#include "kernel/arch/arch.h"
#include "kernel/ipc/syscall.h"

#include "kernel/cap/invoke.h"
#include "kernel/cap/lock.h"
#include "kernel/cpu/inbox.h"
#include "kernel/ipc/ipc.h"
#include "kernel/object/notification.h"
#include "kernel/object/platform.h"
#include "kernel/sched/sched.h"

/* A SIGNAL that the fast path refused: why? */
static err_t signal_error(const struct slot *slot)
{
    if (slot_empty(slot) || (slot->flags & SLOT_DYING))
        return ERR(ERROR_INVALID_CAPABILITY, 0, 0, BLAME_CALLER);
    if (slot->type != OBJECT_NOTIFICATION)
        return ERR(ERROR_WRONG_TYPE, 0, slot->type, BLAME_CALLER);
    return ERR(ERROR_MISSING_RIGHT, 0, slot->type, BLAME_CALLER);
}

static void inspect(struct thread *thread, const struct slot *slot)
{
    bool empty = slot->flags & SLOT_DYING; /* the fast path did all others */
    thread->registers.word[0] = empty ? 0 : slot->type;
    thread->registers.word[1] = empty ? 0 : slot->badge;
    thread_set_result(thread, 0, 0, false);
}

static void detach(struct thread *thread, uint64_t handle)
{
    const struct slot *slot = cap_lookup(thread, handle);
    struct slot copy = {0};
    err_t error = 0;
    if (slot)
        slot_read(slot, &copy);
    if (slot_empty(&copy) || (copy.flags & SLOT_DYING))
        error = ERR(ERROR_INVALID_CAPABILITY, 0, 0, BLAME_CALLER);
    else if (copy.type != OBJECT_REPLY)
        error = ERR(ERROR_WRONG_TYPE, 0, copy.type, BLAME_CALLER);
    else if (!(copy.rights & RIGHT_REPLY_USE))
        error = ERR(ERROR_MISSING_RIGHT, 0, copy.type, BLAME_CALLER);
    if (error)
        ipc_fail(thread, error);
    else
        ipc_detach(thread, &copy);
}

/* Not one of our system calls: a fault, with all registers as they were, behind the instruction. */
static void unknown_syscall(struct thread *thread, uint64_t number)
{
    thread->registers.rcx = thread->ip;
    thread->registers.r11 = USER_RFLAGS;
    thread->registers.rflags = USER_RFLAGS;
    thread->frame_kind = FRAME_FULL;
    ipc_fault(thread, FAULT_SYSCALL, 0, number);
}

/* CALL_BUFFER; and CALL where nobody is idle. */
static void call(struct thread *thread, struct slot *slot, bool buffered)
{
    struct slot copy; /* the slot may change under another CPU's hands */
    uint64_t handle = (uint64_t)((char *)slot - (char *)thread->cnode);
    slot_read(slot, &copy);
    if (copy.endpoint)
        ipc_call(thread, &copy, buffered, handle);
    else
        syscall_call_buffer(thread, slot);
}

void syscall_dispatch(struct thread *thread, unsigned number, uint64_t slot_or_handle)
{
    struct cpu *cpu = kernel_enter(thread);
    struct slot *slot = (struct slot *)slot_or_handle;
    switch (number) {
    case SYSCALL_CALL: /* nobody idle; without an endpoint it's syscall_invoke's */
        call(thread, slot, false);
        break;
    case SYSCALL_REPLY_WAIT:
        ipc_reply_wait(thread, false);
        break;
    case SYSCALL_SIGNAL:
        ipc_fail(thread, signal_error(slot));
        break;
    case SYSCALL_INSPECT:
        inspect(thread, slot);
        break;
    case SYSCALL_CALL_BUFFER:
        call(thread, slot, true);
        break;
    case SYSCALL_REPLY_WAIT_BUFFER:
        ipc_reply_wait(thread, true);
        break;
    case SYSCALL_DETACH:
        detach(thread, slot_or_handle);
        break;
    default:
        unknown_syscall(thread, thread->registers.rax);
        break;
    }
    caps_unlock();
    kernel_leave(cpu);
}

static void exception(struct thread *thread, unsigned vector, uint64_t error)
{
    /* Some processors tell the address jumped to; IRET mustn't ever see a non-canonical one. */
    if (thread->ip >= USER_LIMIT)
        thread->ip = USER_LIMIT;
    if (vector == VECTOR_NO_VECTOR_UNIT && vector_enable(thread))
        return;
    if (vector == VECTOR_PAGE_FAULT)
        ipc_fault(thread, FAULT_PAGE, trap_fault_address(),
                  error & (FAULT_PRESENT | FAULT_WRITE | FAULT_FETCH));
    else
        ipc_fault(thread, FAULT_EXCEPTION, vector, error);
}

void trap_dispatch(struct thread *thread, unsigned vector, uint64_t error)
{
    struct cpu *cpu = kernel_enter(thread);
    if (vector < VECTOR_TIMER) {
        exception(thread, vector, error);
    } else if (vector == VECTOR_TIMER) {
        apic_eoi();
        sched_timer();
    } else if (vector <= VECTOR_DEVICE_LAST) {
        irq_deliver(vector);
    } else if (vector == VECTOR_CALLED) {
        apic_eoi();
        cpu_called();
    }
    kernel_leave(cpu);
}
