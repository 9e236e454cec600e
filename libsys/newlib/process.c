/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes: numbers from the process page, fork, exec, wait, groups and sessions. */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libsys/newlib/arguments.h"
#include "libsys/newlib/system.h"
#include "libsys/newlib/thread.h"
#include "libsys/process_client.h"
#include "libsys/time.h"

extern char **environ;

pid_t fork_call(void); /* fork.S */
int64_t fork_parent(uint64_t ip, uint64_t sp, uint64_t fs_base);
void fork_child_begin(void);

/* ---- Who one is ------------------------------------------------------------------------------ */

pid_t getpid(void)
{
    return process_page()->pid;
}

pid_t getppid(void)
{
    return process_page()->parent;
}

pid_t getpgrp(void)
{
    return process_page()->group;
}

uid_t getuid(void)
{
    return (uid_t)process_page()->user;
}

uid_t geteuid(void)
{
    return (uid_t)process_page()->user;
}

gid_t getgid(void)
{
    return (gid_t)process_page()->group_id;
}

gid_t getegid(void)
{
    return (gid_t)process_page()->group_id;
}

int getgroups(int size, gid_t groups[])
{
    if (size > 0)
        groups[0] = getgid();
    return 1;
}

static int user_set(uint32_t user, uint32_t group)
{
    int result = system_result(SYSTEM_CALL(process_set_user(PROCESS_CAP(PROCESS), user, group)));

    if (result && errno == EACCES)
        errno = EPERM;
    return result;
}

int setuid(uid_t user)
{
    return user_set(user, process_page()->group_id);
}

int setgid(gid_t group)
{
    return user_set(process_page()->user, group);
}

int seteuid(uid_t user)
{
    return setuid(user);
}

int setegid(gid_t group)
{
    return setgid(group);
}

/* ---- Groups and sessions --------------------------------------------------------------------- */

int setpgid(pid_t pid, pid_t group)
{
    return system_result(SYSTEM_CALL(process_set_group(PROCESS_CAP(PROCESS), pid, group)));
}

pid_t setsid(void)
{
    int32_t session = 0;

    if (system_result(SYSTEM_CALL(process_set_session(PROCESS_CAP(PROCESS), &session))))
        return -1;
    return session;
}

static int info_of(pid_t pid, struct process_info *info)
{
    return system_result(SYSTEM_CALL(process_info(system_process(), pid, info)));
}

pid_t getpgid(pid_t pid)
{
    struct process_info info = {0};

    if (pid == 0)
        return getpgrp();
    return info_of(pid, &info) ? -1 : info.group;
}

pid_t getsid(pid_t pid)
{
    struct process_info info = {0};

    if (pid == 0)
        return process_page()->session;
    return info_of(pid, &info) ? -1 : info.session;
}

/* ---- fork, exec ------------------------------------------------------------------------------ */

/* From fork.S, with the place where the child goes on. */
int64_t fork_parent(uint64_t ip, uint64_t sp, uint64_t fs_base)
{
    int32_t pid = 0;
    err_t error = SYSTEM_CALL(process_fork(PROCESS_CAP(PROCESS), ip, sp, fs_base, &pid));

    return error ? -(int64_t)system_errno(error) : pid;
}

/* From fork.S, the child's first steps. */
void fork_child_begin(void)
{
    struct thread *thread = thread_self();

    thread_forked(thread);
    system_window_forget();
    signals_forked();
}

pid_t fork(void)
{
    int64_t result = fork_call();

    if (result >= 0)
        return (pid_t)result;
    errno = (int)-result;
    return -1;
}

pid_t vfork(void)
{
    return fork();
}

/* Which descriptors stay: a byte for each. */
static uint32_t descriptors_kept(uint8_t kept[PROCESS_FILES_MAX])
{
    const uint8_t *flags = process_page()->descriptor_flags;
    uint32_t count = 0;

    for (uint32_t i = 0; i < PROCESS_FILES_MAX; i++) {
        kept[i] = (flags[i] & (DESCRIPTOR_OPEN | DESCRIPTOR_CLOSE_ON_EXEC)) == DESCRIPTOR_OPEN;
        if (kept[i])
            count = i + 1;
    }
    return count;
}

