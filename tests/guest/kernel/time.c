/* SPDX-License-Identifier: BSD-2-Clause */
/* The operations that give out time: shares of a CPU, budgets, what was used. See time.h. */

#include "tests/guest/kernel/time.h"

#include "libsys/program.h"
#include "tests/guest/kernel/pit.h"

#define ALL 1000000 /* a share */
#define MILLISECOND 1000000ull

uint64_t ticks_of(uint64_t microseconds)
{
    return microseconds * program_info()->tsc_khz / 1000;
}

static uint64_t loop_ticks(void)
{
    uint64_t begin = tsc();

    for (unsigned i = 0; i < 1000; i++)
        __asm__ volatile("");
    return tsc() - begin;
}

bool time_is_exact(void)
{
    uint64_t ticks = loop_ticks();

    for (unsigned i = 0; i < 3; i++)
        if (loop_ticks() != ticks)
            return false;
    return ticks < 10000;
}

void time_need_fast(void)
{
    pit_once(10000);
    uint64_t begin = tsc();
    while (!pit_over())
        ;
    if (tsc() - begin < 10000 * 100)
        test_skip("too slow a CPU for its slices and budgets");
}

struct usage usage_of(cap_t sched)
{
    struct usage usage;
    uint64_t left;

    OK(sched_context_info, sched, &usage.used, &left, &usage.renew, &usage.deadline, &usage.now);
    usage.left = (int64_t)left;
    return usage;
}

void time_limit(cap_t sched, unsigned priority, uint64_t budget, uint64_t period)
{
    OK(sched_context_limit, sched, own.cpu, priority, 0, budget * 1000, period * 1000);
}

uint64_t deadline_in(const struct task *task, uint64_t microseconds)
{
    uint64_t time = tsc() + ticks_of(microseconds);

    OK(sched_context_deadline, task->sched, time);
    return time;
}

void await_time(uint64_t time)
{
    cap_t nothing = case_make(OBJECT_NOTIFICATION, 0);
    uint64_t flags;

    OK(sched_context_deadline, own.time, time + 1);
    FAILS(CANCELLED, 0, SCHED_CONTEXT, notification_wait, nothing, &flags);
    OK(sched_context_deadline, own.time, 0);
    OK(cnode_delete, own.cnode, CAP_INDEX(nothing));
}

/* ---- What may be asked for ---- */

static void limit_errors(void)
{
    cap_t sched = case_make(OBJECT_SCHED_CONTEXT, 0), cpu = own.cpu;
    const uint64_t period = 10 * MILLISECOND;

    FAILS(OUT_OF_RANGE, 2, NOTHING, sched_context_limit, sched, cpu, 251, 0, 1000, period);
    FAILS(OUT_OF_RANGE, 2, NOTHING, sched_context_limit, sched, cpu, 1ull << 32, 0, 1000, period);
    FAILS(OUT_OF_RANGE, 3, NOTHING, sched_context_limit, sched, cpu, 5, 9999, 1000, period);
    FAILS(OUT_OF_RANGE, 3, NOTHING, sched_context_limit, sched, cpu, 5, 1000000001, 1000, period);
    FAILS(OUT_OF_RANGE, 4, NOTHING, sched_context_limit, sched, cpu, 5, 0, 0, period);
    FAILS(OUT_OF_RANGE, 4, NOTHING, sched_context_limit, sched, cpu, 5, 0, 999, period);
    FAILS(OUT_OF_RANGE, 4, NOTHING, sched_context_limit, sched, cpu, 5, 0, period + 1, period);
    FAILS(OUT_OF_RANGE, 4, NOTHING, sched_context_limit, sched, cpu, 5, 0, -1ull, period);
    FAILS(OUT_OF_RANGE, 5, NOTHING, sched_context_limit, sched, cpu, 5, 0, 1000, 99999);
    FAILS(OUT_OF_RANGE, 5, NOTHING, sched_context_limit, sched, cpu, 5, 0, 1000, 60000000001);
    FAILS(OUT_OF_RANGE, 5, NOTHING, sched_context_limit, sched, cpu, 5, 0, 1000, -1ull);
    struct usage usage = usage_of(sched);
    EXPECT(usage.used == 0 && usage.left == 0 && usage.renew == 0 && usage.deadline == 0);

    OK(sched_context_limit, sched, cpu, 250, 10000, 1000, 100000);
    OK(sched_context_limit, sched, cpu, 0, 0, 60000000000, 60000000000);
}

