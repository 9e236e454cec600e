/* SPDX-License-Identifier: BSD-2-Clause */
/* See events.h. */

#include "servers/root/events.h"

#include "libsys/format.h"
#include "libsys/invoke.h"
#include "servers/root/report.h"
#include "servers/root/root.h"

/* A place for each program: none can be lost. A fault is put into words when it's asked. */
static struct noted {
    struct root_event head;
    struct message fault;
} noted[MANIFEST_PROGRAMS_MAX];
static uint64_t order[MANIFEST_PROGRAMS_MAX]; /* 0: no event */
static uint64_t last;
static cap_t notification;

void events_notify(cap_t told)
{
    if (notification) {
        root_check(cnode_delete(ROOT_CNODE, CAP_INDEX(notification)), "a notification");
        slots_give(&root.slots, CAP_INDEX(notification), 1);
    }
    notification = told;
    if (last > 0)
        (void)!signal_flags(notification);
}

static struct noted *event_add(uint32_t program)
{
    struct noted *event = &noted[program];

    order[program] = ++last;
    *event = (struct noted){.head.program = program};
    if (notification)
        (void)!signal_flags(notification);
    return event;
}

void event_add_exit(uint32_t program, int64_t status)
{
    event_add(program)->head.status = status;
}

void event_add_fault(uint32_t program, const struct message *fault)
{
    struct noted *event = event_add(program);

    event->head.fault = 1;
    event->fault = *fault;
}

static void fault_words(const struct message *fault, char *text, size_t size)
{
    char cause[REPORT_CAUSE_MAX];

    report_cause(fault, cause, sizeof(cause));
    format_buffer(text, size, "%s, at 0x%lx, stack 0x%lx", cause, fault->word[0], fault->word[3]);
}

const struct event *event_take(void)
{
    static struct event taken;
    const struct noted *oldest = NULL;

    for (uint32_t i = 0; i < MANIFEST_PROGRAMS_MAX; i++)
        if (order[i] && (!oldest || order[i] < order[oldest->head.program]))
            oldest = &noted[i];
    if (!oldest)
        return NULL;
    order[oldest->head.program] = 0;
    taken = (struct event){.head = oldest->head};
    if (oldest->head.fault)
        fault_words(&oldest->fault, taken.text, sizeof(taken.text));
    return &taken;
}

void event_forget(uint32_t program)
{
    order[program] = 0;
}
