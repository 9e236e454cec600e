/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads that are suspended, resumed, started anew, or lose what they need, in every state. */

#include "tests/guest/kernel/pair.h"

/* ---- Suspending in every state ---- */

/* Registers survive being preempted and suspended. */
static void suspend_running(void)
{
    struct task *task = task_make(process_make(), PRIORITY_USUAL);

    step_add(task, SYSCALL_SIGNAL, process_give(task->process, runner_signal(16), RIGHT_ALL, 0));
    struct step *inspect = step_add(task, SYSCALL_INSPECT, 0);
    task_run(task);
    EXPECT(await_flag(16));
    OK(thread_suspend, task->thread);
    OK(thread_suspend, task->thread);
    EXPECT_EQUAL(task_state(task), THREAD_STOPPED);
    settle();
    EXPECT_EQUAL(inspect->done, 0);
    OK(thread_resume, task->thread);
    settle();
    expect_done(task);
}

/* A wait for a notification ends with an error; the next one is as if it hadn't been. */
static void suspend_waiting(void)
{
    struct task *task = task_make(process_make(), PRIORITY_USUAL);
    cap_t notification = case_make(OBJECT_NOTIFICATION, 0);
    cap_t handle = process_give(task->process, notification, RIGHT_ALL, 0);
    struct step *first = step_operation(task, handle, OP_notification_wait, 0, 0, 0, 0);
    struct step *second = step_operation(task, handle, OP_notification_wait, 0, 0, 0, 0);

    task_run(task);
    settle();
    EXPECT_EQUAL(task_state(task), THREAD_WAITING);
    OK(thread_suspend, task->thread);
    EXPECT_NO_ERROR(signal_flags(case_mint(notification, RIGHT_ALL, 6)));
    settle();
    EXPECT_EQUAL(first->done, 0);
    OK(thread_resume, task->thread);
    settle();
    expect_done(task);
    EXPECT_STEP(first, CANCELLED, 0, THREAD);
    coverage_note(INDEX_notification_wait, step_result(first));
    expect_clean(task, first);
    EXPECT_STEP_OK(second);
    EXPECT_EQUAL(second->out[R_RDI], 6);
}

/* A server that was idle is idle again, and takes what came meanwhile. */
static void suspend_idle(void)
{
    struct pair pair = pair_make(0);
    struct exchange exchange = pair_exchange(&pair);

    task_run(pair.server);
    settle();
    OK(thread_suspend, pair.server->thread);
    EXPECT_EQUAL(task_state(pair.server), THREAD_STOPPED);
    task_run(pair.client);
    settle();
    EXPECT_EQUAL(task_state(pair.client), THREAD_QUEUED);
    OK(thread_resume, pair.server->thread);
    settle();
    expect_done(pair.client);
    expect_message(exchange.wait, exchange.request);
    expect_clean(pair.server, exchange.wait);
    expect_message(exchange.request, exchange.answer);
}

/* Registers written while it was suspended, idle, aren't those of the message that it then gets. */
static void suspend_idle_write(void)
{
    struct pair pair = pair_make(0);
    cap_t notification = case_make(OBJECT_NOTIFICATION, 0);
    struct step *wait = step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    struct step *poll =
        step_operation(pair.server, process_give(pair.server->process, notification, RIGHT_ALL, 0),
                       OP_notification_poll, 0, 0, 0, 0);
    struct step *answer = step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    struct step *first = step_add(pair.client, SYSCALL_CALL, pair.handle);
    struct step *second = step_add(pair.client, SYSCALL_CALL, pair.handle);

    task_run(pair.server);
    settle();
    OK(thread_suspend, pair.server->thread);
    for (unsigned i = 0; i < REGISTER_RFLAGS; i++)
        OK(thread_write_registers, pair.server->thread, i, 1, 0xbad00000 + i, 0, 0, 0);
    OK(thread_resume, pair.server->thread);
    task_run(pair.client);
    settle();
    expect_message(wait, first);
    expect_clean(pair.server, wait);
    EXPECT_STEP_OK(poll);
    expect_clean(pair.server, poll);
    expect_message(first, answer);
    expect_message(answer, second);
    expect_clean(pair.server, answer);
}

