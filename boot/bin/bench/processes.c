/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes and threads: from nothing to its end. */

#include <pthread.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot/bin/bench/bench.h"

#define TOUCHED (4 << 20)

static char *memory;
static char tiny[] = BENCH_TINY, *const tiny_arguments[] = {tiny, NULL};

static bool ended_well(pid_t pid)
{
    int status;

    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static bool fork_run(void)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(0);
    return ended_well(pid);
}

static bool touched_prepare(void)
{
    memory = malloc(TOUCHED);
    if (!memory)
        return bench_failed("malloc");
    memset(memory, 1, TOUCHED);
    return true;
}

static void touched_finish(void)
{
    free(memory);
}

static bool fork_exec_run(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        execv(tiny, tiny_arguments);
        _exit(127);
    }
    return ended_well(pid);
}

static bool spawn_run(void)
{
    char *const environment[] = {NULL};
    pid_t pid = -1;

    return posix_spawn(&pid, tiny, NULL, NULL, tiny_arguments, environment) == 0 && ended_well(pid);
}

static void *thread_work(void *argument)
{
    return argument;
}

static bool thread_run(void)
{
    pthread_t thread;
    void *result = NULL;

    return pthread_create(&thread, NULL, thread_work, &thread) == 0 &&
           pthread_join(thread, &result) == 0 && result == &thread;
}

const struct measure bench_processes[] = {
    {"process.fork", "fork + exit + wait", NULL, fork_run, NULL, 64, 1, 157197, 152033},
    {"process.fork.4m", "the same with 4 MiB touched", touched_prepare, fork_run, touched_finish,
     32, 1, 568061, 563253},
    {"process.exec", "fork + exec of a tiny program + exit + wait", NULL, fork_exec_run, NULL, 64,
     1, 0, 0},
    {"process.spawn", "posix_spawn of a tiny program", NULL, spawn_run, NULL, 64, 1, 210430,
     197746},
    {"thread.create", "thread: create + join", NULL, thread_run, NULL, 64, 1, 34927, 33059},
    {0},
};
