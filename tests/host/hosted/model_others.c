/* SPDX-License-Identifier: BSD-2-Clause */
/* The model's threads and what they wait at, time, and the machine. */
#include "tests/host/hosted/model_operations.h"

static const struct thread *self_thread(const struct model_call *call)
{
    return model_object(call->self);
}

static bool stopped(const struct model_call *call)
{
    return self_thread(call)->state == STATE_STOPPED;
}

static void rebind(const struct model_call *call, const struct model_cap *from,
                   const struct slot *slot, const void *owner, enum binding_role role)
{
    model_unbind(call->model, ref_of(owner), role);
    if (from)
        model_bind(call->model, from, slot, owner, role);
}

/* --- Thread --- */

err_t model_thread_set_space(struct model_call *call)
{
    const struct thread *thread = self_thread(call);
    if (!stopped(call))
        return model_error(call, ERROR_WRONG_STATE, 0);
    rebind(call, call->cap[0], &thread->binding_cnode, thread, BINDING_THREAD_CNODE);
    rebind(call, call->cap[1], &thread->binding_vspace, thread, BINDING_THREAD_VSPACE);
    return 0;
}

err_t model_thread_set_fault(struct model_call *call)
{
    const struct thread *thread = self_thread(call);
    rebind(call, call->cap[0], &thread->binding_fault, thread, BINDING_THREAD_FAULT);
    return 0;
}

err_t model_thread_set_buffer(struct model_call *call)
{
    const struct thread *thread = self_thread(call);
    if (call->cap[0]) {
        if (call->cap[0]->device)
            return model_error(call, ERROR_DEVICE_MEMORY, 1);
        if (call->word[1] % 1024)
            return model_error(call, ERROR_MISALIGNED, 2);
        if (call->word[1] >= 1ull << call->cap[0]->size_bits)
            return model_error(call, ERROR_OUT_OF_RANGE, 2);
    }
    rebind(call, call->cap[0], &thread->binding_buffer, thread, BINDING_THREAD_BUFFER);
    return 0;
}

err_t model_thread_set_sched(struct model_call *call)
{
    const struct thread *thread = self_thread(call);
    const struct sched_context *sched = call->cap[0] ? model_object(call->cap[0]) : NULL;
    if (!stopped(call))
        return model_error(call, ERROR_WRONG_STATE, 0);
    if (sched && sched->thread && sched->thread != thread)
        return model_error(call, ERROR_BOUND, 1);
    rebind(call, call->cap[0], &thread->binding_sched, thread, BINDING_THREAD_SCHED);
    return 0;
}

static bool can_run(const struct thread *thread)
{
    return !slot_empty(&thread->binding_vspace) &&
           (!slot_empty(&thread->binding_sched) || !slot_empty(&thread->binding_endpoint));
}

err_t model_thread_start(struct model_call *call)
{
    if (!stopped(call))
        return model_error(call, ERROR_WRONG_STATE, 0);
    for (unsigned i = 0; i < 3; i++)
        if (call->word[i] >= USER_LIMIT)
            return model_error(call, ERROR_OUT_OF_RANGE, i + 1);
    return can_run(self_thread(call)) ? 0 : model_error(call, ERROR_NOT_BOUND, 0);
}

err_t model_thread_suspend(struct model_call *call)
{
    (void)call;
    return 0;
}

err_t model_thread_resume(struct model_call *call)
{
    if (!stopped(call))
        return model_error(call, ERROR_WRONG_STATE, 0);
    return can_run(self_thread(call)) ? 0 : model_error(call, ERROR_NOT_BOUND, 0);
}

static err_t registers_error(const struct model_call *call, uint64_t most)
{
    const struct thread *thread = self_thread(call);
    uint64_t first = call->word[0], count = call->word[1];
    if (!stopped(call) && !thread->fault)
        return model_error(call, ERROR_WRONG_STATE, 0);
    if (first >= REGISTER_COUNT)
        return model_error(call, ERROR_OUT_OF_RANGE, 1);
    if (count == 0 || count > most || first + count > REGISTER_COUNT)
        return model_error(call, ERROR_OUT_OF_RANGE, 2);
    return 0;
}

err_t model_thread_read_registers(struct model_call *call)
{
    return registers_error(call, 8);
}

err_t model_thread_write_registers(struct model_call *call)
{
    err_t error = registers_error(call, 4);
    for (unsigned i = 0; !error && i < call->word[1]; i++)
        if (call->word[0] + i >= REGISTER_RIP && call->word[2 + i] >= USER_LIMIT)
            return model_error(call, ERROR_OUT_OF_RANGE, 3 + i);
    return error;
}

err_t model_thread_info(struct model_call *call)
{
    (void)call;
    return 0;
}

