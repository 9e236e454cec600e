/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * session: the first process. Its descriptors 0 to 2 are the terminal, whose session it leads. It
 * sets the environment, greets, and runs a login shell in its own process group in the foreground,
 * again whenever that ends: by `exit` at once, by a signal with a line that says so. Children whose
 * parents have ended come to it, and are waited for.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "boot/bin/marcona/programs.h"

#define SHELL "/bin/sh"
#define QUICK_ENDS_MAX 5 /* of shells that didn't live for a second */

static const char *const environment[][2] = {
    {"PATH", "/bin"}, {"HOME", "/root"}, {"USER", "root"},  {"LOGNAME", "root"},
    {"SHELL", SHELL}, {"TERM", "vt100"}, {"PAGER", "more"}, {"TMPDIR", "/tmp"},
};

/* Of the terminal, and by mistake: no reason for the first process to end. */
static const int ignored[] = {SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGHUP, SIGPIPE, SIGTERM};

static void signals_set(void (*action)(int))
{
    for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
        signal(ignored[i], action);
}

static void environment_set(void)
{
    for (size_t i = 0; i < sizeof(environment) / sizeof(environment[0]); i++)
        setenv(environment[i][0], environment[i][1], 0);
    if (chdir(getenv("HOME")) && chdir("/"))
        complain("no directory to work in");
}

static void greet(void)
{
    char text[1024];
    int file = open("/etc/motd", O_RDONLY);
    ssize_t bytes;

    while (file >= 0 && (bytes = read(file, text, sizeof(text))) > 0)
        (void)!write(STDOUT_FILENO, text, (size_t)bytes);
    if (file >= 0)
        close(file);
}

/* What the terminal does is as at first, whatever the last program left. */
static void terminal_restore(const struct termios *modes)
{
    tcsetpgrp(STDIN_FILENO, getpgrp());
    tcsetattr(STDIN_FILENO, TCSADRAIN, modes);
}

static void shell_become(void)
{
    char name[] = "-sh", *const argument[] = {name, NULL};

    setpgid(0, 0);
    tcsetpgrp(STDIN_FILENO, getpid());
    signals_set(SIG_DFL);
    execv(SHELL, argument);
    complain(SHELL ": %s", strerror(errno));
    _exit(127);
}

/* Run one; returns its status as wait tells it. */
static int shell_run(void)
{
    int status;
    pid_t shell = fork(), ended;

    if (shell == 0)
        shell_become();
    if (shell < 0)
        return -1;
    setpgid(shell, shell);
    do
        ended = wait(&status);
    while (ended != shell && (ended >= 0 || errno == EINTR));
    return ended < 0 ? -1 : status;
}

static void end_report(int status)
{
    if (status >= 0 && WIFSIGNALED(status))
        complain("the shell was ended by signal %d (%s); here is another", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else if (status < 0 || WEXITSTATUS(status) == 127)
        complain("the shell can't be run");
}

int session_main(int count, char **argument)
{
    struct termios modes;
    int quick = 0;

    (void)argument;
    if (count > 1)
        return usage("(the first process starts it)");
    signals_set(SIG_IGN);
    bool terminal = tcgetattr(STDIN_FILENO, &modes) == 0;
    environment_set();
    greet();
    while (quick < QUICK_ENDS_MAX) {
        time_t begin = time(NULL);
        int status = shell_run();
        end_report(status);
        quick = time(NULL) > begin + 1 || status == 0 ? 0 : quick + 1;
        if (terminal)
            terminal_restore(&modes);
    }
    return complain("the shell ends again and again; giving up");
}
