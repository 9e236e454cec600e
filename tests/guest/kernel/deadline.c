/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deadlines: what each state of a call becomes when the time of its caller is over, and what they
 * leave alone.
 */

#include "tests/guest/kernel/await.h"
#include "tests/guest/kernel/pair.h"
#include "tests/guest/kernel/time.h"
#include "tests/guest/kernel/worker.h"

#define SOON 3000 /* microseconds: the victims are where they wait long before, or else later */
#define PAST 1    /* a TSC value that was long ago */
#define MINUTE 60000000ull

/* A deadline that has passed, and the kernel has seen that. */
static void deadline_passed(const struct task *task)
{
    OK(sched_context_deadline, task->sched, PAST);
    await_time(tsc());
}

/* Run the client until it waits, and then set its deadline, as another thread. */
static void wait_past_deadline(struct task *client)
{
    settle();
    expect_silent(client);
    uint64_t time = deadline_in(client, SOON);
    settle();
    if (tsc() < time) /* no sooner */
        expect_silent(client);
    await_time(time);
    settle();
}

/* A server that waits for the signal while it works on its first request, and then for a second. */
struct slow {
    struct pair pair;
    cap_t signal;
    struct step *wait, *work, *next, *request;
};

static struct slow slow_make(unsigned flags)
{
    struct slow slow = {.pair = pair_make(flags)};
    struct task *server = slow.pair.server;
    cap_t notification = case_make(OBJECT_NOTIFICATION, 0);

    slow.signal = case_mint(notification, RIGHT_NOTIFICATION_SIGNAL, 1);
    if (!(flags & PAIR_PASSIVE))
        slow.wait = step_add(server, SYSCALL_REPLY_WAIT, 0);
    slow.work = step_operation(server, process_give(server->process, notification, RIGHT_ALL, 0),
                               OP_notification_wait, 0, 0, 0, 0);
    slow.next = step_add(server, SYSCALL_REPLY_WAIT, 0);
    slow.request = step_add(slow.pair.client, SYSCALL_CALL, slow.pair.handle);
    slow.request->in[R_RDI] = (uint64_t)server->area;
    task_run(server);
    settle();
    return slow;
}

/* The server goes on where it was, and takes the next request. */
static void expect_serves_next(const struct slow *slow)
{
    cap_t handle;
    struct task *client = pair_client(&slow->pair, PRIORITY_USUAL, 99, &handle);
    struct step *request = step_add(client, SYSCALL_CALL, handle);

    EXPECT_EQUAL(slow->work->done, 0);
    EXPECT_NO_ERROR(signal_flags(slow->signal));
    task_run(client);
    settle();
    EXPECT_STEP_OK(slow->work);
    EXPECT_EQUAL(slow->next->out[R_RAX], 99);
    expect_message(slow->next, request);
}

/* ---- Where it ends what one waits for ---- */

static void queued(void)
{
    struct pair pair = pair_make(0);
    struct step *request = step_add(pair.client, SYSCALL_CALL, pair.handle);
    struct step *wait = step_add(pair.server, SYSCALL_REPLY_WAIT, 0);

    task_run(pair.client);
    wait_past_deadline(pair.client);
    expect_done(pair.client);
    EXPECT_STEP(request, NOT_DELIVERED, 0, SCHED_CONTEXT);
    expect_clean(pair.client, request);
    task_run(pair.server);
    settle();
    EXPECT_EQUAL(wait->done, 0);
}

static void served_by(unsigned flags)
{
    struct slow slow = slow_make(flags);

    task_run(slow.pair.client);
    wait_past_deadline(slow.pair.client);
    expect_done(slow.pair.client);
    EXPECT_STEP(slow.request, OUTCOME_UNKNOWN, 0, SCHED_CONTEXT);
    expect_clean(slow.pair.client, slow.request);
    expect_serves_next(&slow);
}

static void served(void)
{
    served_by(0);
}

static void served_passive(void)
{
    served_by(PAIR_PASSIVE);
}

