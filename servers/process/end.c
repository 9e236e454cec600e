/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of a process, and what it means to its family, group and session. See life.h. */

#include <stddef.h>

#include "libsys/invoke.h"
#include "servers/process/build.h"
#include "servers/process/life.h"
#include "servers/process/signal.h"
#include "servers/process/terminal.h"
#include "servers/process/trace.h"

/* ---- Time ------------------------------------------------------------------------------------ */

static uint64_t thread_ticks(const struct thread *thread)
{
    uint64_t used = 0, left, renew, deadline, now;

    if (!thread->untyped || sched_context_info(thread->time, &used, &left, &renew, &deadline, &now))
        return 0;
    return used;
}

uint64_t process_ticks(const struct process *process)
{
    uint64_t ticks = process->ticks;

    for (const struct thread *t = &process->first; t; t = t->next)
        ticks += thread_ticks(t);
    return ticks;
}

/* ---- Groups that nobody looks after any more ------------------------------------------------- */

static bool hang_ups; /* of some process */

/* POSIX: if one of it is stopped, all are told, and go on. */
static void group_orphaned(int32_t group)
{
    if (!job_group_has_stopped(group))
        return;
    FOR_EACH_PROCESS(p)
        p->hang_up |= p->group == group;
    hang_ups = true;
}

/* `process` is a zombie already. Of its own group and its children's, which it alone held? */
static void groups_check(const struct process *process)
{
    if (job_group_is_orphaned(process->group, process))
        group_orphaned(process->group);
    for (const struct process *child = process->child; child; child = child->next)
        if (child->life == LIFE_STOPPED && child->session == process->session &&
            job_group_is_orphaned(child->group, process))
            group_orphaned(child->group);
}

/*
 * Whom that ends may have held groups too, and so on: they are told one after the other, not one
 * within the other's end. There may be more of them than the stack has room for.
 */
static void hang_ups_send(void)
{
    static bool sending;

    if (sending)
        return;
    sending = true;
    while (hang_ups) {
        hang_ups = false;
        FOR_EACH_PROCESS(p) {
            if (!p->hang_up)
                continue;
            p->hang_up = false;
            signal_send(p, SIGNAL_HUP);
            signal_send(p, SIGNAL_CONT);
        }
    }
    sending = false;
}

/* ---- The family ------------------------------------------------------------------------------ */

static bool is_awaited(const struct process *zombie)
{
    const struct process *parent = zombie->parent;

    if (zombie->started)
        return true;
    return parent && parent->life != LIFE_ZOMBIE &&
           !(process_page_of(parent)->ignored & SIGNAL_BIT(SIGNAL_CHLD));
}

/* The process that was started first, of those that live. */
static struct process *first_process(void)
{
    struct process *first = NULL;

    FOR_EACH_PROCESS(p)
        if (p->started && p->life != LIFE_ZOMBIE && (!first || p->pid < first->pid))
            first = p;
    return first;
}

/* The first process takes them; if it is the one that ends, the next first, or nobody. */
static void children_leave(struct process *process)
{
    struct process *first = process->child ? first_process() : NULL, *child;

    while ((child = process->child) != NULL) {
        family_remove(child);
        if (first)
            family_add(first, child);
        if (child->life != LIFE_ZOMBIE)
            build_page_refresh(child);
        else if (child->parent)
            wait_news(child);
        else if (!child->started)
            process_reap(child);
    }
}

void process_reap(struct process *zombie)
{
    struct process *parent = zombie->parent;

    if (parent)
        parent->ticks_of_children += zombie->ticks + zombie->ticks_of_children;
    table_give(zombie);
    if (parent)
        wait_for_none(parent);
}

/* ---- The end --------------------------------------------------------------------------------- */

static void tell_starter(const struct process *process)
{
    if (process->event)
        (void)!signal_flags(process->event);
}

void process_end(struct process *process, int32_t status)
{
    if (process->life == LIFE_ZOMBIE)
        return;
    trace_ended(process, status);
    process->held = false;
    thread_end_others(process);
    process->ticks = process_ticks(process);
    build_undo(process);
    process->life = LIFE_ZOMBIE;
    process->status = status;
    process->again = false;
    process->alarm = 0;
    process->threads = 0;
    if (process->pid == process->session)
        terminal_session_ends(process);
    groups_check(process);
    children_leave(process);
    if (process->started)
        tell_starter(process);
    else if (is_awaited(process))
        wait_news(process);
    else
        process_reap(process);
    hang_ups_send();
}
