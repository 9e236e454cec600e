/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/ipc/ipc.h"

#include "kernel/cap/invoke.h"
#include "kernel/cap/lock.h"
#include "kernel/cpu/away.h"
#include "kernel/debug/assert.h"
#include "kernel/object/endpoint.h"
#include "kernel/object/notification.h"
#include "kernel/root_task.h"
#include "kernel/sched/sched.h"

static err_t peer_error(enum error_code code, enum object_type cause)
{
    return ERR(code, 0, cause, error_blame(code));
}

static void set_buffered(struct thread *thread, bool buffered)
{
    thread->flags = buffered ? thread->flags | THREAD_BUFFERED : thread->flags & ~THREAD_BUFFERED;
}

void ipc_fail(struct thread *thread, err_t error)
{
    thread_set_result(thread, error, 0, true);
}

/* Both links of a call. The bits send the reply the longer way where more must be done. */
static void link(struct thread *client, struct thread *server)
{
    bool slow = client->fault || client->vector || server->vector;
    bool in_c = server->part->pending || this_cpu()->expired;
    server->caller = client;
    client->callee = (uint64_t)server | (slow ? CALLEE_SLOW : 0) | (in_c ? CALLEE_IN_C : 0);
    client->state = STATE_RUNNABLE;
}

static void unlink(struct thread *client, struct thread *server)
{
    client->callee = 0;
    server->caller = &null_thread;
}

/* The current thread calls, and `server` goes on with its time. */
static void hand_over(struct thread *client, struct thread *server)
{
    struct cpu *cpu = this_cpu();
    link(client, server);
    cpu->current = server;
    cpu->room--;
}

/* What a call of an endpoint must fulfil, whoever serves it. */
static err_t check_call(const struct thread *client, const struct slot *slot, bool buffered)
{
    if (sched_is_late(client))
        return peer_error(ERROR_NOT_DELIVERED, OBJECT_SCHED_CONTEXT);
    if (this_cpu()->room <= 0)
        return ERR(ERROR_TOO_DEEP, 0, OBJECT_ENDPOINT, BLAME_CALLER);
    if (!buffered)
        return 0;
    if (TAG_CAPS(client->registers.tag) && !(slot->rights & RIGHT_ENDPOINT_TRANSFER))
        return ERR(ERROR_MISSING_RIGHT, 0, OBJECT_ENDPOINT, BLAME_CALLER);
    return message_check(client);
}

/* The current thread's system call is executed again: this one, with this in rdx. */
static void restart(struct thread *thread, unsigned number, uint64_t handle)
{
    thread_set_result(thread, number, handle, false);
    thread->ip -= 2; /* the SYSCALL instruction */
}

void ipc_call(struct thread *client, const struct slot *slot, bool buffered, uint64_t handle)
{
    struct endpoint_part *part = endpoint_part_here(slot->object);
    set_buffered(client, buffered);
    err_t error = check_call(client, slot, buffered);
    if (!error && endpoint_is_elsewhere(part, slot->object)) {
        away_call(client, slot->object, slot->badge);
        return;
    }
    struct thread *server = error ? NULL : endpoint_idle_server(part, false);
    if (server)
        error = message_transfer(client, server, slot->badge, false);
    else if (!error && !endpoint_enqueue(part, client, slot->badge))
        error = ERR(ERROR_TOO_DEEP, 0, OBJECT_ENDPOINT, BLAME_CALLER);
    if (error == RESTART)
        restart(client, SYSCALL_CALL_BUFFER, handle);
    else if (error)
        ipc_fail(client, error);
    else if (server)
        hand_over(client, server);
}

/* Give `client` its answer, in the registers of `from`, and let it go on. */
static void answer(struct thread *from, struct thread *client)
{
    if (client->fault)
        client->fault = 0; /* all of its registers are as they were, or as the pager has set them */
    else if (message_transfer(from, client, 0, true))
        ipc_fail(client, peer_error(ERROR_NO_BUFFER, OBJECT_ENDPOINT));
    if (client->home != this_cpu()->index)
        away_go_home(client);
    else
        sched_release(client);
}

/* Whom `server` works for, wherever that one's home is. */
static struct thread *caller_of(const struct thread *server)
{
    return thread_serves_remote(server) ? server->remote : server->caller;
}

/* It serves nobody any more. */
static void unlink_caller(struct thread *server, struct thread *client)
{
    if (thread_serves_remote(server))
        server->caller = &null_thread;
    else
        unlink(client, server);
}

static bool take_notification(struct thread *server)
{
    struct notification *notification = server->part->notifications;
    if (!notification || !server->sched)
        return false;
    notification_deliver(notification, server);
    sched_release(server); /* on its own time */
    return true;
}