/* The server doesn't wait, but works on and on: with its reserve, or, once it has none, no more. */
static void working_by(unsigned priority)
{
    cap_t endpoint = case_make(OBJECT_ENDPOINT, 0);
    struct task *server = worker_server(endpoint, priority, 0);
    struct task *client = worker_client(PRIORITY_USUAL, endpoint, ENDLESS, 1);
    struct task *other = worker_client(PRIORITY_USUAL, endpoint, 1, 1);

    worker_start_client(client);
    await_count(server);
    await_time(deadline_in(client, SOON));
    await_report(client);
    expect_done(client);
    EXPECT_EQUAL(work_of(client)->error,
                 test_error_word(ERROR_OUTCOME_UNKNOWN, 0, OBJECT_SCHED_CONTEXT));
    if (priority)
        await_count(server);
    else
        settle();
    work_of(server)->stop = 1;
    worker_start_client(other);
    settle();
    expect_done(other);
    EXPECT_EQUAL(work_of(other)->errors, 0);
    EXPECT_EQUAL(work_of(server)->calls, 2);
}

static void working(void)
{
    working_by(PRIORITY_USUAL);
}

static void working_passive(void)
{
    working_by(0);
}

/* The caller's call ends; the server in the middle goes on with its own. */
static void nested(void)
{
    struct slow slow = slow_make(0);
    struct process *process = process_make();
    cap_t outer = case_make(OBJECT_ENDPOINT, 0);
    struct task *client = task_make(process, PRIORITY_USUAL), *middle = slow.pair.client;

    task_serve(middle, outer);
    middle->area->count = 0;
    struct step *wait = step_add(middle, SYSCALL_REPLY_WAIT, 0);
    struct step *inner = step_add(middle, SYSCALL_CALL, slow.pair.handle);
    struct step *next = step_add(middle, SYSCALL_REPLY_WAIT, 0);
    struct step *request =
        step_add(client, SYSCALL_CALL, process_give(process, outer, RIGHT_ALL, 5));
    task_run(middle);
    settle();
    task_run(client);
    wait_past_deadline(client);
    expect_done(client);
    EXPECT_STEP(request, OUTCOME_UNKNOWN, 0, SCHED_CONTEXT);
    EXPECT_STEP_OK(wait);
    EXPECT_EQUAL(inner->done, 0);
    EXPECT_EQUAL(task_state(middle), THREAD_CALLING);
    expect_serves_next(&slow);
    EXPECT_EQUAL(inner->done, 1);
    EXPECT_STEP_OK(inner);
    EXPECT_EQUAL(next->done, 0);
    EXPECT_EQUAL(task_state(middle), THREAD_IDLE);
}

static void detached(void)
{
    struct pair pair = pair_make(0);
    cap_t reply = case_make(OBJECT_REPLY, 0);
    struct message answer = {0};
    struct step *request = step_add(pair.client, SYSCALL_CALL, pair.handle);

    step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    struct step *detach = step_add(pair.server, SYSCALL_DETACH,
                                   process_give(pair.server->process, reply, RIGHT_ALL, 0));
    step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    pair_run(&pair);
    EXPECT_STEP_OK(detach);
    EXPECT_EQUAL(task_state(pair.client), THREAD_CALLING);
    wait_past_deadline(pair.client);
    expect_done(pair.client);
    EXPECT_STEP(request, OUTCOME_UNKNOWN, 0, SCHED_CONTEXT);
    EXPECT_ERROR(call(reply, &answer), NO_CALLER, 0, REPLY);
}

static void waiting(void)
{
    struct task *task = task_make(process_make(), PRIORITY_USUAL);
    cap_t notification = case_make(OBJECT_NOTIFICATION, 0);
    cap_t handle = process_give(task->process, notification, RIGHT_ALL, 0);
    struct step *step = step_operation(task, handle, OP_notification_wait, 0, 0, 0, 0);
    uint64_t flags;

    task_run(task);
    wait_past_deadline(task);
    expect_done(task);
    EXPECT_STEP(step, CANCELLED, 0, SCHED_CONTEXT);
    expect_clean(task, step);
    EXPECT_NO_ERROR(signal_flags(case_mint(notification, RIGHT_ALL, 4)));
    OK(notification_poll, notification, &flags);
    EXPECT_EQUAL(flags, 4);
}

/* ---- What it leaves alone ---- */

/* A fault that its pager has, and one that waits for the pager. */
static void fault(void)
{
    struct task *task = task_make(process_make(), PRIORITY_USUAL);
    struct step *report = step_add(task, REPORT_VALUE, 0);

    task_run(task);
    settle();
    EXPECT_EQUAL(task->report.count, 1);
    await_time(deadline_in(task, SOON));
    settle();
    EXPECT_EQUAL(task->report.count, 1);
    EXPECT_EQUAL(report->done, 0);
    task_continue(task);
    settle();
    EXPECT_EQUAL(report->done, 1);
    expect_done(task);
}

