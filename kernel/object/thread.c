/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/arch/arch.h"
#include "kernel/object/thread.h"

#include "kernel/cap/invoke.h"
#include "kernel/cap/object.h"
#include "kernel/debug/assert.h"
#include "kernel/ipc/ipc.h"
#include "kernel/lib/index.h"
#include "kernel/object/endpoint.h"
#include "kernel/object/vspace.h"
#include "kernel/sched/sched.h"

unsigned thread_vector_size_bits(void)
{
    unsigned bits = THREAD_BITS;
    while ((1u << bits) < offsetof(struct thread, vector_area) + vector_state_size())
        bits++;
    return bits;
}

static void lose_cnode(struct thread *thread)
{
    thread->cnode = ref_pointer(0);
    thread->cnode_mask = 0;
}

void thread_init(struct thread *thread, unsigned size_bits)
{
    thread->caller = &null_thread;
    thread->part = endpoint_part_here(0);
    thread->cr3 = vspace_kernel_cr3();
    thread->home = this_cpu()->index;
    thread->registers.rflags = USER_RFLAGS; /* it may be resumed without having been started */
    if (size_bits >= thread_vector_size_bits())
        thread->vector_size = vector_state_size();
    lose_cnode(thread);
}

void thread_stop(struct thread *thread)
{
    assert(thread->state != STATE_AWAY);
    if (thread_is_idle(thread)) {
        thread->caller = &null_thread;
        thread->flags |= THREAD_WAS_IDLE;
    }
    ipc_cancel(thread, OBJECT_THREAD);
    thread->state = STATE_STOPPED;
    if (thread->part->helped == thread)
        sched_help(thread->part); /* another server is a better choice */
    this_cpu()->attention |= CPU_STOPPED;
}

void thread_let_go(struct thread *thread)
{
    if (!thread->away.held)
        return;
    thread->away.held = false;
    thread->state = STATE_RUNNABLE;
    sched_release(thread);
    sched_drive(thread);
}

bool thread_destroy(struct thread *thread, unsigned *steps)
{
    struct cpu *cpu = this_cpu();
    thread_stop(thread);
    ipc_abandon(thread);
    sched_owe_nothing(thread);
    slot_unbind(&thread->binding_endpoint);
    slot_unbind(&thread->binding_sched);
    slot_unbind(&thread->binding_cnode);
    slot_unbind(&thread->binding_vspace);
    slot_unbind(&thread->binding_fault);
    slot_unbind(&thread->binding_buffer);
    if (!sched_release_all(thread, steps))
        return false;
    if (cpu->entered == thread)
        cpu->entered = NULL;
    if (cpu->current == thread)
        cpu->current = cpu->idle;
    return true;
}

/* It waits for calls no more, be it idle or suspended as such. */
static void lose_endpoint(struct thread *thread)
{
    bool idle = thread_is_idle(thread);
    endpoint_remove_server(thread);
    if (idle || (thread->flags & THREAD_WAS_IDLE)) {
        thread->flags &= (uint8_t)~THREAD_WAS_IDLE;
        ipc_fail(thread, ERR(ERROR_CANCELLED, 0, OBJECT_ENDPOINT, BLAME_PEER));
    }
    if (idle) {
        thread->caller = &null_thread;
        sched_release(thread);
    } else if (thread->caller != &null_thread) {
        thread->caller->callee |= CALLEE_IN_C; /* its answer shall find nothing to wait for */
    }
    this_cpu()->attention |= CPU_STOPPED;
}

/* A call ends with the time it was made on: whoever answered it later would go on with its own. */
static void lose_time(struct thread *thread)
{
    if (!sched_rests(thread) && (thread->callee || thread->state == STATE_QUEUED))
        ipc_cancel(thread, OBJECT_SCHED_CONTEXT);
    sched_unbind(thread->sched);
}

/* A binding is about to go. */
void thread_binding_end(struct thread *thread, enum binding_role role)
{
    switch (role) {
    case BINDING_THREAD_CNODE:
        lose_cnode(thread);
        break;
    case BINDING_THREAD_VSPACE:
        thread->away.held = false;
        thread_stop(thread);
        thread->cr3 = vspace_kernel_cr3();
        break;
    case BINDING_THREAD_BUFFER:
        thread->buffer = NULL;
        break;
    case BINDING_THREAD_ENDPOINT:
        lose_endpoint(thread);
        break;
    case BINDING_THREAD_SCHED:
        lose_time(thread);
        break;
    default:
        break;
    }
}