/* Capabilities that come with a caller's message take the lock. Without it the wait is executed
 * again. */
static bool can_take(struct thread *server, const struct thread *client)
{
    bool caps = (client->flags & THREAD_BUFFERED) && TAG_CAPS(client->registers.tag);
    if (!caps || caps_lock())
        return true;
    server->caller = &null_thread;
    restart(server, SYSCALL_REPLY_WAIT, 0);
    sched_release(server);
    sched_help(server->part);
    return false;
}

/* The next caller that can be delivered becomes the server's. */
static bool take_caller(struct thread *server)
{
    struct priority_node *node;
    while ((node = priority_queue_first(&server->part->callers))) {
        struct thread *client = container_of(node, struct thread, queue_node);
        if (!can_take(server, client))
            return false;
        struct thread *helped = endpoint_helped_by(client);
        endpoint_dequeue(client);
        client->state = STATE_RUNNABLE;
        err_t error = message_transfer(client, server, client->queued_badge, false);
        if (!error)
            link(client, server);
        else
            ipc_fail(client, error);
        sched_release(client);
        if (helped && helped != server)
            sched_drive(helped);
        if (!error) {
            sched_help(server->part);
            return true;
        }
    }
    return false;
}

/* In turns with those of this CPU. */
static bool take_remote(struct thread *server)
{
    bool before = server->flags & THREAD_TOOK_REMOTE;
    server->flags &= (uint8_t)~THREAD_TOOK_REMOTE;
    if ((before && server->part->callers.head) || !away_take(server))
        return false;
    server->flags |= THREAD_TOOK_REMOTE;
    return true;
}

void ipc_wait(struct thread *server)
{
    struct cpu *cpu = this_cpu();
    sched_owe_nothing(server);
    server->caller =
        (struct thread *)((char *)cpu + (server->vector ? CPU_MARKER_VECTOR : CPU_MARKER_PLAIN));
    cpu->attention |= CPU_STOPPED; /* it works for another, on another's time, or not at all */
    if (server->part->pending) {
        if (take_notification(server) || take_remote(server))
            return;
        if (take_caller(server)) {
            if (sched_has_time(server->caller))
                sched_rest(server);
            else
                sched_drive(server);
            return;
        }
        if (!thread_is_idle(server) || take_remote(server)) /* those here couldn't be taken */
            return;
    }
    server->part->head = server;
}

void ipc_reply_wait(struct thread *server, bool buffered)
{
    struct thread *client = caller_of(server);
    set_buffered(server, buffered);
    if (client != &null_thread) {
        err_t error = buffered ? message_check(server) : 0;
        if (error) {
            if (error == RESTART)
                restart(server, SYSCALL_REPLY_WAIT_BUFFER, 0);
            else
                ipc_fail(server, error);
            return;
        }
        unlink_caller(server, client);
        answer(server, client);
    }
    if (!slot_empty(&server->binding_endpoint)) {
        ipc_wait(server);
        return;
    }
    ipc_fail(server, ERR(ERROR_NOT_BOUND, 0, OBJECT_THREAD, BLAME_CALLER));
    sched_owe_nothing(server);
    sched_release(server); /* it goes on, on its own time */
    this_cpu()->attention |= CPU_STOPPED;
}

void ipc_abandon(struct thread *server)
{
    struct thread *client = server->caller;
    if (thread_serves_remote(server)) {
        server->caller = &null_thread;
        away_fail(server->remote, ERROR_OUTCOME_UNKNOWN, OBJECT_THREAD);
    } else if (client != &null_thread && !thread_is_idle(server)) {
        ipc_cancel(client, OBJECT_THREAD);
    }
}

/* Its server goes on without it: on a reserve or a helper's time, at the cost of whose it was. */
static void leave_callee(struct thread *client)
{
    struct thread *server = thread_callee(client);
    struct sched_context *payer = sched_payer(client);
    sched_release(sched_chain_end(server));
    unlink(client, server);
    sched_owe(server, payer);
    sched_release(server); /* its own time rested */
    sched_drive(server);
}

static void leave_queue(struct thread *client)
{
    struct endpoint_part *part = client->queued_on;
    struct thread *helped = endpoint_helped_by(client);
    endpoint_dequeue(client);
    client->state = STATE_RUNNABLE; /* chains don't go on from it any more */
    sched_help(part);
    if (helped)
        sched_drive(helped);
}

/* Out of whatever it waits for. Returns what is known of it; 0: it waited for nothing. */
static enum error_code leave(struct thread *thread)
{
    if (thread->callee) {
        leave_callee(thread);
        return ERROR_OUTCOME_UNKNOWN;
    }
    switch ((enum thread_state)thread->state) {
    case STATE_QUEUED:
        leave_queue(thread);
        return ERROR_NOT_DELIVERED;
    case STATE_DETACHED:
        thread->reply->client = NULL;
        return ERROR_OUTCOME_UNKNOWN;
    case STATE_WAITING:
        notification_stop_waiting(thread);
        return ERROR_CANCELLED;
    default:
        return ERROR_NONE;
    }
}

