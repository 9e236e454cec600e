/* SPDX-License-Identifier: BSD-2-Clause */
/* See clock.h. */

#include "servers/vfs/clock.h"

#include "libsys/program.h"
#include "libsys/time.h"

static uint64_t boot; /* on that scale; wraps like unsigned numbers */
static cap_t own_time;

int64_t clock_now(void)
{
    uint64_t nanoseconds = 0;

    if (own_time == 0)
        own_time = program_cap("time");
    (void)!time_now(&program_info()->time, own_time, &nanoseconds);
    return (int64_t)(boot + nanoseconds);
}

void clock_set(int64_t nanoseconds, uint64_t since_boot)
{
    boot = (uint64_t)nanoseconds - since_boot;
}
