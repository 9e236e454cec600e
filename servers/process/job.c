/* SPDX-License-Identifier: BSD-2-Clause */
/* Groups and sessions: who may be in which, and who waits for whom. See process.h. */

#include <stddef.h>

#include "libsys/process_protocol.h"
#include "servers/process/process.h"

bool job_group_exists(int32_t group, int32_t session)
{
    FOR_EACH_PROCESS(p)
        if (p->life != LIFE_ZOMBIE && p->group == group && (!session || p->session == session))
            return true;
    return false;
}

/* A process holds its group to the session's job control if its parent is another group's. */
static bool holds(const struct process *process, const struct process *leaving)
{
    const struct process *parent = process->parent;

    return parent && parent != leaving && parent->life != LIFE_ZOMBIE &&
           parent->session == process->session && parent->group != process->group;
}

bool job_group_is_orphaned(int32_t group, const struct process *leaving)
{
    FOR_EACH_PROCESS(p)
        if (p->group == group && p != leaving && p->life != LIFE_ZOMBIE && holds(p, leaving))
            return false;
    return true;
}

bool job_group_has_stopped(int32_t group)
{
    FOR_EACH_PROCESS(p)
        if (p->group == group && p->life == LIFE_STOPPED)
            return true;
    return false;
}

err_t job_set_group(struct process *caller, int32_t pid, int32_t group)
{
    struct process *process = pid == 0 ? caller : table_find(pid);

    if (!process || (process != caller && process->parent != caller) ||
        process->life == LIFE_ZOMBIE)
        return PROCESS_ERROR_NO_PROCESS;
    if (group == 0)
        group = process->pid;
    if (group < 0)
        return PROCESS_ERROR_NO_PROCESS;
    if (process->session != caller->session || process->session == process->pid)
        return PROCESS_ERROR_LEADER;
    if (process != caller && process->executed)
        return RPC_DENIED;
    if (group != process->pid && !job_group_exists(group, process->session))
        return PROCESS_ERROR_LEADER;
    process->group = group;
    return 0;
}

err_t job_set_session(struct process *caller)
{
    if (job_group_exists(caller->pid, 0))
        return PROCESS_ERROR_LEADER;
    caller->group = caller->session = caller->pid;
    caller->terminal = 0;
    return 0;
}

bool job_is_awaited(const struct process *parent, const struct process *child, int32_t which)
{
    if (which > 0)
        return child->pid == which;
    if (which == -1)
        return true;
    return child->group == (which == 0 ? parent->group : -which);
}
