/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names relative to an open directory: openat and its kin. The vfs knows paths only; so the library
 * remembers under which absolute path a directory was opened, and puts the two together. After a
 * directory was renamed, its old path is what counts.
 *
 * Programs that use none of this remember nothing: file.c refers to directory_opened weakly.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "libsys/file_client.h"
#include "libsys/newlib/at.h"
#include "libsys/newlib/stat.h"
#include "libsys/newlib/system.h"

/* By descriptor; grows. What is of descriptors that are closed is dropped when they come again. */
static char **paths;
static int path_count;

/* The array has a place for this descriptor; false: no memory. */
static bool paths_reach(int descriptor)
{
    if (descriptor < path_count)
        return true;
    int count = descriptor + 16;
    char **more = realloc(paths, (size_t)count * sizeof(*paths));
    if (!more)
        return false;
    memset(more + path_count, 0, (size_t)(count - path_count) * sizeof(*paths));
    paths = more;
    path_count = count;
    return true;
}

/* `path` as an absolute one. Returns NULL and errno; else free it. */
static char *absolute(const char *path)
{
    if (path[0] == '/')
        return strdup(path);
    char *directory = getcwd(NULL, 0), *result = NULL;
    if (directory && strcmp(path, ".") == 0)
        return directory;
    if (directory && asprintf(&result, "%s/%s", strcmp(directory, "/") ? directory : "", path) < 0)
        result = NULL;
    free(directory);
    return result;
}

void directory_opened(int descriptor, const char *path)
{
    int before = errno;

    if (paths_reach(descriptor)) {
        free(paths[descriptor]);
        paths[descriptor] = absolute(path);
    }
    errno = before;
}

void directory_duplicated(int from, int to)
{
    if (from < path_count && paths[from] && paths_reach(to)) {
        free(paths[to]);
        paths[to] = strdup(paths[from]);
    }
}

/*
 * The path to use for `path` relative to the directory; in `room` if it was made. NULL and errno:
 * not a directory that was opened here, or too long.
 */
static const char *path_of(int directory, const char *path, char room[PATH_MAX])
{
    if (directory == AT_FDCWD || path[0] == '/')
        return path;
    if (!descriptor_check(directory))
        return NULL;
    if (directory >= path_count || !paths[directory]) {
        errno = ENOTDIR;
        return NULL;
    }
    if (snprintf(room, PATH_MAX, "%s/%s", paths[directory], path) >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    return room;
}

/* Return what the call gives for the path, called `full`; -1 if there is none. */
#define AT(directory, path, call)                               \
    do {                                                        \
        char room_[PATH_MAX];                                   \
        const char *full = path_of((directory), (path), room_); \
        return full ? (call) : -1;                              \
    } while (0)

int openat(int directory, const char *path, int flags, ...)
{
    mode_t mode = 0;

    if (flags & O_CREAT) {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    AT(directory, path, open(full, flags, mode));
}

int fstatat(int directory, const char *path, struct stat *status, int flags)
{
    AT(directory, path, flags & AT_SYMLINK_NOFOLLOW ? lstat(full, status) : stat(full, status));
}

int faccessat(int directory, const char *path, int what, int flags)
{
    (void)flags; /* real and effective user are the same */
    AT(directory, path, access(full, what));
}

int unlinkat(int directory, const char *path, int flags)
{
    AT(directory, path, flags & AT_REMOVEDIR ? rmdir(full) : unlink(full));
}

int mkdirat(int directory, const char *path, mode_t mode)
{
    AT(directory, path, mkdir(full, mode));
}

int mknodat(int directory, const char *path, mode_t mode, dev_t device)
{
    AT(directory, path, mknod(full, mode, device));
}

int symlinkat(const char *target, int directory, const char *path)
{
    AT(directory, path, symlink(target, full));
}

ssize_t readlinkat(int directory, const char *path, char *target, size_t size)
{
    AT(directory, path, readlink(full, target, size));
}

int fchmodat(int directory, const char *path, mode_t mode, int flags)
{
    (void)flags; /* a symbolic link has no permissions */
    AT(directory, path, chmod(full, mode));
}

int fchownat(int directory, const char *path, uid_t user, gid_t group, int flags)
{
    AT(directory, path,
       flags & AT_SYMLINK_NOFOLLOW ? lchown(full, user, group) : chown(full, user, group));
}

/* Both are names; given to `act`. */
static int with_two(int from_directory, const char *from, int to_directory, const char *to,
                    int (*act)(const char *from, const char *to))
{
    char from_room[PATH_MAX], to_room[PATH_MAX];
    const char *from_path = path_of(from_directory, from, from_room);
    const char *to_path = path_of(to_directory, to, to_room);

    return from_path && to_path ? act(from_path, to_path) : -1;
}

int linkat(int from_directory, const char *from, int to_directory, const char *to, int flags)
{
    (void)flags; /* a symbolic link isn't followed, as with link */
    return with_two(from_directory, from, to_directory, to, link);
}

int renameat(int from_directory, const char *from, int to_directory, const char *to)
{
    return with_two(from_directory, from, to_directory, to, rename);
}

int fchdir(int directory)
{
    AT(directory, ".", chdir(full));
}

/* ---- Times ----------------------------------------------------------------------------------- */

/* What `times` (NULL: both now) stands for, where `status` tells what they are. */
static void times_resolve(struct timespec result[2], const struct timespec times[2],
                          const struct stat *status)
{
    for (int i = 0; i < 2; i++)
        if (!times || times[i].tv_nsec == UTIME_NOW)
            clock_gettime(CLOCK_REALTIME, &result[i]);
        else if (times[i].tv_nsec == UTIME_OMIT)
            result[i] = i ? status->st_mtim : status->st_atim;
        else
            result[i] = times[i];
}

int utimensat(int directory, const char *path, const struct timespec *times, int flags)
{
    char room[PATH_MAX];
    const char *full = path_of(directory, path, room);
    struct timespec wanted[2];
    struct stat status;

    if (!full || (flags & AT_SYMLINK_NOFOLLOW ? lstat(full, &status) : stat(full, &status)))
        return -1;
    times_resolve(wanted, times, &status);
    return path_times_set(full, wanted, flags);
}

int futimens(int descriptor, const struct timespec *times)
{
    struct timespec wanted[2];
    struct stat status;

    if (fstat(descriptor, &status))
        return -1;
    times_resolve(wanted, times, &status);
    return system_result(SYSTEM_CALL(file_set_times(
        PROCESS_FILE_CAP(descriptor), wanted[0].tv_sec * NANOSECONDS + wanted[0].tv_nsec,
        wanted[1].tv_sec * NANOSECONDS + wanted[1].tv_nsec)));
}
