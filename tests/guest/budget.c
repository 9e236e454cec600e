/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time that the boot manifest limits. Two programs: this one has a budget, and a Cpu capability
 * with a share; "rest", of a lower priority, takes all the time that is left until this one has
 * ended, so that no program below it runs meanwhile. What is expected here stands in
 * boot/test.manifest.
 *
 * A host may let the guest stand still whenever it likes. Who runs at that moment pays for it, and
 * if that makes a debt, it's paid from the budgets that follow; so what holds is not how long this
 * program runs in a period, but what all periods together give.
 */

#include "libsys/invoke.h"
#include "libsys/string.h"
#include "libsys/time.h"
#include "tests/guest/check.h"

#define US 1000ull /* nanoseconds */
#define SECOND 1000000000ull
#define BUDGET (500 * US)
#define PERIOD (2000 * US)
#define SHARE 125000u /* of the Cpu capability, in millionths, and its highest priority */
#define PRIORITY 98u
#define ALL 1000000u
#define RENEWALS 16
#define CONTEXT_BITS 8

/* What sched_context_info says; all in ticks. */
struct usage {
    uint64_t used;
    int64_t left;
    uint64_t renew, deadline, now;
};

static struct usage usage_of(cap_t time)
{
    struct usage usage;
    uint64_t left;

    if (sched_context_info(time, &usage.used, &left, &usage.renew, &usage.deadline, &usage.now))
        return (struct usage){0};
    usage.left = (int64_t)left;
    return usage;
}

/* ---- The budget ----------------------------------------------------------------------------- */

struct run {
    struct usage first, last;
    uint64_t budget, period; /* ticks */
    uint64_t awake;          /* ticks between what it saw first and last of each period */
    uint64_t before, behind; /* TSC that it read itself, around all of that */
    unsigned renewals;
    bool was_early;  /* it ran with nothing left before the period's end */
    bool was_unfair; /* a period gave too little or too much */
};

/* What the periods gave between the two, whatever of it is used so far. */
static uint64_t given(const struct usage *from, const struct usage *to)
{
    return to->used - from->used + (uint64_t)(to->left - from->left);
}

/*
 * One period gives exactly a budget: all of the old one was used. Several may have passed since;
 * they give less if it had no debts.
 */
static bool is_fair(const struct run *run, uint64_t passed, uint64_t gave)
{
    return gave >= run->budget && gave <= passed / run->period * run->budget;
}

/*
 * Something better kept it waiting past the end of a period, as happens when a host stands still:
 * it lost what was left of that one, and the next began late, when it ran.
 */
static bool is_fair_after_wait(const struct run *run, uint64_t passed, uint64_t gave)
{
    uint64_t lost = run->last.left > 0 ? (uint64_t)run->last.left : 0;

    return passed > run->period && gave + lost >= run->budget &&
           (unsigned __int128)gave * run->period <= (unsigned __int128)passed * run->budget;
}

/* The first look in a new period, after the last one in another. */
static void look_at_period(struct run *run, const struct usage *new)
{
    uint64_t passed = new->renew - run->last.renew, gave = given(&run->last, new);
    bool waited = passed % run->period != 0;

    run->renewals++;
    run->was_early = run->was_early || new->now < run->last.renew;
    if (waited ? !is_fair_after_wait(run, passed, gave) : !is_fair(run, passed, gave))
        run->was_unfair = true;
}

/* Never wait: all that is given is used, period after period. */
static void spin(cap_t time, struct run *run)
{
    run->before = time_ticks();
    struct usage begin = usage_of(time);

    run->first = run->last = begin;
    while (begin.renew != 0 && run->renewals < RENEWALS) {
        struct usage usage = usage_of(time);
        if (usage.renew != run->last.renew) {
            run->awake += run->last.now - begin.now;
            look_at_period(run, &usage);
            begin = usage;
        }
        run->last = usage;
    }
    run->behind = time_ticks();
}

/* No more than budget / period of the time from the first renewal to the last one. */
static bool is_share_kept(const struct run *run)
{
    unsigned __int128 time = run->last.renew - run->first.renew;

    return (unsigned __int128)given(&run->first, &run->last) * run->period <= time * run->budget;
}