err_t model_thread_set_endpoint(struct model_call *call)
{
    const struct thread *thread = self_thread(call);
    if (!stopped(call) && thread != call->thread)
        return model_error(call, ERROR_WRONG_STATE, 0);
    if (call->cap[0]) {
        const struct endpoint_part *part = endpoint_part_here(call->cap[0]->object);
        if (!slot_empty(&thread->binding_endpoint))
            return model_error(call, ERROR_BOUND, 0);
        if (part->server_count == ENDPOINT_SERVERS_MAX)
            return model_error(call, ERROR_FULL, 1);
    }
    rebind(call, call->cap[0], &thread->binding_endpoint, thread, BINDING_THREAD_ENDPOINT);
    return 0;
}

err_t model_endpoint_info(struct model_call *call)
{
    (void)call;
    return 0;
}

/* An answer by operation number 0 is the driver's to foretell. */
err_t model_reply_send(struct model_call *call)
{
    (void)call;
    return 0;
}

/* --- Notification --- */

err_t model_notification_wait(struct model_call *call)
{
    const struct notification *notification = model_object(call->self);
    const struct sched_context *time = this_cpu()->sched;
    if (notification->listener % 2 || notification->part)
        return model_error(call, ERROR_BOUND, 0);
    bool late = time->deadline && time->special & SCHED_EXPIRED && time->thread == call->thread;
    return late && !notification->flags ? ERR(ERROR_CANCELLED, 0, OBJECT_SCHED_CONTEXT, BLAME_PEER)
                                        : 0;
}

err_t model_notification_poll(struct model_call *call)
{
    const struct notification *notification = model_object(call->self);
    return notification->part ? model_error(call, ERROR_BOUND, 0) : 0;
}

err_t model_notification_bind(struct model_call *call)
{
    const struct notification *notification = model_object(call->self);
    if (notification->listener % 2 || (call->cap[0] && notification->part))
        return model_error(call, ERROR_BOUND, 0);
    rebind(call, call->cap[0], &notification->binding_endpoint, notification,
           BINDING_NOTIFICATION_ENDPOINT);
    return 0;
}

/* --- time --- */

/* Whose share a Cpu capability gives. */
static const struct model_cap *pool_of(const struct model_call *call, const struct model_cap *cpu)
{
    while (!cpu->original)
        cpu = model_at(call->model, cpu->parent);
    return cpu;
}

/* Millionths of a Cpu's share that are free: by adding up what it has given. */
static uint64_t free_share(const struct model_call *call, const struct model_cap *cpu,
                           const struct sched_context *but)
{
    uint64_t given = 0;
    const struct model_cap *pool = pool_of(call, cpu);
    for (unsigned i = 0; i < call->model->count; i++) {
        const struct model_cap *cap = &call->model->cap[i];
        uint32_t share = cap->type == OBJECT_CPU ? slot_of(cap->at)->share : 0;
        if (cap->owner && cap->owner != ref_of(but) && pool_of(call, cap) == pool)
            given += share;
        if (cap->original && cap->parent == pool->at && share != SHARE_ALL)
            given += share;
    }
    return slot_of(pool->at)->share - given;
}

static bool has_all(const struct model_call *call, const struct model_cap *cpu)
{
    return slot_of(pool_of(call, cpu)->at)->share == SHARE_ALL;
}

static err_t configure(struct model_call *call, uint64_t share)
{
    struct model_cap *cpu = call->cap[0];
    const struct sched_context *sched = model_object(call->self);
    if (call->word[1] > cpu->badge)
        return model_error(call, ERROR_OUT_OF_RANGE, 2);
    if (call->word[2] && (call->word[2] < 10000 || call->word[2] > 1000000000))
        return model_error(call, ERROR_OUT_OF_RANGE, 3);
    if (share ? share > free_share(call, cpu, sched) : !has_all(call, cpu))
        return model_error(call, ERROR_NO_SHARE, 1);
    rebind(call, cpu, &sched->binding_cpu, sched, BINDING_SCHED_CPU);
    return 0;
}

err_t model_sched_context_configure(struct model_call *call)
{
    return configure(call, 0);
}

err_t model_sched_context_limit(struct model_call *call)
{
    uint64_t budget = call->word[3], period = call->word[4];
    if (budget < 1000 || budget > period)
        return model_error(call, ERROR_OUT_OF_RANGE, 4);
    if (period < 100000 || period > 60000000000)
        return model_error(call, ERROR_OUT_OF_RANGE, 5);
    return configure(call, budget * 1000000 / period + (budget * 1000000 % period != 0));
}

err_t model_sched_context_deadline(struct model_call *call)
{
    (void)call;
    return 0;
}

err_t model_sched_context_info(struct model_call *call)
{
    (void)call;
    return 0;
}

err_t model_sched_context_clock(struct model_call *call)
{
    (void)call;
    return 0;
}

err_t model_sched_context_yield(struct model_call *call)
{
    bool current = this_cpu()->sched == model_object(call->self);
    return current ? 0 : model_error(call, ERROR_WRONG_STATE, 0);
}

