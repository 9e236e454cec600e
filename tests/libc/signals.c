/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals with handlers: at a thread that runs, that waits, that faulted; masks; stopping. */

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/libc/check.h"

static volatile sig_atomic_t count, last;

static void handler(int signal)
{
    count++;
    last = signal;
}

static void handle(int signal, int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, NULL);
    count = last = 0;
}

static void sleep_milliseconds(long milliseconds)
{
    struct timespec time = {.tv_sec = milliseconds / 1000,
                            .tv_nsec = milliseconds % 1000 * 1000000};

    while (nanosleep(&time, &time))
        ;
}

/* A child that signals its parent in a while. */
static pid_t child_signals(int signal)
{
    pid_t parent = getpid(), pid = fork();

    if (pid == 0) {
        sleep_milliseconds(30);
        _exit(kill(parent, signal) != 0);
    }
    return pid;
}

static void test_raise(void)
{
    handle(SIGUSR1, 0);
    CHECK("raise", raise(SIGUSR1) == 0 && count == 1 && last == SIGUSR1);
    CHECK("kill of oneself", kill(getpid(), SIGUSR1) == 0 && count == 2);
    signal(SIGUSR1, SIG_IGN);
    CHECK("ignored", raise(SIGUSR1) == 0 && count == 2);
    FAILS("SIGKILL can't be caught", EINVAL, sigaction(SIGKILL, &(struct sigaction){0}, NULL));
    FAILS("no such signal", EINVAL, kill(getpid(), 1000));
}

/* The loop uses vector registers, and flags: a handler must leave both alone. */
static void test_running(void)
{
    handle(SIGUSR1, 0);
    pid_t pid = child_signals(SIGUSR1);
    double sum = 0;
    unsigned long rounds = 0;
    bool good = true;

    while (!count && rounds < 4000000000ul) {
        double before = sum;
        for (int i = 0; i < 1000; i++)
            sum += i * 0.5;
        good = good && sum - before == 249750.0;
        sum = 0;
        rounds++;
    }
    CHECK("a signal takes a running thread away", count == 1);
    CHECK("and leaves its registers alone", good);
    waitpid(pid, NULL, 0);
}

static void test_waiting(void)
{
    char byte;
    int end[2], status;

    pipe(end);
    handle(SIGUSR1, 0);
    pid_t pid = child_signals(SIGUSR1);
    FAILS("a read is interrupted", EINTR, read(end[0], &byte, 1));
    CHECK("by its handler", count == 1);
    while (waitpid(pid, &status, 0) < 0)
        ;
    handle(SIGUSR1, SA_RESTART);
    pid = child_signals(SIGUSR1);
    pid_t writer = fork();
    if (writer == 0) {
        sleep_milliseconds(90);
        _exit(write(end[1], "z", 1) != 1);
    }
    CHECK("with SA_RESTART it goes on", read(end[0], &byte, 1) == 1 && byte == 'z' && count == 1);
    waitpid(pid, NULL, 0);
    waitpid(writer, NULL, 0);
    close(end[0]);
    close(end[1]);
    handle(SIGUSR1, 0);
    pid = child_signals(SIGUSR1);
    struct timespec time = {.tv_sec = 10}, left = {0};
    FAILS("sleep is interrupted", EINTR, nanosleep(&time, &left));
    CHECK("and tells what is left", left.tv_sec >= 5 && count == 1);
    waitpid(pid, NULL, 0);
}

static void test_masks(void)
{
    sigset_t set, old;

    handle(SIGUSR1, 0);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, &old);
    CHECK("blocked", raise(SIGUSR1) == 0 && count == 0);
    CHECK("pending", sigpending(&set) == 0 && sigismember(&set, SIGUSR1));
    sigprocmask(SIG_SETMASK, &old, NULL);
    CHECK("and delivered", count == 1);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, &old);
    pid_t pid = child_signals(SIGUSR1);
    sigset_t none;
    sigemptyset(&none);
    FAILS("sigsuspend", EINTR, sigsuspend(&none));
    CHECK("its handler has run", count == 2);
    sigprocmask(SIG_SETMASK, &old, NULL);
    waitpid(pid, NULL, 0);
}

static void test_children(void)
{
    int status;

    handle(SIGCHLD, SA_RESTART);
    pid_t pid = fork();
    if (pid == 0)
        _exit(3);
    CHECK("SIGCHLD", waitpid(pid, &status, 0) == pid && count == 1);
    signal(SIGCHLD, SIG_DFL);
    pid = fork();
    if (pid == 0)
        for (;;)
            pause();
    kill(pid, SIGSTOP);
    CHECK("stopped", waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status) &&
                         WSTOPSIG(status) == SIGSTOP);
    kill(pid, SIGCONT);
    CHECK("continued", waitpid(pid, &status, WCONTINUED) == pid && WIFCONTINUED(status));
    kill(pid, SIGKILL);
    CHECK("killed", waitpid(pid, &status, 0) == pid && WTERMSIG(status) == SIGKILL);
}

static sigjmp_buf back;

static void fault_handler(int signal, siginfo_t *info, void *context)
{
    (void)context;
    last = signal == SIGSEGV && info->si_addr == (void *)0x1238 ? 1 : 2;
    siglongjmp(back, 1);
}

static void test_faults(void)
{
    struct sigaction action = {.sa_sigaction = fault_handler, .sa_flags = SA_SIGINFO};

    sigemptyset(&action.sa_mask);
    sigaction(SIGSEGV, &action, NULL);
    for (volatile int i = 0; i < 3; i++) {
        last = 0;
        if (sigsetjmp(back, 1) == 0)
            *(volatile int *)0x1238 = 1;
        CHECK("a fault has a handler, with the address", last == 1);
    }
    signal(SIGSEGV, SIG_DFL);
}

static void test_alarm(void)
{
    handle(SIGALRM, 0);
    alarm(1);
    CHECK("alarm", pause() == -1 && count == 1 && last == SIGALRM);
    alarm(100);
    CHECK("taken back", alarm(0) > 90);
}

/* A terminal's signals are its session's, whatever group is said to be in the foreground. */
static void test_foreign_terminal(void)
{
    pid_t own = tcgetpgrp(0), pid;
    struct winsize size;
    int status;

    if (ioctl(0, TIOCGWINSZ, &size))
        return; /* not at a terminal */
    handle(SIGWINCH, 0);
    signal(SIGTTOU, SIG_IGN);
    pid = fork();
    if (pid == 0) {
        setsid();
        sleep_milliseconds(100);
        _exit(count > 0);
    }
    sleep_milliseconds(30);
    CHECK("a group of another session", getsid(pid) == pid && tcsetpgrp(0, pid) == 0);
    size.ws_row++;
    CHECK("the window grows", ioctl(0, TIOCSWINSZ, &size) == 0);
    CHECK("that group isn't told", waitpid(pid, &status, 0) == pid && status == 0);
    CHECK("the foreground is ours again", tcsetpgrp(0, own) == 0);
    size.ws_row--;
    CHECK("the window shrinks", ioctl(0, TIOCSWINSZ, &size) == 0);
    sleep_milliseconds(30);
    CHECK("our group is told", count == 1);
    signal(SIGWINCH, SIG_DFL);
    signal(SIGTTOU, SIG_DFL);
}

void test_signals(void)
{
    test_raise();
    test_running();
    test_waiting();
    test_masks();
    test_children();
    test_faults();
    test_alarm();
    test_foreign_terminal();
}
