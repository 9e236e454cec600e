/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/object/endpoint.h"

#include "kernel/cap/invoke.h"
#include "kernel/cap/object.h"
#include "kernel/debug/assert.h"
#include "kernel/ipc/ipc.h"
#include "kernel/sched/sched.h"

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

struct thread *endpoint_idle_server(struct endpoint_part *part, bool own)
{
    struct thread *server = part->servers;
    for (unsigned i = 0; i < part->server_count; i++, server = server->next_server) {
        if (thread_is_idle(server) && !(own && !server->sched)) {
            part->head = server;
            return server;
        }
    }
    return NULL;
}

bool endpoint_has_time(const struct endpoint_part *part)
{
    const struct thread *server = part->servers;
    for (unsigned i = 0; i < part->server_count; i++, server = server->next_server)
        if (server->sched)
            return true;
    return !server;
}

/* --- helping --- */

/* The first caller, unless all have lost their time. */
static struct thread *first_with_time(const struct endpoint_part *part)
{
    struct priority_node *node = priority_queue_first(&part->callers);
    return node && node->priority ? container_of(node, struct thread, queue_node) : NULL;
}

/* A server at work: one that can run, else the one that is helped already, else any. */
static struct thread *server_to_help(const struct endpoint_part *part)
{
    struct thread *server = part->servers, *any = part->helped;
    if (any && any->queued_on == part)
        any = NULL;
    for (unsigned i = 0; i < part->server_count; i++, server = server->next_server) {
        if (thread_runnable(server))
            return server;
        if (!thread_is_idle(server) && server->queued_on != part &&
            (!any || any->state == STATE_STOPPED))
            any = server;
    }
    return any;
}

/* Through how many queues time comes to what `thread` works for. */
static unsigned level_of(const struct thread *thread)
{
    unsigned level = 0;
    for (;; thread = thread->caller) {
        if (thread->part->helped == thread && thread->part->level > level)
            level = thread->part->level;
        if (!thread_serves(thread))
            return level;
    }
}

/* Time is about to come through `part` to `server`: raise the levels of the queues that it goes on
 * through. False: that would be too many, or for ever. */
static bool raise_levels(struct endpoint_part *part, const struct thread *client,
                         struct thread *server)
{
    part->level = 0;
    for (unsigned level = level_of(client) + 1; level <= QUEUE_HOPS; level++) {
        if (part->level < level)
            part->level = (uint8_t)level;
        while (server->callee)
            server = thread_callee(server);
        if (server == client)
            return false;
        if (server->state != STATE_QUEUED || !endpoint_helped_by(server))
            return true;
        part = server->queued_on;
        server = part->helped;
    }
    return false;
}

/* Time that came this way looks anew where it can go. */
static void stop_helping(struct endpoint_part *part)
{
    if (!part->helped)
        return;
    sched_release(sched_chain_end(part->helped));
    part->helper = part->helped = NULL;
    this_cpu()->attention |= CPU_STOPPED;
}

void endpoint_help(struct endpoint_part *part)
{
    struct thread *helper = first_with_time(part);
    struct thread *helped = helper ? server_to_help(part) : NULL;
    if (helped && helper == part->helper && helped == part->helped)
        return;
    stop_helping(part);
    if (!helped || !raise_levels(part, helper, helped))
        return;
    part->helper = helper;
    part->helped = helped;
    sched_release(helper);
}

/* With one server at each queue on the way, it could only ever be served after itself. */
static bool waits_for_itself(const struct endpoint_part *part, const struct thread *client)
{
    for (unsigned hops = 0; hops <= QUEUE_HOPS; hops++) {
        const struct thread *server = part->servers;
        if (part->server_count != 1)
            return false;
        while (server->callee)
            server = thread_callee(server);
        if (server == client)
            return true;
        if (server->state != STATE_QUEUED)
            return false;
        part = server->queued_on;
    }
    return true;
}

/* --- who waits --- */

void endpoint_answer_in_c(const struct endpoint_part *part)
{
    struct thread *server = part->servers;
    for (unsigned i = 0; i < part->server_count; i++, server = server->next_server)
        if (thread_serves(server))
            server->caller->callee |= CALLEE_IN_C;
}

void endpoint_part_update(struct endpoint_part *part)
{
    part->pending = part->callers.head || part->notifications || part->remote;
}

bool endpoint_enqueue(struct endpoint_part *part, struct thread *client, uint32_t badge)
{
    if (waits_for_itself(part, client))
        return false;
    client->state = STATE_QUEUED;
    client->queued_on = part;
    client->queued_badge = badge;
    priority_queue_insert(&part->callers, &client->queue_node, sched_rank(client));
    this_cpu()->attention |= CPU_STOPPED;
    endpoint_part_update(part);
    if (part->caller_count++ == 0)
        endpoint_answer_in_c(part);
    sched_help(part);
    if (unlikely(cpu_running > 1)) {
        __atomic_thread_fence(__ATOMIC_SEQ_CST); /* endpoint_begin_end sees it, or else it's seen */
        if (endpoint_is_dead(part))
            ipc_cancel(client, OBJECT_ENDPOINT);
    }
    return true;
}

bool endpoint_requeue(struct thread *client)
{
    struct endpoint_part *part = client->queued_on;
    unsigned rank = sched_rank(client);
    if (client->queue_node.priority == rank)
        return false;
    priority_queue_remove(&client->queue_node);
    priority_queue_insert(&part->callers, &client->queue_node, rank);
    return true;
}

void endpoint_dequeue(struct thread *client)
{
    assert(client->state == STATE_QUEUED);
    struct endpoint_part *part = client->queued_on;
    if (part->helper == client)
        stop_helping(part);
    priority_queue_remove(&client->queue_node);
    client->queued_on = NULL;
    part->caller_count--;
    endpoint_part_update(part);
}

/* --- servers --- */

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
    container_of(part - this_cpu()->index, struct endpoint, part)->home = this_cpu()->index + 1;
    sched_help(part);
}

void endpoint_remove_server(struct thread *thread)
{
    struct endpoint_part *part = thread->part;
    struct thread *before = thread, *helped = part->helped;
    stop_helping(part);
    while (before->next_server != thread)
        before = before->next_server;
    before->next_server = thread->next_server;
    part->server_count--;
    part->servers = part->server_count ? before : NULL;
    if (part->head == thread)
        part->head = part->server_count ? before : &null_thread;
    thread->part = endpoint_part_here(0);
    thread->next_server = NULL;
    sched_help(part);
    if (helped)
        sched_drive(helped);
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
        ipc_cancel(client, OBJECT_ENDPOINT);
    }
    return away_turn_away(part, steps);
}

unsigned endpoint_begin_end(struct endpoint *endpoint)
{
    __atomic_store_n(&endpoint->dead, 1, __ATOMIC_SEQ_CST);
    for (unsigned i = 0; i < cpu_numbers(); i++)
        if (__atomic_load_n(&endpoint->part[i].pending, __ATOMIC_SEQ_CST))
            return i;
    return this_cpu()->index;
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
