/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/object/endpoint.h"

#include "kernel/cap/invoke.h"
#include "kernel/cap/object.h"
#include "kernel/debug/assert.h"
#include "kernel/ipc/ipc.h"
#include "kernel/sched/sched.h"

#define HELPERS_LOOKED_AT 64 /* so that a queue of callers without time costs no more */

struct thread null_thread = {.caller = &null_thread};

unsigned endpoint_size_bits(void)
{
    unsigned bits = 7;
    while ((1u << bits) < sizeof(struct endpoint) + cpu_count * sizeof(struct endpoint_part))
        bits++;
    return bits;
}

void endpoint_init(struct endpoint *endpoint)
{
    for (unsigned i = 0; i < cpu_count; i++)
        endpoint->part[i].head = &null_thread;
}

struct thread *endpoint_idle_server(struct endpoint_part *part)
{
    struct thread *server = part->servers;
    for (unsigned i = 0; i < part->server_count; i++, server = server->next_server) {
        if (thread_is_idle(server)) {
            part->head = server;
            return server;
        }
    }
    return NULL;
}

static bool is_orphan(const struct thread *server)
{
    return !server->sched && server->state != STATE_STOPPED && !thread_is_idle(server) &&
           !sched_has_time(server);
}

struct thread *endpoint_orphan(const struct endpoint_part *part)
{
    struct thread *server = part->servers;
    for (unsigned i = 0; i < part->server_count; i++, server = server->next_server)
        if (is_orphan(server))
            return server;
    return NULL;
}

/* The first caller with time that waits here: some may have lost theirs. */
static void release_caller(struct priority_node *first)
{
    struct priority_node *leader = first, *node = first;
    for (unsigned i = 0; i < HELPERS_LOOKED_AT; i++) {
        struct thread *client = container_of(node, struct thread, queue_node);
        if (client->parked) {
            sched_release(client);
            return;
        }
        node = node->next;
        if (node == leader)
            node = leader = leader->lower;
        if (!node)
            return;
    }
}

static void help_here(struct endpoint_part *part)
{
    struct priority_node *first = priority_queue_first(&part->callers);
    struct thread *server = part->servers;
    if (!first || !endpoint_orphan(part))
        return;
    release_caller(first);
    for (unsigned i = 0; i < part->server_count; i++, server = server->next_server)
        if (is_orphan(server)) /* it may wait, and the time for it help another */
            sched_release_chain(server);
}

void endpoint_help_chain(struct thread *thread)
{
    help_here(thread->part);
    while (thread->callee) {
        thread = thread_callee(thread);
        help_here(thread->part);
    }
}

void endpoint_help(struct endpoint_part *part)
{
    struct thread *server = part->servers;
    help_here(part);
    for (unsigned i = 0; i < part->server_count; i++, server = server->next_server)
        if (server->callee && is_orphan(server))
            endpoint_help_chain(thread_callee(server));
}

void endpoint_part_update(struct endpoint_part *part)
{
    uint32_t pending = part->callers.head || part->notifications;
    this_cpu()->waiting += pending - part->pending;
    part->pending = pending;
}

void endpoint_enqueue(struct endpoint_part *part, struct thread *client, uint32_t badge)
{
    struct sched_context *sched = this_cpu()->sched;
    client->state = STATE_QUEUED;
    client->queued_on = part;
    client->queued_badge = badge;
    priority_queue_insert(&part->callers, &client->queue_node, sched ? sched->priority : 0);
    part->caller_count++;
    this_cpu()->attention |= CPU_STOPPED;
    endpoint_part_update(part);
}

void endpoint_dequeue(struct thread *client)
{
    assert(client->state == STATE_QUEUED);
    struct endpoint_part *part = client->queued_on;
    priority_queue_remove(&client->queue_node);
    client->queued_on = NULL;
    part->caller_count--;
    endpoint_part_update(part);
}

void endpoint_add_server(struct endpoint_part *part, struct thread *thread)
{
    if (part->servers) {
        thread->next_server = part->servers->next_server;
        part->servers->next_server = thread;
    } else {
        thread->next_server = thread;
        part->servers = thread;
        part->head = thread;
    }
    part->server_count++;
    thread->part = part;
}

void endpoint_remove_server(struct thread *thread)
{
    struct endpoint_part *part = thread->part;
    struct thread *before = thread;
    while (before->next_server != thread)
        before = before->next_server;
    before->next_server = thread->next_server;
    part->server_count--;
    part->servers = part->server_count ? before : NULL;
    if (part->head == thread)
        part->head = part->server_count ? before : &null_thread;
    thread->part = endpoint_part_here(0);
    thread->next_server = NULL;
}

bool endpoint_destroy(struct endpoint *endpoint, unsigned *steps)
{
    struct endpoint_part *part = endpoint_part_here(ref_of(endpoint));
    struct priority_node *node;
    while ((node = priority_queue_first(&part->callers))) {
        if (!*steps)
            return false;
        --*steps;
        struct thread *client = container_of(node, struct thread, queue_node);
        ipc_cancel(client, ERR(ERROR_NOT_DELIVERED, 0, OBJECT_ENDPOINT, BLAME_PEER));
    }
    return true;
}

err_t thread_set_endpoint(struct invocation *call)
{
    struct thread *thread = thread_of(call->self);
    struct slot *endpoint = call->cap[0];
    if (thread->state != STATE_STOPPED && thread != call->thread)
        return invocation_error(call, ERROR_WRONG_STATE, 0);
    if (endpoint && !slot_empty(&thread->binding_endpoint))
        return invocation_error(call, ERROR_BOUND, 0);
    if (endpoint && endpoint_part_here(endpoint->object)->server_count == ENDPOINT_SERVERS_MAX)
        return invocation_error(call, ERROR_FULL, 1);

    slot_unbind(&thread->binding_endpoint);
    if (endpoint) {
        slot_bind(endpoint, &thread->binding_endpoint, thread, BINDING_THREAD_ENDPOINT);
        endpoint_add_server(endpoint_part_here(endpoint->object), thread);
    }
    return 0;
}

err_t endpoint_info(struct invocation *call)
{
    struct endpoint_part *part = endpoint_part_here(call->self->object);
    call->result[0] = part->server_count;
    call->result[1] = part->caller_count;
    return 0;
}
