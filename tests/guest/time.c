/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time, by the TSC and by the kernel: neither goes backwards, and each agrees with the other. The
 * kernel's clock is read between two readings of the TSC, so that it doesn't matter how long the
 * host lets the guest stand still. With the argument "long" it's asked so seldom that a counter of
 * 16 or 24 bits goes round several times meanwhile; that is for machines that count instructions.
 */

#include "libsys/time.h"

#include "kernel/abi/bootinfo.h"
#include "libsys/invoke.h"
#include "libsys/string.h"
#include "tests/guest/check.h"

#define MS 1000000ull /* nanoseconds */
#define TOLERANCE 20  /* a part of the time: the TSC's frequency was measured in 3 ms */
#define READINGS 2000

static const struct time_info *times;
static cap_t own_time;

/* The kernel's clock, and the TSC before and after it. */
struct reading {
    uint64_t before, nanoseconds, after;
};

static struct reading take(void)
{
    struct reading reading = {.before = time_ticks()};

    if (sched_context_clock(own_time, &reading.nanoseconds))
        reading.nanoseconds = 0;
    reading.after = time_ticks();
    return reading;
}

static bool agree(const struct reading *first, const struct reading *second)
{
    uint64_t least = time_to_nanoseconds(times, second->before - first->after);
    uint64_t most = time_to_nanoseconds(times, second->after - first->before);
    uint64_t passed = second->nanoseconds - first->nanoseconds;
    bool good = passed >= least - least / TOLERANCE && passed <= most + most / TOLERANCE;

    if (!good)
        print("time: the kernel's clock went on %lu ns, the TSC %lu to %lu\n", passed, least, most);
    return good;
}

static bool wait_by_ticks(uint64_t nanoseconds)
{
    struct reading first = take();
    uint64_t ticks = time_to_ticks(times, nanoseconds);

    while (time_ticks() - first.after < ticks)
        ;
    struct reading second = take();
    return agree(&first, &second);
}

static bool wait_by_kernel(uint64_t nanoseconds)
{
    struct reading first = take(), second;

    do {
        second = take();
    } while (second.nanoseconds - first.nanoseconds < nanoseconds);
    return agree(&first, &second);
}

/* Nobody sets the flag that it waits for. */
static bool sleep(uint64_t nanoseconds)
{
    struct reading first = take();
    uint64_t flags, deadline = time_deadline(times, first.after, nanoseconds);

    if (sched_context_deadline(own_time, deadline))
        return false;
    err_t error = notification_wait(program_cap("quiet"), &flags);
    if (sched_context_deadline(own_time, 0) || ERR_CODE(error) != ERROR_CANCELLED)
        return false;
    struct reading second = take();
    return second.after >= deadline && agree(&first, &second);
}

static bool is_monotonic(void)
{
    uint64_t last = 0, now, asked;

    for (unsigned i = 0; i < READINGS; i++) {
        if (time_now(times, own_time, &now) || now < last)
            return false;
        last = now;
        if (sched_context_clock(own_time, &asked) || (!times->invariant && asked < last))
            return false;
        last = times->invariant ? last : asked;
    }
    return true;
}

static void check_page(const struct program_info *page)
{
    uint64_t second = time_to_nanoseconds(times, page->tsc_khz * 1000), now = 0;

    CHECK("a second's ticks are a second", second == 1000 * MS);
    CHECK("a second has its ticks", time_to_ticks(times, 1000 * MS) == page->tsc_khz * 1000);
    CHECK("the flag is the processor's",
          times->invariant == ((page->features & BOOT_FEATURE_TSC_INVARIANT) != 0));
    CHECK("time began at the kernel's entry", times->entry == page->tsc_entry);
    if (times->invariant)
        CHECK("no capability is needed", time_now(times, 0, &now) == 0 && now > 0);
    else
        check_error("without a capability", time_now(times, 0, &now), ERROR_INVALID_CAPABILITY);
}

int main(const struct program_info *info)
{
    bool is_long = string_equal(program_text(info->arguments), "long");

    times = &info->time;
    own_time = program_cap("time");
    check_page(info);
    CHECK("never backwards", is_monotonic());
    CHECK("1 ms by the TSC", wait_by_ticks(MS));
    CHECK("1 ms by the kernel", wait_by_kernel(MS));
    CHECK("20 ms by the TSC", wait_by_ticks(20 * MS));
    CHECK("20 ms by the kernel", wait_by_kernel(20 * MS));
    CHECK("asleep for 20 ms", sleep(20 * MS));
    if (is_long) {
        CHECK("300 ms without a look", wait_by_ticks(300 * MS));
        CHECK("asleep for 15 s", sleep(15000 * MS));
    }
    return check_failures;
}
