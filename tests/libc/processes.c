/* SPDX-License-Identifier: BSD-2-Clause */
/* fork, exec, wait, groups; what a child shares with its parent, and what not. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/libc/check.h"

static int global = 1;

static void test_fork(void)
{
    int local = 2, status = 0;
    int *heap = malloc(sizeof(*heap));

    *heap = 3;
    pid_t pid = fork();
    if (pid == 0) {
        bool good = global == 1 && local == 2 && *heap == 3 && getppid() != getpid();
        global = local = *heap = 99;
        _exit(good ? 42 : 1);
    }
    CHECK("fork", pid > 0 && pid != getpid());
    CHECK("the child's status",
          waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 42);
    CHECK("its writes are its own", global == 1 && local == 2 && *heap == 3);
    FAILS("no more children", ECHILD, wait(&status));
    free(heap);
}

static void test_memory_of_fork(void)
{
    enum { BYTES = 1 << 20 };
    int status;
    unsigned char *private =
        mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned char *shared =
        mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    CHECK("private and shared memory", private != MAP_FAILED && shared != MAP_FAILED);
    for (int i = 0; i < BYTES; i++)
    private[i] = (unsigned char)(i * 3);
    pid_t pid = fork();
    if (pid == 0) {
        for (int i = 0; i < BYTES; i += 4096) {
            if (private[i] != (unsigned char)(i * 3))
                _exit(1);
            private[i]++;
            shared[i] = private[i];
        }
        _exit(0);
    }
    CHECK("the child sees all of it", waitpid(pid, &status, 0) == pid && status == 0);
    bool good = true, seen = true;
    for (int i = 0; i < BYTES; i += 4096) {
        good = good && private[i] == (unsigned char)(i * 3);
        seen = seen && shared[i] == (unsigned char)(i * 3 + 1);
    }
    CHECK("private memory stays private", good);
    CHECK("shared memory is shared", seen);
    munmap(private, BYTES);
    munmap(shared, BYTES);
}

/* Read what a child prints; its status. */
static int child_read(pid_t pid, int from, char *text, size_t size)
{
    size_t all = 0;
    int status = -1;

    for (ssize_t now; all < size - 1 && (now = read(from, text + all, size - 1 - all)) > 0;)
        all += (size_t)now;
    text[all] = 0;
    close(from);
    return waitpid(pid, &status, 0) == pid ? status : -1;
}

static void test_exec(void)
{
    char text[64];
    char *argv[] = {"libc-test", "child", "7", "an argument", NULL};
    char *envp[] = {"LIBC_TEST=and an environment", NULL};
    int end[2];

    CHECK("a pipe for exec", pipe(end) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(end[1], 1);
        close(end[0]);
        close(end[1]);
        execve(check_program, argv, envp);
        _exit(1);
    }
    close(end[1]);
    int status = child_read(pid, end[0], text, sizeof(text));
    CHECK("exec", WIFEXITED(status) && WEXITSTATUS(status) == 7);
    CHECK("arguments and environment", strcmp(text, "an argument and an environment\n") == 0);
    FAILS("exec of nothing", ENOENT, execve("/nothing", argv, envp));
    FAILS("exec of a directory", EACCES, execve("/", argv, envp));
    int file = open("text", O_WRONLY | O_CREAT, 0755);
    write(file, "\177ELF but no more", 16);
    close(file);
    FAILS("exec of no program", ENOEXEC, execve("text", argv, envp));
    chmod("text", 0644);
    unlink("text");
}

static void test_script(void)
{
    char text[64];
    int file = open("script", O_WRONLY | O_CREAT, 0755), end[2];
    char line[128];
    int length = snprintf(line, sizeof(line), "#!%s child\n", check_program);

    write(file, line, (size_t)length);
    close(file);
    CHECK("a pipe for a script", pipe(end) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        char *argv[] = {"script", "unused", NULL};
        dup2(end[1], 1);
        close(end[0]);
        close(end[1]);
        execve("script", argv, NULL);
        _exit(1);
    }
    close(end[1]);
    int status = child_read(pid, end[0], text, sizeof(text));
    CHECK("an interpreter gets the script's name and arguments",
          WIFEXITED(status) && WEXITSTATUS(status) == 0 && strcmp(text, "unused -\n") == 0);
    unlink("script");
}

static void test_wait(void)
{
    int status;
    pid_t pid[3];

    for (int i = 0; i < 3; i++) {
        pid[i] = fork();
        if (pid[i] == 0)
            _exit(10 + i);
    }
    CHECK("wait for the last first",
          waitpid(pid[2], &status, 0) == pid[2] && WEXITSTATUS(status) == 12);
    int sum = 0;
    for (int i = 0; i < 2; i++)
        sum += wait(&status) > 0 ? WEXITSTATUS(status) : 1000;
    CHECK("and then for any", sum == 21);
    pid[0] = fork();
    if (pid[0] == 0)
        for (;;)
            pause();
    CHECK("WNOHANG", waitpid(pid[0], &status, WNOHANG) == 0);
    kill(pid[0], SIGTERM);
    CHECK("ended by a signal", waitpid(pid[0], &status, 0) == pid[0] && WIFSIGNALED(status) &&
                                   WTERMSIG(status) == SIGTERM);
    FAILS("not a child", ECHILD, waitpid(1, &status, 0));
    FAILS("kill of nobody", ESRCH, kill(30000, SIGTERM));
}

/* A process that crashes ends, and says by which signal. */
static int crash(void (*how)(void))
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        how();
        _exit(0);
    }
    return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

/* `used`: the compiler forgets it, since another writes to its address. */
__attribute__((used)) static void crash_null(void)
{
    *(volatile int *)NULL = 1;
}

static void crash_code(void)
{
    *(volatile char *)(uintptr_t)crash_null = 1;
}

static void crash_opcode(void)
{
    __asm__ volatile("ud2");
}

static void crash_divide(void)
{
    volatile int zero = 0;

    zero = 12345 / zero;
}

static void test_crashes(void)
{
    CHECK("a null pointer", crash(crash_null) == SIGSEGV);
    CHECK("a write to code", crash(crash_code) == SIGSEGV);
    CHECK("no instruction", crash(crash_opcode) == SIGILL);
    CHECK("a division by zero", crash(crash_divide) == SIGFPE);
    CHECK("abort", crash(abort) == SIGABRT);
}

static void test_groups(void)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        bool good = setpgid(0, 0) == 0 && getpgrp() == getpid();
        pid_t session = setsid();
        _exit(good && session == -1 && errno == EPERM ? 0 : 1);
    }
    CHECK("a group of its own", waitpid(pid, &status, 0) == pid && status == 0);
    pid = fork();
    if (pid == 0)
        _exit(setsid() == getpid() && getsid(0) == getpid() && getpgrp() == getpid() ? 0 : 1);
    CHECK("a session of its own", waitpid(pid, &status, 0) == pid && status == 0);
    pid_t first = fork();
    if (first == 0)
        for (;;)
            pause();
    setpgid(first, first);
    pid_t second = fork();
    if (second == 0)
        for (;;)
            pause();
    setpgid(second, first);
    CHECK("kill of a group", kill(-first, SIGKILL) == 0 && waitpid(-first, &status, 0) > 0 &&
                                 waitpid(-first, &status, 0) > 0 && WTERMSIG(status) == SIGKILL);
}

void test_processes(void)
{
    test_fork();
    test_memory_of_fork();
    test_exec();
    test_script();
    test_wait();
    test_crashes();
    test_groups();
}