/* A budget is whole at once, and its period begins. */
static void info(void)
{
    cap_t sched = case_make(OBJECT_SCHED_CONTEXT, 0);
    uint64_t before = tsc();

    time_limit(sched, 5, 200, 3000);
    struct usage usage = usage_of(sched);
    EXPECT_EQUAL(usage.used, 0);
    EXPECT_EQUAL(usage.left, ticks_of(200));
    EXPECT(usage.renew >= before + ticks_of(3000) && usage.renew <= usage.now + ticks_of(3000));
    EXPECT(usage.now >= before && usage.now <= tsc());
    OK(sched_context_deadline, sched, 123456);
    EXPECT_EQUAL(usage_of(sched).deadline, 123456);
    OK(sched_context_deadline, sched, -1ull);
    EXPECT_EQUAL(usage_of(sched).deadline, -1ull);
    OK(sched_context_deadline, sched, 0);
    EXPECT_EQUAL(usage_of(sched).deadline, 0);
    OK(sched_context_configure, sched, own.cpu, 5, 0);
    usage = usage_of(sched);
    EXPECT(usage.left == 0 && usage.renew == 0);
}

/* ---- Shares ---- */

static cap_t cpu_make(cap_t from, unsigned priority, uint64_t share)
{
    uint32_t slot = case_slot();

    OK(cpu_limit, from, own.cnode, slot, priority, share);
    return CAP_OF(slot);
}

static void expect_free(cap_t cpu, uint64_t share, uint64_t free)
{
    uint64_t number, priority, khz, has_share, has_free;

    OK(cpu_info, cpu, &number, &priority, &khz, &has_share, &has_free);
    EXPECT_EQUAL(has_share, share);
    EXPECT_EQUAL(has_free, free);
}

static uint64_t free_of(cap_t cpu)
{
    uint64_t number, priority, khz, share, free;

    OK(cpu_info, cpu, &number, &priority, &khz, &share, &free);
    return free;
}

static void share_errors(void)
{
    uint64_t free = free_of(own.cpu);
    cap_t part = cpu_make(own.cpu, 30, 400000), sched = case_make(OBJECT_SCHED_CONTEXT, 0);
    uint32_t slot = case_slot();

    expect_free(part, 400000, 400000);
    EXPECT_EQUAL(free_of(own.cpu), free - 400000);
    FAILS(OUT_OF_RANGE, 4, NOTHING, cpu_limit, own.cpu, own.cnode, slot, 30, 0);
    FAILS(OUT_OF_RANGE, 4, NOTHING, cpu_limit, own.cpu, own.cnode, slot, 30, ALL + 1);
    FAILS(OUT_OF_RANGE, 4, NOTHING, cpu_limit, own.cpu, own.cnode, slot, 30, 1ull << 32);
    FAILS(NO_SHARE, 0, CPU, cpu_limit, own.cpu, own.cnode, slot, 30, free - 400000 + 1);
    FAILS(NO_SHARE, 0, CPU, cpu_limit, part, own.cnode, slot, 30, 400001);
    FAILS(NO_SHARE, 0, CPU, cpu_limit, part, own.cnode, slot, 30, ALL);
    FAILS(NO_SHARE, 1, CPU, sched_context_configure, sched, part, 5, 0);
    FAILS(NO_SHARE, 1, CPU, sched_context_limit, sched, part, 5, 0, 400001, MILLISECOND);
    EXPECT(case_is_empty(CAP_OF(slot)));
    expect_free(part, 400000, 400000);
    OK(sched_context_limit, sched, part, 5, 0, 400000, MILLISECOND);
    expect_free(part, 400000, 0);
    FAILS(NO_SHARE, 0, CPU, cpu_limit, part, own.cnode, slot, 30, 1);
}

/* All that two SchedContexts and a further Cpu capability get is of the one share. */
static void shares_add_up(void)
{
    cap_t part = cpu_make(own.cpu, 30, 500000), copy = case_copy(part, RIGHT_ALL);
    cap_t sched = case_make_row(OBJECT_SCHED_CONTEXT, 0, 2), second = sched + CAP_OF(1);

    OK(sched_context_limit, sched, part, 5, 0, 100000, MILLISECOND);
    OK(sched_context_limit, second, copy, 5, 0, 150000, MILLISECOND);
    expect_free(part, 500000, 250000);
    expect_free(copy, 500000, 250000);
    cap_t third = cpu_make(copy, 20, 250000);
    expect_free(part, 500000, 0);
    FAILS(NO_SHARE, 1, CPU, sched_context_limit, sched, part, 5, 0, 100001, MILLISECOND);
    OK(sched_context_limit, sched, part, 5, 0, 100000, MILLISECOND); /* it has that already */
    OK(sched_context_limit, sched, copy, 5, 0, 200000, 2 * MILLISECOND);
    expect_free(part, 500000, 0);
    OK(sched_context_limit, sched, third, 5, 0, 250000, MILLISECOND); /* and now of another */
    expect_free(part, 500000, 100000);
    expect_free(third, 250000, 0);
    FAILS(NO_SHARE, 1, CPU, sched_context_limit, sched, copy, 5, 0, 100001, MILLISECOND);
    expect_free(third, 250000, 0);
}

