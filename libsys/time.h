/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time: ticks of the TSC, and nanoseconds since boot. A program's page has what is needed:
 * &program_info()->time.
 *
 * Where the TSC is invariant, reading it is all: no system call. Where it isn't, it may change its
 * speed, or stand still while the processor sleeps. Then nanoseconds come from the kernel, which
 * reads another clock (its boot log says which), and ticks are good for short times only.
 *
 * Budgets, slices and deadlines are counted in ticks, always. Without an invariant TSC they are as
 * long as it makes them: longer while the processor runs slower than at boot or sleeps.
 */
#ifndef LIBSYS_TIME_H
#define LIBSYS_TIME_H

#include "kernel/abi/time.h"
#include "libsys/invoke.h"

/* Ticks now. Like any instruction without an order to others, it may be early by a few. */
static inline uint64_t time_ticks(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

/* The largest number stands for all that are larger. Exact as kernel/abi/time.h says. */
static inline uint64_t time_scaled(struct time_scale scale, uint64_t value)
{
    unsigned __int128 wide = time_scale_wide(scale, value);

    return wide > UINT64_MAX ? UINT64_MAX : (uint64_t)wide;
}

static inline uint64_t time_to_nanoseconds(const struct time_info *info, uint64_t ticks)
{
    return time_scaled(info->to_nanoseconds, ticks);
}

static inline uint64_t time_to_ticks(const struct time_info *info, uint64_t nanoseconds)
{
    return time_scaled(info->to_ticks, nanoseconds);
}

/*
 * Nanoseconds since boot, never less than before. `time` is any SchedContext of the program; with
 * an invariant TSC it isn't used, and nothing can fail.
 */
static inline err_t time_now(const struct time_info *info, cap_t time, uint64_t *nanoseconds)
{
    if (!info->invariant)
        return sched_context_clock(time, nanoseconds);
    *nanoseconds = time_to_nanoseconds(info, time_ticks() - info->entry);
    return 0;
}

/*
 * For sched_context_deadline: the TSC value so many nanoseconds from `ticks` on, not earlier by the
 * TSC. What would be too late for the clock is its last value.
 */
static inline uint64_t time_deadline(const struct time_info *info, uint64_t ticks,
                                     uint64_t nanoseconds)
{
    uint64_t deadline;

    if (__builtin_add_overflow(ticks, time_to_ticks(info, nanoseconds), &deadline) ||
        deadline == UINT64_MAX)
        return UINT64_MAX;
    return deadline + 1;
}

#endif