static void suspend_idle_passive(void)
{
    struct pair pair = pair_make(PAIR_PASSIVE);
    struct step *answer = step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    struct step *request = step_add(pair.client, SYSCALL_CALL, pair.handle);

    request->in[R_RDI] = (uint64_t)pair.server->area;
    task_run(pair.server);
    OK(thread_suspend, pair.server->thread);
    task_run(pair.client);
    settle();
    EXPECT_EQUAL(task_state(pair.client), THREAD_QUEUED);
    OK(thread_resume, pair.server->thread);
    settle();
    expect_done(pair.client);
    expect_message(request, answer);
}

/* Suspended when idle, then unbound: it mustn't wait for calls any more. */
static void suspend_idle_unbind(void)
{
    struct pair pair = pair_make(0);
    struct exchange exchange = pair_exchange(&pair);

    task_run(pair.server);
    settle();
    OK(thread_suspend, pair.server->thread);
    OK(thread_set_endpoint, pair.server->thread, 0);
    OK(thread_resume, pair.server->thread);
    settle();
    EXPECT_EQUAL(exchange.wait->done, 1);
    EXPECT(step_result(exchange.wait) != 0);
    task_run(pair.client);
    settle();
    EXPECT_EQUAL(task_state(pair.client), THREAD_QUEUED);
    struct message message = {0};
    EXPECT_ERROR(call(CAP_OF(case_slot()), &message), INVALID_CAPABILITY, 0, NOTHING);
}

/* The same, bound to another endpoint: its wait has ended, and the next is there. */
static void suspend_idle_rebind(void)
{
    struct pair pair = pair_make(0), other = pair_make(0);
    struct exchange exchange = pair_exchange(&pair);
    struct step *request = step_add(other.client, SYSCALL_CALL, other.handle);

    task_run(pair.server);
    settle();
    OK(thread_suspend, pair.server->thread);
    OK(thread_set_endpoint, pair.server->thread, 0);
    OK(thread_set_endpoint, pair.server->thread, other.endpoint);
    OK(thread_resume, pair.server->thread);
    task_run(other.client);
    settle();
    EXPECT_STEP(exchange.wait, CANCELLED, 0, ENDPOINT);
    expect_message(exchange.answer, request);
}

/* The endpoint went away while its idle server was suspended. */
static void suspend_idle_deleted(void)
{
    struct pair pair = pair_make(0);
    struct step *wait = step_add(pair.server, SYSCALL_REPLY_WAIT, 0);

    task_run(pair.server);
    settle();
    OK(thread_suspend, pair.server->thread);
    OK(cnode_delete, own.cnode, CAP_INDEX(pair.endpoint));
    OK(thread_resume, pair.server->thread);
    settle();
    EXPECT_EQUAL(wait->done, 1);
    EXPECT(step_result(wait) != 0);
}

/* A server that is suspended while it serves goes on with it, and its caller waits. */
static void suspend_serving(void)
{
    struct pair pair = pair_make(0);
    struct exchange exchange;

    exchange.wait = step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    step_add(pair.server, SYSCALL_SIGNAL,
             process_give(pair.server->process, runner_signal(16), RIGHT_ALL, 0));
    exchange.answer = step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    exchange.request = step_add(pair.client, SYSCALL_CALL, pair.handle);
    task_run(pair.server);
    settle();
    task_run(pair.client);
    EXPECT(await_flag(16));
    OK(thread_suspend, pair.server->thread);
    settle();
    EXPECT_EQUAL(task_state(pair.client), THREAD_CALLING);
    OK(thread_resume, pair.server->thread);
    settle();
    expect_done(pair.client);
    expect_message(exchange.request, exchange.answer);
}

