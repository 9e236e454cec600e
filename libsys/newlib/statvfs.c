/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How full a file system is: that of the vfs's list whose place is the longest beginning of the
 * path.
 */

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "libsys/newlib/system.h"
#include "libsys/vfs_client.h"

#define TEXT_MAX 384

/* Bytes of the place ("WHAT PLACE TYPE") if the path lies there, else 0. */
static size_t place_fits(const char *text, const char *path)
{
    const char *place = strchr(text, ' ');

    if (!place)
        return 0;
    size_t length = strcspn(++place, " ");
    if (length == 1)
        return 1;
    return strncmp(place, path, length) == 0 && (path[length] == 0 || path[length] == '/') ? length
                                                                                           : 0;
}

static int mount_find(const char *path, struct vfs_mount *best)
{
    size_t longest = 0;

    for (uint32_t i = 0;; i++) {
        struct vfs_mount mount = {0};
        char text[TEXT_MAX + 1];
        uint32_t got = 0;
        err_t error = SYSTEM_CALL(vfs_mount(system_vfs(), i, &mount, text, TEXT_MAX, &got));
        if (error == RPC_NOT_FOUND)
            break;
        if (error)
            return system_result(error);
        text[got] = 0;
        size_t length = place_fits(text, path);
        if (length > longest) {
            longest = length;
            *best = mount;
        }
    }
    if (longest)
        return 0;
    errno = ENOENT;
    return -1;
}

int statvfs(const char *restrict path, struct statvfs *restrict status)
{
    char real[PATH_MAX];
    struct vfs_mount mount = {0};

    if (!realpath(path, real) || mount_find(real, &mount))
        return -1;
    *status = (struct statvfs){
        .f_bsize = SYSTEM_PAGE,
        .f_frsize = SYSTEM_PAGE,
        .f_blocks = mount.total / SYSTEM_PAGE,
        .f_bfree = mount.free / SYSTEM_PAGE,
        .f_bavail = mount.free / SYSTEM_PAGE,
        .f_files = mount.files,
        .f_flag = mount.flags & 1 ? ST_RDONLY : 0,
        .f_namemax = NAME_MAX,
    };
    return 0;
}
