/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads and where they stand in calls; endpoints, notifications and replies, and who waits
 * there. */
#include "tests/host/hosted/check.h"

#define RING_MAX 1000 /* longer than any ring can be in a test: it doesn't close */

static const struct cpu *cpu(void)
{
    return this_cpu();
}

static bool live_thread(const struct thread *thread)
{
    return seen_object(thread, OBJECT_THREAD);
}

static bool serves(const struct thread *thread)
{
    return thread->caller != &null_thread && !thread_is_idle(thread);
}

/* --- a thread --- */

static void check_bindings(const struct thread *thread)
{
    const struct slot *cnode = &thread->binding_cnode, *vspace = &thread->binding_vspace;
    const struct slot *buffer = &thread->binding_buffer, *sched = &thread->binding_sched;
    if (slot_empty(cnode))
        EXPECT(thread->cnode == ref_pointer(0) && !thread->cnode_mask, "a table without binding");
    else
        EXPECT(thread->cnode == ref_pointer(cnode->object) &&
                   thread->cnode_mask == (1ull << cnode->size_bits) - 64,
               "a thread's table isn't the one it's bound to");
    uint64_t cr3 =
        slot_empty(vspace) ? vspace_kernel_cr3() : vspace_cr3(ref_pointer(vspace->object));
    EXPECT(thread->cr3 == cr3, "a thread's cr3 is %lx, its binding says %lx", thread->cr3, cr3);
    if (slot_empty(buffer))
        EXPECT(!thread->buffer, "a buffer without binding");
    else
        EXPECT((char *)thread->buffer >= (char *)ref_pointer(buffer->object) &&
                   (char *)(thread->buffer + 1) <=
                       (char *)ref_pointer(buffer->object) + (1ull << buffer->size_bits) &&
                   buffer->rights & RIGHT_FRAME_WRITE && !(buffer->flags & SLOT_DEVICE),
               "a buffer outside of its Frame");
    const struct sched_context *time = slot_empty(sched) ? NULL : ref_pointer(sched->object);
    EXPECT(thread->sched == time, "a thread's time isn't what it's bound to");
    EXPECT(!time || time->thread == thread, "a SchedContext's thread is another");
}

static void check_links(const struct thread *thread)
{
    if (serves(thread))
        EXPECT(live_thread(thread->caller) && thread_callee(thread->caller) == thread,
               "a server's caller doesn't wait for it");
    if (thread->callee) {
        const struct thread *server = thread_callee(thread);
        EXPECT(live_thread(server) && server->caller == thread, "a callee doesn't know its caller");
        EXPECT(thread->state == STATE_RUNNABLE, "a calling thread is in state %u", thread->state);
        EXPECT(!thread_is_idle(thread), "a calling thread is idle");
        bool slow = thread->fault || thread->vector || server->vector;
        EXPECT(!slow || (thread->callee & CALLEE_SLOW), "a reply that must be slow isn't");
        bool in_c = server->part->pending && (server->part->callers.head || server->sched);
        EXPECT(!in_c || (thread->callee & CALLEE_IN_C),
               "an answer would pass by who waits for its server");
    }
    if (thread_is_idle(thread)) {
        EXPECT(thread->state == STATE_RUNNABLE, "an idle server is in state %u", thread->state);
        EXPECT(!slot_empty(&thread->binding_endpoint), "a thread waits for calls of no endpoint");
        EXPECT(thread->caller == (void *)((char *)this_cpu() + (thread->vector ? 8 : 0)),
               "an idle server has the wrong marker");
    }
}

static void check_state(const struct thread *thread)
{
    EXPECT(thread->state <= STATE_DETACHED, "state %u", thread->state);
    if (thread->state == STATE_QUEUED)
        EXPECT(thread->queued_on && thread->queue_node.next, "queued nowhere");
    else
        EXPECT(!thread->queued_on && !thread->queue_node.next, "state %u, but in a queue",
               thread->state);
    if (thread->state == STATE_WAITING)
        EXPECT(seen_object(thread->waits_for, OBJECT_NOTIFICATION) &&
                   thread->waits_for->waiter == thread,
               "waits for a notification that doesn't know it");
    if (thread->state == STATE_DETACHED)
        EXPECT(seen_object(thread->reply, OBJECT_REPLY) && thread->reply->client == thread,
               "detached, and the Reply doesn't know it");
    if (thread->fault)
        EXPECT(thread->callee || thread->state == STATE_QUEUED || thread->state == STATE_DETACHED,
               "a fault that nobody serves, in state %u", thread->state);
    if (thread->flags & THREAD_WAS_IDLE)
        EXPECT(thread->state == STATE_STOPPED && !slot_empty(&thread->binding_endpoint) &&
                   thread->caller == &null_thread,
               "was idle: state %u, bound %d", thread->state,
               !slot_empty(&thread->binding_endpoint));
    EXPECT(!thread->vector || thread->vector_size, "vector registers without memory for them");
    EXPECT(thread->ip <= USER_LIMIT, "ip %lx", thread->ip);
}

static void check_part_of(const struct thread *thread)
{
    const struct slot *binding = &thread->binding_endpoint;
    if (slot_empty(binding)) {
        EXPECT(thread->part == endpoint_part_here(0) && !thread->next_server,
               "in a ring of servers without a binding");
        return;
    }
    EXPECT(thread->part == endpoint_part_here(binding->object), "bound to one part, in another");
    const struct thread *at = thread->next_server;
    for (unsigned i = 0; at != thread; i++, at = at->next_server)
        EXPECT(i < RING_MAX && at && live_thread(at), "a ring of servers doesn't close");
}

static void check_thread(const struct thread *thread)
{
    check_bindings(thread);
    check_links(thread);
    check_state(thread);
    check_part_of(thread);
}