/* Started anew while it serves: that caller isn't answered by what comes then. */
static void restart_serving(unsigned flags)
{
    struct pair pair = pair_make(flags);
    struct step *request = step_add(pair.client, SYSCALL_CALL, pair.handle);

    if (!(flags & PAIR_PASSIVE))
        step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    step_add(pair.server, REPORT_VALUE, 0);
    request->in[R_RDI] = (uint64_t)pair.server->area;
    pair_run(&pair);
    EXPECT_EQUAL(task_state(pair.client), THREAD_CALLING);
    OK(thread_suspend, pair.server->thread);
    pair.server->area->next = pair.server->area->count = 0;
    struct step *wait = step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    struct step *again = step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    task_run(pair.server);
    settle();
    expect_done(pair.client);
    EXPECT_STEP(request, OUTCOME_UNKNOWN, 0, THREAD);

    cap_t handle;
    struct task *second = pair_client(&pair, PRIORITY_USUAL, 3, &handle);
    struct step *other = step_add(second, SYSCALL_CALL, handle);
    other->in[R_RDI] = (uint64_t)pair.server->area;
    task_run(second);
    settle();
    expect_done(second);
    EXPECT_STEP_OK(other);
    expect_message(other, flags & PAIR_PASSIVE ? wait : again);
}

static void restart_serving_active(void)
{
    restart_serving(0);
}

static void restart_serving_passive(void)
{
    restart_serving(PAIR_PASSIVE);
}

/* A fault that waits for its answer is dropped by suspending; resumed, it happens again. */
static void suspend_faulted(void)
{
    struct task *task = task_make(process_make(), PRIORITY_USUAL);

    task_start(task, victim_read_data);
    task->area->data[0] = 0x12345000;
    settle();
    expect_page_fault(task, 0x12345000, 0);
    EXPECT_EQUAL(task_state(task), THREAD_FAULTED);
    OK(thread_suspend, task->thread);
    EXPECT_EQUAL(task_state(task), THREAD_STOPPED);
    struct message message = {0};
    EXPECT_ERROR(call(task->reply, &message), NO_CALLER, 0, REPLY);
    OK(thread_resume, task->thread);
    task->report.count = 0;
    settle();
    expect_page_fault(task, 0x12345000, 0);
}

/* Without a fault endpoint a fault stops the thread; with one that goes away, too. */
static void fault_endpoint(void)
{
    struct process *process = process_make();
    struct task *task = task_make(process, PRIORITY_USUAL),
                *other = task_make(process, PRIORITY_USUAL);
    cap_t endpoint = case_make(OBJECT_ENDPOINT, 0);

    OK(thread_set_fault, task->thread, 0);
    task_start(task, victim_read_data);
    settle();
    expect_silent(task);
    EXPECT_EQUAL(task_state(task), THREAD_STOPPED);
    EXPECT_EQUAL(task_register(task, REGISTER_RIP), victim_read_data_at);
    OK(thread_set_fault, other->thread, endpoint);
    task_start(other, victim_read_data);
    settle();
    EXPECT_EQUAL(task_state(other), THREAD_FAULTED);
    OK(cnode_delete, own.cnode, CAP_INDEX(endpoint));
    settle();
    EXPECT_EQUAL(task_state(other), THREAD_STOPPED);
    OK(thread_set_fault, other->thread, other->fault);
    OK(thread_resume, other->thread);
    settle();
    expect_page_fault(other, 0, 0);
}

/* ---- Threads that end themselves ---- */

static void suspend_itself(void)
{
    struct task *task = task_make(process_make(), PRIORITY_USUAL);
    cap_t self = process_give(task->process, task->thread, RIGHT_ALL, 0);
    struct step *step = step_operation(task, self, OP_thread_suspend, 0, 0, 0, 0);

    task_run(task);
    settle();
    expect_silent(task);
    EXPECT_EQUAL(task_state(task), THREAD_STOPPED);
    OK(thread_resume, task->thread);
    settle();
    expect_done(task);
    EXPECT_STEP_OK(step);
    expect_clean(task, step);
}

/* Something that the thread needs, deleted by itself through its own table. */
static void delete_own(cap_t what, struct task *task)
{
    uint32_t slot = task->process->next_slot++;
    cap_t cnode = process_give(task->process, task->process->cnode, RIGHT_ALL, 0);

    step_operation(task, cnode, OP_cnode_delete, slot, 0, 0, 0);
    task_run(task);
    OK(cnode_move, task->process->cnode, slot, what);
    settle();
}