err_t thread_set_space(struct invocation *call)
{
    struct thread *thread = thread_of(call->self);
    struct slot *cnode = call->cap[0], *vspace = call->cap[1];
    if (thread->state != STATE_STOPPED)
        return invocation_error(call, ERROR_WRONG_STATE, 0);

    slot_unbind(&thread->binding_cnode);
    slot_unbind(&thread->binding_vspace);
    slot_bind(cnode, &thread->binding_cnode, thread, BINDING_THREAD_CNODE);
    slot_bind(vspace, &thread->binding_vspace, thread, BINDING_THREAD_VSPACE);
    thread->cnode = cnode_slots(cnode);
    thread->cnode_mask = (uint32_t)(cnode_slot_count(cnode) - 1) << CAP_SHIFT;
    thread->cr3 = vspace_cr3(ref_pointer(vspace->object));
    thread->domain = ((struct vspace *)ref_pointer(vspace->object))->domain;
    cpu_set_add(&((struct vspace *)ref_pointer(vspace->object))->cpus, thread->home);
    return 0;
}

err_t thread_set_fault(struct invocation *call)
{
    struct thread *thread = thread_of(call->self);
    slot_unbind(&thread->binding_fault);
    if (call->cap[0])
        slot_bind(call->cap[0], &thread->binding_fault, thread, BINDING_THREAD_FAULT);
    return 0;
}

err_t thread_set_buffer(struct invocation *call)
{
    struct thread *thread = thread_of(call->self);
    struct slot *frame = call->cap[0];
    uint64_t offset = call->arg[1];
    if (frame) {
        if (frame->flags & SLOT_DEVICE)
            return invocation_error(call, ERROR_DEVICE_MEMORY, 1);
        if (offset % sizeof(struct message_buffer))
            return invocation_error(call, ERROR_MISALIGNED, 2);
        if (offset >> frame->size_bits)
            return invocation_error(call, ERROR_OUT_OF_RANGE, 2);
    }

    slot_unbind(&thread->binding_buffer);
    if (frame) {
        slot_bind(frame, &thread->binding_buffer, thread, BINDING_THREAD_BUFFER);
        thread->buffer = (struct message_buffer *)((char *)ref_pointer(frame->object) + offset);
    }
    return 0;
}

/* Whether nothing of it is in any list of its CPU. */
static bool can_move(const struct thread *thread)
{
    return thread->caller == &null_thread && slot_empty(&thread->binding_endpoint) &&
           !thread->debtor && !thread->release_link && !thread->parked.head &&
           !(thread->flags & THREAD_WAS_IDLE);
}

static void move(struct thread *thread, unsigned cpu)
{
    struct slot *vspace = &thread->binding_vspace;
    thread->home = cpu;
    thread->part = endpoint_part_at(0, cpu);
    if (!slot_empty(vspace))
        cpu_set_add(&((struct vspace *)ref_pointer(vspace->object))->cpus, cpu);
}

err_t thread_set_sched(struct invocation *call)
{
    struct thread *thread = thread_of(call->self);
    struct slot *slot = call->cap[0];
    if (thread->state != STATE_STOPPED)
        return invocation_error(call, ERROR_WRONG_STATE, 0);
    struct sched_context *sched = slot ? ref_pointer(slot->object) : NULL;
    if (sched && sched->thread && sched->thread != thread)
        return invocation_error(call, ERROR_BOUND, 1);
    bool moves = sched && sched->cpu != thread->home;
    if (moves && thread == this_cpu()->entered)
        return RESTART; /* its registers are about to be saved */

    slot_unbind(&thread->binding_sched);
    if (moves && !can_move(thread))
        return invocation_error(call, ERROR_WRONG_STATE, 0);
    if (moves)
        move(thread, sched->cpu);
    if (sched) {
        slot_bind(slot, &thread->binding_sched, thread, BINDING_THREAD_SCHED);
        sched_bind(sched, thread);
    }
    return 0;
}

static bool can_run(const struct thread *thread)
{
    return thread->sched || !slot_empty(&thread->binding_endpoint);
}

err_t thread_start(struct invocation *call)
{
    struct thread *thread = thread_of(call->self);
    struct registers *registers = &thread->registers;
    uint64_t ip = call->arg[0], sp = call->arg[1], fs_base = call->arg[2], argument = call->arg[3];
    if (thread->state != STATE_STOPPED)
        return invocation_error(call, ERROR_WRONG_STATE, 0);
    for (unsigned i = 0; i < 3; i++)
        if (call->arg[i] >= USER_LIMIT)
            return invocation_error(call, ERROR_OUT_OF_RANGE, i + 1);
    if (!can_run(thread) || slot_empty(&thread->binding_vspace))
        return invocation_error(call, ERROR_NOT_BOUND, 0);

    ipc_abandon(thread); /* what it begins with is no answer to whom it served */
    sched_owe_nothing(thread);
    *registers = (struct registers){.rflags = USER_RFLAGS};
    registers->word[0] = argument;
    thread->ip = ip;
    thread->sp = sp;
    thread->fs_base = fs_base;
    thread->state = STATE_RUNNABLE;
    thread->away.held = false;
    thread->frame_kind = thread->sched ? FRAME_FULL : FRAME_SYSCALL;
    thread->flags &= (uint8_t) ~(THREAD_WAS_IDLE | THREAD_VECTOR_SAVED);
    if (!thread->sched)
        ipc_wait(thread);
    sched_release(thread);
    sched_help(thread->part);
    return 0;
}

