/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of files: all that takes a path. The vfs knows the working directory. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>
#include <utime.h>

#include "libsys/newlib/stat.h"
#include "libsys/newlib/system.h"
#include "libsys/vfs_client.h"

static void time_set(struct timespec *time, int64_t nanoseconds)
{
    time->tv_sec = nanoseconds / NANOSECONDS;
    time->tv_nsec = nanoseconds % NANOSECONDS;
}

void stat_set(struct stat *status, const struct file_status *from)
{
    *status = (struct stat){
        .st_dev = (dev_t)from->device,
        .st_ino = (ino_t)from->number,
        .st_mode = from->mode,
        .st_nlink = (nlink_t)from->links,
        .st_uid = (uid_t)from->user,
        .st_gid = (gid_t)from->group,
        .st_rdev = (dev_t)from->special,
        .st_size = (off_t)from->size,
        .st_blksize = 4096,
        .st_blocks = (blkcnt_t)from->blocks,
    };
    time_set(&status->st_atim, from->accessed);
    time_set(&status->st_mtim, from->modified);
    time_set(&status->st_ctim, from->changed);
}

static int status_of(const char *path, struct stat *status, uint32_t flags)
{
    struct file_status got = {0};
    uint32_t bytes = 0;

    if (system_path_result(
            path, SYSTEM_CALL(vfs_status(system_vfs(), path, flags, &got, sizeof(got), &bytes))))
        return -1;
    if (bytes != sizeof(got)) {
        errno = EIO;
        return -1;
    }
    stat_set(status, &got);
    return 0;
}

int stat(const char *path, struct stat *status)
{
    return status_of(path, status, 0);
}

int lstat(const char *path, struct stat *status)
{
    return status_of(path, status, STATUS_NO_FOLLOW);
}

int access(const char *path, int what)
{
    return system_path_result(path, SYSTEM_CALL(vfs_access(system_vfs(), path, (uint32_t)what)));
}

int mkdir(const char *path, mode_t mode)
{
    return system_path_result(
        path, SYSTEM_CALL(vfs_make_directory(system_vfs(), path, mode & ~system_mask() & 07777)));
}

int rmdir(const char *path)
{
    return system_path_result(path, SYSTEM_CALL(vfs_unlink(system_vfs(), path, true)));
}

int unlink(const char *path)
{
    return system_path_result(path, SYSTEM_CALL(vfs_unlink(system_vfs(), path, false)));
}

int rename(const char *from, const char *to)
{
    return system_path_result(*from ? to : from, SYSTEM_CALL(vfs_rename(system_vfs(), from, to)));
}

int link(const char *from, const char *to)
{
    return system_path_result(*from ? to : from, SYSTEM_CALL(vfs_link(system_vfs(), from, to)));
}

int symlink(const char *target, const char *path)
{
    return system_path_result(*path ? target : path,
                              SYSTEM_CALL(vfs_symlink(system_vfs(), target, path)));
}

ssize_t readlink(const char *path, char *target, size_t size)
{
    uint32_t got = 0;
    char text[PATH_MAX_BYTES];

    if (system_path_result(
            path, SYSTEM_CALL(vfs_read_link(system_vfs(), path, text, sizeof(text), &got))))
        return -1;
    if (got > size)
        got = (uint32_t)size;
    memcpy(target, text, got);
    return (ssize_t)got;
}

int chmod(const char *path, mode_t mode)
{
    return system_path_result(path, SYSTEM_CALL(vfs_set_mode(system_vfs(), path, mode & 07777)));
}

static int owner_set(const char *path, uid_t user, gid_t group, uint32_t flags)
{
    return system_path_result(
        path, SYSTEM_CALL(vfs_set_owner(system_vfs(), path, user == (uid_t)-1 ? UINT32_MAX : user,
                                        group == (gid_t)-1 ? UINT32_MAX : group, flags)));
}

int chown(const char *path, uid_t user, gid_t group)
{
    return owner_set(path, user, group, 0);
}

int lchown(const char *path, uid_t user, gid_t group)
{
    return owner_set(path, user, group, STATUS_NO_FOLLOW);
}

/* Nanoseconds since 1970. */
static int64_t time_of(const struct timespec *time)
{
    return time->tv_sec * NANOSECONDS + time->tv_nsec;
}

static int64_t time_now_wall(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return time_of(&now);
}

int utimes(const char *path, const struct timeval *times)
{
    int64_t accessed = time_now_wall(), modified = accessed;

    if (times) {
        accessed = times[0].tv_sec * NANOSECONDS + times[0].tv_usec * 1000;
        modified = times[1].tv_sec * NANOSECONDS + times[1].tv_usec * 1000;
    }
    return system_path_result(
        path, SYSTEM_CALL(vfs_set_times(system_vfs(), path, accessed, modified, 0)));
}

int utime(const char *path, const struct utimbuf *times)
{
    int64_t accessed = time_now_wall(), modified = accessed;

    if (times) {
        accessed = times->actime * NANOSECONDS;
        modified = times->modtime * NANOSECONDS;
    }
    return system_path_result(
        path, SYSTEM_CALL(vfs_set_times(system_vfs(), path, accessed, modified, 0)));
}

int path_times_set(const char *path, const struct timespec times[2], int flags)
{
    return system_path_result(
        path, SYSTEM_CALL(vfs_set_times(system_vfs(), path, time_of(&times[0]), time_of(&times[1]),
                                        flags & AT_SYMLINK_NOFOLLOW ? STATUS_NO_FOLLOW : 0)));
}

int chdir(const char *path)
{
    return system_path_result(path, SYSTEM_CALL(vfs_change_directory(system_vfs(), path)));
}

int chroot(const char *path)
{
    return system_path_result(path, SYSTEM_CALL(vfs_change_root(system_vfs(), path)));
}

char *getcwd(char *buffer, size_t size)
{
    char text[PATH_MAX_BYTES + 1];
    uint32_t got = 0;

    if (system_result(SYSTEM_CALL(vfs_directory(system_vfs(), text, PATH_MAX_BYTES, &got))))
        return NULL;
    text[got] = 0;
    if (!buffer)
        return strdup(text);
    if (got >= size) {
        errno = size ? ERANGE : EINVAL;
        return NULL;
    }
    memcpy(buffer, text, got + 1);
    return buffer;
}

void sync(void)
{
    (void)!SYSTEM_CALL(vfs_sync(PROCESS_CAP(VFS)));
}

int mknod(const char *path, mode_t mode, dev_t device)
{
    (void)path, (void)mode, (void)device;
    errno = EPERM; /* device nodes are published by who serves them */
    return -1;
}

int mkfifo(const char *path, mode_t mode)
{
    (void)path, (void)mode;
    errno = ENOSYS;
    return -1;
}
