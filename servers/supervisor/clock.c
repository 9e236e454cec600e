/* SPDX-License-Identifier: BSD-2-Clause */
/* See clock.h. */

#include "servers/supervisor/clock.h"

#include "libsys/invoke.h"
#include "libsys/names.h"
#include "libsys/program.h"
#include "libsys/time.h"
#include "servers/supervisor/policy.h"

#define PRIORITY 191 /* above the main thread's */

/* The waiting thread's; `deadline` is written by the main thread. */
static struct {
    cap_t time, wake, tick;
    volatile uint64_t deadline; /* TSC; 0: none */
} ticker;

static char stack[2048] __attribute__((aligned(16)));

static cap_t own_time(void)
{
    static cap_t time;

    if (!time)
        time = program_cap("time");
    return time;
}

uint64_t clock_now(void)
{
    uint64_t now = 0;

    (void)!time_now(&program_info()->time, own_time(), &now);
    return now;
}

void clock_limit(uint64_t nanoseconds)
{
    uint64_t deadline = time_deadline(&program_info()->time, time_ticks(), nanoseconds);

    (void)!sched_context_deadline(own_time(), deadline);
}

void clock_unlimited(void)
{
    (void)!sched_context_deadline(own_time(), 0);
}

/* A wait that ends by its deadline is the tick; one that ends by a signal has another deadline. */
static _Noreturn void ticker_main(void)
{
    uint64_t flags;

    for (;;) {
        uint64_t deadline = ticker.deadline;
        (void)!sched_context_deadline(ticker.time, deadline);
        if (notification_wait(ticker.wake, &flags) == 0)
            continue;
        __atomic_compare_exchange_n(&ticker.deadline, &deadline, 0, false, __ATOMIC_RELAXED,
                                    __ATOMIC_RELAXED);
        (void)!signal_flags(ticker.tick);
    }
}

static err_t thread_make(struct memory *memory, cap_t *thread)
{
    cap_t cnode = program_cap("cnode"), wake = 0;
    uint32_t slot = slots_take(memory->slots, 1);
    err_t error = memory_make_one(memory, OBJECT_THREAD, program_info()->thread_bits, thread);

    if (!error)
        error = memory_make_one(memory, OBJECT_SCHED_CONTEXT, object_bits(OBJECT_SCHED_CONTEXT),
                                &ticker.time);
    if (!error)
        error =
            memory_make_one(memory, OBJECT_NOTIFICATION, object_bits(OBJECT_NOTIFICATION), &wake);
    if (!error)
        error = cnode_mint(cnode, slot, wake, RIGHT_ALL, 1);
    ticker.wake = CAP_OF(slot);
    if (!error)
        error = thread_set_space(*thread, cnode, program_cap("vspace"));
    return error;
}

err_t clock_make(struct memory *memory)
{
    uint64_t top = (uint64_t)(stack + sizeof(stack)) - 8;
    cap_t thread = 0;
    err_t error = thread_make(memory, &thread);

    if (!error)
        error = sched_context_configure(ticker.time, program_cap("cpu"), PRIORITY, 0);
    if (!error)
        error = thread_set_sched(thread, ticker.time);
    if (!error)
        error = thread_start(thread, (uint64_t)ticker_main, top, 0, 0);
    return error;
}

void clock_start(cap_t tick)
{
    ticker.tick = tick;
}

void clock_wake(uint64_t time)
{
    uint64_t now = clock_now(), deadline = 0;

    if (time != POLICY_NEVER)
        deadline = time_deadline(&program_info()->time, time_ticks(), time > now ? time - now : 0);
    if (deadline == ticker.deadline)
        return;
    ticker.deadline = deadline;
    (void)!signal_flags(ticker.wake);
}
