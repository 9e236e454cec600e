/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading and writing. Bulk goes through the window of the vfs session, in pieces of at most
 * FILE_IO_MAX; terminals take and give what fits in a message.
 */

#include <errno.h>
#include <signal.h>
#include <sys/uio.h>
#include <unistd.h>

#include "libsys/file_client.h"
#include "libsys/newlib/descriptor.h"

/*
 * Terminals compare it with the foreground group; who ignores or blocks the signal isn't stopped.
 */
static int32_t group_for(int signal)
{
    const struct process_page *page = process_page();
    uint64_t bit = 1ull << (signal - 1);

    return (page->ignored | page->blocked) & bit && signal == SIGTTOU ? 0 : page->group;
}

/* After BACKGROUND: stop the group as a terminal would. Whether to try again. */
static bool background(int signal)
{
    const struct process_page *page = process_page();
    uint64_t bit = 1ull << (signal - 1);

    if ((page->ignored | page->blocked) & bit)
        return false;
    return kill(0, signal) == 0;
}

static uint32_t io_flags(int descriptor)
{
    return *flags_of(descriptor) & DESCRIPTOR_NO_WAIT ? FILE_NO_WAIT : 0;
}

static ssize_t read_at(int descriptor, void *buffer, size_t count, uint64_t offset)
{
    uint32_t got = 0;
    uint32_t most = count < FILE_IO_MAX ? (uint32_t)count : FILE_IO_MAX;
    err_t error;

    if (!descriptor_check(descriptor))
        return -1;
    if (most > FILE_WRITE_DATA_INLINE &&
        DESCRIPTOR_KIND(*flags_of(descriptor)) != FILE_KIND_TERMINAL)
        system_window_open();
    do
        error = SYSTEM_WAIT(file_read(system_file(descriptor), offset, most, io_flags(descriptor),
                                      process_page()->group, buffer, most, &got));
    while (error == FILE_ERROR_BACKGROUND && background(SIGTTIN));
    return system_result(error) ? -1 : (ssize_t)got;
}

ssize_t read(int descriptor, void *buffer, size_t count)
{
    return read_at(descriptor, buffer, count, FILE_POSITION);
}

ssize_t pread(int descriptor, void *buffer, size_t count, off_t offset)
{
    if (offset < 0) {
        errno = EINVAL;
        return -1;
    }
    return read_at(descriptor, buffer, count, (uint64_t)offset);
}

static err_t write_once(int descriptor, const void *bytes, uint32_t count, uint64_t offset,
                        uint32_t *written)
{
    err_t error;

    do
        error = SYSTEM_WAIT(file_write(system_file(descriptor), offset, io_flags(descriptor),
                                       group_for(SIGTTOU), bytes, count, written));
    while (error == FILE_ERROR_BACKGROUND && background(SIGTTOU));
    return error;
}

/* All of it, unless the descriptor doesn't wait or a signal comes in between. */
static ssize_t write_at(int descriptor, const char *bytes, size_t count, uint64_t offset)
{
    size_t done = 0;

    if (!descriptor_check(descriptor))
        return -1;
    bool terminal = DESCRIPTOR_KIND(*flags_of(descriptor)) == FILE_KIND_TERMINAL;
    uint32_t most = terminal ? FILE_WRITE_DATA_INLINE : FILE_IO_MAX;
    if (count > FILE_WRITE_DATA_INLINE && !terminal)
        system_window_open();
    do {
        uint32_t written = 0, now = count - done < most ? (uint32_t)(count - done) : most;
        err_t error = write_once(descriptor, bytes + done, now,
                                 offset == FILE_POSITION ? offset : offset + done, &written);
        if (error == FILE_ERROR_BROKEN_PIPE)
            raise(SIGPIPE);
        if (error)
            return done ? (ssize_t)done : system_result(error);
        done += written;
    } while (done < count && !(*flags_of(descriptor) & DESCRIPTOR_NO_WAIT));
    return (ssize_t)done;
}

ssize_t write(int descriptor, const void *bytes, size_t count)
{
    return write_at(descriptor, bytes, count, FILE_POSITION);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset)
{
    if (offset < 0) {
        errno = EINVAL;
        return -1;
    }
    return write_at(descriptor, bytes, count, (uint64_t)offset);
}

/* One part after the other: between two of them others may come. */
ssize_t readv(int descriptor, const struct iovec *parts, int count)
{
    ssize_t all = 0;

    for (int i = 0; i < count; i++) {
        ssize_t got = read(descriptor, parts[i].iov_base, parts[i].iov_len);
        if (got < 0)
            return all ? all : -1;
        all += got;
        if ((size_t)got < parts[i].iov_len)
            break;
    }
    return all;
}

ssize_t writev(int descriptor, const struct iovec *parts, int count)
{
    ssize_t all = 0;

    for (int i = 0; i < count; i++) {
        ssize_t written = write(descriptor, parts[i].iov_base, parts[i].iov_len);
        if (written < 0)
            return all ? all : -1;
        all += written;
        if ((size_t)written < parts[i].iov_len)
            break;
    }
    return all;
}
