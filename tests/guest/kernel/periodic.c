/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sets of periodic tasks, held against response-time analysis (Joseph, Pandya: "Finding response
 * times in a real-time system", 1986): the worst response of a task is the least R with
 *
 *   R = C + sum over those of higher priority of ceil(R / Tj) Cj
 *
 * and comes about when all are released at once, as they are here. It needs a clock that says how
 * long a victim worked: QEMU's with -icount. Elsewhere the same sets run, and only what doesn't
 * depend on the clock is looked at.
 *
 * The kernel's own work is counted as the tasks': each C is what a job takes when it's alone, and
 * OVERHEAD more, for the interrupts of its release and end.
 */

#include "tests/guest/kernel/await.h"
#include "tests/guest/kernel/time.h"
#include "tests/guest/kernel/worker.h"

#define TASKS 3
#define JOBS 24
#define OVERHEAD 12 /* microseconds: 12,000 instructions */

/* Microseconds; the highest priority first. */
struct set {
    uint64_t work[TASKS], period[TASKS];
};

static unsigned priority_of(unsigned i)
{
    return PRIORITY_HIGH - 10 * i;
}

/* It sleeps between its jobs: so the runner has to sleep by the clock. */
static void await_jobs(struct task *task)
{
    for (unsigned i = 0; task->report.count == 0 && i < LOOKS_MAX; i++) {
        await_time(tsc() + ticks_of(2000));
        runner_sleep(50);
    }
    expect_done(task);
    EXPECT_EQUAL(work_of(task)->errors, 0);
}

/* Ticks of a job's response when nobody else runs. */
static uint64_t alone(uint64_t units)
{
    struct task *task = worker_periodic(PRIORITY_HIGH, units, ticks_of(50000), 2);

    worker_start_periodic(task, tsc() + ticks_of(1000));
    await_time(tsc() + ticks_of(40000)); /* nor does the runner, to look how far it is */
    await_jobs(task);
    return work_of(task)->first;
}

/* How many units take a millisecond. */
static uint64_t units_per_millisecond(void)
{
    uint64_t ticks = alone(200000) - alone(100000);

    return 100000 * ticks_of(1000) / ticks;
}

static uint64_t response(const uint64_t *work, const uint64_t *period, unsigned task)
{
    uint64_t before = 0, now = work[task];

    while (now != before && now <= period[task]) {
        before = now;
        now = work[task];
        for (unsigned i = 0; i < task; i++)
            now += (before + period[i] - 1) / period[i] * work[i];
    }
    return now;
}

/* Ticks: at least what the work itself takes, at most that and the overhead. */
struct bounds {
    uint64_t low[TASKS], high[TASKS];
};

static struct bounds bounds_of(const struct set *set)
{
    uint64_t low[TASKS], high[TASKS], period[TASKS];
    struct bounds bounds;

    for (unsigned i = 0; i < TASKS; i++) {
        low[i] = ticks_of(set->work[i]) - ticks_of(set->work[i]) / 200;
        high[i] = ticks_of(set->work[i] + OVERHEAD);
        period[i] = ticks_of(set->period[i]);
    }
    for (unsigned i = 0; i < TASKS; i++) {
        bounds.low[i] = response(low, period, i);
        bounds.high[i] = response(high, period, i);
    }
    return bounds;
}

/* Run a set; the work of the first is so many times as much as it has a budget for. */
static void run_set(const struct set *set, struct task *task[TASKS], unsigned overrun)
{
    uint64_t units = time_is_exact() ? units_per_millisecond() : 1000;

    for (unsigned i = 0; i < TASKS; i++) {
        uint64_t jobs = JOBS * set->period[0] / set->period[i] + 1;
        uint64_t most = i == 0 && overrun > 1 ? 0 : jobs;
        task[i] =
            worker_periodic(priority_of(i), units * set->work[i] * (i == 0 ? overrun : 1) / 1000,
                            ticks_of(set->period[i]), most);
        time_limit(task[i]->sched, priority_of(i), set->work[i] + OVERHEAD, set->period[i]);
    }
    uint64_t release = tsc() + ticks_of(10000);
    for (unsigned i = 0; i < TASKS; i++)
        worker_start_periodic(task[i], release);
    /* The runner, which is above them all, doesn't look at them before the last has its time. */
    await_time(release + ticks_of(JOBS * set->period[0] + set->period[TASKS - 1]));
    for (unsigned i = overrun > 1; i < TASKS; i++) {
        await_jobs(task[i]);
    }
}

static void expect_analysis(const struct set *set)
{
    struct task *task[TASKS];
    struct bounds bounds = bounds_of(set);

    time_need_fast();
    run_set(set, task, 1);
    if (!time_is_exact())
        return;
    for (unsigned i = 0; i < TASKS; i++) {
        uint64_t worst = work_of(task[i])->worst, first = work_of(task[i])->first;
        if (worst > bounds.high[i] || first < bounds.low[i])
            FAIL("task %u: first response %lu, worst %lu; the analysis says %lu to %lu", i + 1,
                 first, worst, bounds.low[i], bounds.high[i]);
        EXPECT(worst <= ticks_of(set->period[i]));
    }
}

/* 0.71 of the time; the last is interrupted by both others. */
static void usual(void)
{
    expect_analysis(&(struct set){{1000, 1500, 2200}, {4000, 6000, 12000}});
}

/* 0.9, in periods that divide each other. */
static void harmonic(void)
{
    expect_analysis(&(struct set){{800, 1000, 2000}, {2000, 4000, 8000}});
}

/* The bound of Liu and Layland (1973) for three, 0.78, with the periods that make it the worst. */
static void worst_periods(void)
{
    expect_analysis(&(struct set){{1280, 1620, 2020}, {5000, 6300, 7930}});
}

/* Cut off at its budget: the others are as late as if it kept to that, and it alone is late. */
static void overrun(void)
{
    const struct set set = {{1000, 1500, 2200}, {4000, 6000, 12000}};
    struct task *task[TASKS];
    struct bounds bounds = bounds_of(&set);

    time_need_fast();
    run_set(&set, task, 5);
    if (!time_is_exact())
        return;
    for (unsigned i = 1; i < TASKS; i++)
        if (work_of(task[i])->worst > bounds.high[i])
            FAIL("task %u: worst response %lu; the analysis says at most %lu", i + 1,
                 work_of(task[i])->worst, bounds.high[i]);
    EXPECT(work_of(task[0])->first > ticks_of(set.period[0]));
}

static const struct test periodic_tests[] = {
    {"a usual set", usual},
    {"harmonic periods", harmonic},
    {"the worst periods", worst_periods},
    {"one overruns its budget", overrun},
};
GROUP("periodic", periodic_tests);
