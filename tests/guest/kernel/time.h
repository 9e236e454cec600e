/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Budgets, deadlines and shares in cases. All times are of the TSC, which is the kernel's clock;
 * nothing here relies on how far a victim comes in some of it.
 */
#ifndef TESTS_GUEST_KERNEL_TIME_H
#define TESTS_GUEST_KERNEL_TIME_H

#include "tests/guest/kernel/runner.h"

static inline uint64_t tsc(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

uint64_t ticks_of(uint64_t microseconds);

/* The TSC counts instructions, as in QEMU with -icount, and nothing else: times can be told. */
bool time_is_exact(void);

/*
 * Skip the case where the TSC counts less than 100 in a microsecond of the PIT, whatever CPUID says
 * of it. Bochs counts an instruction as a tick, and few of them in its microseconds: the shortest
 * slices and budgets are over there before a switch of threads is.
 */
void time_need_fast(void);

/* What sched_context_info says. */
struct usage {
    uint64_t used;
    int64_t left;
    uint64_t renew, deadline, now;
};
struct usage usage_of(cap_t sched);

/* Limit a SchedContext to a budget in each period, both in microseconds. */
void time_limit(cap_t sched, unsigned priority, uint64_t budget, uint64_t period);
/* The deadline of the task's time becomes so many microseconds from now: the TSC value. */
uint64_t deadline_in(const struct task *task, uint64_t microseconds);

/* Let the victims run until the TSC is past `time`, and all deadlines and renewals that are due by
 * then have been seen to: the runner has a deadline itself. It hears of reports later. */
void await_time(uint64_t time);

#endif
