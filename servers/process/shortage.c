/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that all together have used up: who ends so that the others go on. See fault.h. */

#include "libsys/log.h"
#include "servers/process/fault.h"
#include "servers/process/signal.h"

#define NEARLY 65536u /* bytes */

static bool lives(const struct process *process)
{
    return process->life != LIFE_ZOMBIE && process->space;
}

static struct memory_status memory_of(const struct process *process)
{
    struct memory_status status = {0};

    if (memory_space_status(own.authority.cap, process->space, &status))
        status = (struct memory_status){0};
    return status;
}

static uint64_t group_memory(int32_t group)
{
    uint64_t bytes = 0;

    FOR_EACH_PROCESS(p)
        if (p->group == group && lives(p))
            bytes += p->memory;
    return bytes;
}

/*
 * The process that has most in the group that has most: a job counts as a whole, so that of many
 * small processes one goes, and not the shell that began them.
 */
static struct process *greediest(void)
{
    struct process *found = NULL;
    int32_t group = 0;
    uint64_t most = 0;

    FOR_EACH_PROCESS(p)
        p->memory = lives(p) ? memory_of(p).used : 0;
    FOR_EACH_PROCESS(p) {
        uint64_t bytes = p->group == group ? 0 : group_memory(p->group);
        if (bytes > most) {
            most = bytes;
            group = p->group;
        }
    }
    FOR_EACH_PROCESS(p)
        if (p->group == group && lives(p) && (!found || p->memory > found->memory))
            found = p;
    return found;
}

bool is_shortage(const struct memory_fault *fault)
{
    return fault->kind == FAULT_PAGE &&
           (fault->reason == ERR_CODE(RPC_NO_MEMORY) || fault->reason == ERR_CODE(RPC_QUOTA));
}

bool shortage_relieve(struct process *asked)
{
    struct memory_status status = memory_of(asked);
    struct process *process = asked;

    if (!status.total || status.used + NEARLY <= status.total)
        process = greediest();
    if (!process || process == asked)
        return false;
    log_write(LOG_WARNING, "%s (pid %d): SIGKILL: memory is used up, and its group has most",
              process->name, process->pid);
    process_end(process, STATUS_SIGNALED(SIGNAL_KILL));
    return true;
}
