/* SPDX-License-Identifier: BSD-2-Clause */
/* system(): a command for the shell. popen is newlib's own, over vfork and pipe. */

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int status_wait(pid_t pid)
{
    int status = -1;

    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return -1;
    }
    return status;
}

/* The command runs with the signals as they were; who waits for it isn't interrupted by them. */
int system(const char *command)
{
    static char shell[] = "sh", option[] = "-c";
    char *arguments[] = {shell, option, (char *)command, NULL};
    struct sigaction ignore = {.sa_handler = SIG_IGN}, interrupt, quit;
    sigset_t child, before;
    posix_spawnattr_t attributes;
    pid_t pid;

    if (!command)
        return access("/bin/sh", X_OK) == 0;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, &before);
    sigaction(SIGINT, &ignore, &interrupt);
    sigaction(SIGQUIT, &ignore, &quit);

    sigset_t standard;
    sigemptyset(&standard);
    if (interrupt.sa_handler != SIG_IGN)
        sigaddset(&standard, SIGINT);
    if (quit.sa_handler != SIG_IGN)
        sigaddset(&standard, SIGQUIT);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &standard);
    posix_spawnattr_setsigmask(&attributes, &before);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    int error = posix_spawn(&pid, "/bin/sh", NULL, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    int status = error ? 127 << 8 : status_wait(pid);

    sigaction(SIGINT, &interrupt, NULL);
    sigaction(SIGQUIT, &quit, NULL);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return status;
}
