/* SPDX-License-Identifier: BSD-2-Clause */
/* When callers that wait for a time are looked at: the timer server signals `work`. */

#include "libsys/invoke.h"
#include "libsys/log.h"
#include "libsys/program.h"
#include "libsys/time.h"
#include "libsys/timer_client.h"
#include "servers/console/console.h"

#define DRAIN_NANOSECONDS 10000000ull /* how often it's looked whether the line has sent all */

static struct {
    cap_t timer, time;
    uint32_t number;
    uint64_t armed; /* when it will signal; NEVER */
} timing;

void timing_init(void)
{
    struct rpc_client client = {.cap = program_cap("timer"), .context = &console.context};

    timing.time = program_cap("time");
    timing.armed = NEVER;
    if (client.cap == 0)
        return;
    err_t error = timer_create(&client, console_flag(WORK_TIMER), &timing.number);
    if (error)
        log_failure("a timer", error);
    else
        timing.timer = client.cap;
}

uint64_t timing_now(void)
{
    uint64_t now = 0;

    (void)!time_now(&program_info()->time, timing.time, &now);
    return now;
}

void timing_limit(uint64_t nanoseconds)
{
    const struct time_info *time = &program_info()->time;
    uint64_t deadline = nanoseconds ? time_deadline(time, time_ticks(), nanoseconds) : 0;

    (void)!sched_context_deadline(timing.time, deadline);
}

void timing_arm(void)
{
    if (!waiters_any())
        return;
    uint64_t next = waiters_deadline(), left;
    uint64_t now = timing.armed != NEVER || waiters_drain() ? timing_now() : 0;

    if (timing.armed <= now)
        timing.armed = NEVER;
    if (waiters_drain() && next > now + DRAIN_NANOSECONDS)
        next = now + DRAIN_NANOSECONDS;
    if (!timing.timer || next == NEVER || timing.armed <= next)
        return;
    if (timer_arm(timing.timer, timing.number, next, 0, &left) == 0)
        timing.armed = next;
}
