/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes and threads: from nothing to its end. */

#include <pthread.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot/bin/bench/bench.h"

#define PAGE 4096
#define TOUCHED (4 << 20)
#define WRITTEN 16 /* pages */

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

/* So much more memory that the program has touched. */
static bool memory_take(size_t bytes)
{
    memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return bench_failed("mmap");
    memset(memory, 1, bytes);
    return true;
}

static bool touched_prepare(void)
{
    return memory_take(TOUCHED);
}

static void touched_finish(void)
{
    munmap(memory, TOUCHED);
}

static bool written_prepare(void)
{
    return memory_take(WRITTEN * PAGE);
}

/* The child writes to pages that its parent has touched. */
static bool fork_write_run(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        for (size_t i = 0; i < WRITTEN; i++)
            ((volatile char *)memory)[i * PAGE] = 2;
        _exit(0);
    }
    return ended_well(pid);
}

static void written_finish(void)
{
    munmap(memory, WRITTEN * PAGE);
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
    {"proc.fork", "fork + exit + wait", NULL, fork_run, NULL, 64, 1, 157197, 152033},
    {"proc.fork.4m", "the same with 4 MiB touched", touched_prepare, fork_run, touched_finish, 32,
     1, 568061, 563253},
    {"proc.fork.write", "the child writes to 16 pages of its parent's", written_prepare,
     fork_write_run, written_finish, 32, 1, 0, 0},
    {"proc.exec", "fork + exec of a tiny program + exit + wait", NULL, fork_exec_run, NULL, 64, 1,
     0, 0},
    {"proc.spawn", "posix_spawn of a tiny program", NULL, spawn_run, NULL, 64, 1, 210430, 197746},
    {"thread.create", "thread: create + join", NULL, thread_run, NULL, 64, 1, 34927, 33059},
    {0},
};
