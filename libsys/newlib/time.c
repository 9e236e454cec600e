/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clocks and sleeping. Time is read without a system call where the TSC is invariant; sleeping is a
 * wait for the thread's own Notification with a deadline: no server is asked.
 */

#include "libsys/time.h"

#include <errno.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "libsys/newlib/stat.h"
#include "libsys/newlib/system.h"
#include "libsys/newlib/thread.h"
#include "libsys/process_client.h"

#ifndef CLOCK_PROCESS_CPUTIME_ID
#define CLOCK_PROCESS_CPUTIME_ID ((clockid_t)2)
#endif

static uint64_t since_boot(void)
{
    uint64_t nanoseconds = 0;

    (void)!time_now(&process_page()->clock, thread_self()->time, &nanoseconds);
    return nanoseconds;
}

static void timespec_set(struct timespec *time, int64_t nanoseconds)
{
    time->tv_sec = nanoseconds / NANOSECONDS;
    time->tv_nsec = nanoseconds % NANOSECONDS;
}

/* Nanoseconds that this process has used. */
static int time_used(uint64_t *nanoseconds)
{
    struct process_info info = {0};

    if (system_result(SYSTEM_CALL(process_info(system_process(), 0, &info))))
        return -1;
    *nanoseconds = time_to_nanoseconds(&process_page()->clock, info.ticks);
    return 0;
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
    uint64_t used;

    switch (clock) {
    case CLOCK_REALTIME:
        timespec_set(time, process_page()->wall_clock + (int64_t)since_boot());
        return 0;
    case CLOCK_MONOTONIC:
        timespec_set(time, (int64_t)since_boot());
        return 0;
    case CLOCK_PROCESS_CPUTIME_ID:
        if (time_used(&used))
            return -1;
        timespec_set(time, (int64_t)used);
        return 0;
    default:
        errno = EINVAL;
        return -1;
    }
}

int clock_getres(clockid_t clock, struct timespec *resolution)
{
    (void)clock;
    timespec_set(resolution, 1);
    return 0;
}

int gettimeofday(struct timeval *time, void *zone)
{
    struct timespec now;

    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return 0;
}

clock_t clock(void)
{
    uint64_t used;

    return time_used(&used) ? (clock_t)-1 : (clock_t)(used / (1000000000 / CLOCKS_PER_SEC));
}

/* ---- Waiting --------------------------------------------------------------------------------- */

uint64_t system_deadline(uint64_t nanoseconds)
{
    return time_deadline(&process_page()->clock, time_ticks(), nanoseconds);
}

err_t system_wait(uint64_t until, uint64_t *flags)
{
    const struct thread *thread = thread_self();
    err_t error;

    *flags = 0;
    if (until && time_ticks() >= until)
        return 0;
    (void)!sched_context_deadline(thread->time, until);
    error = notification_wait(thread->notification, flags);
    (void)!sched_context_deadline(thread->time, 0);
    if (error && ERR_TYPE(error) == OBJECT_SCHED_CONTEXT)
        return 0;
    if (error || process_page()->pending & ~process_page()->blocked) {
        struct signals_run run = signals_run();
        return run.ran ? SYSTEM_INTERRUPTED : 0;
    }
    return 0;
}

static int sleep_for(uint64_t nanoseconds, uint64_t *left)
{
    uint64_t until = since_boot() + nanoseconds, now, flags;

    while ((now = since_boot()) < until) {
        if (system_wait(system_deadline(until - now), &flags) == SYSTEM_INTERRUPTED) {
            now = since_boot();
            *left = now < until ? until - now : 0;
            errno = EINTR;
            return -1;
        }
    }
    *left = 0;
    return 0;
}

int nanosleep(const struct timespec *time, struct timespec *rest)
{
    uint64_t left;

    if (time->tv_sec < 0 || time->tv_nsec < 0 || time->tv_nsec >= NANOSECONDS) {
        errno = EINVAL;
        return -1;
    }
    int result = sleep_for((uint64_t)time->tv_sec * NANOSECONDS + (uint64_t)time->tv_nsec, &left);
    if (result && rest)
        timespec_set(rest, (int64_t)left);
    return result;
}

unsigned sleep(unsigned seconds)
{
    uint64_t left;

    (void)sleep_for(seconds * 1000000000ull, &left);
    return (unsigned)((left + 999999999) / 1000000000);
}

int usleep(useconds_t microseconds)
{
    uint64_t left;

    return sleep_for(microseconds * 1000ull, &left);
}