int execve(const char *path, char *const argv[], char *const envp[])
{
    uint8_t kept[PROCESS_FILES_MAX];
    uint32_t files = descriptors_kept(kept);
    uint64_t room[ARGUMENTS_ROOM_WORDS];
    struct process_arguments *arguments = arguments_make(argv, envp, room);

    if (!arguments)
        return -1;
    err_t error = SYSTEM_CALL(
        process_exec(system_process(), path, kept, files, (uint64_t)arguments, arguments->bytes));
    arguments_free(arguments, room);
    return system_result(error);
}

/* ---- The end --------------------------------------------------------------------------------- */

pid_t waitpid(pid_t which, int *status, int options)
{
    int32_t pid = 0, packed = 0;
    uint64_t ticks = 0;
    uint32_t flags = (options & WNOHANG ? WAIT_NO_HANG : 0) |
                     (options & WUNTRACED ? WAIT_STOPPED : 0) |
                     (options & WCONTINUED ? WAIT_CONTINUED : 0);

    if (system_result(
            SYSTEM_WAIT(process_wait(PROCESS_CAP(PROCESS), which, flags, &pid, &packed, &ticks))))
        return -1;
    if (pid && status)
        *status = packed;
    return pid;
}

pid_t wait(int *status)
{
    return waitpid(-1, status, 0);
}

static void usage_set(struct rusage *usage, uint64_t ticks)
{
    uint64_t microseconds = time_to_nanoseconds(&process_page()->clock, ticks) / 1000;

    memset(usage, 0, sizeof(*usage));
    usage->ru_utime.tv_sec = (time_t)(microseconds / 1000000);
    usage->ru_utime.tv_usec = (suseconds_t)(microseconds % 1000000);
}

pid_t wait3(int *status, int options, struct rusage *usage)
{
    return wait4(-1, status, options, usage);
}

pid_t wait4(pid_t which, int *status, int options, struct rusage *usage)
{
    int32_t pid = 0, packed = 0;
    uint64_t ticks = 0;
    uint32_t flags = (options & WNOHANG ? WAIT_NO_HANG : 0) |
                     (options & WUNTRACED ? WAIT_STOPPED : 0) |
                     (options & WCONTINUED ? WAIT_CONTINUED : 0);

    if (system_result(
            SYSTEM_WAIT(process_wait(PROCESS_CAP(PROCESS), which, flags, &pid, &packed, &ticks))))
        return -1;
    if (pid && status)
        *status = packed;
    if (pid && usage)
        usage_set(usage, ticks);
    return pid;
}

int getrusage(int who, struct rusage *usage)
{
    struct process_info info = {0};

    if (who == RUSAGE_CHILDREN) {
        memset(usage, 0, sizeof(*usage));
        return 0;
    }
    if (info_of(0, &info))
        return -1;
    usage_set(usage, info.ticks);
    return 0;
}

clock_t times(struct tms *times)
{
    struct process_info info = {0};

    if (info_of(0, &info))
        return (clock_t)-1;
    uint64_t used = time_to_nanoseconds(&process_page()->clock, info.ticks);
    *times = (struct tms){.tms_utime = (clock_t)(used / (1000000000 / CLOCKS_PER_SEC))};
    return (clock_t)(time_to_nanoseconds(&process_page()->clock, time_ticks()) /
                     (1000000000 / CLOCKS_PER_SEC));
}

/* ---- exec's relatives ------------------------------------------------------------------------ */

int execv(const char *path, char *const argv[])
{
    return execve(path, argv, environ);
}

/* A name without a slash is looked for in PATH. */
int execvp(const char *name, char *const argv[])
{
    const char *directories = getenv("PATH");

    if (strchr(name, '/'))
        return execv(name, argv);
    errno = ENOENT;
    for (const char *at = directories ? directories : "/bin"; *at && errno == ENOENT;) {
        size_t length = strcspn(at, ":");
        char path[PROCESS_PATH_MAX + 1];
        if (length + strlen(name) + 2 <= sizeof(path)) {
            memcpy(path, at, length);
            path[length] = '/';
            strcpy(path + length + 1, name);
            execv(path, argv);
        }
        at += length + (at[length] == ':');
    }
    return -1;
}
