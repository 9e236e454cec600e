/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/cap/object.h"

#include "kernel/ipc/ipc.h"
#include "kernel/object/cpu.h"
#include "kernel/object/endpoint.h"
#include "kernel/object/notification.h"
#include "kernel/object/platform.h"
#include "kernel/object/vspace.h"
#include "kernel/sched/sched.h"

void object_sizes(enum object_type type, unsigned *smallest, unsigned *largest)
{
    static const uint8_t sizes[OBJECT_COUNT][2] = {
#define OBJECT(number, NAME, name, smallest, largest, derivable, doc) \
    [number] = {smallest, largest},
#define RIGHT(OBJECT, NAME, bit, doc)
#include "kernel/abi/objects.def"
#undef OBJECT
#undef RIGHT
    };
    *smallest = sizes[type][0];
    *largest = sizes[type][1];
    if (type == OBJECT_ENDPOINT)
        *smallest = endpoint_size_bits();
}

void object_begin(struct slot *untyped, struct slot *slot, enum object_type type, void *memory,
                  unsigned size_bits)
{
    slot_make_original(untyped, slot, type, memory, size_bits);
    switch (type) {
    case OBJECT_UNTYPED:
        slot->depth = untyped->depth + 1;
        break;
    case OBJECT_FRAME:
        slot->frame_page = phys_of(memory) >> PAGE_BITS;
        break;
    case OBJECT_VSPACE:
        vspace_init(memory, size_bits);
        break;
    case OBJECT_THREAD:
        thread_init(memory, size_bits);
        break;
    case OBJECT_ENDPOINT:
        endpoint_init(memory);
        break;
    case OBJECT_SCHED_CONTEXT:
        sched_context_init(memory);
        break;
    default: /* all zero is how the others begin */
        break;
    }
}

/* A thread that is away has to come back first; for a binding of it, only for a moment. */
static bool thread_is_here(struct thread *thread, bool end)
{
    this_cpu()->elsewhere = thread->home;
    if (thread->home != this_cpu()->index)
        return false;
    if (thread->state != STATE_AWAY)
        return true;
    if (!end && !thread->away.stop)
        thread->away.held = true;
    away_ask_back(thread, OBJECT_THREAD, true);
    return false;
}

bool object_is_here(const struct slot *slot)
{
    struct cpu *cpu = this_cpu();
    bool embedded = slot->flags & SLOT_EMBEDDED;
    void *object = ref_pointer(embedded ? slot->owner : slot->object);
    enum object_type type = (enum object_type)slot->type;
    unsigned where = cpu->index;
    if (embedded)
        type = slot->role == BINDING_SCHED_CPU               ? OBJECT_SCHED_CONTEXT
               : slot->role == BINDING_NOTIFICATION_ENDPOINT ? OBJECT_NOTIFICATION
               : slot->role == BINDING_IRQ_NOTIFICATION      ? OBJECT_IRQ_HANDLER
                                                             : OBJECT_THREAD;
    else if (!slot_is_original(slot))
        return true;
    if (type == OBJECT_THREAD && slot->role == BINDING_THREAD_FAULT)
        where = ((struct thread *)object)->home;
    else if (type == OBJECT_THREAD)
        return thread_is_here(object, !embedded || slot->role == BINDING_THREAD_VSPACE);
    if (type == OBJECT_SCHED_CONTEXT)
        where = ((struct sched_context *)object)->cpu;
    if (type == OBJECT_IRQ_HANDLER)
        where = 0;
    if (type == OBJECT_REPLY)
        where = reply_cpu(object);
    if (type == OBJECT_ENDPOINT)
        where = endpoint_begin_end(object);
    if (type == OBJECT_NOTIFICATION && (embedded || !notification_begin_end(object)))
        where = notification_cpu(object);
    cpu->elsewhere = where;
    return where == cpu->index;
}

#define CANCEL_STEPS 8 /* to end a caller's call */

static bool end_endpoint(struct endpoint *endpoint, unsigned *steps)
{
    unsigned callers = *steps / CANCEL_STEPS + 1, left = callers;
    bool done = endpoint_destroy(endpoint, &left);
    (void)steps_take(steps, (callers - left) * CANCEL_STEPS);
    return done;
}

bool object_end(struct slot *original, unsigned *steps)
{
    void *object = ref_pointer(original->object);
    switch (original->type) {
    case OBJECT_VSPACE:
        return vspace_destroy(object, steps);
    case OBJECT_THREAD:
        return thread_destroy(object, steps);
    case OBJECT_ENDPOINT:
        return end_endpoint(object, steps);
    case OBJECT_REPLY:
        ipc_reply_end(object);
        break;
    case OBJECT_NOTIFICATION:
        return notification_destroy(object);
    case OBJECT_SCHED_CONTEXT: /* its thread's binding went with what derived from it */
        return sched_context_end(object, steps);
    case OBJECT_CPU:
        cpu_end(original);
        break;
    case OBJECT_IRQ_HANDLER:
        irq_handler_end(object);
        break;
    default:
        break;
    }
    return true;
}

bool capability_end(struct slot *slot, unsigned *steps)
{
    if (slot->type == OBJECT_FRAME)
        return frame_release(slot, steps);
    if (slot->type == OBJECT_TABLES)
        return tables_release(slot, steps);
    return true;
}

void slot_bind(struct slot *source, struct slot *slot, void *owner, enum binding_role role)
{
    slot_derive(source, slot, RIGHT_ALL, source->badge);
    slot->flags |= SLOT_EMBEDDED;
    slot->owner = ref_of(owner);
    slot->role = role;
}

void binding_end(struct slot *slot)
{
    void *owner = ref_pointer(slot->owner);
    switch ((enum binding_role)slot->role) {
    case BINDING_NOTIFICATION_ENDPOINT:
        notification_unbind(owner);
        break;
    case BINDING_IRQ_NOTIFICATION:
        irq_binding_end(owner);
        break;
    case BINDING_SCHED_CPU:
        sched_context_lose_cpu(owner);
        break;
    default:
        thread_binding_end(owner, (enum binding_role)slot->role);
        thread_let_go(owner);
        break;
    }
}
