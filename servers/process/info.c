/* SPDX-License-Identifier: BSD-2-Clause */
/* What ps and top show of a process. See life.h. */

#include "libsys/invoke.h"
#include "libsys/memory_client.h"
#include "libsys/program.h"
#include "libsys/string.h"
#include "libsys/time.h"
#include "servers/process/life.h"

/* A running process is shown as waiting unless one of its threads could run. */
static uint32_t state_of(struct process *process)
{
    if (process->life != LIFE_RUNNING)
        return process->life == LIFE_STOPPED ? PROCESS_STOPPED : PROCESS_ZOMBIE;
    FOR_EACH_THREAD(t, process) {
        uint64_t state, callee, vector;
        if (!thread_info(t->thread, &state, &callee, &vector) &&
            (state == THREAD_READY || state == THREAD_FAULTED || callee))
            return PROCESS_RUNNING;
    }
    return PROCESS_WAITING;
}

void process_describe(struct process *process, struct process_info *info)
{
    const struct time_info *time = &program_info()->time;
    struct memory_status memory = {0};

    if (process->life != LIFE_ZOMBIE &&
        memory_space_status(own.authority.cap, process->space, &memory))
        memory = (struct memory_status){0};
    *info = (struct process_info){
        .pid = process->pid,
        .parent = process->parent ? process->parent->pid : 0,
        .group = process->group,
        .session = process->session,
        .state = state_of(process),
        .threads = process->threads,
        .user = process->user,
        .terminal = process->terminal,
        .ticks = process_ticks(process),
        .started = time_to_nanoseconds(time, process->born - time->entry),
        .memory = memory.used,
        .mapped = memory.used + memory.shared,
    };
    memcpy(&info->name0, process->name, sizeof(process->name));
}
