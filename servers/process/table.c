/* SPDX-License-Identifier: BSD-2-Clause */
/* See process.h: records, numbers, the family. */

#include <stddef.h>

#include "libsys/handle.h"
#include "libsys/string.h"
#include "servers/process/process.h"

#define KIND_PROCESS 1

struct process_table processes;

void table_init(void)
{
    memset(&processes, 0, sizeof(processes));
    for (uint32_t i = 0; i < PROCESSES_MAX; i++) {
        processes.process[i].index = (uint16_t)i;
        processes.process[i].generation = 1;
    }
}

static uint32_t session_count(int32_t session)
{
    uint32_t count = 0;

    FOR_EACH_PROCESS(p)
        count += p->session == session;
    return count;
}

/* Counting is left out as long as there can't be too many. */
static bool may_have_another(const struct process *parent)
{
    if (!parent)
        return true;
    if (parent->user != 0 && processes.count >= PROCESSES_MAX - PROCESSES_KEPT)
        return false;
    return processes.count < PROCESSES_SESSION_MAX ||
           session_count(parent->session) < PROCESSES_SESSION_MAX;
}

static struct process *record_free(void)
{
    if (processes.count == processes.high && processes.high < PROCESSES_MAX)
        return &processes.process[processes.high++];
    for (uint32_t i = 0; i < processes.high; i++)
        if (processes.process[i].life == LIFE_FREE)
            return &processes.process[i];
    return NULL;
}

/* A number that is neither a process's nor a group's or session's. */
static bool pid_is_used(int32_t pid)
{
    if (processes.by_pid[pid])
        return true;
    FOR_EACH_PROCESS(p)
        if (p->group == pid || p->session == pid)
            return true;
    return false;
}

static int32_t pid_take(void)
{
    do
        processes.last_pid = processes.last_pid < PID_MAX ? processes.last_pid + 1 : 2;
    while (pid_is_used(processes.last_pid));
    return processes.last_pid;
}

struct process *table_take(const struct process *parent)
{
    struct process *process = may_have_another(parent) ? record_free() : NULL;

    if (!process)
        return NULL;
    uint16_t index = process->index, generation = process->generation;
    uint32_t row = process->row;
    uint64_t spare = process->spare;
    memset(process, 0, sizeof(*process));
    process->index = index;
    process->generation = generation;
    process->row = row;
    process->spare = spare;
    process->pid = pid_take();
    process->group = parent ? parent->group : process->pid;
    process->session = parent ? parent->session : process->pid;
    return process;
}

void family_add(struct process *parent, struct process *child)
{
    child->parent = parent;
    child->previous = NULL;
    child->next = parent->child;
    if (child->next)
        child->next->previous = child;
    parent->child = child;
}

void family_remove(struct process *child)
{
    if (!child->parent)
        return;
    if (child->previous)
        child->previous->next = child->next;
    else
        child->parent->child = child->next;
    if (child->next)
        child->next->previous = child->previous;
    child->parent = child->next = child->previous = NULL;
}

void table_add(struct process *process, struct process *parent)
{
    process->life = LIFE_RUNNING;
    processes.by_pid[process->pid] = (uint16_t)(process->index + 1);
    processes.count++;
    if (parent)
        family_add(parent, process);
}

void table_give(struct process *process)
{
    family_remove(process);
    if (process->life != LIFE_FREE) {
        processes.by_pid[process->pid] = 0;
        processes.count--;
    }
    process->life = LIFE_FREE;
    process->generation = (uint16_t)handle_next(process->generation);
    while (processes.high > 0 && processes.process[processes.high - 1].life == LIFE_FREE)
        processes.high--;
}

struct process *table_find(int32_t pid)
{
    if (pid <= 0 || pid > PID_MAX || !processes.by_pid[pid])
        return NULL;
    return &processes.process[processes.by_pid[pid] - 1];
}

struct process *table_of_badge(uint32_t badge)
{
    uint32_t index = handle_index(badge);

    if (handle_kind(badge) != KIND_PROCESS || index >= PROCESSES_MAX)
        return NULL;
    struct process *process = &processes.process[index];
    bool lives = process->life == LIFE_RUNNING || process->life == LIFE_STOPPED;
    return lives && handle_generation(badge) == process->generation ? process : NULL;
}

uint32_t table_badge(const struct process *process)
{
    return handle_badge(KIND_PROCESS, process->generation, process->index);
}

struct process *table_next(int32_t pid)
{
    struct process *next = NULL;

    FOR_EACH_PROCESS(p)
        if (p->pid > pid && (!next || p->pid < next->pid))
            next = p;
    return next;
}