/* --- an endpoint --- */

static void check_servers(const struct endpoint_part *part)
{
    unsigned count = 0;
    bool head = part->head == &null_thread && !part->servers;
    const struct thread *at = part->servers;
    for (; at && (count == 0 || at != part->servers); count++, at = at->next_server) {
        EXPECT(count < RING_MAX && live_thread(at) && at->part == part,
               "a server of an endpoint isn't bound to it");
        head |= part->head == at;
        if (thread_is_idle(at)) {
            EXPECT(!part->callers.head, "a caller waits, and a server is idle");
            EXPECT(!at->sched || !part->notifications,
                   "a notification waits, and a server with time is idle");
        }
    }
    EXPECT(count == part->server_count, "%u servers, counted as %u", count, part->server_count);
    EXPECT(head, "an endpoint's head isn't one of its servers");
}

static unsigned check_ring(const struct endpoint_part *part, const struct priority_node *leader)
{
    const struct priority_node *at = leader;
    unsigned count = 0;
    do {
        const struct thread *client = container_of(at, struct thread, queue_node);
        EXPECT(live_thread(client) && client->state == STATE_QUEUED && client->queued_on == part,
               "somebody in a queue isn't queued there");
        EXPECT(at->priority == leader->priority && at->next->prev == at,
               "a queue's ring is broken");
        EXPECT(at == leader || !at->reached, "two leaders in one ring");
        EXPECT(++count < RING_MAX, "a queue's ring doesn't close");
        at = at->next;
    } while (at != leader);
    return count;
}

static void check_callers(const struct endpoint_part *part)
{
    unsigned count = 0, priority = PRIORITY_COUNT + 1; /* ranks */
    struct priority_node *const *reached = &part->callers.head;
    for (const struct priority_node *at = *reached; at; at = at->lower) {
        EXPECT(at->priority < priority, "a queue isn't in order");
        EXPECT(at->reached == reached, "a leader doesn't know what leads to it");
        priority = at->priority;
        reached = (struct priority_node *const *)&at->lower;
        count += check_ring(part, at);
    }
    EXPECT(count == part->caller_count, "%u callers, counted as %u", count, part->caller_count);
}

static void check_pending(const struct endpoint_part *part)
{
    const struct notification *at = part->notifications;
    for (unsigned i = 0; at && (i == 0 || at != part->notifications); i++, at = at->next) {
        EXPECT(i < RING_MAX && seen_object(at, OBJECT_NOTIFICATION) && at->part == part,
               "a pending notification isn't bound there");
        EXPECT(at->flags && at->next->prev == at, "a ring of notifications is broken");
    }
    uint32_t pending = part->callers.head || part->notifications;
    EXPECT(part->pending == pending, "pending is %u, not %u", part->pending, pending);
}

static void check_endpoint(const struct endpoint *endpoint)
{
    const struct endpoint_part *part = endpoint_part_here(ref_of(endpoint));
    check_servers(part);
    check_callers(part);
    check_pending(part);
    for (unsigned i = 1; i < cpu_count; i++)
        EXPECT(endpoint->part[i].head == &null_thread && !endpoint->part[i].servers &&
                   !endpoint->part[i].pending,
               "another CPU's part was used");
}

/* --- the others --- */

static void check_notification(const struct notification *notification)
{
    const struct slot *binding = &notification->binding_endpoint;
    const struct thread *waiter = notification->listener % 2 ? notification->waiter : NULL;
    if (waiter)
        EXPECT(live_thread(waiter) && waiter->state == STATE_WAITING &&
                   waiter->waits_for == notification && !notification->flags,
               "a notification's waiter doesn't wait for it");
    EXPECT(notification->part == (slot_empty(binding) ? NULL : endpoint_part_here(binding->object)),
           "a notification delivers where it isn't bound");
    EXPECT(notification->listener == (waiter               ? LISTENER_WAITER(0)
                                      : notification->part ? LISTENER_PART(0)
                                                           : 0),
           "listener is %u", notification->listener);
    EXPECT(!notification->part || !notification->flags == !notification->next,
           "flags %x of a bound notification, pending %d", notification->flags,
           notification->next != NULL);
    EXPECT(notification->part || !notification->next, "pending, but not bound");
}

static void check_reply(const struct reply *reply)
{
    if (reply->client)
        EXPECT(live_thread(reply->client) && reply->client->state == STATE_DETACHED &&
                   reply->client->reply == reply,
               "a Reply's caller isn't detached there");
}

static void check_null(void)
{
    const struct endpoint_part *part = endpoint_part_here(0);
    EXPECT(null_thread.caller == &null_thread && !null_thread.callee && !null_thread.parked.head,
           "the null thread was written to");
    EXPECT(part->head == &null_thread, "the null endpoint was written to");
    EXPECT(!hosted_idle.callee && hosted_idle.caller == &null_thread && !hosted_idle.parked.head,
           "the idle thread was called");
}

void check_threads(void)
{
    for (unsigned i = 0; i < seen.range_count; i++) {
        const struct slot *slot = seen.range[i].slot;
        const void *object = slot ? ref_pointer(slot->object) : NULL;
        if (!slot)
            continue;
        if (slot->type == OBJECT_THREAD)
            check_thread(object);
        else if (slot->type == OBJECT_ENDPOINT)
            check_endpoint(object);
        else if (slot->type == OBJECT_NOTIFICATION)
            check_notification(object);
        else if (slot->type == OBJECT_REPLY)
            check_reply(object);
    }
    check_null();
    EXPECT(cpu()->current == cpu()->idle || live_thread(cpu()->current),
           "the current thread isn't alive");
}