void ipc_cancel(struct thread *thread, enum object_type cause)
{
    if (thread->state == STATE_AWAY) {
        away_ask_back(thread, cause, false);
        return;
    }
    enum error_code code = leave(thread);
    if (code == ERROR_NONE)
        return;
    this_cpu()->attention |= CPU_STOPPED;
    if (thread->fault) {
        thread->fault = 0;
        thread->state = STATE_STOPPED;
        return;
    }
    thread->state = STATE_RUNNABLE;
    ipc_fail(thread, peer_error(code, cause));
    sched_release(thread);
    sched_drive(thread); /* who waits for it may not have found it worth helping */
}

void ipc_expire(struct thread *thread)
{
    if (sched_rests(thread))
        return; /* what it does is on another's time */
    if (!thread->fault)
        ipc_cancel(thread, OBJECT_SCHED_CONTEXT);
}

void ipc_fault(struct thread *thread, enum fault fault, uint64_t address, uint64_t code)
{
    struct slot *slot = &thread->binding_fault;
    thread->fault = fault;
    thread->fault_address = address;
    thread->fault_code = code;
    if (slot_empty(slot) || !slot->endpoint) {
        if (thread->flags & THREAD_ROOT)
            root_task_lost(thread);
        thread->fault = 0;
        thread_stop(thread);
        return;
    }
    set_buffered(thread, false);
    struct endpoint_part *part = endpoint_part_here(slot->object);
    struct thread *server = endpoint_idle_server(part, false);
    if (endpoint_is_elsewhere(part, slot->object)) {
        away_call(thread, slot->object, slot->badge);
    } else if (this_cpu()->room <= -FAULT_DEPTH ||
               (!server && !endpoint_enqueue(part, thread, slot->badge))) {
        thread->fault = 0;
        thread_stop(thread);
    } else if (server && !message_transfer(thread, server, slot->badge, false)) {
        hand_over(thread, server);
    }
}

void ipc_detach(struct thread *server, struct slot *slot)
{
    struct thread *client = caller_of(server), *nobody = NULL;
    struct reply *reply = ref_pointer(slot->object);
    if (client == &null_thread) {
        ipc_fail(server, ERR(ERROR_NO_CALLER, 0, OBJECT_REPLY, BLAME_CALLER));
        return;
    }
    if (!server->sched) { /* it would be left with no time to go on */
        ipc_fail(server, ERR(ERROR_WRONG_STATE, 0, OBJECT_REPLY, BLAME_CALLER));
        return;
    }
    if (!__atomic_compare_exchange_n(&reply->client, &nobody, client, false, __ATOMIC_RELEASE,
                                     __ATOMIC_RELAXED)) {
        ipc_fail(server, ERR(ERROR_BOUND, 0, OBJECT_REPLY, BLAME_CALLER));
        return;
    }
    unlink_caller(server, client);
    if (client->home == this_cpu()->index)
        client->state = STATE_DETACHED;
    else
        client->away.place = AWAY_DETACHED;
    client->reply = reply;
    thread_set_result(server, 0, 0, false);
    /* The caller's time stays with the caller, which waits; the server goes on with its own. */
    sched_release(server);
    this_cpu()->attention |= CPU_STOPPED;
}

err_t reply_send(struct invocation *call)
{
    struct thread *sender = call->thread;
    struct reply *reply = ref_pointer(call->self->object);
    struct thread *client = reply->client;
    bool buffered = sender->away.buffered;
    if (!(call->self->rights & RIGHT_REPLY_USE))
        return ERR(ERROR_MISSING_RIGHT, 0, OBJECT_REPLY, BLAME_CALLER);
    if (!client)
        return ERR(ERROR_NO_CALLER, 0, OBJECT_REPLY, BLAME_CALLER);
    err_t error = buffered ? message_check(sender) : 0;
    if (error)
        return error;
    set_buffered(sender, buffered);
    reply->client = NULL;
    if (client->home == this_cpu()->index)
        client->state = STATE_RUNNABLE;
    answer(sender, client);
    return 0;
}

void ipc_reply_end(struct reply *reply)
{
    struct thread *client = reply->client;
    if (!client)
        return;
    if (client->home == this_cpu()->index) {
        ipc_cancel(client, OBJECT_REPLY);
    } else {
        reply->client = NULL;
        away_fail(client, ERROR_OUTCOME_UNKNOWN, OBJECT_REPLY);
    }
}
