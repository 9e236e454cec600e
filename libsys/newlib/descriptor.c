/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptors. Each is a slot of the capability table: reading and writing calls whoever serves the
 * file. What the library must remember (kind, close on exec) is a byte in the process page.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

#include "libsys/file_client.h"
#include "libsys/invoke.h"
#include "libsys/newlib/at.h"
#include "libsys/newlib/descriptor.h"
#include "libsys/newlib/lock.h"
#include "libsys/process_client.h"
#include "libsys/vfs_client.h"

/* ---- Numbers --------------------------------------------------------------------------------- */

static struct lock descriptors_lock;

bool descriptor_check(int descriptor)
{
    if (descriptor >= 0 && descriptor < DESCRIPTORS_MAX &&
        (*flags_of(descriptor) & DESCRIPTOR_OPEN))
        return true;
    errno = EBADF;
    return false;
}

/* Have slots for it. */
static int table_reach(int descriptor)
{
    struct process_page *page = process_page();

    while ((uint32_t)descriptor + PROCESS_SLOT_FILE >= page->table_slots) {
        uint32_t slots = 0, before = page->table_slots; /* the server sets it */
        if (system_result(SYSTEM_CALL(process_grow_table(PROCESS_CAP(PROCESS), &slots))))
            return -1;
        if (slots <= before) {
            errno = EMFILE;
            return -1;
        }
        page->table_slots = slots;
    }
    return 0;
}

int descriptor_take(int least)
{
    int found = -1;

    lock_take(&descriptors_lock);
    for (int i = least; i < DESCRIPTORS_MAX && found < 0; i++)
        if (!(*flags_of(i) & DESCRIPTOR_OPEN))
            found = i;
    if (found < 0)
        errno = EMFILE;
    else if (table_reach(found))
        found = -1;
    else
        *flags_of(found) = DESCRIPTOR_OPEN;
    lock_give(&descriptors_lock);
    return found;
}

void descriptor_set(int descriptor, enum file_kind kind, unsigned flags)
{
    *flags_of(descriptor) = (uint8_t)(DESCRIPTOR_OPEN | flags | (unsigned)kind << 4);
}

void descriptor_give(int descriptor)
{
    *flags_of(descriptor) = 0;
}

void slot_clear(uint32_t slot)
{
    (void)!cnode_delete(PROCESS_CAP(CNODE), slot);
}

int close(int descriptor)
{
    if (!descriptor_check(descriptor))
        return -1;
    err_t error = SYSTEM_CALL(vfs_close(PROCESS_CAP(VFS), (uint32_t)descriptor));
    slot_clear((uint32_t)(PROCESS_SLOT_FILE + descriptor));
    descriptor_give(descriptor);
    return system_result(error);
}

/* `to` becomes a copy of `from`; it's reserved, and whatever it was is closed. */
static int duplicate(int from, int to, unsigned flags)
{
    unsigned kind = DESCRIPTOR_KIND(*flags_of(from));
    uint32_t slot = (uint32_t)(PROCESS_SLOT_FILE + to);

    if (system_result(SYSTEM_CALL(vfs_duplicate(PROCESS_CAP(VFS), (uint32_t)from, (uint32_t)to))))
        return -1;
    slot_clear(slot);
    err_t error = cnode_copy(PROCESS_CAP(CNODE), slot, PROCESS_FILE_CAP(from), RIGHT_ALL);
    if (error) {
        (void)!SYSTEM_CALL(vfs_close(PROCESS_CAP(VFS), (uint32_t)to));
        return system_result(error);
    }
    descriptor_set(to, kind, flags | (*flags_of(from) & DESCRIPTOR_NO_WAIT));
    if (kind == FILE_KIND_DIRECTORY && directory_duplicated)
        directory_duplicated(from, to);
    return to;
}

static int duplicate_from(int from, int least, unsigned flags)
{
    if (!descriptor_check(from))
        return -1;
    if (least < 0 || least >= DESCRIPTORS_MAX) {
        errno = EINVAL;
        return -1;
    }
    int to = descriptor_take(least);
    if (to >= 0 && duplicate(from, to, flags) < 0) {
        descriptor_give(to);
        return -1;
    }
    return to;
}

int dup(int from)
{
    return duplicate_from(from, 0, 0);
}

