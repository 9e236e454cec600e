/* SPDX-License-Identifier: BSD-2-Clause */
/* posix_spawn with file actions. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/libc/check.h"

static void test_actions(void)
{
    char *argv[] = {"libc-test", "child", "9", "spawned", NULL};
    char *envp[] = {NULL};
    char text[32] = "";
    posix_spawn_file_actions_t actions;
    pid_t pid = 0;
    int status = 0;

    posix_spawn_file_actions_init(&actions);
    CHECK("actions", posix_spawn_file_actions_addopen(&actions, 5, "out",
                                                      O_WRONLY | O_CREAT | O_TRUNC, 0600) == 0 &&
                         posix_spawn_file_actions_adddup2(&actions, 5, 1) == 0 &&
                         posix_spawn_file_actions_addclose(&actions, 5) == 0);
    CHECK("posix_spawn", posix_spawn(&pid, check_program, &actions, NULL, argv, envp) == 0);
    CHECK("its status",
          waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 9);
    posix_spawn_file_actions_destroy(&actions);
    int file = open("out", O_RDONLY);
    CHECK("its output",
          read(file, text, sizeof(text)) == 10 && memcmp(text, "spawned -\n", 10) == 0);
    close(file);
    unlink("out");
}

static void test_attributes(void)
{
    char *argv[] = {"libc-test", "child", "0", "x", NULL};
    char *envp[] = {NULL};
    posix_spawnattr_t attributes;
    pid_t pid = 0;
    int status = 0;

    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes, 0);
    CHECK("in a group of its own",
          posix_spawn(&pid, check_program, NULL, &attributes, argv, envp) == 0);
    CHECK("by which it's waited for", waitpid(-pid, &status, 0) == pid && status == 0);
    posix_spawnattr_destroy(&attributes);
}

static void test_errors(void)
{
    char *argv[] = {"x", NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid;

    CHECK("nothing there", posix_spawn(&pid, "/nothing", NULL, NULL, argv, NULL) == ENOENT);
    CHECK("no program", posix_spawn(&pid, "/", NULL, NULL, argv, NULL) == EACCES);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/nothing/here", O_RDONLY, 0);
    CHECK("an action that fails",
          posix_spawn(&pid, check_program, &actions, NULL, argv, NULL) == ENOENT);
    posix_spawn_file_actions_destroy(&actions);
    FAILS("no child was made", ECHILD, wait(NULL));
}

void test_spawn(void)
{
    test_actions();
    test_attributes();
    test_errors();
}
