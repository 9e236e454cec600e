/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening files, and what is known of an open one.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libsys/file_client.h"
#include "libsys/newlib/at.h"
#include "libsys/newlib/descriptor.h"
#include "libsys/newlib/stat.h"
#include "libsys/process_client.h"
#include "libsys/vfs_client.h"

static uint32_t open_flags(int flags)
{
    static const struct {
        int posix;
        uint32_t ours;
    } table[] = {
        {O_CREAT, OPEN_CREATE},          {O_EXCL, OPEN_EXCLUSIVE},
        {O_TRUNC, OPEN_TRUNCATE},        {O_APPEND, OPEN_APPEND},
        {O_DIRECTORY, OPEN_DIRECTORY},   {O_NOFOLLOW, OPEN_NO_FOLLOW},
        {O_CLOEXEC, OPEN_CLOSE_ON_EXEC}, {O_NONBLOCK, OPEN_NO_WAIT},
        {O_NOCTTY, OPEN_NO_TERMINAL},
    };
    uint32_t result = (flags & O_ACCMODE) == O_WRONLY ? OPEN_WRITE
                      : (flags & O_ACCMODE) == O_RDWR ? OPEN_READ | OPEN_WRITE
                                                      : OPEN_READ;

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (flags & table[i].posix)
            result |= table[i].ours;
    return result;
}

/* A session leader without a terminal gets the one that it opens. */
static void terminal_adopt(uint32_t device, int flags)
{
    struct process_page *page = process_page();

    if (device && !(flags & O_NOCTTY) && page->pid == page->session && !page->terminal)
        (void)!process_set_terminal(PROCESS_CAP(PROCESS), device);
}

int open(const char *path, int flags, ...)
{
    uint32_t kind = 0, device = 0;
    mode_t mode = 0;

    if (flags & O_CREAT) {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    int descriptor = descriptor_take(0);
    if (descriptor < 0)
        return -1;
    if (system_path_result(path,
                           SYSTEM_CALL(vfs_open(system_vfs(), path, open_flags(flags),
                                                mode & ~system_mask() & 07777, (uint32_t)descriptor,
                                                PROCESS_FILE_CAP(descriptor), &kind, &device)))) {
        descriptor_give(descriptor);
        return -1;
    }
    descriptor_set(descriptor, kind,
                   (flags & O_CLOEXEC ? DESCRIPTOR_CLOSE_ON_EXEC : 0) |
                       (flags & O_NONBLOCK ? DESCRIPTOR_NO_WAIT : 0));
    terminal_adopt(device, flags);
    if (kind == FILE_KIND_DIRECTORY && directory_opened)
        directory_opened(descriptor, path);
    return descriptor;
}

int creat(const char *path, mode_t mode)
{
    return open(path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

off_t lseek(int descriptor, off_t offset, int from)
{
    static const uint32_t origin[] = {SEEK_FROM_START, SEEK_FROM_HERE, SEEK_FROM_END};
    uint64_t position = 0;

    if (!descriptor_check(descriptor))
        return -1;
    if (from < SEEK_SET || from > SEEK_END) {
        errno = EINVAL;
        return -1;
    }
    if (system_result(
            SYSTEM_CALL(file_seek(PROCESS_FILE_CAP(descriptor), offset, origin[from], &position))))
        return -1;
    return (off_t)position;
}

int fstat(int descriptor, struct stat *status)
{
    struct file_status got;

    if (!descriptor_check(descriptor) ||
        system_result(SYSTEM_CALL(file_status(system_file(descriptor), &got))))
        return -1;
    stat_set(status, &got);
    return 0;
}

int ftruncate(int descriptor, off_t size)
{
    if (!descriptor_check(descriptor))
        return -1;
    if (size < 0) {
        errno = EINVAL;
        return -1;
    }
    return system_result(SYSTEM_CALL(file_truncate(PROCESS_FILE_CAP(descriptor), (uint64_t)size)));
}

int truncate(const char *path, off_t size)
{
    int descriptor = open(path, O_WRONLY | O_CLOEXEC);

    if (descriptor < 0)
        return -1;
    int result = ftruncate(descriptor, size), error = errno;
    close(descriptor);
    errno = error;
    return result;
}

int fsync(int descriptor)
{
    if (!descriptor_check(descriptor))
        return -1;
    return system_result(SYSTEM_CALL(file_sync(PROCESS_FILE_CAP(descriptor))));
}

int fdatasync(int descriptor)
{
    return fsync(descriptor);
}

int fchmod(int descriptor, mode_t mode)
{
    if (!descriptor_check(descriptor))
        return -1;
    return system_result(SYSTEM_CALL(file_set_mode(PROCESS_FILE_CAP(descriptor), mode & 07777)));
}

int fchown(int descriptor, uid_t user, gid_t group)
{
    if (!descriptor_check(descriptor))
        return -1;
    return system_result(SYSTEM_CALL(file_set_owner(PROCESS_FILE_CAP(descriptor),
                                                    user == (uid_t)-1 ? UINT32_MAX : user,
                                                    group == (gid_t)-1 ? UINT32_MAX : group)));
}

mode_t umask(mode_t new)
{
    mode_t old = system_mask();

    process_page()->mode_mask = new & 0777;
    return old;
}

mode_t system_mask(void)
{
    return process_page()->mode_mask;
}

int isatty(int descriptor)
{
    if (!descriptor_check(descriptor))
        return 0;
    if (DESCRIPTOR_KIND(*flags_of(descriptor)) == FILE_KIND_TERMINAL)
        return 1;
    errno = ENOTTY;
    return 0;
}
