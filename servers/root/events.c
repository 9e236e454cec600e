/* SPDX-License-Identifier: BSD-2-Clause */
/* See events.h. */

#include "servers/root/events.h"

#include "libsys/format.h"
#include "libsys/invoke.h"
#include "servers/root/report.h"
#include "servers/root/root.h"

/* A place for each program: none can be lost. */
static struct event events[MANIFEST_PROGRAMS_MAX];
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

static struct event *event_add(uint32_t program)
{
    struct event *event = &events[program];

    order[program] = ++last;
    *event = (struct event){.head.program = program};
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
    struct event *event = event_add(program);
    char cause[REPORT_CAUSE_MAX];

    event->head.fault = 1;
    report_cause(fault, cause, sizeof(cause));
    format_buffer(event->text, sizeof(event->text), "%s, at 0x%lx, stack 0x%lx", cause,
                  fault->word[0], fault->word[3]);
}

const struct event *event_take(void)
{
    const struct event *oldest = NULL;

    for (uint32_t i = 0; i < MANIFEST_PROGRAMS_MAX; i++)
        if (order[i] && (!oldest || order[i] < order[oldest->head.program]))
            oldest = &events[i];
    if (oldest)
        order[oldest->head.program] = 0;
    return oldest;
}

void event_forget(uint32_t program)
{
    order[program] = 0;
}
