/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See clock.h. Where nanoseconds come from the kernel they cost a system call; so what was asked
 * less than a millisecond ago, by the TSC, is said again.
 */

#include "servers/vfs/clock.h"

#include "libsys/program.h"
#include "libsys/time.h"

static uint64_t boot; /* on that scale; wraps like unsigned numbers */
static uint64_t last_nanoseconds, last_ticks;
static cap_t own_time;

int64_t clock_now(void)
{
    uint64_t ticks = time_ticks();

    if (own_time == 0)
        own_time = program_cap("time");
    if (last_ticks == 0 || ticks - last_ticks > program_info()->tsc_khz) {
        (void)!time_now(&program_info()->time, own_time, &last_nanoseconds);
        last_ticks = ticks;
    }
    return (int64_t)(boot + last_nanoseconds);
}

void clock_set(int64_t nanoseconds, uint64_t since_boot)
{
    boot = (uint64_t)nanoseconds - since_boot;
}
