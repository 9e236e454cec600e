/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Budgets, debts, deadlines. Everything that has to happen at some time stands in the CPU's timer
 * queue, but for the ends of the current slice and budget: the timer interrupts when something is
 * due, and at no other time.
 */
#include "kernel/arch/arch.h"
#include "kernel/ipc/ipc.h"
#include "kernel/sched/sched.h"

#define EXPIRE_AT_ONCE 4 /* timers for each interrupt: a deadline's cancelled call costs most */

void sched_deplete(struct sched_context *sched)
{
    sched_detach(sched);
    sched->place = SCHED_DEPLETED;
    sched_set_timer(sched);
    sched_drive(sched->thread);
}

void sched_charge(struct cpu *cpu, uint64_t now)
{
    struct sched_context *payer = cpu->payer ? cpu->payer : cpu->sched;
    uint64_t ticks = now - cpu->since;
    cpu->since = now;
    if (!payer)
        return;
    payer->used += ticks;
    if (!payer->budget)
        return;
    payer->left -= (int64_t)ticks;
    if (payer->left <= 0 && payer->place > SCHED_DEPLETED)
        sched_deplete(payer);
}

/* Debt is paid from each period's budget, as many as have passed. */
static bool renew_by_periods(struct sched_context *sched, uint64_t now)
{
    if (now < sched->renew)
        return false;
    uint64_t periods = (now - sched->renew) / sched->period + 1;
    sched->left += (int64_t)(periods * sched->budget);
    sched->renew += periods * sched->period;
    if (sched->left > (int64_t)sched->budget)
        sched->left = (int64_t)sched->budget;
    return sched->left > 0;
}

/* It has used less than its share of the period so far. */
static bool is_below_share(const struct sched_context *sched, uint64_t now)
{
    return now >= sched->renew || (unsigned __int128)sched->left * sched->period >
                                      (unsigned __int128)(sched->renew - now) * sched->budget;
}

bool sched_renew(struct sched_context *sched, uint64_t now)
{
    if (slot_empty(&sched->binding_cpu))
        return false;
    if (!sched->budget)
        return true;
    if (sched->left <= 0)
        return renew_by_periods(sched, now);
    if (is_below_share(sched, now)) {
        sched->left = (int64_t)sched->budget;
        sched->renew = now + sched->period;
    }
    return true;
}

/* When its budget will be more than its debt. */
static uint64_t renewal(const struct sched_context *sched)
{
    uint64_t wait, time, periods = (uint64_t)-sched->left / sched->budget;
    if (__builtin_mul_overflow(periods, sched->period, &wait) ||
        __builtin_add_overflow(sched->renew, wait, &time))
        return NEVER - 1;
    return time;
}

void sched_set_timer(struct sched_context *sched)
{
    struct cpu *cpu = this_cpu();
    uint64_t due = NEVER;
    if (sched->deadline && !(sched->special & SCHED_EXPIRED))
        due = sched->deadline;
    if (sched->place == SCHED_DEPLETED && sched->budget && renewal(sched) < due)
        due = renewal(sched);
    if (timer_is_queued(&sched->timer))
        timer_queue_remove(&cpu->timers, &sched->timer);
    if (due != NEVER)
        timer_queue_insert(&cpu->timers, &sched->timer, due);
    cpu->attention |= CPU_TIMER;
}

/* The clock's timer: nobody's time, but a deadline, set anew each time. */
static struct sched_context clock_keeper;

static void clock_keep(uint64_t now)
{
    clock_follow();
    clock_keeper.deadline = now + clock_interval;
}

BOOT_CODE void sched_keep_clock(void)
{
    if (clock_interval == 0)
        return;
    clock_keep(timer_now());
    sched_set_timer(&clock_keeper);
}

static void deadline_passed(struct sched_context *sched)
{
    sched->special |= SCHED_EXPIRED;
    this_cpu()->attention |= CPU_STOPPED;
    if (sched->thread)
        ipc_expire(sched->thread);
}

void sched_expire(struct cpu *cpu, uint64_t now)
{
    for (unsigned i = 0; i < EXPIRE_AT_ONCE; i++) {
        struct timer *timer = cpu->timers.first;
        if (!timer || timer->time > now)
            return;
        struct sched_context *sched = container_of(timer, struct sched_context, timer);
        timer_queue_remove(&cpu->timers, timer);
        if (sched == &clock_keeper)
            clock_keep(now);
        else if (sched->deadline && sched->deadline <= now && !(sched->special & SCHED_EXPIRED))
            deadline_passed(sched);
        if (sched->place == SCHED_DEPLETED) {
            sched_make_ready(sched);
            sched_drive(sched->thread);
        }
        sched_set_timer(sched);
    }
}

void sched_context_lose_cpu(struct sched_context *sched)
{
    struct slot *binding = &sched->binding_cpu;
    slot_of(binding->pool)->given -= binding->share;
    sched->budget = 0;
    sched->left = 0;
    sched->special |= SCHED_LIMITED;
    sched_charge(this_cpu(), timer_now());
    if (sched->place > SCHED_DEPLETED)
        sched_deplete(sched);
}

bool sched_context_end(struct sched_context *sched, unsigned *steps)
{
    struct cpu *cpu = this_cpu();
    if (cpu->payer == sched) {
        sched_charge(cpu, timer_now());
        cpu->payer = NULL;
    }
    while (sched->debts) {
        if (!*steps)
            return false;
        --*steps;
        sched_owe_nothing(sched->debts);
    }
    slot_unbind(&sched->binding_cpu);
    if (timer_is_queued(&sched->timer))
        timer_queue_remove(&cpu->timers, &sched->timer);
    cpu->attention |= CPU_STOPPED; /* who ran on debts finds another payer */
    return true;
}
