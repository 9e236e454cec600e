/* SPDX-License-Identifier: BSD-2-Clause */
/* sources: servers/supervisor/policy.c servers/supervisor/history.c */
/* Order, restarts and their delays, heartbeats, what is remembered. */

#include "servers/supervisor/policy.h"

#include <stdio.h>
#include <string.h>

#include "servers/supervisor/history.h"

static struct policy policy;
static int failures;

static void report(const char *name, bool good)
{
    printf(good ? "ok policy: %s\n" : "not ok policy: %s: it isn't so\n", name);
    failures += !good;
}

static void begin(uint32_t count)
{
    policy = (struct policy){.count = count};
    for (uint32_t i = 0; i < count; i++)
        policy.program[i].restart = ROOT_RESTART_ALWAYS;
}

/* Start all that can be; the indexes as digits. */
static const char *order(uint64_t now)
{
    static char digits[POLICY_PROGRAMS_MAX + 1];
    uint32_t count = 0, index;

    while ((index = policy_startable(&policy, now)) != POLICY_NOBODY) {
        policy_started(&policy, index, now);
        digits[count++] = (char)('0' + index);
    }
    digits[count] = 0;
    return digits;
}

static void test_order(void)
{
    begin(5);
    policy.program[0].needs = 1 << 3 | 1 << 4;
    policy.program[3].needs = 1 << 1;
    report("nothing is started that nobody wants", strcmp(order(0), "") == 0);
    policy_want(&policy, 2, 0);
    report("what needs nothing", strcmp(order(0), "2") == 0);
    policy_want(&policy, 0, 0);
    report("what it needs comes first", strcmp(order(0), "1340") == 0);
    policy_ended(&policy, 1, true, 0);
    policy_ended(&policy, 3, true, 0);
    report("not before its time", strcmp(order(FIRST_DELAY - 1), "") == 0);
    report("again in that order", strcmp(order(FIRST_DELAY), "13") == 0);
}

static void test_last_program(void)
{
    begin(POLICY_PROGRAMS_MAX);
    policy.program[0].needs = 1ull << (POLICY_PROGRAMS_MAX - 1);
    policy_want(&policy, 0, 0);
    report("the last of all is started first",
           policy_startable(&policy, 0) == POLICY_PROGRAMS_MAX - 1);
}

/* The delay after another failure, `ran` after its start. */
static uint64_t delay(uint64_t ran)
{
    uint64_t ended = policy.program[0].due + ran;

    policy_started(&policy, 0, policy.program[0].due);
    policy_ended(&policy, 0, true, ended);
    return policy.program[0].due - ended;
}

static void test_delays(void)
{
    uint64_t expected = FIRST_DELAY;
    bool good = true;

    begin(1);
    policy_want(&policy, 0, 5);
    for (int i = 0; i < 40; i++) {
        good = good && delay(GOOD_WHILE - 1) == expected;
        expected = 2 * expected < LAST_DELAY ? 2 * expected : LAST_DELAY;
    }
    report("delays double up to the last", good);
    report("after a good while it's the first", delay(GOOD_WHILE) == FIRST_DELAY);
    report("and then the second", delay(0) == 2 * FIRST_DELAY);
}

static enum policy_end end_of(uint32_t restart, uint32_t flags, bool failed)
{
    begin(1);
    policy.program[0].restart = restart;
    policy.program[0].flags = flags;
    policy_want(&policy, 0, 0);
    policy_started(&policy, 0, 0);
    return policy_ended(&policy, 0, failed, 0);
}

static void test_ends(void)
{
    report("never", end_of(ROOT_RESTART_NEVER, 0, true) == POLICY_STAYS_DOWN);
    report("on failure", end_of(ROOT_RESTART_FAILED, 0, true) == POLICY_STARTS_AGAIN);
    report("on failure only", end_of(ROOT_RESTART_FAILED, 0, false) == POLICY_STAYS_DOWN);
    report("always", end_of(ROOT_RESTART_ALWAYS, 0, false) == POLICY_STARTS_AGAIN);
    report("essential", end_of(ROOT_RESTART_ALWAYS, ROOT_ESSENTIAL, false) == POLICY_ENDS_ALL);
    report("on demand", end_of(ROOT_RESTART_ALWAYS, ROOT_ON_DEMAND, true) == POLICY_STAYS_DOWN);
    report("it has ended", policy.program[0].state == POLICY_ENDED);
    policy_want(&policy, 0, 0);
    report("until somebody wants it", policy.program[0].state == POLICY_WAITING);
    policy_unwant(&policy, 0, 0);
    report("or doesn't", policy_startable(&policy, 0) == POLICY_NOBODY);
}

