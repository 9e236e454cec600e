/* SPDX-License-Identifier: BSD-2-Clause */
/* See await.h. */

#include "tests/guest/kernel/await.h"

#include "libsys/program.h"
#include "libsys/time.h"

static cap_t nothing; /* a Notification that nobody signals */
bool await_elsewhere;

void await_init(void)
{
    nothing = lasting_make(OBJECT_NOTIFICATION, 0);
}

/* The runner sleeps, whether victims of its own CPU can run or not. */
static void sleep_on(uint64_t ticks)
{
    uint64_t flags;

    OK(sched_context_deadline, own.time, time_ticks() + ticks);
    EXPECT_EQUAL(ERR_CODE(notification_wait(nothing, &flags)), ERROR_CANCELLED);
    OK(sched_context_deadline, own.time, 0);
}

void await_look(void)
{
    if (await_elsewhere)
        sleep_on(program_info()->tsc_khz);
    runner_sleep(1000);
}

void await_address(const struct task *task, const char address[])
{
    uint64_t found = 0;

    for (unsigned i = 0; i < LOOKS_MAX; i++) {
        await_look();
        expect_silent(task);
        if (task_state(task) != THREAD_READY)
            continue;
        OK(thread_suspend, task->thread);
        found = task_register(task, REGISTER_RIP);
        if (found == (uint64_t)address)
            return;
        OK(thread_resume, task->thread);
    }
    FAIL("task %u didn't come to 0x%lx: its state is %u, and it was last seen at 0x%lx", task->id,
         (uint64_t)address, task_state(task), found);
}

void await_count(const struct task *task)
{
    uint64_t before = task->area->data[0];

    /* A host that stops the machine for a while takes budgets, and leaves debts to be paid. */
    for (unsigned i = 0; i < 10 * LOOKS_MAX; i++) {
        await_look();
        if (task->area->data[0] > before + 1)
            return;
    }
    FAIL("task %u doesn't run: it counted to %lu", task->id, task->area->data[0]);
}

void await_report(const struct task *task)
{
    for (unsigned i = 0; i < LOOKS_MAX && task->report.count == 0; i++)
        await_look();
}
