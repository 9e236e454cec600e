/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations of SchedContexts: what they are is in sched/sched.h. */
#include "kernel/arch/arch.h"
#include "kernel/cap/invoke.h"
#include "kernel/cap/object.h"
#include "kernel/debug/assert.h"
#include "kernel/object/cpu.h"
#include "kernel/sched/sched.h"

/* Nanoseconds. */
#define SLICE_MIN 10000
#define SLICE_MAX 1000000000
#define BUDGET_MIN 1000
#define PERIOD_MIN 100000
#define PERIOD_MAX 60000000000

void sched_context_init(struct sched_context *sched)
{
    sched->special = SCHED_LIMITED; /* it was given nothing yet */
    sched->cpu = this_cpu()->index;
}

static uint64_t to_ticks(uint64_t nanoseconds)
{
    return nanoseconds * timer_khz() / 1000000;
}

static err_t check_limits(const struct invocation *call, uint64_t budget, uint64_t period)
{
    if (budget < BUDGET_MIN || budget > period)
        return invocation_error(call, ERROR_OUT_OF_RANGE, 4);
    if (period < PERIOD_MIN || period > PERIOD_MAX)
        return invocation_error(call, ERROR_OUT_OF_RANGE, 5);
    return 0;
}

/* Its Cpu capability becomes `cpu`, or stays it; `share` is what it has of that. */
static void take_share(struct sched_context *sched, struct slot *cpu, uint32_t share)
{
    struct slot *binding = &sched->binding_cpu;
    if (!slot_empty(binding)) { /* its time goes on meanwhile */
        slot_of(binding->pool)->given -= binding->share;
        derive_remove(binding);
        *binding = (struct slot){0};
    }
    slot_bind(cpu, binding, sched, BINDING_SCHED_CPU);
    slot_of(binding->pool)->given += share;
    binding->share = share;
}

/*
 * Who has all of the CPU's time may give whole budgets. A part of it can't be had twice by asking
 * twice: there a change adds nothing, and a first budget comes after a period.
 */
static void set_budget(struct sched_context *sched, bool whole, uint64_t budget, uint64_t period)
{
    int64_t most = sched->budget || whole ? (int64_t)budget : 0;
    if (whole || !sched->budget || sched->left > most)
        sched->left = most;
    sched->budget = budget;
    sched->period = period;
    sched->renew = this_cpu()->since + period;
}

/* To another CPU, which only one that runs nothing may; with no deadline. False: it may not. */
static bool move(struct sched_context *sched, unsigned cpu)
{
    if (sched->place != SCHED_UNBOUND || sched->debts)
        return false;
    sched_charge(this_cpu(), timer_now());
    if (this_cpu()->payer == sched)
        this_cpu()->payer = NULL;
    sched->deadline = 0;
    sched->special &= ~(uint64_t)SCHED_EXPIRED;
    sched_set_timer(sched);
    sched->cpu = cpu;
    return true;
}

static err_t configure(struct invocation *call, uint64_t budget, uint64_t period)
{
    struct sched_context *sched = ref_pointer(call->self->object);
    struct slot *cpu = call->cap[0], *pool = cpu_pool(cpu), *binding = &sched->binding_cpu;
    uint64_t priority = call->arg[1], slice = call->arg[2], now = timer_now();
    uint32_t share = budget ? (uint32_t)((budget * SHARE_ALL + period - 1) / period) : 0;
    uint32_t before = binding->pool == ref_of(pool) ? binding->share : 0;
    if (priority > cpu->badge)
        return invocation_error(call, ERROR_OUT_OF_RANGE, 2);
    if (slice && (slice < SLICE_MIN || slice > SLICE_MAX))
        return invocation_error(call, ERROR_OUT_OF_RANGE, 3);
    if (budget ? !cpu_can_give(pool, share, before) : pool->share != SHARE_ALL)
        return invocation_error(call, ERROR_NO_SHARE, 1);
    if (sched->cpu != cpu->object && !move(sched, cpu->object))
        return invocation_error(call, ERROR_WRONG_STATE, 0);

    sched_charge(this_cpu(), now);
    take_share(sched, cpu, share);
    sched->slice = to_ticks(slice);
    set_budget(sched, pool->share == SHARE_ALL, to_ticks(budget), to_ticks(period));
    sched->special = (sched->special & SCHED_EXPIRED) | (budget ? SCHED_LIMITED : 0);
    sched_set_priority(sched, (unsigned)priority % PRIORITY_COUNT);
    if (sched->place == SCHED_DEPLETED) {
        sched_make_ready(sched);
        sched_drive(sched->thread);
    } else if (budget && sched->left <= 0 && sched->place > SCHED_DEPLETED) {
        sched_deplete(sched);
    }
    sched_set_timer(sched);
    return 0;
}

err_t sched_context_configure(struct invocation *call)
{
    return configure(call, 0, 0);
}

err_t sched_context_limit(struct invocation *call)
{
    uint64_t budget = call->arg[3], period = call->arg[4];
    err_t error = check_limits(call, budget, period);
    return error ? error : configure(call, budget, period);
}

err_t sched_context_yield(struct invocation *call)
{
    struct sched_context *sched = ref_pointer(call->self->object);
    if (sched->place != SCHED_CURRENT)
        return invocation_error(call, ERROR_WRONG_STATE, 0);
    sched_rotate();
    return 0;
}

err_t sched_context_deadline(struct invocation *call)
{
    struct sched_context *sched = ref_pointer(call->self->object);
    sched->deadline = call->arg[0];
    sched->special &= ~(uint64_t)SCHED_EXPIRED;
    sched_set_timer(sched);
    this_cpu()->attention |= CPU_STOPPED; /* its calls pass again */
    return 0;
}

err_t sched_context_clock(struct invocation *call)
{
    call->result[0] = clock_nanoseconds();
    return 0;
}

err_t sched_context_info(struct invocation *call)
{
    const struct sched_context *sched = ref_pointer(call->self->object);
    uint64_t now = timer_now();
    sched_charge(this_cpu(), now);
    call->result[0] = sched->used;
    call->result[1] = (uint64_t)sched->left;
    call->result[2] = sched->budget ? sched->renew : 0;
    call->result[3] = sched->deadline;
    call->result[4] = now;
    return 0;
}
