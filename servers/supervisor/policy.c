/* SPDX-License-Identifier: BSD-2-Clause */
/* See policy.h. */

#include "servers/supervisor/policy.h"

static bool is_up(const struct policy_program *program)
{
    return program->state == POLICY_RUNNING || program->state == POLICY_WAITING;
}

void policy_want(struct policy *policy, uint32_t index, uint64_t now)
{
    struct policy_program *program = &policy->program[index];

    if (is_up(program))
        return;
    program->state = POLICY_WAITING;
    program->due = now;
    program->failures = 0;
    for (uint32_t i = 0; i < policy->count; i++)
        if (program->needs >> i & 1)
            policy_want(policy, i, now);
}

void policy_unwant(struct policy *policy, uint32_t index, uint64_t now)
{
    policy->program[index].state = POLICY_STOPPED;
    policy->program[index].since = now;
}

static uint64_t running(const struct policy *policy)
{
    uint64_t bits = 0;

    for (uint32_t i = 0; i < policy->count; i++)
        bits |= (uint64_t)(policy->program[i].state == POLICY_RUNNING) << i;
    return bits;
}

uint32_t policy_startable(const struct policy *policy, uint64_t now)
{
    uint64_t up = running(policy);

    for (uint32_t i = 0; i < policy->count; i++) {
        const struct policy_program *program = &policy->program[i];
        if (program->state == POLICY_WAITING && program->due <= now && (program->needs & ~up) == 0)
            return i;
    }
    return POLICY_NOBODY;
}

void policy_started(struct policy *policy, uint32_t index, uint64_t now)
{
    struct policy_program *program = &policy->program[index];

    program->state = POLICY_RUNNING;
    program->since = now;
    program->started++;
    program->missed = 0;
    program->beat = program->heartbeat ? now + program->heartbeat : POLICY_NEVER;
}

/* 10 ms, 20 ms, … 10 s. */
uint64_t policy_delay(uint32_t failures)
{
    uint64_t delay = FIRST_DELAY;

    while (--failures > 0 && delay < LAST_DELAY)
        delay *= 2;
    return delay < LAST_DELAY ? delay : LAST_DELAY;
}

static bool is_started_again(const struct policy_program *program, bool failed)
{
    if (program->flags & ROOT_ON_DEMAND)
        return false;
    return program->restart == ROOT_RESTART_ALWAYS ||
           (program->restart == ROOT_RESTART_FAILED && failed);
}

enum policy_end policy_ended(struct policy *policy, uint32_t index, bool failed, uint64_t now)
{
    struct policy_program *program = &policy->program[index];

    if (program->state == POLICY_RUNNING && now - program->since >= GOOD_WHILE)
        program->failures = 0;
    program->failures++;
    program->since = now;
    program->state = POLICY_ENDED;
    if (program->flags & ROOT_ESSENTIAL)
        return POLICY_ENDS_ALL;
    if (!is_started_again(program, failed))
        return POLICY_STAYS_DOWN;
    program->state = POLICY_WAITING;
    program->due = now + policy_delay(program->failures);
    return POLICY_STARTS_AGAIN;
}

uint32_t policy_to_ask(const struct policy *policy, uint64_t now)
{
    for (uint32_t i = 0; i < policy->count; i++)
        if (policy->program[i].state == POLICY_RUNNING && policy->program[i].beat <= now)
            return i;
    return POLICY_NOBODY;
}

bool policy_asked(struct policy *policy, uint32_t index, bool answered, uint64_t now)
{
    struct policy_program *program = &policy->program[index];

    program->missed = answered ? 0 : program->missed + 1;
    program->beat = answered ? now + program->heartbeat : now;
    return program->missed >= MISSED_MAX;
}

uint64_t policy_next(const struct policy *policy)
{
    uint64_t up = running(policy), next = POLICY_NEVER;

    for (uint32_t i = 0; i < policy->count; i++) {
        const struct policy_program *program = &policy->program[i];
        uint64_t time = POLICY_NEVER;
        if (program->state == POLICY_WAITING && (program->needs & ~up) == 0)
            time = program->due;
        else if (program->state == POLICY_RUNNING)
            time = program->beat;
        if (time < next)
            next = time;
    }
    return next;
}

/* Needs go in no circle, so this ends. */
bool policy_is_stuck(const struct policy *policy, uint32_t index)
{
    const struct policy_program *program = &policy->program[index];

    if (program->state == POLICY_RUNNING)
        return false;
    if (program->state != POLICY_WAITING)
        return true;
    for (uint32_t i = 0; i < policy->count; i++)
        if ((program->needs >> i & 1) && policy_is_stuck(policy, i))
            return true;
    return false;
}

uint32_t policy_idle(const struct policy *policy)
{
    uint64_t needed = 0;

    for (uint32_t i = 0; i < policy->count; i++)
        if (is_up(&policy->program[i]))
            needed |= policy->program[i].needs;
    for (uint32_t i = 0; i < policy->count; i++) {
        const struct policy_program *program = &policy->program[i];
        if ((program->flags & ROOT_ON_DEMAND) && (program->flags & ROOT_SERVES) && is_up(program) &&
            !(needed >> i & 1))
            return i;
    }
    return POLICY_NOBODY;
}
