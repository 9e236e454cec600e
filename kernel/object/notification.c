/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/object/notification.h"

#include "kernel/cap/invoke.h"
#include "kernel/cap/object.h"
#include "kernel/ipc/ipc.h"
#include "kernel/ipc/syscall.h"
#include "kernel/object/endpoint.h"
#include "kernel/sched/sched.h"

static uint32_t take_flags(struct notification *notification)
{
    return __atomic_exchange_n(&notification->flags, 0, __ATOMIC_RELAXED);
}

/* Only who has found nobody listening may: of two that try, one is refused. */
static bool listen(struct notification *notification, uint32_t listener)
{
    uint32_t nobody = 0;
    return __atomic_compare_exchange_n(&notification->listener, &nobody, listener, false,
                                       __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

static void stop_listening(struct notification *notification)
{
    __atomic_store_n(&notification->listener, 0, __ATOMIC_RELEASE);
}

bool notification_begin_end(struct notification *notification)
{
    return notification->listener == NOTIFICATION_DEAD || listen(notification, NOTIFICATION_DEAD);
}

static void pending_insert(struct notification *notification)
{
    struct endpoint_part *part = notification->part;
    struct notification *first = part->notifications;
    if (notification->next)
        return;
    if (first) {
        notification->next = first;
        notification->prev = first->prev;
        first->prev->next = notification;
        first->prev = notification;
    } else {
        notification->next = notification->prev = notification;
        part->notifications = notification;
        endpoint_answer_in_c(part);
    }
    endpoint_part_update(part);
}

static void pending_remove(struct notification *notification)
{
    struct endpoint_part *part = notification->part;
    if (!notification->next)
        return;
    if (part->notifications == notification)
        part->notifications = notification->next == notification ? NULL : notification->next;
    notification->prev->next = notification->next;
    notification->next->prev = notification->prev;
    notification->next = notification->prev = NULL;
    endpoint_part_update(part);
}

/* An idle server that has time of its own. */
static struct thread *server_with_time(struct endpoint_part *part)
{
    struct thread *server = part->servers;
    for (unsigned i = 0; i < part->server_count; i++, server = server->next_server)
        if (server->sched && thread_is_idle(server))
            return server;
    return NULL;
}

void notification_deliver(struct notification *notification, struct thread *server)
{
    struct registers *registers = &server->registers;
    pending_remove(notification);
    for (unsigned i = 1; i < MESSAGE_WORDS; i++)
        registers->word[i] = 0;
    registers->word[0] = take_flags(notification);
    registers->tag = 0;
    server->caller = &null_thread;
    thread_set_result(server, RECEIVE_NOTIFICATION, 0, true);
}

/* The waiter, with its flags: it's runnable, and hasn't got its time yet. */
static inline struct thread *take_waiter(struct notification *notification)
{
    struct thread *thread = notification->waiter;
    stop_listening(notification);
    thread->state = STATE_RUNNABLE;
    thread->registers.word[0] = take_flags(notification);
    return thread;
}

void syscall_signal(struct thread *thread, struct notification *notification)
{
    struct cpu *cpu = kernel_enter(thread);
    thread->registers.rax = 0;
    thread->registers.rflags = USER_RFLAGS;
    if (likely(notification->listener == cpu->listens)) {
        if (likely(sched_wake(take_waiter(notification)))) {
            thread_switch(cpu, cpu->entered, cpu->current);
            return;
        }
    } else {
        notification_notify(notification);
    }
    kernel_leave(cpu);
}

/* To an endpoint's part of this CPU. */
static void notify_part(struct notification *notification)
{
    struct endpoint_part *part = __atomic_load_n(&notification->part, __ATOMIC_ACQUIRE);
    struct thread *server = part ? server_with_time(part) : NULL;
    if (!part)
        return; /* another CPU is about to bind it, and will look at the flags then */
    if (server) {
        notification_deliver(notification, server);
        sched_wake(server);
    } else {
        pending_insert(notification);
    }
}

void notification_notify(struct notification *notification)
{
    uint32_t listener = __atomic_load_n(&notification->listener, __ATOMIC_SEQ_CST);
    uint32_t here = this_cpu()->listens;
    if (listener == here)
        sched_wake(take_waiter(notification));
    else if (listener == here + 1)
        notify_part(notification);
    else if (listener && listener != NOTIFICATION_DEAD &&
             !__atomic_exchange_n(&notification->listed, 1, __ATOMIC_SEQ_CST))
        inbox_put((listener - 1) / 2, &notification->node, INBOX_NOTIFICATION);
}

void notification_arrive(struct notification *notification)
{
    __atomic_store_n(&notification->listed, 0, __ATOMIC_SEQ_CST);
    if (notification->flags)
        notification_notify(notification);
}

void notification_signal(struct notification *notification, uint32_t flags)
{
    if (__atomic_or_fetch(&notification->flags, flags, __ATOMIC_RELAXED))
        notification_notify(notification);
}

void notification_stop_waiting(struct thread *thread)
{
    stop_listening(thread->waits_for);
}

void notification_unbind(struct notification *notification)
{
    pending_remove(notification);
    notification->part = NULL;
    stop_listening(notification);
}

bool notification_destroy(struct notification *notification)
{
    slot_unbind(&notification->binding_endpoint);
    if (notification->listener == this_cpu()->listens)
        ipc_cancel(notification->waiter, OBJECT_NOTIFICATION);
    return notification_begin_end(notification);
}

err_t notification_wait(struct invocation *call)
{
    struct notification *notification = ref_pointer(call->self->object);
    if (!listen(notification, this_cpu()->listens))
        return invocation_error(call, ERROR_BOUND, 0);
    uint32_t flags = take_flags(notification);
    call->result[0] = flags;
    if (likely(!flags && !sched_is_late(call->thread))) {
        call->thread->state = STATE_WAITING;
        call->thread->waits_for = notification;
        notification->waiter = call->thread;
        this_cpu()->attention |= CPU_STOPPED;
        return 0;
    }
    stop_listening(notification);
    return flags ? 0 : ERR(ERROR_CANCELLED, 0, OBJECT_SCHED_CONTEXT, BLAME_PEER);
}

err_t notification_poll(struct invocation *call)
{
    struct notification *notification = ref_pointer(call->self->object);
    uint32_t listener = notification->listener;
    if (listener && listener % 2 == 0)
        return invocation_error(call, ERROR_BOUND, 0);
    call->result[0] = take_flags(notification);
    return 0;
}

err_t notification_bind(struct invocation *call)
{
    struct notification *notification = ref_pointer(call->self->object);
    struct slot *endpoint = call->cap[0];
    if (!endpoint && notification->listener % 2 == 1)
        return invocation_error(call, ERROR_BOUND, 0);
    if (!endpoint) {
        slot_unbind(&notification->binding_endpoint);
        return 0;
    }
    unsigned home = endpoint_of(endpoint->object)->home, cpu = home ? home - 1 : this_cpu()->index;
    if (!listen(notification, LISTENER_PART(cpu)))
        return invocation_error(call, ERROR_BOUND, 0);

    slot_bind(endpoint, &notification->binding_endpoint, notification,
              BINDING_NOTIFICATION_ENDPOINT);
    __atomic_store_n(&notification->part, endpoint_part_at(endpoint->object, cpu),
                     __ATOMIC_SEQ_CST);
    if (notification->flags) {
        this_cpu()->attention |= CPU_STOPPED; /* an operation doesn't switch threads at once */
        notification_notify(notification);
    }
    return 0;
}
