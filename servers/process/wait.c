/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parents that wait. A request that waits is held by a Reply of one of the process's threads: any
 * of them, since there are as many as can wait. A caller that was interrupted meanwhile has left
 * its Reply empty; so the next one that waits finds it, and what was to be told isn't lost.
 */

#include <stddef.h>

#include "servers/process/life.h"
#include "servers/process/signal.h"

static bool has_news(const struct process *child, uint32_t flags)
{
    switch (child->life) {
    case LIFE_ZOMBIE:
        return !child->started;
    case LIFE_STOPPED:
        return (flags & WAIT_STOPPED) && !child->stop_told;
    default:
        return (flags & WAIT_CONTINUED) && child->continued;
    }
}

static struct child_news news_of(const struct process *child)
{
    return (struct child_news){
        .pid = child->pid,
        .status = child->life == LIFE_RUNNING ? STATUS_CONTINUED : child->status,
        .ticks = child->ticks + child->ticks_of_children,
    };
}

/* They were told: they're none any more. */
static void news_told(struct process *child)
{
    if (child->life == LIFE_ZOMBIE)
        process_reap(child);
    else if (child->life == LIFE_STOPPED)
        child->stop_told = true;
    else
        child->continued = false;
}

err_t wait_now(struct process *parent, int32_t which, uint32_t flags, struct child_news *news)
{
    bool any = false;

    *news = (struct child_news){0};
    for (struct process *child = parent->child; child; child = child->next) {
        if (!job_is_awaited(parent, child, which))
            continue;
        any = true;
        if (!has_news(child, flags))
            continue;
        *news = news_of(child);
        news_told(child);
        return 0;
    }
    return any ? 0 : PROCESS_ERROR_NO_CHILD;
}

/* Whether somebody who waited knows it now. */
static bool answer_wait(struct process *parent, struct process *child)
{
    for (struct thread *t = &parent->first; t; t = t->next) {
        if (t->waiting != WAITING_FOR_CHILD || !job_is_awaited(parent, child, t->which) ||
            !has_news(child, t->flags))
            continue;
        struct child_news news = news_of(child);
        t->waiting = WAITING_FOR_NOTHING;
        if (answer_news(&t->later, &news))
            continue; /* interrupted meanwhile */
        news_told(child);
        return true;
    }
    return false;
}

void wait_news(struct process *child)
{
    struct process *parent = child->parent;

    if (!parent || parent->life == LIFE_ZOMBIE || child->started)
        return;
    (void)answer_wait(parent, child);
    signal_send(parent, SIGNAL_CHLD);
}

void wait_for_none(struct process *parent)
{
    for (struct thread *t = &parent->first; t; t = t->next) {
        const struct process *child = parent->child;

        if (t->waiting != WAITING_FOR_CHILD)
            continue;
        while (child && !job_is_awaited(parent, child, t->which))
            child = child->next;
        if (child)
            continue;
        t->waiting = WAITING_FOR_NOTHING;
        (void)!rpc_later_refuse(&t->later, PROCESS_ERROR_NO_CHILD, PROCESS_INTERFACE);
    }
}

struct thread *defer(struct process *process, struct rpc_request *rpc, enum waiting waiting)
{
    for (struct thread *t = &process->first; t; t = t->next) {
        if (rpc_defer(rpc, t->reply, &t->later))
            continue; /* it holds another one's request */
        t->waiting = waiting;
        return t;
    }
    return NULL;
}