static void check_budget(cap_t time, uint64_t tsc_khz)
{
    struct run run = {
        .budget = BUDGET * tsc_khz / 1000000,
        .period = PERIOD * tsc_khz / 1000000,
    };

    spin(time, &run);
    CHECK("it has a budget", run.first.renew != 0);
    CHECK("never more at once",
          run.first.left <= (int64_t)run.budget && run.last.left <= (int64_t)run.budget);
    CHECK("a period is as long as it says", run.last.renew <= run.last.now + run.period);
    CHECK("the kernel's time is the program's",
          run.before <= run.first.now && run.last.now <= run.behind);
    CHECK("nothing before the period's end", !run.was_early);
    CHECK("its budget in each period", !run.was_unfair);
    CHECK("and no more of the time than that", is_share_kept(&run));
    CHECK("it ran no longer than it paid for", run.awake <= run.last.used - run.first.used);
    CHECK("the rest had the rest", run.last.now - run.first.now - run.awake >
                                       (uint64_t)(run.renewals / 2) * (run.period - run.budget));
}

/* ---- The share ------------------------------------------------------------------------------ */

static uint64_t free_of(cap_t cpu)
{
    uint64_t number, priority, khz, share, free;

    return cpu_info(cpu, &number, &priority, &khz, &share, &free) ? ALL : free;
}

static void check_own_time(cap_t cpu, cap_t time)
{
    check_error("no time without limit", sched_context_configure(time, cpu, PRIORITY, 0),
                ERROR_NO_SHARE);
    check_error("no more than the share",
                sched_context_limit(time, cpu, PRIORITY, 0, 126 * US, 1000 * US), ERROR_NO_SHARE);
    check_error("no higher priority",
                sched_context_limit(time, cpu, PRIORITY + 1, 0, 100 * US, 1000 * US),
                ERROR_OUT_OF_RANGE);
    CHECK("the budget is still there", usage_of(time).renew != 0);
}

static void check_passing_on(cap_t cpu, cap_t cnode, uint32_t slot)
{
    check_error("not all of the time to another", cpu_limit(cpu, cnode, slot, PRIORITY, ALL),
                ERROR_NO_SHARE);
    check_error("no larger share to another", cpu_limit(cpu, cnode, slot, PRIORITY, SHARE + 1),
                ERROR_NO_SHARE);
    check_error("no higher priority to another", cpu_limit(cpu, cnode, slot, PRIORITY + 1, SHARE),
                ERROR_OUT_OF_RANGE);
}

static void check_share(cap_t cpu, cap_t cnode, uint32_t slot)
{
    cap_t first = CAP_OF(slot), second = CAP_OF(slot + 1);

    check_error(
        "two SchedContexts",
        untyped_retype(program_cap("contexts"), cnode, slot, 2, OBJECT_SCHED_CONTEXT, CONTEXT_BITS),
        ERROR_NONE);
    check_error("not without limit either", sched_context_configure(first, cpu, PRIORITY, 0),
                ERROR_NO_SHARE);
    check_error("all of the share",
                sched_context_limit(first, cpu, PRIORITY, 0, 125 * US, 1000 * US), ERROR_NONE);
    CHECK("nothing is left", free_of(cpu) == 0);
    check_error("the least is too much",
                sched_context_limit(second, cpu, PRIORITY, 0, US, 60 * SECOND), ERROR_NO_SHARE);
    check_error("the first ends", cnode_delete(cnode, slot), ERROR_NONE);
    CHECK("the share is free again", free_of(cpu) == SHARE);
    check_error("for the second",
                sched_context_limit(second, cpu, PRIORITY, 0, 125 * US, 1000 * US), ERROR_NONE);
}

/* ---- The rest ------------------------------------------------------------------------------- */

/* The root task deletes the endpoint when the program that serves it has ended. */
static int take_the_rest(void)
{
    uint64_t servers, waiting;

    while (endpoint_info(program_cap("budget"), &servers, &waiting) == 0)
        ;
    return 0;
}

int main(const struct program_info *info)
{
    cap_t cpu, cnode, time = program_cap("time");
    uint64_t number, priority, khz, share, free;

    if (string_equal(program_text(info->arguments), "rest"))
        return take_the_rest();
    cpu = program_cap("cpu");
    cnode = program_cap("cnode");
    check_error("what the Cpu capability is",
                cpu_info(cpu, &number, &priority, &khz, &share, &free), ERROR_NONE);
    CHECK("as the manifest says", priority == PRIORITY && share == SHARE && free == SHARE);
    check_budget(time, info->tsc_khz);
    check_own_time(cpu, time);
    check_passing_on(cpu, cnode, info->first_free_slot);
    check_share(cpu, cnode, info->first_free_slot);
    return check_failures;
}
