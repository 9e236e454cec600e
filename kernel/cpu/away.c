/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/cpu/away.h"

#include "kernel/cap/invoke.h"
#include "kernel/cap/lock.h"
#include "kernel/debug/assert.h"
#include "kernel/ipc/ipc.h"
#include "kernel/object/endpoint.h"
#include "kernel/sched/sched.h"

/* ---- at home ---- */

static void leave(struct thread *thread, unsigned cpu, enum away_errand errand)
{
    struct away *away = &thread->away;
    thread->state = STATE_AWAY;
    away->errand = errand;
    away->cpu = cpu;
    away->back = false;
    away->place = AWAY_UNDER_WAY;
    this_cpu()->attention |= CPU_STOPPED;
    inbox_put(cpu, &away->node, INBOX_THREAD);
}

void away_call(struct thread *client, ref_t endpoint, uint32_t badge)
{
    client->away.endpoint = endpoint;
    client->away.badge = badge;
    leave(client, endpoint_of(endpoint)->home - 1, AWAY_CALL);
}

void away_operate(struct thread *thread, struct slot *self, unsigned cpu)
{
    thread->away.self = self;
    thread->away.stale = 0;
    leave(thread, cpu, AWAY_OPERATION);
}

void away_ask_back(struct thread *thread, enum object_type cause, bool stop)
{
    struct away *away = &thread->away;
    away->stop |= stop;
    if (away->asked || away->errand != AWAY_CALL)
        return; /* operations come back soon */
    away->asked = true;
    away->cause = cause;
    inbox_put(away->cpu, &away->cancel, INBOX_CANCEL);
}

static void come_back(struct thread *thread)
{
    struct away *away = &thread->away;
    away->back = true;
    if (away->asked)
        return;
    bool stop = away->stop || away->unsaid;
    if (away->stale)
        this_cpu()->stale = away->stale;
    away->stop = away->unsaid = false;
    away->stale = 0;
    thread->state = STATE_RUNNABLE;
    if (stop) {
        thread_stop(thread);
        return;
    }
    sched_release(thread);
    sched_drive(thread);
}

/* ---- on the other CPU ---- */

void away_go_home(struct thread *client)
{
    client->away.place = AWAY_HOMEWARD;
    inbox_put(client->home, &client->away.node, INBOX_THREAD);
}

void away_fail(struct thread *client, enum error_code code, enum object_type cause)
{
    if (client->fault)
        client->away.unsaid = true;
    else
        ipc_fail(client, ERR(code, 0, cause, error_blame(code)));
    client->fault = 0;
    away_go_home(client);
}

static void ring_insert(struct endpoint_part *part, struct thread *client)
{
    struct thread *first = part->remote;
    client->away.place = AWAY_WAITING;
    if (first) {
        client->away.next = first;
        client->away.prev = first->away.prev;
        first->away.prev->away.next = client;
        first->away.prev = client;
    } else {
        client->away.next = client->away.prev = client;
        part->remote = client;
        endpoint_answer_in_c(part);
    }
    endpoint_part_update(part);
}

static void ring_remove(struct endpoint_part *part, struct thread *client)
{
    struct thread *next = client->away.next;
    if (part->remote == client)
        part->remote = next == client ? NULL : next;
    client->away.prev->away.next = next;
    next->away.prev = client->away.prev;
    endpoint_part_update(part);
}

/* A message with capabilities takes the lock; without it the thread arrives again. */
static bool can_deliver(struct thread *client)
{
    bool caps =
        !client->fault && (client->flags & THREAD_BUFFERED) && TAG_CAPS(client->registers.tag);
    if (!caps || caps_lock())
        return true;
    client->away.place = AWAY_UNDER_WAY;
    inbox_put(this_cpu()->index, &client->away.node, INBOX_THREAD);
    return false;
}

/* Its caller stands elsewhere: for all that time means here, nobody with time calls. */
static bool deliver(struct thread *client, struct thread *server)
{
    err_t error = message_transfer(client, server, client->away.badge, false);
    if (error) {
        ipc_fail(client, error);
        away_go_home(client);
        return false;
    }
    server->caller = this_cpu()->idle;
    server->remote = client;
    client->away.server = server;
    client->away.place = AWAY_SERVED;
    sched_release(server);
    return true;
}

bool away_take(struct thread *server)
{
    struct endpoint_part *part = server->part;
    while (server->sched && part->remote) {
        struct thread *client = part->remote;
        ring_remove(part, client);
        if (can_deliver(client) && deliver(client, server))
            return true;
    }
    return false;
}

static void arrive_call(struct thread *client)
{
    struct endpoint_part *part = endpoint_part_here(client->away.endpoint);
    struct thread *server = endpoint_idle_server(part, true);
    if (endpoint_is_dead(part)) {
        away_fail(client, ERROR_NOT_DELIVERED, OBJECT_ENDPOINT);
    } else if (server) {
        if (can_deliver(client))
            (void)deliver(client, server);
    } else if (endpoint_has_time(part)) {
        ring_insert(part, client);
    } else {
        away_fail(client, ERROR_NOT_DELIVERED, OBJECT_SCHED_CONTEXT);
    }
}

bool away_turn_away(struct endpoint_part *part, unsigned *most)
{
    struct thread *client;
    while ((client = part->remote)) {
        if (!*most)
            return false;
        --*most;
        ring_remove(part, client);
        away_fail(client, ERROR_NOT_DELIVERED, OBJECT_ENDPOINT);
    }
    return true;
}

bool away_arrive(struct thread *thread)
{
    struct cpu *cpu = this_cpu();
    if (thread->home == cpu->index) {
        come_back(thread);
        return false;
    }
    if (thread->away.errand == AWAY_CALL) {
        arrive_call(thread);
        caps_unlock();
        return false;
    }
    invocation_run(thread, thread->away.self);
    thread->away.buffered = false;
    thread->away.stale = cpu->stale;
    cpu->stale = 0;
    away_go_home(thread);
    return true;
}

static void cancel_here(struct thread *client)
{
    enum object_type cause = client->away.cause;
    switch ((enum away_place)client->away.place) {
    case AWAY_WAITING:
        ring_remove(endpoint_part_here(client->away.endpoint), client);
        away_fail(client, ERROR_NOT_DELIVERED, cause);
        break;
    case AWAY_SERVED:
        client->away.server->caller = &null_thread;
        away_fail(client, ERROR_OUTCOME_UNKNOWN, cause);
        break;
    case AWAY_DETACHED:
        client->reply->client = NULL;
        away_fail(client, ERROR_OUTCOME_UNKNOWN, cause);
        break;
    default:
        break;
    }
}

void away_asked(struct thread *thread)
{
    struct away *away = &thread->away;
    if (thread->home == this_cpu()->index) {
        away->asked = false;
        if (away->back)
            come_back(thread);
        return;
    }
    if (away->place == AWAY_UNDER_WAY) { /* it waits for the lock, behind this */
        inbox_put(this_cpu()->index, &away->cancel, INBOX_CANCEL);
        return;
    }
    cancel_here(thread);
    inbox_put(thread->home, &away->cancel, INBOX_CANCEL);
}