static void test_heartbeats(void)
{
    begin(2);
    policy.program[1].heartbeat = 100;
    policy_want(&policy, 0, 0);
    policy_want(&policy, 1, 0);
    report("two to start", strcmp(order(1000), "01") == 0);
    report("not asked too early", policy_to_ask(&policy, 1099) == POLICY_NOBODY);
    report("asked in time", policy_to_ask(&policy, 1100) == 1 && policy_next(&policy) == 1100);
    report("one answer", !policy_asked(&policy, 1, true, 1101) && policy_next(&policy) == 1201);
    report("one missed", !policy_asked(&policy, 1, false, 1301));
    report("asked again at once", policy_to_ask(&policy, 1301) == 1);
    report("answered late", !policy_asked(&policy, 1, true, 1302));
    report("missed again", !policy_asked(&policy, 1, false, 1402));
    report("twice in a row", policy_asked(&policy, 1, false, 1502));
    policy_ended(&policy, 1, true, 1502);
    report("it's to be started next", policy_next(&policy) == 1502 + FIRST_DELAY);
}

static void test_next(void)
{
    begin(3);
    report("nothing to do", policy_next(&policy) == POLICY_NEVER);
    policy.program[0].needs = 1 << 1;
    policy_want(&policy, 0, 7);
    policy_started(&policy, 1, 7);
    policy_ended(&policy, 1, true, 7);
    report("who waits for another isn't due", policy_next(&policy) == 7 + FIRST_DELAY);
}

/* 0 is run and needs 1 and 2, both on demand; 3, too, needs 2. */
static void test_demand(void)
{
    begin(4);
    policy.program[0].needs = 1 << 1 | 1 << 2;
    policy.program[3].needs = 1 << 2;
    policy.program[0].flags = ROOT_ON_DEMAND;
    policy.program[1].flags = policy.program[2].flags = ROOT_ON_DEMAND | ROOT_SERVES;
    policy_want(&policy, 0, 0);
    report("nobody is idle before", policy_idle(&policy) == POLICY_NOBODY);
    policy_want(&policy, 3, 0);
    report("all run", strcmp(order(0), "1203") == 0);
    policy_ended(&policy, 0, false, 0);
    report("one is idle", policy_idle(&policy) == 1);
    policy_unwant(&policy, 1, 0);
    report("the other is needed", policy_idle(&policy) == POLICY_NOBODY);
    policy_want(&policy, 0, 0);
    report("it will run", !policy_is_stuck(&policy, 0));
    policy_ended(&policy, 1, true, 0);
    report("it won't", policy_is_stuck(&policy, 0));
}

static void test_history(void)
{
    static struct history history;
    const struct history_event *event;

    report("nothing has happened", history_find(&history, 1) == NULL);
    for (uint32_t i = 1; i <= HISTORY_EVENTS; i++)
        snprintf(history_add(&history, i, 0, i)->text, 8, "%u", i);
    event = history_find(&history, 0);
    report("all are kept", event && event->head.number == 1 && strcmp(event->text, "1") == 0);
    history_add(&history, 9, 3, 77);
    event = history_find(&history, 1);
    report("the oldest goes", event && event->head.number == 2 && strcmp(event->text, "2") == 0);
    event = history_find(&history, HISTORY_EVENTS + 1);
    report("the newest", event && event->head.kind == 9 && event->head.program == 3 &&
                             event->head.time == 77 && event->text[0] == 0);
    report("and no more", history_find(&history, HISTORY_EVENTS + 2) == NULL);
}

int main(void)
{
    test_order();
    test_last_program();
    test_delays();
    test_ends();
    test_heartbeats();
    test_next();
    test_demand();
    test_history();
    return failures != 0;
}
