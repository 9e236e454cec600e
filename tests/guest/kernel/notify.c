/* SPDX-License-Identifier: BSD-2-Clause */
/* Notifications, waited for or bound to an endpoint; and callers put aside in Reply objects. */

#include "tests/guest/kernel/pair.h"

/* ---- Notifications by themselves ---- */

static void poll_errors(void)
{
    cap_t notification = case_make(OBJECT_NOTIFICATION, 0),
          endpoint = case_make(OBJECT_ENDPOINT, 0);
    struct task *task = task_make(process_make(), PRIORITY_USUAL);
    uint64_t flags;

    EXPECT_NO_ERROR(signal_flags(case_mint(notification, RIGHT_ALL, 0x80000001)));
    EXPECT_NO_ERROR(signal_flags(case_mint(notification, RIGHT_ALL, 0x10)));
    EXPECT_NO_ERROR(signal_flags(notification)); /* no badge: no flags */
    OK(notification_poll, notification, &flags);
    EXPECT_EQUAL(flags, 0x80000011);
    OK(notification_poll, notification, &flags);
    EXPECT_EQUAL(flags, 0);

    OK(notification_bind, notification, endpoint);
    FAILS(BOUND, 0, NOTIFICATION, notification_bind, notification, endpoint);
    FAILS(BOUND, 0, NOTIFICATION, notification_poll, notification, &flags);
    FAILS(BOUND, 0, NOTIFICATION, notification_wait, notification, &flags);
    OK(notification_bind, notification, 0);
    OK(notification_bind, notification, 0);

    step_operation(task, process_give(task->process, notification, RIGHT_ALL, 0),
                   OP_notification_wait, 0, 0, 0, 0);
    task_run(task);
    settle();
    FAILS(BOUND, 0, NOTIFICATION, notification_bind, notification, endpoint);
    FAILS(BOUND, 0, NOTIFICATION, notification_wait, notification, &flags);
    OK(notification_poll, notification, &flags); /* this is allowed: there is nothing */
    EXPECT_EQUAL(flags, 0);
}

/* Flags that are there are taken at once; else the next signal wakes, and brings nothing else. */
static void wait(void)
{
    struct task *task = task_make(process_make(), PRIORITY_USUAL);
    struct task *other = task_make(process_make(), PRIORITY_LOW);
    cap_t notification = case_make(OBJECT_NOTIFICATION, 0);
    cap_t handle = process_give(task->process, notification, RIGHT_NOTIFICATION_WAIT, 0);
    struct step *first = step_operation(task, handle, OP_notification_wait, 1, 2, 3, 4);
    struct step *second = step_operation(task, handle, OP_notification_wait, 0, 0, 0, 0);
    struct step *signal =
        step_add(other, SYSCALL_SIGNAL,
                 process_give(other->process, notification, RIGHT_NOTIFICATION_SIGNAL, 32));
    struct step *again = step_add(other, SYSCALL_SIGNAL, signal->in[R_RDX]);

    EXPECT_NO_ERROR(signal_flags(case_mint(notification, RIGHT_ALL, 5)));
    task_run(task);
    settle();
    EXPECT_STEP_OK(first);
    coverage_note(INDEX_notification_wait, step_result(first));
    EXPECT_EQUAL(first->out[R_RDI], 5);
    expect_clean(task, first);
    EXPECT_EQUAL(second->done, 0);
    EXPECT_EQUAL(task_state(task), THREAD_WAITING);
    task_run(other);
    settle();
    expect_done(task);
    expect_done(other);
    EXPECT_EQUAL(second->out[R_RDI], 32);
    for (unsigned i = R_RSI; i <= R_R14; i++)
        EXPECT_EQUAL(second->out[i], 0);
    expect_clean(task, second);
    EXPECT_STEP_OK(signal);
    EXPECT_STEP_OK(again);
    EXPECT_EQUAL(signal->out[R_RBX] | signal->out[R_RBP], 0);
    uint64_t flags;
    OK(notification_poll, notification, &flags);
    EXPECT_EQUAL(flags, 32);
}

static void wait_deleted(void)
{
    struct task *task = task_make(process_make(), PRIORITY_USUAL);
    cap_t notification = case_make(OBJECT_NOTIFICATION, 0);
    struct step *step =
        step_operation(task, process_give(task->process, notification, RIGHT_ALL, 0),
                       OP_notification_wait, 0, 0, 0, 0);

    task_run(task);
    settle();
    OK(cnode_delete, own.cnode, CAP_INDEX(notification));
    settle();
    expect_done(task);
    EXPECT_STEP(step, CANCELLED, 0, NOTIFICATION);
    coverage_note(INDEX_notification_wait, step_result(step));
    expect_clean(task, step);
}

