/* SPDX-License-Identifier: BSD-2-Clause */
/* The timer server. That a timer isn't early is certain; how late it is depends on the host. */

#include "libsys/timer_client.h"
#include "tests/guest/services/services.h"

#define MILLISECOND 1000000ull
#define LONG 20000 /* milliseconds, for what must come */

static cap_t timer;

static uint32_t timer_new(uint32_t flags)
{
    struct rpc_client client = client_of("timer");
    cap_t signal = signal_new(flags);
    uint32_t number = 0;

    expect_error("timer.create", timer_create(&client, signal, &number), 0);
    cap_drop(signal);
    return number;
}

static void arm(uint32_t number, uint64_t time, uint64_t interval)
{
    uint64_t left = 0;

    if (timer_arm(timer, number, time, interval, &left))
        expect("timer.arm", false);
}

static void test_once(void)
{
    uint32_t number = timer_new(1);
    uint64_t begin = now(), left = 0;

    (void)signals_now();
    arm(number, begin + 20 * MILLISECOND, 0);
    expect("timer.signals", signals_wait(LONG) == 1);
    expect("timer.not before its time", now() >= begin + 20 * MILLISECOND);
    expect("timer.once", signals_wait(50) == 0);
    expect("timer.a time that has passed", (arm(number, 1, 0), signals_wait(LONG) == 1));
    expect_error("timer.arm tells what was left",
                 timer_arm(timer, number, now() + 1000000 * MILLISECOND, 0, &left), 0);
    expect("timer.nothing was", left == 0);
    expect_error("timer.off", timer_arm(timer, number, 0, 0, &left), 0);
    expect("timer.that much was", left > 900000 * MILLISECOND && left <= 1000000 * MILLISECOND);
    expect_error("timer.destroy", timer_destroy(timer, number), 0);
}

/* In which order they were armed doesn't matter. */
static void test_several(void)
{
    uint32_t late = timer_new(1), early = timer_new(2), never = timer_new(4);
    uint64_t begin = now();

    arm(late, begin + 200 * MILLISECOND, 0);
    arm(never, begin + 100000 * MILLISECOND, 0);
    arm(early, begin + 50 * MILLISECOND, 0);
    arm(never, 0, 0);
    uint64_t first = signals_wait(LONG);
    uint64_t flags = first;
    while (!(flags & 1) && now() < begin + LONG * MILLISECOND)
        flags |= signals_wait(LONG);
    expect("timer.the earlier first", (first & 2) && flags == 3);
    arm(late, now() + 100 * MILLISECOND, 0);
    expect_error("timer.destroy one that runs", timer_destroy(timer, late), 0);
    expect("timer.it doesn't signal", signals_wait(200) == 0);
    (void)!timer_destroy(timer, early);
    (void)!timer_destroy(timer, never);
}

static void test_periodic(void)
{
    uint32_t number = timer_new(8);
    uint64_t begin = now();
    int count = 0;

    arm(number, begin + 10 * MILLISECOND, 10 * MILLISECOND);
    while (count < 5 && signals_wait(LONG) == 8)
        count++;
    expect("timer.periodic", count == 5);
    expect("timer.not before its fifth time", now() >= begin + 50 * MILLISECOND);
    expect_error("timer.destroy", timer_destroy(timer, number), 0);
    (void)signals_now();
    expect("timer.its end", signals_wait(50) == 0);
}

static void test_errors(void)
{
    struct rpc_client client = client_of("timer");
    uint32_t number = timer_new(1), count = 1, first = 0;
    cap_t other = program_cap("timer-other"), signal = signal_new(1);
    uint64_t left = 0, time = 0;
    err_t error = 0;

    expect_error("timer.another's", timer_arm(other, number, 1, 0, &left), RPC_BAD_HANDLE);
    expect_error("timer.another's", timer_destroy(other, number), RPC_BAD_HANDLE);
    expect_error("timer.no such", timer_arm(timer, number + 1, 1, 0, &left), RPC_BAD_HANDLE);
    expect_error("timer.too short an interval", timer_arm(timer, number, 1, 99999, &left),
                 RPC_OUT_OF_RANGE);
    expect_error("timer.not a notification", timer_create(&client, program_cap("log"), &first),
                 RPC_MALFORMED);
    expect_error("timer.itself", timer_create(&client, timer, &first), RPC_BAD_HANDLE);
    expect_error("timer.now", timer_now(timer, &time), 0);
    expect("timer.the same clock", time > 0 && time <= now());
    while (count <= TIMERS_MAX && (error = timer_create(&client, signal, &first)) == 0)
        count++;
    expect_error("timer.all are taken", error, RPC_FULL);
    expect("timer.so many", count == TIMERS_MAX);
    /* Their numbers aren't known here: the last, and from it those of the other places. */
    for (uint32_t i = 0; i < TIMERS_MAX; i++)
        for (uint32_t generation = 0; generation < 16; generation++)
            if (timer_destroy(timer, generation * TIMERS_MAX | i) == 0)
                count--;
    expect("timer.all are free again", count == 0);
    expect_error("timer.a number of before", timer_arm(timer, number, 1, 0, &left), RPC_BAD_HANDLE);
    cap_drop(signal);
}

void test_timer(void)
{
    timer = program_cap("timer");
    test_once();
    test_several();
    test_periodic();
    test_errors();
}
