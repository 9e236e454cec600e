/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads and their time, for who looks into a failure. */
#include <stdio.h>

#include "tests/host/hosted/check.h"

static unsigned long name_of(const void *object)
{
    if (object == &null_thread || !object)
        return 0;
    return granule_of(ref_of(object));
}

static void dump_thread(const struct thread *thread)
{
    static const char *const states[] = {"stopped", "runnable", "queued", "waiting", "detached"};
    bool idle = thread_is_idle(thread);
    printf("    thread %lx: %s%s%s%s", name_of(thread), states[thread->state], idle ? " idle" : "",
           thread->fault ? " fault" : "", thread->flags & THREAD_WAS_IDLE ? " was idle" : "");
    printf(", caller %lx, callee %lx", idle ? 0 : name_of(thread->caller),
           name_of(thread_callee(thread)));
    printf(", endpoint %lx, queued %lx, time %lx, parked %lx%s\n",
           slot_empty(&thread->binding_endpoint) ? 0ul
                                                 : granule_of(thread->binding_endpoint.object),
           name_of(thread->queued_on), name_of(thread->sched), name_of(thread->parked.head),
           thread == this_cpu()->current ? ", current" : "");
}

static void dump_sched(const struct sched_context *sched)
{
    static const char *const places[] = {"unbound", "depleted", "parked", "ready", "current"};
    printf(
        "    time %lx: %s, priority %u, of thread %lx, left %ld of %lu, special %lx, deadline %lu",
        name_of(sched), places[sched->place], sched_priority(sched), name_of(sched->thread),
        sched->left, sched->budget, sched->special, sched->deadline);
    printf(sched->place == SCHED_PARKED ? ", on %lx\n" : "\n", name_of(sched->parked_on));
}

void hosted_dump(void)
{
    for (unsigned i = 0; i < seen.range_count; i++) {
        const struct slot *slot = seen.range[i].slot;
        if (slot && slot->type == OBJECT_THREAD)
            dump_thread(ref_pointer(slot->object));
        else if (slot && slot->type == OBJECT_SCHED_CONTEXT)
            dump_sched(ref_pointer(slot->object));
    }
}
