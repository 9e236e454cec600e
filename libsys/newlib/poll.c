/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * poll and select. Each server is asked what can be done, and given the thread's Notification to
 * signal once when something can; then the thread waits for that, and asks again.
 */

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/select.h>
#include <sys/time.h>
#include <unistd.h>

#include "libsys/file_client.h"
#include "libsys/invoke.h"
#include "libsys/newlib/stat.h"
#include "libsys/newlib/system.h"
#include "libsys/newlib/thread.h"
#include "libsys/time.h"

#define POLL_FLAG 2 /* of the Notification; 1 is the thread's own */

/* The thread's Notification with the flag that servers set; 0: can't be had. Given back at once. */
static cap_t poll_cap_take(int *reserved)
{
    *reserved = descriptor_take(3);
    if (*reserved < 0)
        return 0;
    uint32_t slot = (uint32_t)(PROCESS_SLOT_FILE + *reserved);
    if (cnode_mint(PROCESS_CAP(CNODE), slot, thread_self()->notification, RIGHT_NOTIFICATION_SIGNAL,
                   POLL_FLAG)) {
        descriptor_give(*reserved);
        errno = ENOMEM;
        return 0;
    }
    return CAP_OF(slot);
}

static void poll_cap_give(int reserved)
{
    slot_clear((uint32_t)(PROCESS_SLOT_FILE + reserved));
    descriptor_give(reserved);
}

static short events_of(uint32_t ready)
{
    return (short)((ready & FILE_READABLE ? POLLIN | POLLRDNORM : 0) |
                   (ready & FILE_WRITABLE ? POLLOUT | POLLWRNORM : 0) |
                   (ready & FILE_ERROR ? POLLERR : 0) | (ready & FILE_HANG_UP ? POLLHUP : 0));
}

static uint32_t wanted_of(short events)
{
    return (events & (POLLIN | POLLRDNORM) ? FILE_READABLE : 0) |
           (events & (POLLOUT | POLLWRNORM) ? FILE_WRITABLE : 0);
}

/* One descriptor: its revents. */
static void poll_one(struct pollfd *file, cap_t notification)
{
    uint32_t ready = 0;

    file->revents = 0;
    if (file->fd < 0)
        return;
    if (!descriptor_check(file->fd)) {
        file->revents = POLLNVAL;
        return;
    }
    err_t error = SYSTEM_CALL(
        file_poll(system_file(file->fd), wanted_of(file->events), notification, &ready));
    file->revents =
        error ? POLLERR : (short)(events_of(ready) & (file->events | POLLERR | POLLHUP));
}

/* All of them; how many have something. */
static int poll_all(struct pollfd files[], nfds_t count, cap_t notification)
{
    int found = 0;

    for (nfds_t i = 0; i < count; i++) {
        poll_one(&files[i], found ? 0 : notification);
        found += files[i].revents != 0;
    }
    return found;
}

/* Until something can be done or the time has come (0: none). */
static int poll_until(struct pollfd files[], nfds_t count, uint64_t until)
{
    int reserved, found;
    cap_t notification = poll_cap_take(&reserved);
    uint64_t flags = 0;

    if (!notification)
        return -1;
    while ((found = poll_all(files, count, notification)) == 0) {
        if (system_wait(until, &flags) == SYSTEM_INTERRUPTED) {
            errno = EINTR;
            found = -1;
            break;
        }
        if (!flags && until && time_ticks() >= until) {
            found = poll_all(files, count, 0);
            break;
        }
    }
    poll_cap_give(reserved);
    return found;
}

int poll(struct pollfd files[], nfds_t count, int timeout)
{
    if (timeout == 0)
        return poll_all(files, count, 0);
    return poll_until(files, count, timeout < 0 ? 0 : system_deadline((uint64_t)timeout * 1000000));
}

/* ---- select ---------------------------------------------------------------------------------- */

static nfds_t select_collect(int count, const fd_set *readers, const fd_set *writers,
                             struct pollfd files[])
{
    nfds_t used = 0;

    for (int i = 0; i < count; i++) {
        short events = (short)((readers && FD_ISSET(i, readers) ? POLLIN : 0) |
                               (writers && FD_ISSET(i, writers) ? POLLOUT : 0));
        if (events)
            files[used++] = (struct pollfd){.fd = i, .events = events};
    }
    return used;
}

static int select_tell(const struct pollfd files[], nfds_t used, fd_set *readers, fd_set *writers)
{
    int found = 0;

    if (readers)
        FD_ZERO(readers);
    if (writers)
        FD_ZERO(writers);
    for (nfds_t i = 0; i < used; i++) {
        if (readers && files[i].events & POLLIN &&
            files[i].revents & (POLLIN | POLLHUP | POLLERR)) {
            FD_SET(files[i].fd, readers);
            found++;
        }
        if (writers && files[i].events & POLLOUT && files[i].revents & (POLLOUT | POLLERR)) {
            FD_SET(files[i].fd, writers);
            found++;
        }
    }
    return found;
}

static int select_until(int count, fd_set *readers, fd_set *writers, fd_set *errors, int64_t time)
{
    struct pollfd files[FD_SETSIZE];

    if (count < 0 || count > FD_SETSIZE) {
        errno = EINVAL;
        return -1;
    }
    nfds_t used = select_collect(count, readers, writers, files);
    int found = time == 0 ? poll_all(files, used, 0)
                          : poll_until(files, used, time < 0 ? 0 : system_deadline((uint64_t)time));
    if (found < 0)
        return -1;
    for (nfds_t i = 0; i < used; i++) {
        if (files[i].revents & POLLNVAL) {
            errno = EBADF;
            return -1;
        }
    }
    if (errors)
        FD_ZERO(errors);
    return select_tell(files, used, readers, writers);
}

int select(int count, fd_set *readers, fd_set *writers, fd_set *errors, struct timeval *time)
{
    return select_until(count, readers, writers, errors,
                        time ? time->tv_sec * NANOSECONDS + time->tv_usec * 1000 : -1);
}

int pselect(int count, fd_set *readers, fd_set *writers, fd_set *errors,
            const struct timespec *time, const sigset_t *mask)
{
    sigset_t before;

    if (mask)
        sigprocmask(SIG_SETMASK, mask, &before);
    int found = select_until(count, readers, writers, errors,
                             time ? time->tv_sec * NANOSECONDS + time->tv_nsec : -1);
    if (mask)
        sigprocmask(SIG_SETMASK, &before, NULL);
    return found;
}
