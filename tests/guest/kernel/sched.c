/* SPDX-License-Identifier: BSD-2-Clause */
/* Time: who runs before whom, taking turns, and the capabilities that give it out. */

#include "libsys/program.h"
#include "tests/guest/kernel/await.h"
#include "tests/guest/kernel/pair.h"
#include "tests/guest/kernel/time.h"

/* ---- Capabilities ---- */

static void configure_errors(void)
{
    cap_t sched = case_make(OBJECT_SCHED_CONTEXT, 0);
    uint32_t slot = case_slot();
    uint64_t number, priority, khz, share, free;

    OK(cpu_info, own.cpu, &number, &priority, &khz, &share, &free);
    EXPECT(number == 0 && priority == 250 && khz == program_info()->tsc_khz);
    FAILS(OUT_OF_RANGE, 2, NOTHING, sched_context_configure, sched, own.cpu, 251, 0);
    FAILS(OUT_OF_RANGE, 2, NOTHING, sched_context_configure, sched, own.cpu, 256, 0);
    FAILS(OUT_OF_RANGE, 2, NOTHING, sched_context_configure, sched, own.cpu, 1ull << 32, 0);
    FAILS(OUT_OF_RANGE, 3, NOTHING, sched_context_configure, sched, own.cpu, 5, 9999);
    FAILS(OUT_OF_RANGE, 3, NOTHING, sched_context_configure, sched, own.cpu, 5, 1000000001);
    FAILS(OUT_OF_RANGE, 3, NOTHING, sched_context_configure, sched, own.cpu, 5, 1ull << 63);
    OK(sched_context_configure, sched, own.cpu, 250, 10000);
    OK(sched_context_configure, sched, own.cpu, 0, 1000000000);

    FAILS(OUT_OF_RANGE, 3, NOTHING, cpu_limit, own.cpu, own.cnode, slot, 251, 1000000);
    FAILS(OUT_OF_RANGE, 3, NOTHING, cpu_limit, own.cpu, own.cnode, slot, -1ull, 1000000);
    FAILS(OUT_OF_RANGE, 2, NOTHING, cpu_limit, own.cpu, own.cnode, 1ull << 32, 3, 1000000);
    FAILS(OCCUPIED, 2, NOTHING, cpu_limit, own.cpu, own.cnode, CAP_INDEX(sched), 3, 1000000);
    OK(cpu_limit, own.cpu, own.cnode, slot, 30, 1000000);
    OK(cpu_info, CAP_OF(slot), &number, &priority, &khz, &share, &free);
    EXPECT_EQUAL(priority, 30);
    FAILS(OUT_OF_RANGE, 2, NOTHING, sched_context_configure, sched, CAP_OF(slot), 31, 0);
    FAILS(OUT_OF_RANGE, 3, NOTHING, cpu_limit, CAP_OF(slot), own.cnode, case_slot(), 31, 1000000);
    OK(sched_context_configure, sched, CAP_OF(slot), 30, 0);
    cap_t copy = case_copy(CAP_OF(slot), RIGHT_ALL); /* a copy has the same limit */
    FAILS(OUT_OF_RANGE, 2, NOTHING, sched_context_configure, sched, copy, 31, 0);
}

static void yield_errors(void)
{
    cap_t sched = case_make(OBJECT_SCHED_CONTEXT, 0);

    FAILS(WRONG_STATE, 0, SCHED_CONTEXT, sched_context_yield, sched);
    struct task *task = task_make(process_make(), PRIORITY_USUAL);
    FAILS(WRONG_STATE, 0, SCHED_CONTEXT, sched_context_yield, task->sched);
    OK(sched_context_yield, own.time);
    struct step *step = step_operation(task, process_give(task->process, task->sched, RIGHT_ALL, 0),
                                       OP_sched_context_yield, 0, 0, 0, 0);
    task_run(task);
    settle();
    expect_done(task);
    EXPECT_STEP_OK(step);
    expect_clean(task, step);
}

/* What it tells is tested in tests/guest/time.c; here, that any capability does. */
static void clock_of_any(void)
{
    cap_t sched = case_make(OBJECT_SCHED_CONTEXT, 0);
    uint64_t first, second;

    OK(sched_context_clock, sched, &first);
    OK(sched_context_clock, own.time, &second);
    EXPECT(first > 0 && second >= first);
}

/* ---- Priorities ---- */

/* Tasks write down the order in which they run, in the arena's first page. */
static void note_order(struct task *task)
{
    task->area->data[0] = (uint64_t)task->id;
    task->area->data[1] = ARENA_ADDRESS + 64;
    task_start(task, victim_note);
}

static const uint64_t *noted(void)
{
    return (const uint64_t *)(ARENA_ADDRESS + 64); /* a count, and then the ids */
}