/* ---- Bound to an endpoint ---- */

static cap_t bound_notification(cap_t endpoint)
{
    cap_t notification = case_make(OBJECT_NOTIFICATION, 0);

    OK(notification_bind, notification, endpoint);
    return case_mint(notification, RIGHT_NOTIFICATION_SIGNAL, 0x30);
}

static void expect_notification(const struct task *server, const struct step *step, uint64_t flags)
{
    EXPECT_EQUAL(step_result(step), RECEIVE_NOTIFICATION);
    EXPECT_EQUAL(step->out[R_RDI], flags);
    for (unsigned i = R_RSI; i <= R_R15; i++)
        EXPECT_EQUAL(step->out[i], 0);
    EXPECT_EQUAL(step->out[R_RDX], 0);
    expect_clean(server, step);
}

/* An idle server takes it; then it waits again, and is called. */
static void bound_idle(void)
{
    struct pair pair = pair_make(0);
    struct step *first = step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    struct exchange exchange = pair_exchange(&pair);
    cap_t signal = bound_notification(pair.endpoint);

    task_run(pair.server);
    settle();
    EXPECT_NO_ERROR(signal_flags(signal));
    settle();
    expect_notification(pair.server, first, 0x30);
    task_run(pair.client);
    settle();
    expect_done(pair.client);
    expect_message(exchange.wait, exchange.request);
}

/* A server at work takes it when it waits again: on its own time, after the answer. */
static void bound_busy(void)
{
    struct pair pair = pair_make(0);
    struct step *wait = step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    cap_t signal = bound_notification(pair.endpoint);

    step_add(pair.server, SYSCALL_SIGNAL, process_give(pair.server->process, signal, RIGHT_ALL, 0));
    struct step *answer = step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    struct step *after = step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    struct step *first = step_add(pair.client, SYSCALL_CALL, pair.handle);
    struct step *second = step_add(pair.client, SYSCALL_CALL, pair.handle);
    pair_run(&pair);
    EXPECT_STEP_OK(wait);
    EXPECT_STEP_OK(first);
    expect_clean(pair.client, first);
    expect_notification(pair.server, answer, 0x30);
    expect_message(first, answer);
    expect_message(after, second);
    EXPECT_EQUAL(task_state(pair.client), THREAD_CALLING);
}

/* A passive server can't take it: it has no time. It waits for a server that has. */
static void bound_passive(void)
{
    struct pair pair = pair_make(PAIR_PASSIVE);
    cap_t signal = bound_notification(pair.endpoint);
    struct step *answer = step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    struct step *request = step_add(pair.client, SYSCALL_CALL, pair.handle);
    struct task *active = task_make(process_make(), PRIORITY_USUAL);
    struct step *wait = step_add(active, SYSCALL_REPLY_WAIT, 0);

    request->in[R_RDI] = (uint64_t)pair.server->area;
    task_run(pair.server);
    EXPECT_NO_ERROR(signal_flags(signal));
    task_run(pair.client);
    settle();
    expect_done(pair.client);
    expect_message(request, answer);
    expect_clean(pair.client, request);
    task_serve(active, pair.endpoint);
    task_run(active);
    settle();
    expect_notification(active, wait, 0x30);
}

/* Two notifications and a caller wait: all are taken, flags added up. */
static void bound_several(void)
{
    struct pair pair = pair_make(0);
    cap_t a = bound_notification(pair.endpoint), b = bound_notification(pair.endpoint);
    struct step *wait[4];

    EXPECT_NO_ERROR(signal_flags(a));
    EXPECT_NO_ERROR(signal_flags(a));
    EXPECT_NO_ERROR(signal_flags(b));
    struct step *request = step_add(pair.client, SYSCALL_CALL, pair.handle);
    task_run(pair.client);
    settle();
    for (unsigned i = 0; i < 4; i++)
        wait[i] = step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    task_run(pair.server);
    settle();
    expect_notification(pair.server, wait[0], 0x30);
    expect_notification(pair.server, wait[1], 0x30);
    expect_message(wait[2], request);
    EXPECT_EQUAL(wait[3]->done, 0);
    expect_done(pair.client);
}

