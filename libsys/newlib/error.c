/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors of servers and of the kernel as errno: see system.h. */

#include <errno.h>
#include <stddef.h>

#include "libsys/file_client.h"
#include "libsys/memory_client.h"
#include "libsys/newlib/system.h"
#include "libsys/process_client.h"
#include "libsys/vfs_client.h"

struct error_number {
    err_t error;
    int number;
};

/* By code alone: what all protocols share. */
static const struct error_number common[] = {
    {RPC_MALFORMED, EINVAL},   {RPC_UNKNOWN_OPERATION, ENOSYS},
    {RPC_BAD_HANDLE, EBADF},   {RPC_NO_MEMORY, ENOMEM},
    {RPC_QUOTA, ENOMEM},       {RPC_DENIED, EACCES},
    {RPC_AGAIN, EAGAIN},       {RPC_BUSY, EBUSY},
    {RPC_UNSUPPORTED, ENOSYS}, {RPC_CANCELLED, EINTR},
    {RPC_TOO_LARGE, E2BIG},    {RPC_NOT_FOUND, ENOENT},
    {RPC_EXISTS, EEXIST},      {RPC_GONE, EPIPE},
    {RPC_INTERNAL, EIO},       {RPC_OUT_OF_RANGE, EINVAL},
    {RPC_FULL, ENFILE},
};

static const struct error_number own[] = {
    {SYSTEM_INTERRUPTED, EINTR},
    {FILE_ERROR_NOT_A_DIRECTORY, ENOTDIR},
    {FILE_ERROR_IS_A_DIRECTORY, EISDIR},
    {FILE_ERROR_NOT_SEEKABLE, ESPIPE},
    {FILE_ERROR_BROKEN_PIPE, EPIPE},
    {FILE_ERROR_NO_ROOM, ENOSPC},
    {FILE_ERROR_READ_ONLY, EBADF},
    {FILE_ERROR_WRITE_ONLY, EBADF},
    {FILE_ERROR_BACKGROUND, EIO},
    {FILE_ERROR_NOT_A_TERMINAL, ENOTTY},
    {VFS_ERROR_NOT_A_DIRECTORY, ENOTDIR},
    {VFS_ERROR_IS_A_DIRECTORY, EISDIR},
    {VFS_ERROR_NOT_EMPTY, ENOTEMPTY},
    {VFS_ERROR_LOOP, ELOOP},
    {VFS_ERROR_NO_ROOM, ENOSPC},
    {VFS_ERROR_CROSS_DEVICE, EXDEV},
    {VFS_ERROR_BAD_DESCRIPTOR, EBADF},
    {VFS_ERROR_NAME_TOO_LONG, ENAMETOOLONG},
    {VFS_ERROR_NO_DEVICE, ENXIO},
    {MEMORY_ERROR_NO_SPACE, ENOMEM},
    {MEMORY_ERROR_OVERLAP, EEXIST},
    {MEMORY_ERROR_NOT_MAPPED, ENOMEM},
    {MEMORY_ERROR_WRITE_AND_EXECUTE, EACCES},
    {PROCESS_ERROR_NO_PROCESS, ESRCH},
    {PROCESS_ERROR_NO_CHILD, ECHILD},
    {PROCESS_ERROR_BAD_PROGRAM, ENOEXEC},
    {PROCESS_ERROR_TOO_MANY, EAGAIN},
    {PROCESS_ERROR_TOO_DEEP, ELOOP},
    {PROCESS_ERROR_LEADER, EPERM},
};

static int table_find(const struct error_number *table, size_t count, err_t error, err_t mask)
{
    for (size_t i = 0; i < count; i++)
        if ((table[i].error & mask) == (error & mask))
            return table[i].number;
    return 0;
}

#define TABLE_FIND(table, error, mask) \
    table_find(table, sizeof(table) / sizeof((table)[0]), error, mask)

int system_errno(err_t error)
{
    if (!error)
        return 0;
    if (ERR_BLAME(error) != ERR_BLAME(RPC_MALFORMED)) /* the kernel's: the server is gone */
        return ERR_BLAME(error) == BLAME_RESOURCE ? ENOMEM : EIO;
    int number = TABLE_FIND(own, error, ~0u);
    if (!number)
        number = TABLE_FIND(common, error, 0xff);
    return number ? number : EIO;
}

int system_result(err_t error)
{
    if (!error)
        return 0;
    errno = system_errno(error);
    return -1;
}

int system_path_result(const char *path, err_t error)
{
    if (error == RPC_MALFORMED && !*path) {
        errno = ENOENT;
        return -1;
    }
    if (error == RPC_TOO_LARGE) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return system_result(error);
}

/* Whether the wait was ended since the thread was stopped and resumed. */
static bool is_interruption(err_t error)
{
    unsigned code = ERR_CODE(error);

    return ERR_BLAME(error) == BLAME_PEER && ERR_TYPE(error) == OBJECT_THREAD &&
           (code == ERROR_OUTCOME_UNKNOWN || code == ERROR_NOT_DELIVERED ||
            code == ERROR_CANCELLED);
}

bool system_repeat(err_t error)
{
    struct process_page *page = process_page();

    if (page->pending & ~page->blocked)
        (void)signals_run();
    return is_interruption(error);
}

bool system_again(err_t *error)
{
    struct process_page *page = process_page();
    bool interrupted = is_interruption(*error);

    if (!interrupted && !(page->pending & ~page->blocked))
        return false;
    struct signals_run run = signals_run();
    if (!interrupted)
        return false;
    if (!run.ran || run.restart)
        return true;
    *error = SYSTEM_INTERRUPTED;
    return false;
}