err_t thread_suspend(struct invocation *call)
{
    struct thread *thread = thread_of(call->self);
    thread->away.held = false;
    thread_stop(thread);
    return 0;
}

err_t thread_resume(struct invocation *call)
{
    struct thread *thread = thread_of(call->self);
    if (thread->state != STATE_STOPPED)
        return invocation_error(call, ERROR_WRONG_STATE, 0);
    if (!can_run(thread) || slot_empty(&thread->binding_vspace))
        return invocation_error(call, ERROR_NOT_BOUND, 0);

    thread->state = STATE_RUNNABLE;
    thread->away.held = false;
    if (thread->flags & THREAD_WAS_IDLE) {
        thread->flags &= (uint8_t)~THREAD_WAS_IDLE;
        thread->frame_kind = FRAME_SYSCALL; /* what it goes on with is a message */
        ipc_wait(thread);
    }
    sched_release(thread);
    sched_drive(thread);
    sched_help(thread->part);
    return 0;
}

/* Where a register's value is kept. */
static uint64_t *register_of(struct thread *thread, unsigned number)
{
    switch (number) {
    case REGISTER_RIP:
        return &thread->ip;
    case REGISTER_RSP:
        return &thread->sp;
    case REGISTER_FS_BASE:
        return &thread->fs_base;
    default:
        return (uint64_t *)&thread->registers + number;
    }
}

static bool registers_fixed(const struct thread *thread)
{
    return thread->state == STATE_STOPPED || thread->fault;
}

err_t thread_read_registers(struct invocation *call)
{
    struct thread *thread = thread_of(call->self);
    uint64_t first = call->arg[0], count = call->arg[1];
    if (!registers_fixed(thread))
        return invocation_error(call, ERROR_WRONG_STATE, 0);
    if (first >= REGISTER_COUNT)
        return invocation_error(call, ERROR_OUT_OF_RANGE, 1);
    if (count == 0 || count > MESSAGE_WORDS || count > REGISTER_COUNT - first)
        return invocation_error(call, ERROR_OUT_OF_RANGE, 2);
    uint64_t value[MESSAGE_WORDS];
    for (unsigned i = 0; i < count; i++)
        value[i] = *register_of(thread, (unsigned)index_within(first + i, REGISTER_COUNT));
    for (unsigned i = 0; i < count; i++)
        call->result[i] = value[i];
    return 0;
}

/* Flags that a user may have: the arithmetic ones, DF and TF; interrupts stay on. */
#define RFLAGS_USER_MASK 0xdd5ull
#define RFLAGS_FIXED 0x202ull

err_t thread_write_registers(struct invocation *call)
{
    struct thread *thread = thread_of(call->self);
    uint64_t first = call->arg[0], count = call->arg[1];
    if (!registers_fixed(thread))
        return invocation_error(call, ERROR_WRONG_STATE, 0);
    if (first >= REGISTER_COUNT)
        return invocation_error(call, ERROR_OUT_OF_RANGE, 1);
    if (count == 0 || count > 4 || count > REGISTER_COUNT - first)
        return invocation_error(call, ERROR_OUT_OF_RANGE, 2);
    for (unsigned i = 0; i < count; i++)
        if (first + i >= REGISTER_RIP && call->arg[2 + i] >= USER_LIMIT)
            return invocation_error(call, ERROR_OUT_OF_RANGE, 3 + i);

    for (unsigned i = 0; i < count; i++) {
        uint64_t value = call->arg[2 + i];
        if (first + i == REGISTER_RFLAGS)
            value = (value & RFLAGS_USER_MASK) | RFLAGS_FIXED;
        *register_of(thread, (unsigned)index_within(first + i, REGISTER_COUNT)) = value;
    }
    thread->frame_kind = FRAME_FULL;
    return 0;
}

static enum thread_state_abi state_of(const struct thread *thread)
{
    if (thread->fault)
        return THREAD_FAULTED;
    if (thread->callee || thread->state == STATE_DETACHED || thread->state == STATE_AWAY)
        return THREAD_CALLING;
    if (thread->state == STATE_QUEUED)
        return THREAD_QUEUED;
    if (thread->state == STATE_WAITING)
        return THREAD_WAITING;
    if (thread->state == STATE_STOPPED)
        return THREAD_STOPPED;
    return thread_is_idle(thread) ? THREAD_IDLE : THREAD_READY;
}

err_t thread_info(struct invocation *call)
{
    const struct thread *thread = thread_of(call->self);
    call->result[0] = state_of(thread);
    call->result[1] = thread->callee != 0;
    call->result[2] = thread->vector;
    return 0;
}