/* Flags that were set before it was bound; a binding that is taken away; an endpoint that goes. */
static void bound_changes(void)
{
    struct pair pair = pair_make(0);
    cap_t notification = case_make(OBJECT_NOTIFICATION, 0);
    cap_t signal = case_mint(notification, RIGHT_ALL, 0x44);
    struct step *first = step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    struct step *second = step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    uint64_t flags;

    task_run(pair.server);
    settle();
    EXPECT_NO_ERROR(signal_flags(signal));
    OK(notification_bind, notification, pair.endpoint);
    settle();
    expect_notification(pair.server, first, 0x44);
    OK(thread_suspend, pair.server->thread);
    EXPECT_NO_ERROR(signal_flags(signal)); /* pending at the endpoint … */
    OK(notification_bind, notification, 0);
    OK(thread_resume, pair.server->thread);
    settle();
    EXPECT_EQUAL(second->done, 0);
    OK(notification_poll, notification, &flags); /* … and back */
    EXPECT_EQUAL(flags, 0x44);
    OK(notification_bind, notification, pair.endpoint);
    OK(cnode_delete, own.cnode, CAP_INDEX(pair.endpoint));
    EXPECT_NO_ERROR(signal_flags(signal));
    OK(notification_poll, notification, &flags);
    EXPECT_EQUAL(flags, 0x44);
}

/* A notification that is pending at an endpoint is deleted: replies and calls go on as before. */
static void bound_deleted(void)
{
    struct pair pair = pair_make(0);
    cap_t notification = case_make(OBJECT_NOTIFICATION, 0);
    struct exchange exchange = pair_exchange(&pair);

    OK(notification_bind, notification, pair.endpoint);
    EXPECT_NO_ERROR(signal_flags(case_mint(notification, RIGHT_ALL, 1)));
    OK(cnode_delete, own.cnode, CAP_INDEX(notification));
    pair_run(&pair);
    expect_done(pair.client);
    expect_message(exchange.wait, exchange.request);
}

/* ---- Reply objects ---- */

/* Two callers are put aside and answered in the other order, by another thread, too. */
static void detached(void)
{
    struct pair pair = pair_make(0);
    struct process *process = pair.server->process;
    struct task *helper = task_make(process, PRIORITY_USUAL);
    cap_t replies = case_make_row(OBJECT_REPLY, 0, 2), handle;
    cap_t reply[2] = {process_give(process, replies, RIGHT_ALL, 0),
                      process_give(process, replies + CAP_OF(1), RIGHT_ALL, 0)};
    struct task *other = pair_client(&pair, PRIORITY_USUAL, 2, &handle);
    struct step *request[2] = {step_add(pair.client, SYSCALL_CALL, pair.handle),
                               step_add(other, SYSCALL_CALL, handle)};

    struct step *wait = step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    struct step *first = step_add(pair.server, SYSCALL_DETACH, reply[0]);
    struct step *next = step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    struct step *occupied = step_add(pair.server, SYSCALL_DETACH, reply[0]);
    struct step *second = step_add(pair.server, SYSCALL_DETACH, reply[1]);
    struct step *nobody = step_add(pair.server, SYSCALL_DETACH, reply[1]);
    struct step *answer = step_add(pair.server, SYSCALL_CALL, reply[1]);
    struct step *twice = step_add(pair.server, SYSCALL_CALL, reply[1]);
    task_run(pair.server);
    task_run(pair.client);
    settle();
    EXPECT_EQUAL(task_state(pair.client), THREAD_CALLING);
    task_run(other);
    settle();
    expect_done(pair.server);
    expect_message(wait, request[0]);
    expect_message(next, request[1]);
    EXPECT_STEP_OK(first);
    EXPECT_STEP(occupied, BOUND, 0, REPLY);
    EXPECT_STEP_OK(second);
    EXPECT_STEP(nobody, NO_CALLER, 0, REPLY);
    EXPECT_STEP_OK(answer);
    EXPECT_STEP(twice, NO_CALLER, 0, REPLY);
    coverage_note(INDEX_reply_send, step_result(answer));
    coverage_note(INDEX_reply_send, step_result(twice));
    expect_done(other);
    expect_message(request[1], answer);
    expect_clean(other, request[1]);
    expect_clean(pair.server, answer);
    EXPECT_EQUAL(request[0]->done, 0);

    struct step *late = step_add(helper, SYSCALL_CALL, reply[0]);
    task_run(helper);
    settle();
    expect_done(pair.client);
    expect_message(request[0], late);
    expect_clean(pair.client, request[0]);
    expect_done(helper);
}

