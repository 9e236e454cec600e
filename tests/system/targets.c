/* SPDX-License-Identifier: BSD-2-Clause */
/* Each server that a process can call, with messages that break its protocol's rules. */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libsys/clock_hostile.h"
#include "libsys/entropy_hostile.h"
#include "libsys/file_hostile.h"
#include "libsys/log_hostile.h"
#include "libsys/memory_hostile.h"
#include "libsys/name_client.h"
#include "libsys/name_hostile.h"
#include "libsys/newlib/system.h"
#include "libsys/process_hostile.h"
#include "libsys/supervisor_hostile.h"
#include "libsys/vfs_hostile.h"
#include "tests/system/system.h"

#define FILE_NAME "/tmp/hostile"
#define SERVICE CAP_OF(PROCESS_SLOT_FREE + 2) /* the first is for mmap */

static struct target all[TARGETS_MAX];
static unsigned filled;

#define TABLE(name) name##_hostile, sizeof(name##_hostile) / sizeof(name##_hostile[0])

static void add(struct target target)
{
    if (target.cap && filled < TARGETS_MAX)
        all[filled++] = target;
}

static void add_file(const char *name, int descriptor, bool window)
{
    cap_t cap = descriptor < 0 ? 0 : PROCESS_FILE_CAP(descriptor);

    if (!cap)
        result(name, false, "can't be opened");
    add((struct target){name, cap, FILE_INTERFACE, TABLE(file), cap, window, true});
}

const struct target *targets(unsigned *count)
{
    int pipe_ends[2] = {-1, -1};

    if (!filled) {
        add((struct target){"memory", PROCESS_CAP(MEMORY), MEMORY_INTERFACE, TABLE(memory),
                            PROCESS_CAP(MEMORY), false, true});
        add((struct target){"process", PROCESS_CAP(PROCESS), PROCESS_INTERFACE, TABLE(process),
                            PROCESS_CAP(PROCESS), false, true});
        add((struct target){"vfs", PROCESS_CAP(VFS), VFS_INTERFACE, TABLE(vfs), PROCESS_CAP(VFS),
                            true, true});
        add((struct target){"name", PROCESS_CAP(NAME), NAME_INTERFACE, TABLE(name),
                            PROCESS_CAP(NAME), false, true});
        add((struct target){"log", PROCESS_CAP(LOG), LOG_INTERFACE, TABLE(log), 0, false, true});
        pipe(pipe_ends);
        add_file("a file", open(FILE_NAME, O_RDWR | O_CREAT | O_TRUNC, 0666), true);
        add_file("a file to read", open("/etc/passwd", O_RDONLY), true);
        add_file("a directory", open("/etc", O_RDONLY), true);
        add_file("a pipe's end to read", pipe_ends[0], true);
        add_file("a pipe's end to write", pipe_ends[1], true);
        add_file("/dev/null", open("/dev/null", O_RDWR), true);
        add_file("/dev/zero", open("/dev/zero", O_RDWR), true);
        add_file("/dev/random", open("/dev/random", O_RDONLY), false);
        add_file("another terminal", open("/dev/tty3", O_RDWR | O_NONBLOCK | O_NOCTTY), false);
        add((struct target){"supervisor", SERVICE, SUPERVISOR_INTERFACE, TABLE(supervisor), 0,
                            false, false});
        add((struct target){"log", SERVICE, LOG_INTERFACE, TABLE(log), 0, false, false});
    }
    *count = filled;
    return all;
}

void targets_tidy(void)
{
    chmod("/etc", 0755);
    close(open(FILE_NAME, O_WRONLY | O_TRUNC));
}

err_t target_hostile(const struct target *target, struct hostile *hostile)
{
    bool sends =
        target->cap != PROCESS_CAP(LOG); /* the kernel takes no capabilities for that one */

    *hostile = (struct hostile){
        .cap = target->cap,
        .interface = target->interface,
        .buffer = system_context()->buffer,
        .own = target->own,
        .session = target->window ? PROCESS_CAP(VFS) : 0,
        .bell = sends ? PROCESS_CAP(NOTIFICATION) : 0,
        .cnode = sends ? PROCESS_CAP(CNODE) : 0,
        .endpoint = target->cap == PROCESS_CAP(MEMORY) ? PROCESS_CAP(VFS) : PROCESS_CAP(MEMORY),
    };
    if (target->cap != SERVICE)
        return 0;
    return name_lookup(SYSTEM_CLIENT(PROCESS_CAP(NAME)), target->name, SERVICE);
}