static void delete_own_thread(void)
{
    struct task *task = task_make(process_make(), PRIORITY_USUAL);

    delete_own(task->thread, task);
    expect_silent(task);
}

static void delete_own_space(void)
{
    struct task *task = task_make(process_make(), PRIORITY_USUAL);

    delete_own(task->process->vspace, task);
    expect_silent(task);
    EXPECT_EQUAL(task_state(task), THREAD_STOPPED);
    FAILS(NOT_BOUND, 0, THREAD, thread_resume, task->thread);
}

static void delete_own_time(void)
{
    struct task *task = task_make(process_make(), PRIORITY_USUAL);

    delete_own(task->sched, task);
    expect_silent(task);
    EXPECT_EQUAL(task->area->next, 0);
    OK(thread_suspend, task->thread);
    OK(thread_set_sched, task->thread, time_make(PRIORITY_USUAL));
    OK(thread_resume, task->thread);
    settle();
    expect_done(task);
    EXPECT_STEP_OK(&task->area->step[0]);
}

/* Its table goes: every handle names nothing from then on. */
static void delete_own_table(void)
{
    struct task *task = task_make(process_make(), PRIORITY_USUAL);
    struct process *process = task->process;
    uint32_t slot = process->next_slot++;

    OK(cnode_move, process->cnode, slot, process->cnode);
    cap_t table = CAP_OF(slot);
    struct step *step = step_operation(task, table, OP_cnode_delete, slot, 0, 0, 0);
    struct step *after = step_operation(task, table, OP_cnode_delete, slot, 0, 0, 0);
    struct step *look = step_add(task, SYSCALL_INSPECT, table);
    struct step *signal = step_add(task, SYSCALL_SIGNAL, table);
    task_run(task);
    settle();
    expect_done(task);
    if (step_result(step))
        EXPECT_STEP(step, INVALID_CAPABILITY, 0, NOTHING);
    EXPECT_STEP(after, INVALID_CAPABILITY, 0, NOTHING);
    EXPECT_STEP(signal, INVALID_CAPABILITY, 0, NOTHING);
    EXPECT_STEP_OK(look);
    EXPECT_EQUAL(look->out[R_RDI], 0);
}

/* Time that is deleted while its thread runs on it, by another thread. */
static void delete_time(void)
{
    struct task *task = task_make(process_make(), PRIORITY_USUAL);

    step_add(task, SYSCALL_SIGNAL, process_give(task->process, runner_signal(16), RIGHT_ALL, 0));
    task_run(task);
    EXPECT(await_flag(16));
    OK(cnode_delete, own.cnode, CAP_INDEX(task->sched));
    settle();
    expect_silent(task);
    OK(thread_suspend, task->thread);
    OK(thread_set_sched, task->thread, time_make(PRIORITY_USUAL));
    OK(thread_resume, task->thread);
    settle();
    expect_done(task);
}

static const struct test stop_tests[] = {
    {"suspended: running", suspend_running},
    {"suspended: waiting", suspend_waiting},
    {"suspended: idle", suspend_idle},
    {"suspended: idle, registers written", suspend_idle_write},
    {"suspended: idle and passive", suspend_idle_passive},
    {"suspended: idle, bound elsewhere", suspend_idle_rebind},
    {"suspended: serving", suspend_serving},
    {"started anew: serving", restart_serving_active},
    {"started anew: serving and passive", restart_serving_passive},
    {"suspended: faulted", suspend_faulted},
    {"fault endpoint", fault_endpoint},
    {"suspends itself", suspend_itself},
    {"deletes itself", delete_own_thread},
    {"deletes its space", delete_own_space},
    {"deletes its time", delete_own_time},
    {"deletes its table", delete_own_table},
    {"loses its time", delete_time},
    {"suspended: idle, unbound", suspend_idle_unbind},
    {"suspended: idle, endpoint deleted", suspend_idle_deleted},
};
GROUP("stop", stop_tests);
