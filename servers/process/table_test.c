/* SPDX-License-Identifier: BSD-2-Clause */
/* sources: servers/process/table.c servers/process/job.c */
/* Records, numbers, families, groups and sessions. */

#include <stdio.h>

#include "libsys/process_protocol.h"
#include "servers/process/process.h"

static int failures;

static void check(const char *name, bool good, int line)
{
    if (good)
        printf("ok process table: %s\n", name);
    else
        printf("not ok process table: %s: line %d\n", name, line);
    failures += !good;
}
#define CHECK(name, condition) check(name, condition, __LINE__)

static struct process *make(struct process *parent)
{
    struct process *process = table_take(parent);

    if (process)
        table_add(process, parent);
    return process;
}

static void numbers(void)
{
    table_init();
    struct process *first = make(NULL), *second = make(first), *third = make(first);
    uint32_t badge = table_badge(second);

    CHECK("the first is 1", first->pid == 1 && first->group == 1 && first->session == 1);
    CHECK("children inherit", second->group == 1 && second->session == 1);
    CHECK("found by number", table_find(2) == second && !table_find(0) && !table_find(-1) &&
                                 !table_find(PID_MAX) && !table_find(PID_MAX + 1));
    CHECK("found by badge", table_of_badge(badge) == second && !table_of_badge(0) &&
                                !table_of_badge(badge + 1000) && !table_of_badge(~0u));
    CHECK("next", table_next(0) == first && table_next(2) == third && !table_next(3));
    table_give(second);
    CHECK("a stale badge", !table_of_badge(badge) && !table_find(2));
    struct process *again = make(first);
    CHECK("a place used anew", again == second && again->pid == 4 && !table_of_badge(badge));
    again->life = LIFE_ZOMBIE;
    CHECK("a zombie has no handle", !table_of_badge(table_badge(again)) && table_find(4) == again);
}

static void wrap(void)
{
    table_init();
    struct process *first = make(NULL), *child = make(first);

    child->group = 3; /* a group whose leader has gone */
    processes.last_pid = PID_MAX - 1;
    struct process *last = make(first), *next = make(first);
    CHECK("the last number", last->pid == PID_MAX);
    CHECK("numbers begin again, without those in use", next->pid == 4);
}

static void full(void)
{
    uint32_t count = 1;

    table_init();
    struct process *first = make(NULL);
    while (make(first))
        count++;
    CHECK("a session is limited", count == PROCESSES_SESSION_MAX);
    struct process *other = make(NULL);
    other->user = 1000;
    while (make(other))
        count++;
    CHECK("some are kept for user 0", processes.count == PROCESSES_MAX - PROCESSES_KEPT);
    other->user = 0;
    while (make(other))
        count++;
    CHECK("all are taken", processes.count == PROCESSES_MAX && !table_take(NULL));
    for (uint32_t i = 0; i < PROCESSES_MAX; i++)
        if (processes.process[i].life != LIFE_FREE && &processes.process[i] != first)
            table_give(&processes.process[i]);
    CHECK("and given back", processes.count == 1 && processes.high == 1 && !first->child);
}

static void groups(void)
{
    table_init();
    struct process *shell = make(NULL), *job = make(shell), *part = make(shell);
    struct process *grandchild = make(job);

    CHECK("a group of its own", !job_set_group(shell, job->pid, 0) && job->group == job->pid);
    CHECK("another one's group", !job_set_group(shell, part->pid, job->pid));
    CHECK("the leader of a session", job_set_group(shell, 0, 0) == PROCESS_ERROR_LEADER);
    CHECK("no such group", job_set_group(shell, job->pid, 999) == PROCESS_ERROR_LEADER);
    CHECK("no such process", job_set_group(shell, 999, 0) == PROCESS_ERROR_NO_PROCESS);
    CHECK("not a child", job_set_group(job, part->pid, 0) == PROCESS_ERROR_NO_PROCESS);
    CHECK("a negative group", job_set_group(job, 0, -5) == PROCESS_ERROR_NO_PROCESS);
    part->executed = true;
    CHECK("a child that has called exec", job_set_group(shell, part->pid, 0) == RPC_DENIED);
    CHECK("itself, after exec", !job_set_group(part, 0, 0));
    CHECK("a group's leader can't leave its session", job_set_session(job) == PROCESS_ERROR_LEADER);
    CHECK("a session", !job_set_session(grandchild) && grandchild->session == grandchild->pid);
    CHECK("another session's child",
          job_set_group(job, grandchild->pid, 0) == PROCESS_ERROR_LEADER);
}

static void orphans(void)
{
    table_init();
    struct process *shell = make(NULL), *job = make(shell), *child = make(job);

    job->group = child->group = job->pid;
    CHECK("a shell holds its job", !job_group_is_orphaned(job->pid, NULL));
    CHECK("its own group has nobody", job_group_is_orphaned(shell->group, NULL));
    CHECK("without the shell nobody does", job_group_is_orphaned(job->pid, shell));
    CHECK("without the job its child is held by nobody", job_group_is_orphaned(job->pid, job));
    CHECK("nobody has stopped", !job_group_has_stopped(job->pid));
    child->life = LIFE_STOPPED;
    CHECK("one has stopped", job_group_has_stopped(job->pid));
    CHECK("who is awaited", job_is_awaited(shell, job, -1) && job_is_awaited(shell, job, 2) &&
                                job_is_awaited(shell, job, -2) && !job_is_awaited(shell, job, 0) &&
                                !job_is_awaited(shell, job, 3));
    family_remove(job);
    CHECK("removed", !shell->child && !job->parent && job->child == child);
}

int main(void)
{
    numbers();
    wrap();
    full();
    groups();
    orphans();
    return failures != 0;
}