err_t model_cpu_info(struct model_call *call)
{
    (void)call;
    return 0;
}

err_t model_cpu_limit(struct model_call *call)
{
    err_t error;
    ref_t at = model_destination(call, call->cap[0], call->word[1], 2, &error);
    if (error)
        return error;
    if (call->word[2] > call->self->badge)
        return model_error(call, ERROR_OUT_OF_RANGE, 3);
    if (call->word[3] == 0 || call->word[3] > SHARE_ALL)
        return model_error(call, ERROR_OUT_OF_RANGE, 4);
    if (call->word[3] == SHARE_ALL ? !has_all(call, call->self)
                                   : call->word[3] > free_share(call, call->self, NULL))
        return model_error(call, ERROR_NO_SHARE, 0);
    struct model_cap *cap = model_original(call, pool_of(call, call->self), at, OBJECT_CPU, 0);
    cap->badge = (uint32_t)call->word[2];
    cap->any_object = true;
    return 0;
}

/* --- the machine --- */

static bool line_taken(const struct model_call *call, uint64_t line)
{
    for (unsigned i = 0; i < call->model->count; i++) {
        const struct model_cap *cap = &call->model->cap[i];
        const struct irq_handler *handler = model_object(cap);
        if (cap->type == OBJECT_IRQ_HANDLER && cap->original && handler->line.index == line)
            return true;
    }
    return false;
}

err_t model_platform_irq(struct model_call *call)
{
    err_t error;
    uint64_t line = call->word[2], mode = call->word[3];
    ref_t at = model_destination(call, call->cap[0], call->word[1], 2, &error);
    if (error)
        return error;
    if (mode > 7)
        return model_error(call, ERROR_OUT_OF_RANGE, 4);
    if (line >= ioapic_gsi_limit())
        return model_error(call, ERROR_OUT_OF_RANGE, 3);
    if (line_taken(call, line))
        return model_error(call, ERROR_BOUND, 3);
    model_original(call, call->self, at, OBJECT_IRQ_HANDLER, 0)->any_object = true;
    return 0;
}

err_t model_platform_ports(struct model_call *call)
{
    err_t error;
    uint64_t first = call->word[2], count = call->word[3];
    ref_t at = model_destination(call, call->cap[0], call->word[1], 2, &error);
    if (error)
        return error;
    if (first > 0xffff)
        return model_error(call, ERROR_OUT_OF_RANGE, 3);
    if (count == 0 || count > 0x10000 || first + count > 0x10000)
        return model_error(call, ERROR_OUT_OF_RANGE, 4);
    struct model_cap *cap = model_original(call, call->self, at, OBJECT_IO_PORT, 0);
    cap->badge = (uint32_t)(first + count - 1) << 16 | (uint32_t)first;
    return 0;
}

err_t model_platform_device(struct model_call *call)
{
    err_t error;
    uint64_t address = call->word[2], size_bits = call->word[3];
    ref_t at = model_destination(call, call->cap[0], call->word[1], 2, &error);
    if (error)
        return error;
    if (size_bits < 12 || size_bits > 36)
        return model_error(call, ERROR_OUT_OF_RANGE, 4);
    if (address % (1ull << size_bits))
        return model_error(call, ERROR_MISALIGNED, 3);
    if (address >> 52 || address < ARENA_BYTES)
        return model_error(call, ERROR_OUT_OF_RANGE, 3);
    struct model_cap *cap = model_original(call, call->self, at, OBJECT_FRAME, (unsigned)size_bits);
    cap->device = true;
    cap->frame_page = address >> PAGE_BITS;
    return 0;
}

err_t model_platform_power_off(struct model_call *call)
{
    (void)call;
    return 0;
}

err_t model_irq_bind(struct model_call *call)
{
    const struct irq_handler *handler = model_object(call->self);
    if (call->cap[0] && handler->notification)
        return model_error(call, ERROR_BOUND, 0);
    rebind(call, call->cap[0], &handler->binding, handler, BINDING_IRQ_NOTIFICATION);
    return 0;
}

err_t model_irq_ack(struct model_call *call)
{
    const struct irq_handler *handler = model_object(call->self);
    return handler->notification ? 0 : model_error(call, ERROR_NOT_BOUND, 0);
}

static err_t port_error(const struct model_call *call)
{
    uint64_t port = call->word[0], size = call->word[1];
    uint64_t first = call->self->badge & 0xffff, last = call->self->badge >> 16;
    if (size != 1 && size != 2 && size != 4)
        return model_error(call, ERROR_OUT_OF_RANGE, 2);
    if (port < first || port > 0xffff || port + size - 1 > last)
        return model_error(call, ERROR_OUT_OF_RANGE, 1);
    return 0;
}

err_t model_io_port_in(struct model_call *call)
{
    return port_error(call);
}

err_t model_io_port_out(struct model_call *call)
{
    return port_error(call);
}