static void fault_queued(void)
{
    struct pair pair = pair_make(0);

    OK(thread_set_fault, pair.client->thread, case_mint(pair.endpoint, RIGHT_ENDPOINT_CALL, 3));
    step_add(pair.client, REPORT_VALUE, 0);
    struct step *wait = step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    task_run(pair.client);
    wait_past_deadline(pair.client);
    EXPECT_EQUAL(task_state(pair.client), THREAD_FAULTED);
    task_run(pair.server);
    settle();
    EXPECT_EQUAL(step_result(wait), RECEIVE_FAULT);
    EXPECT_EQUAL(wait->out[R_RDX], 3);
}

/* A server whose own deadline has passed waits for calls, and serves with its callers' time. */
static void server(void)
{
    struct slow slow = slow_make(0);

    deadline_passed(slow.pair.server);
    settle();
    EXPECT_EQUAL(slow.wait->done, 0);
    EXPECT_EQUAL(task_state(slow.pair.server), THREAD_IDLE);
    task_run(slow.pair.client);
    settle();
    EXPECT_STEP_OK(slow.wait);
    EXPECT_EQUAL(slow.work->done, 0);
    deadline_passed(slow.pair.server);
    settle();
    EXPECT_EQUAL(slow.work->done, 0);
    EXPECT_NO_ERROR(signal_flags(slow.signal));
    settle();
    expect_done(slow.pair.client);
    EXPECT_STEP_OK(slow.request);
}

/* ---- Passed already ---- */

/* Nothing is delivered, though the server is idle; no wait is begun; all else works. */
static void passed(void)
{
    struct pair pair = pair_make(0);
    struct process *process = pair.client->process;
    cap_t notification = case_make(OBJECT_NOTIFICATION, 0);
    cap_t wait = process_give(process, notification, RIGHT_ALL, 0);
    struct step *call = step_add(pair.client, SYSCALL_CALL, pair.handle);
    struct step *buffer = step_add(pair.client, SYSCALL_CALL_BUFFER, pair.handle);
    struct step *waits = step_operation(pair.client, wait, OP_notification_wait, 0, 0, 0, 0);
    struct step *polls = step_operation(pair.client, wait, OP_notification_poll, 0, 0, 0, 0);
    cap_t time = process_give(process, pair.client->sched, RIGHT_ALL, 0);
    struct step *forget = step_operation(pair.client, time, OP_sched_context_deadline, 0, 0, 0, 0);
    struct step *again = step_add(pair.client, SYSCALL_CALL, pair.handle);
    struct step *served = step_add(pair.server, SYSCALL_REPLY_WAIT, 0);

    buffer->in[R_R15] = TAG(5, 0, 0);
    step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    deadline_passed(pair.client);
    pair_run(&pair);
    expect_done(pair.client);
    EXPECT_STEP(call, NOT_DELIVERED, 0, SCHED_CONTEXT);
    expect_clean(pair.client, call);
    EXPECT_STEP(buffer, NOT_DELIVERED, 0, SCHED_CONTEXT);
    EXPECT_STEP(waits, CANCELLED, 0, SCHED_CONTEXT);
    EXPECT_STEP_OK(polls);
    EXPECT_STEP_OK(forget);
    EXPECT_STEP_OK(again);
    expect_message(served, again);
}

/* A flag that is there is taken in time. */
static void passed_with_flag(void)
{
    struct task *task = task_make(process_make(), PRIORITY_USUAL);
    cap_t notification = case_make(OBJECT_NOTIFICATION, 0);
    cap_t handle = process_give(task->process, notification, RIGHT_ALL, 0);
    struct step *first = step_operation(task, handle, OP_notification_wait, 0, 0, 0, 0);
    struct step *second = step_operation(task, handle, OP_notification_wait, 0, 0, 0, 0);

    EXPECT_NO_ERROR(signal_flags(case_mint(notification, RIGHT_ALL, 4)));
    deadline_passed(task);
    task_run(task);
    settle();
    EXPECT_STEP_OK(first);
    EXPECT_EQUAL(first->out[R_RDI], 4);
    EXPECT_STEP(second, CANCELLED, 0, SCHED_CONTEXT);
}