/* A share is as many millionths as are enough. */
static void share_rounded(void)
{
    cap_t part = cpu_make(own.cpu, 30, 2), sched = case_make_row(OBJECT_SCHED_CONTEXT, 0, 2);

    OK(sched_context_limit, sched, part, 5, 0, 1000, 60000000000);
    expect_free(part, 2, 1);
    OK(sched_context_limit, sched, part, 5, 0, 60001, 60000000000);
    expect_free(part, 2, 0);
    FAILS(NO_SHARE, 1, CPU, sched_context_limit, sched, part, 5, 0, 120001, 60000000000);
    FAILS(NO_SHARE, 1, CPU, sched_context_limit, sched + CAP_OF(1), part, 5, 0, 1000, 60000000000);
}

/* What was given comes back: with the SchedContext, by its new limits, with the Cpu capability. */
static void shares_come_back(void)
{
    uint64_t all = free_of(own.cpu);
    cap_t part = cpu_make(own.cpu, 30, 500000), copy = case_copy(part, RIGHT_ALL);
    cap_t sched = case_make_row(OBJECT_SCHED_CONTEXT, 0, 3);
    cap_t inner = cpu_make(copy, 30, 50000);

    for (unsigned i = 0; i < 3; i++)
        OK(sched_context_limit, sched + CAP_OF(i), i == 1 ? copy : part, 5, 0, 100000, MILLISECOND);
    expect_free(part, 500000, 150000);
    OK(cnode_delete, own.cnode, CAP_INDEX(sched));
    expect_free(part, 500000, 250000);
    OK(sched_context_configure, sched + CAP_OF(2), own.cpu, 5, 0);
    expect_free(part, 500000, 350000);
    OK(cnode_delete, own.cnode, CAP_INDEX(inner));
    expect_free(part, 500000, 400000);
    OK(cnode_delete, own.cnode, CAP_INDEX(copy)); /* what it gave is its parent's now */
    expect_free(part, 500000, 400000);
    OK(cnode_revoke, own.cnode, CAP_INDEX(part));
    expect_free(part, 500000, 500000);
    EXPECT_EQUAL(usage_of(sched + CAP_OF(1)).renew, 0);
    EXPECT_EQUAL(free_of(own.cpu), all - 500000);
    OK(cnode_delete, own.cnode, CAP_INDEX(part));
    EXPECT_EQUAL(free_of(own.cpu), all);
}

/* The account lies in the slot: that stays where it is, while anything derives from it. */
static void share_moved(void)
{
    cap_t part = cpu_make(own.cpu, 30, 500000), sched = case_make(OBJECT_SCHED_CONTEXT, 0);
    uint32_t slot = case_slot();

    OK(sched_context_limit, sched, part, 5, 0, 100000, MILLISECOND);
    FAILS(WRONG_STATE, 2, CPU, cnode_move, own.cnode, slot, part);
    expect_free(part, 500000, 400000);
    cap_t copy = case_copy(part, RIGHT_ALL);
    OK(cnode_move, own.cnode, slot, copy);
    OK(sched_context_limit, sched, CAP_OF(slot), 5, 0, 200000, MILLISECOND);
    expect_free(CAP_OF(slot), 500000, 300000);
    OK(cnode_revoke, own.cnode, CAP_INDEX(part));
    EXPECT(case_is_empty(CAP_OF(slot)));
    OK(cnode_move, own.cnode, slot, part);
    OK(sched_context_limit, sched, CAP_OF(slot), 5, 0, 500000, MILLISECOND);
    expect_free(CAP_OF(slot), 500000, 0);
}

static const struct test time_tests[] = {
    {"limit: errors", limit_errors},
    {"info", info},
    {"shares: errors", share_errors},
    {"shares add up", shares_add_up},
    {"shares are rounded up", share_rounded},
    {"shares come back", shares_come_back},
    {"a share moves with nothing given", share_moved},
};
GROUP("time", time_tests);
