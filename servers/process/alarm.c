/* SPDX-License-Identifier: BSD-2-Clause */
/* See alarm.h. */

#include "servers/process/alarm.h"

#include "libsys/invoke.h"
#include "libsys/log.h"
#include "libsys/timer_client.h"
#include "servers/process/life.h"
#include "servers/process/server.h"
#include "servers/process/signal.h"

#define SOON 1000000u
#define INTERVAL_MIN 1000000u

static struct {
    bool made, refused;
    uint32_t number;
    uint64_t armed; /* for when; 0: it isn't */
    uint64_t soon;  /* when signals are to be looked at; 0: needn't be */
} timer;

/* Our Notification with the timer's flag, for as long as the call takes. */
static err_t timer_make(void)
{
    struct rpc_client client = {own.timer, own.vfs.context};
    uint32_t slot = slots_take(&own.slots, 1);

    if (!own.timer || !slot)
        return RPC_UNSUPPORTED;
    err_t error =
        cnode_mint(own.cnode, slot, own.notification, RIGHT_NOTIFICATION_SIGNAL, EVENT_TIMER);
    if (!error)
        error = timer_create(&client, CAP_OF(slot), &timer.number);
    slot_empty(CAP_OF(slot));
    slots_give(&own.slots, slot, 1);
    return error;
}

static err_t timer_ready(void)
{
    if (timer.made)
        return 0;
    err_t error = timer.refused ? RPC_UNSUPPORTED : timer_make();
    timer.made = error == 0;
    if (error && !timer.refused)
        log_failure("no timer: alarms don't ring", error);
    timer.refused = error != 0;
    return error ? RPC_UNSUPPORTED : 0;
}

static uint64_t earliest(void)
{
    uint64_t time = timer.soon;

    FOR_EACH_PROCESS(p)
        if (p->alarm && (!time || p->alarm < time))
            time = p->alarm;
    return time;
}

static void timer_set(void)
{
    uint64_t time = earliest(), left;

    if (time == timer.armed || timer_ready())
        return;
    timer.armed = time;
    (void)!timer_arm(own.timer, timer.number, time, 0, &left);
}

err_t alarm_set(struct process *process, uint64_t nanoseconds, uint64_t interval, uint64_t *left)
{
    uint64_t now = clock_now();

    *left = process->alarm > now ? process->alarm - now : process->alarm != 0;
    if (nanoseconds && timer_ready())
        return RPC_UNSUPPORTED;
    if (interval && interval < INTERVAL_MIN)
        interval = INTERVAL_MIN;
    process->alarm_interval = nanoseconds ? interval : 0;
    process->alarm = nanoseconds ? now + nanoseconds : 0;
    if (nanoseconds > UINT64_MAX - now)
        process->alarm = UINT64_MAX;
    if (nanoseconds || *left)
        timer_set();
    return 0;
}

/* The first time after `now`; UINT64_MAX: never. Times that were missed aren't made up for. */
static uint64_t alarm_next(const struct process *process, uint64_t now)
{
    uint64_t interval = process->alarm_interval, next;
    uint64_t late = now - process->alarm;

    if (__builtin_mul_overflow(late / interval + 1, interval, &next) ||
        __builtin_add_overflow(next, process->alarm, &next))
        return UINT64_MAX;
    return next;
}

static void ring(struct process *process, uint64_t now)
{
    process->alarm = process->alarm_interval ? alarm_next(process, now) : 0;
    signal_send(process, SIGNAL_ALRM);
}

void alarm_tick(void)
{
    uint64_t now = clock_now();

    timer.armed = 0;
    if (timer.soon && timer.soon <= now)
        timer.soon = signal_look_again() ? now + SOON : 0;
    FOR_EACH_PROCESS(p)
        if (p->alarm && p->alarm <= now)
            ring(p, now);
    timer_set();
}

void alarm_for_signals(void)
{
    if (!signal_again || timer.soon)
        return;
    timer.soon = clock_now() + SOON;
    timer_set();
}
