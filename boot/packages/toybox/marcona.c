/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of toybox's lib/portability.c and lib/net.c that are different on Marcona: mounted file
 * systems, and how to hear of changes of a file.
 */

#include <toys.h>

#include "libsys/newlib/system.h"
#include "libsys/vfs_client.h"

int toybox_statfs(const char *path, struct toybox_statfs *result)
{
    struct statvfs status;

    if (statvfs(path, &status))
        return -1;
    *result = (struct toybox_statfs){
        .f_bsize = status.f_bsize,
        .f_frsize = status.f_frsize,
        .f_blocks = status.f_blocks,
        .f_bfree = status.f_bfree,
        .f_bavail = status.f_bavail,
        .f_files = status.f_files,
        .f_ffree = status.f_ffree,
        .f_fsid = {(int)status.f_fsid},
        .f_fstypename = "memory",
    };
    return 0;
}

/* "WHAT PLACE TYPE" as an entry of toybox's list. */
static struct mtab_list *mount_entry(char *text, const struct vfs_mount *mount)
{
    char *what = strtok(text, " "), *place = strtok(NULL, " "), *type = strtok(NULL, " ");

    if (!what || !place || !type)
        return NULL;
    struct mtab_list *entry =
        xzalloc(sizeof(*entry) + strlen(what) + strlen(place) + strlen(type) + 8);
    entry->dir = stpcpy(entry->type, type) + 1;
    entry->device = stpcpy(entry->dir, place) + 1;
    entry->opts = stpcpy(entry->device, what) + 1;
    strcpy(entry->opts, mount->flags & 1 ? "ro" : "rw");
    stat(place, &entry->stat);
    entry->statvfs.f_bsize = entry->statvfs.f_frsize = 4096;
    entry->statvfs.f_blocks = mount->total / 4096;
    entry->statvfs.f_bfree = entry->statvfs.f_bavail = mount->free / 4096;
    entry->statvfs.f_files = mount->files;
    return entry;
}

struct mtab_list *xgetmountlist(char *path)
{
    struct mtab_list *list = NULL;
    struct vfs_mount mount;
    char text[385];
    uint32_t size;

    if (path)
        error_exit("no list of mounts but the system's");
    for (uint32_t i = 0; !vfs_mount(system_vfs(), i, &mount, text, sizeof(text) - 1, &size); i++) {
        text[size] = 0;
        struct mtab_list *entry = mount_entry(text, &mount);
        if (entry)
            dlist_add_nomalloc((void *)&list, (void *)entry);
    }
    return list;
}

/* The clock's driver sets the time, and nobody else. */
int settimeofday(const struct timeval *time, const struct timezone *zone)
{
    (void)time, (void)zone;
    errno = EPERM;
    return -1;
}

/* ---- Changes of files: nobody tells, so each is looked at four times a second ---------------- */

struct xnotify *xnotify_init(int max)
{
    struct xnotify *notify = xzalloc(sizeof(*notify));

    notify->max = max;
    notify->paths = xmalloc(max * sizeof(*notify->paths));
    notify->fds = xmalloc(max * sizeof(*notify->fds));
    return notify;
}

int xnotify_add(struct xnotify *notify, int descriptor, char *path)
{
    if (notify->count == notify->max)
        error_exit("too many files to watch");
    notify->paths[notify->count] = path;
    notify->fds[notify->count++] = descriptor;
    return 0;
}

int xnotify_wait(struct xnotify *notify, char **path)
{
    if (notify->kq >= notify->count) {
        usleep(250000);
        notify->kq = 0;
    }
    *path = notify->paths[notify->kq];
    return notify->fds[notify->kq++];
}

int xpoll(struct pollfd *files, int count, int timeout)
{
    long long until = millitime() + timeout;

    for (;;) {
        int ready = poll(files, count, timeout);
        if (ready >= 0 || toys.signal)
            return ready;
        if (errno != EINTR && errno != ENOMEM)
            perror_exit("poll");
        long long left = until - millitime();
        if (timeout > 0)
            timeout = left > 0 ? (int)left : 0;
    }
}
