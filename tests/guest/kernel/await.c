/* SPDX-License-Identifier: BSD-2-Clause */
/* See await.h. */

#include "tests/guest/kernel/await.h"

void await_address(const struct task *task, const char address[])
{
    uint64_t found = 0;

    for (unsigned i = 0; i < LOOKS_MAX; i++) {
        runner_sleep(1000);
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
        runner_sleep(1000);
        if (task->area->data[0] > before + 1)
            return;
    }
    FAIL("task %u doesn't run: it counted to %lu", task->id, task->area->data[0]);
}

void await_report(const struct task *task)
{
    for (unsigned i = 0; i < LOOKS_MAX && task->report.count == 0; i++)
        runner_sleep(1000);
}