static void priorities(void)
{
    static const unsigned order[] = {3, 1, 4, 2, 5};
    struct process *process = process_make();

    struct task *task[5] = {task_make(process, 60), task_make(process, 50), task_make(process, 70),
                            task_make(process, 60), task_make(process, 10)};
    for (unsigned i = 0; i < 5; i++)
        note_order(task[i]);
    settle();
    EXPECT_EQUAL(noted()[0], 5);
    for (unsigned i = 0; i < 5; i++)
        EXPECT_EQUAL(noted()[1 + i], order[i]);
}

/* A priority that changes while the thread is ready counts from then on. */
static void priority_changes(void)
{
    struct process *process = process_make();
    struct task *a = task_make(process, 60), *b = task_make(process, 50),
                *c = task_make(process, 40);

    note_order(a);
    note_order(b);
    note_order(c);
    OK(sched_context_configure, a->sched, own.cpu, 30, 0);
    OK(sched_context_configure, c->sched, own.cpu, 70, 0);
    settle();
    EXPECT_EQUAL(noted()[0], 3);
    EXPECT(noted()[1] == c->id && noted()[2] == b->id && noted()[3] == a->id);
}

/* A signal to a higher thread lets it run at once; to a lower or equal one, not before. */
static void preemption(void)
{
    struct process *process = process_make();
    struct task *signaller = task_make(process, 60), *waiter[3];
    struct step *got[3];
    static const unsigned priority[3] = {50, 60, 70};

    for (unsigned i = 0; i < 3; i++) {
        cap_t notification = case_make(OBJECT_NOTIFICATION, 0);
        waiter[i] = task_make(process, priority[i]);
        got[i] = step_operation(waiter[i], process_give(process, notification, RIGHT_ALL, 0),
                                OP_notification_wait, 0, 0, 0, 0);
        task_run(waiter[i]);
        settle();
        step_add(signaller, SYSCALL_SIGNAL, process_give(process, notification, RIGHT_ALL, 1));
        step_add(signaller, SYSCALL_SIGNAL,
                 process_give(process, runner_signal(0x100u << i), RIGHT_ALL, 0));
    }
    task_run(signaller);
    EXPECT(await_flag(0x100));
    EXPECT_EQUAL(got[0]->done, 0);
    EXPECT(await_flag(0x200));
    EXPECT_EQUAL(got[1]->done, 0);
    EXPECT(await_flag(0x400));
    EXPECT_EQUAL(got[2]->done, 1);
    EXPECT_EQUAL(got[0]->done + got[1]->done, 0);
    settle();
    EXPECT_EQUAL(got[0]->done + got[1]->done, 2);
}

/* Operations on others don't cost a thread its turn, and equals that come don't take it. */
static void keeps_turn(void)
{
    struct process *process = process_make();
    struct task *first = task_make(process, PRIORITY_USUAL),
                *second = task_make(process, PRIORITY_USUAL);
    struct task *other = task_make(process, PRIORITY_LOW);
    cap_t handle = process_give(process, other->thread, RIGHT_ALL, 0);
    cap_t sched = process_give(process, other->sched, RIGHT_ALL, 0);
    cap_t cpu = process_give(process, own.cpu, RIGHT_ALL, 0);

    step_operation(first, handle, OP_thread_suspend, 0, 0, 0, 0);
    step_operation(first, sched, OP_sched_context_configure, cpu, PRIORITY_USUAL, 0, 0);
    step_operation(first, handle, OP_thread_start, (uint64_t)victim_spin, 0, 0, 0);
    step_operation(first, handle, OP_thread_suspend, 0, 0, 0, 0);
    step_add(first, SYSCALL_SIGNAL, process_give(process, runner_signal(0x100), RIGHT_ALL, 0));
    task_run(first);
    note_order(second);
    EXPECT(await_flag(0x100));
    EXPECT_EQUAL(noted()[0], 0);
    for (unsigned i = 0; i < 4; i++)
        EXPECT_STEP_OK(&first->area->step[i]);
    settle();
    EXPECT_EQUAL(noted()[0], 1);
}

/* The server of a high caller runs before a thread in the middle, whatever its own priority is. */
static void inheritance(void)
{
    struct pair pair = pair_make(0);
    cap_t handle;
    struct task *high = pair_client(&pair, PRIORITY_HIGH, 1, &handle);
    struct task *middle = task_make(process_make(), 90);

    struct step *request = step_add(high, SYSCALL_CALL, handle);
    step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    step_add(pair.server, SYSCALL_SIGNAL,
             process_give(pair.server->process, runner_signal(0x100), RIGHT_ALL, 0));
    step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    task_run(pair.server);
    settle();
    task_run(high);
    EXPECT(await_flag(0x100));
    note_order(middle);
    note_order(pair.client);
    EXPECT(!await_flag(0x200));
    EXPECT_STEP_OK(request);
    EXPECT(high->report.count == 1 && noted()[0] == 2);
}

