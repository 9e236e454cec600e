/* SPDX-License-Identifier: BSD-2-Clause */
#include "servers/memory/pending.h"

#include "libsys/invoke.h"
#include "servers/memory/record.h"

#define REPLY_BITS 6
#define KEPT 4 /* for when memory is used up: just then faults must be told */

struct pending {
    struct pending *next;
    struct memory_fault fault;
    struct kernel_object reply;
    bool taken;
};

static struct pending *waiting, **waiting_end = &waiting; /* oldest first */
static struct pending *unused;                            /* their Replies are empty */
static cap_t tell;
static uint64_t last_number;

static struct pending *take_unused(void)
{
    struct pending *pending = unused;
    if (pending) {
        unused = pending->next;
        return pending;
    }
    pending = record_take(sizeof *pending);
    if (pending && kernel_make(OBJECT_REPLY, REPLY_BITS, &pending->reply)) {
        record_give(pending);
        return NULL;
    }
    return pending;
}

static void put_unused(struct pending *pending)
{
    pending->next = unused;
    unused = pending;
}

void pending_tell(cap_t notification)
{
    static struct pending kept[KEPT];
    for (unsigned i = 0; i < KEPT; i++)
        if (!kept[i].reply.cap && !kernel_make(OBJECT_REPLY, REPLY_BITS, &kept[i].reply))
            put_unused(&kept[i]);
    kernel_slot_give(tell);
    tell = notification;
}

bool pending_add(const struct memory_fault *fault)
{
    struct pending *pending = take_unused();
    if (!pending)
        return false;
    if (detach(pending->reply.cap)) {
        put_unused(pending);
        return false;
    }
    pending->fault = *fault;
    pending->fault.number = ++last_number;
    pending->taken = false;
    pending->next = NULL;
    *waiting_end = pending;
    waiting_end = &pending->next;
    if (tell)
        (void)!signal_flags(tell);
    return true;
}

err_t pending_take(struct memory_fault *fault)
{
    for (struct pending *pending = waiting; pending; pending = pending->next) {
        if (!pending->taken) {
            pending->taken = true;
            *fault = pending->fault;
            return 0;
        }
    }
    return MEMORY_ERROR_NO_FAULT;
}

/* Out of the list of those that wait. */
static struct pending *take_out(struct pending **link)
{
    struct pending *pending = *link;
    *link = pending->next;
    if (waiting_end == &pending->next)
        waiting_end = link;
    return pending;
}

err_t pending_resume(uint64_t number)
{
    struct pending **link = &waiting;
    while (*link && (*link)->fault.number != number)
        link = &(*link)->next;
    if (!*link)
        return MEMORY_ERROR_NO_FAULT;
    struct pending *pending = take_out(link);
    struct message message = {0};
    /* A thread that ended meanwhile is nobody's loss. */
    (void)!call(pending->reply.cap, &message);
    put_unused(pending);
    return 0;
}

void pending_forget(uint32_t badge)
{
    struct pending **link = &waiting;
    while (*link) {
        if ((*link)->fault.space == badge) {
            struct message message = {0};
            struct pending *pending = take_out(link);
            (void)!call(pending->reply.cap, &message);
            put_unused(pending);
        } else {
            link = &(*link)->next;
        }
    }
}