int dup3(int from, int to, int flags)
{
    if (!descriptor_check(from))
        return -1;
    if (to < 0 || to >= DESCRIPTORS_MAX || from == to) {
        errno = from == to ? EINVAL : EBADF;
        return -1;
    }
    if (table_reach(to))
        return -1;
    uint8_t before = *flags_of(to);
    *flags_of(to) |= DESCRIPTOR_OPEN;
    if (duplicate(from, to, flags & O_CLOEXEC ? DESCRIPTOR_CLOSE_ON_EXEC : 0) < 0) {
        *flags_of(to) = before;
        return -1;
    }
    return to;
}

int dup2(int from, int to)
{
    if (from == to)
        return descriptor_check(from) ? to : -1;
    return dup3(from, to, 0);
}

int pipe2(int descriptor[2], int flags)
{
    unsigned own = (flags & O_CLOEXEC ? DESCRIPTOR_CLOSE_ON_EXEC : 0) |
                   (flags & O_NONBLOCK ? DESCRIPTOR_NO_WAIT : 0);
    int reader = descriptor_take(0), writer = reader < 0 ? -1 : descriptor_take(reader + 1);

    if (writer >= 0 &&
        !system_result(SYSTEM_CALL(vfs_pipe(system_vfs(), (uint32_t)reader, (uint32_t)writer,
                                            flags & O_NONBLOCK ? OPEN_NO_WAIT : 0,
                                            PROCESS_FILE_CAP(reader), PROCESS_FILE_CAP(writer))))) {
        descriptor_set(reader, FILE_KIND_PIPE, own);
        descriptor_set(writer, FILE_KIND_PIPE, own);
        descriptor[0] = reader;
        descriptor[1] = writer;
        return 0;
    }
    if (reader >= 0)
        descriptor_give(reader);
    if (writer >= 0)
        descriptor_give(writer);
    return -1;
}

int pipe(int descriptor[2])
{
    return pipe2(descriptor, 0);
}

static int status_flags_get(int descriptor)
{
    static const int access[] = {0, O_RDONLY, O_WRONLY, O_RDWR};
    uint32_t flags = OPEN_READ | OPEN_WRITE;

    if (DESCRIPTOR_KIND(*flags_of(descriptor)) != FILE_KIND_TERMINAL &&
        system_result(SYSTEM_CALL(file_flags(PROCESS_FILE_CAP(descriptor), &flags))))
        return -1;
    return access[flags & (OPEN_READ | OPEN_WRITE)] | (flags & OPEN_APPEND ? O_APPEND : 0) |
           (*flags_of(descriptor) & DESCRIPTOR_NO_WAIT ? O_NONBLOCK : 0);
}

static int status_flags_set(int descriptor, int flags)
{
    uint8_t *own = flags_of(descriptor);

    *own = (uint8_t)((*own & ~DESCRIPTOR_NO_WAIT) | (flags & O_NONBLOCK ? DESCRIPTOR_NO_WAIT : 0));
    if (DESCRIPTOR_KIND(*own) == FILE_KIND_TERMINAL || DESCRIPTOR_KIND(*own) == FILE_KIND_CHARACTER)
        return 0;
    return system_result(SYSTEM_CALL(
        file_set_flags(PROCESS_FILE_CAP(descriptor), flags & O_APPEND ? OPEN_APPEND : 0)));
}

static int close_on_exec_set(int descriptor, int flag)
{
    uint8_t *own = flags_of(descriptor);

    *own = (uint8_t)((*own & ~DESCRIPTOR_CLOSE_ON_EXEC) |
                     (flag & FD_CLOEXEC ? DESCRIPTOR_CLOSE_ON_EXEC : 0));
    return 0;
}

int fcntl(int descriptor, int command, ...)
{
    va_list arguments;
    int argument;

    va_start(arguments, command);
    argument = va_arg(arguments, int);
    va_end(arguments);
    if (!descriptor_check(descriptor))
        return -1;
    switch (command) {
    case F_DUPFD:
        return duplicate_from(descriptor, argument, 0);
    case F_DUPFD_CLOEXEC:
        return duplicate_from(descriptor, argument, DESCRIPTOR_CLOSE_ON_EXEC);
    case F_GETFD:
        return *flags_of(descriptor) & DESCRIPTOR_CLOSE_ON_EXEC ? FD_CLOEXEC : 0;
    case F_SETFD:
        return close_on_exec_set(descriptor, argument);
    case F_GETFL:
        return status_flags_get(descriptor);
    case F_SETFL:
        return status_flags_set(descriptor, argument);
    default:
        errno = EINVAL;
        return -1;
    }
}
