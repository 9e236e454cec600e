/* SPDX-License-Identifier: BSD-2-Clause */
/* What the system and this process are: limits, names, priorities. */

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "libsys/invoke.h"
#include "libsys/memory_client.h"
#include "libsys/newlib/system.h"
#include "libsys/newlib/thread.h"
#include "libsys/process_client.h"

static long memory_pages(bool free)
{
    struct memory_status status = {0};

    if (system_result(SYSTEM_CALL(memory_system_status(PROCESS_CAP(MEMORY), &status))))
        return -1;
    return (long)((free ? status.total - status.used : status.total) / SYSTEM_PAGE);
}

long sysconf(int name)
{
    switch (name) {
    case _SC_ARG_MAX:
        return PROCESS_ARGUMENTS_MAX;
    case _SC_CHILD_MAX:
        return 256;
    case _SC_CLK_TCK:
        return CLOCKS_PER_SEC;
    case _SC_NGROUPS_MAX:
        return 1;
    case _SC_OPEN_MAX:
        return DESCRIPTORS_MAX;
    case _SC_JOB_CONTROL:
    case _SC_SAVED_IDS:
        return 1;
    case _SC_VERSION:
        return _POSIX_VERSION;
    case _SC_PAGESIZE:
        return (long)SYSTEM_PAGE;
    case _SC_NPROCESSORS_CONF:
    case _SC_NPROCESSORS_ONLN:
        return 1;
    case _SC_PHYS_PAGES:
        return memory_pages(false);
    case _SC_AVPHYS_PAGES:
        return memory_pages(true);
    case _SC_LOGIN_NAME_MAX:
        return LOGIN_NAME_MAX;
    case _SC_HOST_NAME_MAX:
        return HOST_NAME_MAX;
    case _SC_SYMLOOP_MAX:
        return 8;
    case _SC_GETPW_R_SIZE_MAX:
    case _SC_GETGR_R_SIZE_MAX:
        return 1024;
    default:
        errno = EINVAL;
        return -1;
    }
}

long pathconf(const char *path, int name)
{
    (void)path;
    switch (name) {
    case _PC_LINK_MAX:
        return LINK_MAX;
    case _PC_NAME_MAX:
        return NAME_MAX;
    case _PC_PATH_MAX:
        return PATH_MAX;
    case _PC_PIPE_BUF:
        return PIPE_BUF;
    case _PC_CHOWN_RESTRICTED:
    case _PC_NO_TRUNC:
        return 1;
    case _PC_VDISABLE:
        return _POSIX_VDISABLE;
    default:
        errno = EINVAL;
        return -1;
    }
}

long fpathconf(int descriptor, int name)
{
    return descriptor_check(descriptor) ? pathconf("", name) : -1;
}

int gethostname(char *name, size_t size)
{
    static const char host[] = "marcona";

    if (size < sizeof(host)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(name, host, sizeof(host));
    return 0;
}

int uname(struct utsname *name)
{
    *name = (struct utsname){
        .sysname = "Marcona",
        .release = "1",
        .machine = "x86_64",
    };
    (void)sniprintf(name->version, sizeof(name->version), "ABI %016lx",
                    (unsigned long)process_page()->abi_hash);
    return gethostname(name->nodename, sizeof(name->nodename));
}

int getdtablesize(void)
{
    return DESCRIPTORS_MAX;
}

int issetugid(void)
{
    return 0;
}

int setgroups(int count, const gid_t *groups)
{
    if (count == 0 || (count == 1 && groups[0] == getgid()))
        return 0;
    errno = ENOSYS;
    return -1;
}

char *getlogin(void)
{
    return getenv("LOGNAME");
}

int getlogin_r(char *name, size_t size)
{
    const char *login = getlogin();

    if (!login)
        return ENXIO;
    return strlcpy(name, login, size) < size ? 0 : ERANGE;
}

/* ---- Limits: what there is can't be changed -------------------------------------------------- */

int getrlimit(int what, struct rlimit *limit)
{
    rlim_t most = RLIM_INFINITY;

    if (what < 0 || what >= RLIM_NLIMITS) {
        errno = EINVAL;
        return -1;
    }
    if (what == RLIMIT_NOFILE)
        most = DESCRIPTORS_MAX;
    else if (what == RLIMIT_CORE)
        most = 0;
    else if (what == RLIMIT_STACK)
        most = process_page()->stack_high - process_page()->stack_low;
    *limit = (struct rlimit){most, most};
    return 0;
}

int setrlimit(int what, const struct rlimit *limit)
{
    struct rlimit now;

    if (getrlimit(what, &now))
        return -1;
    if (limit->rlim_cur == now.rlim_cur && limit->rlim_max == now.rlim_max)
        return 0;
    errno = EPERM;
    return -1;
}

/* ---- Time that others get -------------------------------------------------------------------- */

static int own_nice; /* as this program set it; what others have isn't told */

static bool is_self(int which, id_t who)
{
    if (which == PRIO_PROCESS && (who == 0 || (pid_t)who == getpid()))
        return true;
    errno = which == PRIO_PROCESS ? ENOSYS : EINVAL;
    return false;
}

int getpriority(int which, id_t who)
{
    return is_self(which, who) ? own_nice : -1;
}

int setpriority(int which, id_t who, int nice)
{
    if (which != PRIO_PROCESS) {
        errno = EINVAL;
        return -1;
    }
    nice = nice < -20 ? -20 : nice > 19 ? 19 : nice;
    if (system_result(process_set_priority(PROCESS_CAP(PROCESS), (int32_t)who, nice)))
        return -1;
    if (who == 0 || (pid_t)who == getpid())
        own_nice = nice;
    return 0;
}

int nice(int increment)
{
    if (setpriority(PRIO_PROCESS, 0, own_nice + increment)) {
        errno = errno == EACCES ? EPERM : errno;
        return -1;
    }
    return own_nice;
}

int sched_yield(void)
{
    return system_result(sched_context_yield(thread_self()->time));
}