/* ---- Turns ---- */

#define PERIODS_MAX 20

/* Let them run for so long: the runner sleeps from one interrupt of the timer to the next. */
static void let_run(unsigned interrupts, uint32_t microseconds)
{
    for (unsigned i = 0; i < interrupts; i++)
        runner_sleep(microseconds);
}

/* The first of three that had less than a fiftieth of what they have had together, or 3. */
static unsigned find_starved(struct task *const task[3])
{
    uint64_t total = 0;
    unsigned i;

    for (i = 0; i < 3; i++)
        total += task[i]->area->data[0];
    for (i = 0; i < 3 && task[i]->area->data[0] >= total / 50 + 1; i++)
        ;
    return i;
}

/* A busy host may take a part of a turn away, or all of it: then it comes in a later turn. */
static void three_equals(uint64_t slice, unsigned interrupts, uint32_t microseconds)
{
    struct process *process = process_make();
    struct task *task[3];

    for (unsigned i = 0; i < 3; i++) {
        task[i] = task_make(process, PRIORITY_USUAL);
        OK(sched_context_configure, task[i]->sched, own.cpu, PRIORITY_USUAL, slice);
        task_start(task[i], victim_count);
    }
    unsigned starved = 3;
    for (unsigned i = 0; i == 0 || (starved < 3 && i < PERIODS_MAX); i++) {
        let_run(interrupts, microseconds);
        starved = find_starved(task);
    }
    if (starved < 3)
        FAIL("task %u of three equals: they had %lu, %lu and %lu", starved, task[0]->area->data[0],
             task[1]->area->data[0], task[2]->area->data[0]);
    for (unsigned i = 0; i < 3; i++)
        expect_silent(task[i]);
}

static void equal_turns(void)
{
    three_equals(100000, 3, 40000);
}

/*
 * Also where a higher thread interrupts each slice several times. An emulator's two clocks may
 * differ: a slice is as many ticks of the TSC as go by in three of the timer's milliseconds.
 */
static void interrupted_turns(void)
{
    uint64_t begin = tsc();

    task_start(task_make(process_make(), PRIORITY_LOW), victim_spin);
    runner_sleep(30000);
    uint64_t slice = (tsc() - begin) / 10 * 1000000 / program_info()->tsc_khz;
    three_equals(slice < 10000 ? 10000 : slice, 60, 1000);
}

/* Without a slice an equal waits until the other lets it: by waiting or by yielding. */
static void no_turns(void)
{
    struct process *process = process_make();
    struct task *first = task_make(process, PRIORITY_USUAL),
                *second = task_make(process, PRIORITY_USUAL);

    task_start(first, victim_count);
    task_start(second, victim_count);
    let_run(1, 20000);
    await_count(first);
    EXPECT_EQUAL(second->area->data[0], 0);
}

/* Two that yield to each other take turns, one by one. */
static void yielding(void)
{
    struct process *process = process_make();
    struct task *task[2];

    for (unsigned i = 0; i < 2; i++) {
        task[i] = task_make(process, PRIORITY_USUAL);
        task[i]->area->data[0] = task[i]->id;
        task[i]->area->data[1] = ARENA_ADDRESS + 64;
        task[i]->area->data[2] = process_give(process, task[i]->sched, RIGHT_ALL, 0);
        task_start(task[i], victim_note_yield);
    }
    settle();
    EXPECT_EQUAL(noted()[0], 20);
    for (unsigned i = 0; i < 20; i++)
        EXPECT_EQUAL(noted()[1 + i], 1 + i % 2);
}

/* A spinning thread has no part while one of higher priority spins. */
static void starvation(void)
{
    struct process *process = process_make();
    struct task *high = task_make(process, 61), *low = task_make(process, PRIORITY_USUAL);

    OK(sched_context_configure, high->sched, own.cpu, 61, 10000);
    task_start(low, victim_count);
    task_start(high, victim_count);
    let_run(1, 10000);
    await_count(high);
    EXPECT_EQUAL(low->area->data[0], 0);
    OK(thread_suspend, high->thread);
    await_count(low);
}

static const struct test sched_tests[] = {
    {"configure: errors", configure_errors},
    {"yield: errors", yield_errors},
    {"clock", clock_of_any},
    {"priorities", priorities},
    {"priorities that change", priority_changes},
    {"preemption", preemption},
    {"a thread keeps its turn", keeps_turn},
    {"a server has its caller's priority", inheritance},
    {"equals take turns", equal_turns},
    {"equals take turns, interrupted", interrupted_turns},
    {"no slice, no turns", no_turns},
    {"yielding", yielding},
    {"starvation", starvation},
};
GROUP("sched", sched_tests);