/* The fast path mustn't deliver it either: a client that has called before, in time. */
static void passes_while_calling(void)
{
    cap_t endpoint = case_make(OBJECT_ENDPOINT, 0);
    struct task *server = worker_server(endpoint, PRIORITY_USUAL, 0);
    struct task *client = worker_client(PRIORITY_USUAL, endpoint, 1, 0);

    worker_start_client(client);
    await_count(client);
    await_time(deadline_in(client, SOON));
    uint64_t served = work_of(server)->calls;
    await_count(client);
    EXPECT_EQUAL(work_of(server)->calls, served);
    uint64_t answered = work_of(client)->calls - work_of(client)->errors;
    EXPECT(answered == served || answered + 1 == served);
    EXPECT_EQUAL(work_of(client)->error,
                 test_error_word(ERROR_NOT_DELIVERED, 0, OBJECT_SCHED_CONTEXT));
    OK(sched_context_deadline, client->sched, 0);
    await_count(client);
    uint64_t errors = work_of(client)->errors;
    await_count(client);
    EXPECT_EQUAL(work_of(client)->errors, errors);
    EXPECT(work_of(server)->calls > served);
}

/* ---- Set, changed and forgotten while one waits ---- */

static void set_in_the_past(void)
{
    struct slow slow = slow_make(0);

    task_run(slow.pair.client);
    settle();
    deadline_passed(slow.pair.client);
    settle();
    expect_done(slow.pair.client);
    EXPECT_STEP(slow.request, OUTCOME_UNKNOWN, 0, SCHED_CONTEXT);
    expect_serves_next(&slow);
}

static void changed(void)
{
    struct slow slow = slow_make(0);

    task_run(slow.pair.client);
    settle();
    uint64_t time = deadline_in(slow.pair.client, SOON);
    deadline_in(slow.pair.client, MINUTE);
    await_time(time);
    settle();
    expect_silent(slow.pair.client);
    time = deadline_in(slow.pair.client, SOON);
    OK(sched_context_deadline, slow.pair.client->sched, 0);
    await_time(time);
    settle();
    expect_silent(slow.pair.client);
    wait_past_deadline(slow.pair.client);
    expect_done(slow.pair.client);
    EXPECT_STEP(slow.request, OUTCOME_UNKNOWN, 0, SCHED_CONTEXT);
}

/* One whose budget is gone: its call ends, and it hears of it when it has time again. */
static void without_budget(void)
{
    cap_t endpoint = case_make(OBJECT_ENDPOINT, 0);
    struct task *server = worker_server(endpoint, 0, 0);
    struct task *client = worker_client(PRIORITY_USUAL, endpoint, ENDLESS, 1);

    worker_start_client(client);
    await_count(server);
    time_limit(client->sched, PRIORITY_USUAL, 100, MINUTE);
    settle(); /* the server has no time of its own */
    EXPECT(usage_of(client->sched).left <= 0);
    EXPECT_EQUAL(work_of(server)->calls, 1);
    deadline_passed(client);
    settle();
    expect_silent(client);
    work_of(server)->stop = 1;
    OK(sched_context_configure, client->sched, own.cpu, PRIORITY_USUAL, 0);
    settle();
    expect_done(client);
    EXPECT_EQUAL(work_of(client)->error,
                 test_error_word(ERROR_OUTCOME_UNKNOWN, 0, OBJECT_SCHED_CONTEXT));
}

/* The time is deleted, or another's, when the deadline would come. */
static void time_deleted(void)
{
    struct slow slow = slow_make(0);

    task_run(slow.pair.client);
    settle();
    uint64_t time = deadline_in(slow.pair.client, SOON);
    OK(cnode_delete, own.cnode, CAP_INDEX(slow.pair.client->sched));
    await_time(time);
    settle();
    EXPECT_EQUAL(slow.request->done, 0);
    expect_serves_next(&slow);
}

static const struct test deadline_tests[] = {
    {"a queued call", queued},
    {"a call that is served", served},
    {"a call that is served, passive server", served_passive},
    {"a call that is worked on", working},
    {"a call that is worked on, passive server", working_passive},
    {"a call through two servers", nested},
    {"a detached call", detached},
    {"a wait for a notification", waiting},
    {"not a fault", fault},
    {"not a fault that is queued", fault_queued},
    {"not a server's wait", server},
    {"passed already", passed},
    {"passed already, a flag is there", passed_with_flag},
    {"passes while calls are made", passes_while_calling},
    {"set in the past", set_in_the_past},
    {"changed and forgotten", changed},
    {"of one without budget", without_budget},
    {"time deleted before", time_deleted},
};
GROUP("deadline", deadline_tests);