static void reply_rights(void)
{
    cap_t reply = case_make(OBJECT_REPLY, 0);
    struct message message = {0};
    err_t error = call(case_copy(reply, 0), &message);

    coverage_note(INDEX_reply_send, error);
    EXPECT_ERROR(error, MISSING_RIGHT, 0, REPLY);
    message = (struct message){.tag = -1ull};
    error = call(reply, &message);
    EXPECT_ERROR(error, NO_CALLER, 0, REPLY);
}

/* A passive server can't detach: nothing would be left to run it. */
static void detach_passive(void)
{
    struct pair pair = pair_make(PAIR_PASSIVE);
    cap_t reply = process_give(pair.server->process, case_make(OBJECT_REPLY, 0), RIGHT_ALL, 0);
    struct step *detach = step_add(pair.server, SYSCALL_DETACH, reply);
    struct step *answer = step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    struct step *request = step_add(pair.client, SYSCALL_CALL, pair.handle);

    request->in[R_RDI] = (uint64_t)pair.server->area;
    pair_run(&pair);
    EXPECT_STEP(detach, WRONG_STATE, 0, REPLY);
    expect_done(pair.client);
    expect_message(request, answer);
}

/* The Reply goes, or the caller in it. */
static void reply_deleted(void)
{
    struct pair pair = pair_make(0);
    cap_t object = case_make(OBJECT_REPLY, 0);
    cap_t reply = process_give(pair.server->process, object, RIGHT_ALL, 0);
    struct step *request = step_add(pair.client, SYSCALL_CALL, pair.handle);

    step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    step_add(pair.server, SYSCALL_DETACH, reply);
    pair_run(&pair);
    expect_done(pair.server);
    OK(cnode_delete, own.cnode, CAP_INDEX(object));
    settle();
    expect_done(pair.client);
    EXPECT_STEP(request, OUTCOME_UNKNOWN, 0, REPLY);
    expect_clean(pair.client, request);
}

static void reply_caller_gone(void)
{
    struct pair pair = pair_make(0);
    cap_t object = case_make(OBJECT_REPLY, 0);
    cap_t reply = process_give(pair.server->process, object, RIGHT_ALL, 0);
    struct message message = {0};

    step_add(pair.client, SYSCALL_CALL, pair.handle);
    step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    step_add(pair.server, SYSCALL_DETACH, reply);
    pair_run(&pair);
    OK(cnode_delete, own.cnode, CAP_INDEX(pair.client->thread));
    EXPECT_ERROR(call(object, &message), NO_CALLER, 0, REPLY);
}

/* A fault is put aside and answered like a call; registers stay as they were, or were written. */
static void fault_answered(void)
{
    struct task *task = task_make(process_make(), PRIORITY_USUAL);
    cap_t frame = case_make(OBJECT_FRAME, 12);
    cap_t copy = case_map(frame, 0x40000000, ACCESS_READ | ACCESS_WRITE);

    *(uint64_t *)0x40000010 = 0xfeed;
    OK(cnode_delete, own.cnode, CAP_INDEX(copy));
    task->area->data[0] = 0x12345010;
    task_start(task, victim_read_data);
    settle();
    expect_page_fault(task, 0x12345010, 0);
    process_map(task->process, frame, 0x12345000, ACCESS_READ);
    task_continue(task);
    settle();
    EXPECT_EQUAL(task->report.code, REPORT_VALUE);
    EXPECT_EQUAL(task_register(task, REGISTER_RDI), 0xfeed);
}

static const struct test notify_tests[] = {
    {"poll and bind: errors", poll_errors},
    {"wait", wait},
    {"wait for what is deleted", wait_deleted},
    {"bound, server idle", bound_idle},
    {"bound, server at work", bound_busy},
    {"bound, server passive", bound_passive},
    {"bound, several", bound_several},
    {"bound, unbound", bound_changes},
    {"bound, deleted", bound_deleted},
    {"detached callers", detached},
    {"reply: errors", reply_rights},
    {"detach by a passive server", detach_passive},
    {"reply deleted", reply_deleted},
    {"reply's caller deleted", reply_caller_gone},
    {"fault answered", fault_answered},
};
GROUP("notify", notify_tests);
