/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who waits for whom: priority through servers and queues, chains as long as they may be and
 * circles, urgent callers behind many, and those who would keep the processor for themselves.
 */

#include "tests/guest/kernel/await.h"
#include "tests/guest/kernel/time.h"
#include "tests/guest/kernel/worker.h"

#define CALL_DEPTH 16
#define QUEUE_HOPS 8
#define FLAG_SERVED 0x100
#define LATENCY_MAX 20000 /* ticks that a wake-up may be late, counted in instructions */

/* ---- Priority inversion ---- */

/* Low is served by the last of three; high waits for the first; one in the middle would run. */
static void inversion(unsigned server_priority)
{
    cap_t endpoint[3];
    struct task *server[3];

    for (unsigned i = 3; i-- > 0;) {
        endpoint[i] = case_make(OBJECT_ENDPOINT, 0);
        server[i] = worker_server(endpoint[i], server_priority, i < 2 ? endpoint[i + 1] : 0);
    }
    struct task *low = worker_client(PRIORITY_LOW, endpoint[0], ENDLESS, 1);
    struct task *high = worker_client(PRIORITY_HIGH, endpoint[0], 10, 1);
    worker_start_client(low);
    await_count(server[2]);

    struct task *middle = task_make(process_make(), 90);
    task_start(middle, victim_count);
    await_count(middle);
    uint64_t served = work_of(server[2])->count;
    await_count(middle);
    EXPECT_EQUAL(work_of(server[2])->count, served);

    work_of(high)->signal =
        process_give(high->process, runner_signal(FLAG_SERVED), RIGHT_NOTIFICATION_SIGNAL, 0);
    uint64_t before = middle->area->data[0];
    worker_start_client(high);
    await_count(server[2]);
    work_of(server[2])->stop = 1;
    EXPECT(await_flag(FLAG_SERVED));
    EXPECT_EQUAL(middle->area->data[0], before);
    EXPECT_EQUAL(work_of(high)->errors, 0);
    EXPECT_EQUAL(work_of(server[2])->calls, 2);
    OK(thread_suspend, middle->thread);
    settle();
    expect_done(low);
    EXPECT_EQUAL(work_of(low)->errors, 0);
}

static void inversion_passive(void)
{
    inversion(0);
}

static void inversion_active(void)
{
    inversion(PRIORITY_LOW);
}

/* ---- Chains ---- */

static void chain(unsigned length, unsigned server_priority)
{
    struct process *process = process_make();
    struct task *server[CALL_DEPTH + 1];
    cap_t endpoint = 0;

    for (unsigned i = length; i-- > 0;) {
        cap_t next = endpoint;
        endpoint = case_make(OBJECT_ENDPOINT, 0);
        server[i] = worker_server_in(process, endpoint, server_priority, next);
    }
    struct task *client = worker_client(PRIORITY_USUAL, endpoint, 5, 2);
    worker_start_client(client);
    settle();
    expect_done(client);
    EXPECT_EQUAL(work_of(client)->errors, 0);
    err_t error = test_error_word(ERROR_TOO_DEEP, 0, OBJECT_ENDPOINT);
    EXPECT_EQUAL(work_of(client)->answer, length > CALL_DEPTH ? error : 0);
    for (unsigned i = 0; i < length; i++) {
        EXPECT_EQUAL(work_of(server[i])->calls, i < CALL_DEPTH ? 2 : 0);
        EXPECT_EQUAL(work_of(server[i])->errors,
                     length > CALL_DEPTH && i == CALL_DEPTH - 1 ? 2 : 0);
        EXPECT_EQUAL(task_state(server[i]), THREAD_IDLE);
    }
}

static void chain_longest(void)
{
    chain(CALL_DEPTH, PRIORITY_USUAL);
}

static void chain_longest_passive(void)
{
    chain(CALL_DEPTH, 0);
}

static void chain_too_deep(void)
{
    chain(CALL_DEPTH + 1, PRIORITY_USUAL);
}

static void chain_too_deep_passive(void)
{
    chain(CALL_DEPTH + 1, 0);
}

/* Two servers that call each other, for one client. */
static void circle(unsigned server_priority)
{
    cap_t endpoint[2] = {case_make(OBJECT_ENDPOINT, 0), case_make(OBJECT_ENDPOINT, 0)};
    struct task *server[2];

    for (unsigned i = 0; i < 2; i++)
        server[i] = worker_server(endpoint[i], server_priority, endpoint[1 - i]);
    struct task *client = worker_client(PRIORITY_USUAL, endpoint[0], 5, 3);
    worker_start_client(client);
    settle();
    expect_done(client);
    EXPECT_EQUAL(work_of(client)->errors, 0);
    err_t error = test_error_word(ERROR_TOO_DEEP, 0, OBJECT_ENDPOINT);
    EXPECT_EQUAL(work_of(client)->answer, error);
    EXPECT_EQUAL(work_of(server[0])->errors, 0);
    EXPECT_EQUAL(work_of(server[1])->errors, 3);
    EXPECT_EQUAL(work_of(server[1])->error, error);
}

static void circle_active(void)
{
    circle(PRIORITY_USUAL);
}

static void circle_passive(void)
{
    circle(0);
}

/* A server's call of its own endpoint. */
static void circle_of_one(void)
{
    cap_t endpoint = case_make(OBJECT_ENDPOINT, 0);
    struct task *server = worker_server(endpoint, 0, endpoint);
    struct task *client = worker_client(PRIORITY_USUAL, endpoint, 5, 1);

    worker_start_client(client);
    settle();
    expect_done(client);
    EXPECT_EQUAL(work_of(client)->answer, test_error_word(ERROR_TOO_DEEP, 0, OBJECT_ENDPOINT));
    EXPECT_EQUAL(task_state(server), THREAD_IDLE);
}

/* A row of servers at work, each of which waits in the next one's queue. */
static void row_of_queues(void)
{
    struct process *process = process_make();
    struct task *task[QUEUE_HOPS + 3];
    cap_t endpoint = case_make(OBJECT_ENDPOINT, 0);
    unsigned count = QUEUE_HOPS + 3, waiting = 0;

    task[0] = task_make(process, PRIORITY_LOW);
    task_serve(task[0], endpoint);
    task_start(task[0], victim_count); /* it never waits */
    for (unsigned i = 1; i < count; i++) {
        task[i] = task_make(process, PRIORITY_USUAL + i); /* before those that help */
        step_add(task[i], SYSCALL_CALL, process_give(process, endpoint, RIGHT_ALL, 0));
        endpoint = case_make(OBJECT_ENDPOINT, 0);
        task_serve(task[i], endpoint);
        task_run(task[i]);
        await_count(task[0]);
        waiting += task_state(task[i]) == THREAD_QUEUED;
    }
    if (waiting < QUEUE_HOPS || waiting == count - 1)
        FAIL("%u wait, each for the next", waiting);
    for (unsigned i = 1; i < count; i++)
        if (i <= waiting)
            EXPECT_EQUAL(task[i]->area->step[0].done, 0);
        else if (i == waiting + 1)
            EXPECT_STEP(&task[i]->area->step[0], TOO_DEEP, 0, ENDPOINT);
    OK(cnode_delete, own.cnode, CAP_INDEX(task[0]->thread));
}

/* ---- An urgent caller behind many ---- */

#define MANY 10000
#define STORE_SLOTS 4096 /* in each of the tables where they are */

/* Four at a time, so that nothing is lost between a Thread and a SchedContext. */
static void four_make(struct process *process, cap_t handle, cap_t store, unsigned at)
{
    cap_t thread = case_make_row(OBJECT_THREAD, 0, 4),
          sched = case_make_row(OBJECT_SCHED_CONTEXT, 0, 4);

    for (unsigned i = 0; i < 4; i++, thread += CAP_OF(1), sched += CAP_OF(1)) {
        OK(sched_context_configure, sched, own.cpu, PRIORITY_USUAL, 0);
        OK(thread_set_space, thread, process->cnode, process->vspace);
        OK(thread_set_sched, thread, sched);
        OK(thread_start, thread, (uint64_t)victim_call, ARENA_ADDRESS + 0x800, 0, handle);
        OK(cnode_move, store, at + i, thread);
        OK(cnode_move, store, at + 4 + i, sched);
    }
    case_slots_back(8);
}

/* However many are before it in the queue. */
static void many_callers(void)
{
    uint64_t servers, waiting;
    unsigned count = MANY;
    cap_t store = 0, endpoint = case_make(OBJECT_ENDPOINT, 0);

    while (count > 500 && case_free() < count * 1500 + (1 << 20))
        count = count / 8 * 4; /* four to a thread's page */
    struct process *process = process_make();
    struct task *server = task_make(process, PRIORITY_USUAL);
    struct task *urgent = task_make(process, PRIORITY_HIGH);
    cap_t handle = process_give(process, endpoint, RIGHT_ENDPOINT_CALL, 7);
    struct step *wait = step_add(server, SYSCALL_REPLY_WAIT, 0);
    struct step *next = step_add(server, SYSCALL_REPLY_WAIT, 0);
    struct step *request =
        step_add(urgent, SYSCALL_CALL, process_give(process, endpoint, RIGHT_ENDPOINT_CALL, 9));
    task_serve(server, endpoint);
    for (unsigned i = 0; i < count; i += 4) {
        if (2 * i % STORE_SLOTS == 0)
            store = case_make(OBJECT_CNODE, CAP_SHIFT + 12);
        four_make(process, handle, store, 2 * i % STORE_SLOTS);
    }
    settle();
    OK(endpoint_info, case_copy(endpoint, RIGHT_ENDPOINT_RECEIVE), &servers, &waiting);
    EXPECT_EQUAL(waiting, count);
    task_run(urgent);
    settle();
    task_run(server);
    settle();
    EXPECT_EQUAL(wait->out[R_RAX], 9);
    expect_message(wait, request);
    EXPECT_EQUAL(next->out[R_RAX], 7);
    expect_done(urgent);
}

/* ---- Who would keep the processor ---- */

/* An equal has its turns, and one of higher priority wakes in time, whatever is made and taken. */
static void churn(unsigned bits)
{
    time_need_fast();
    struct task *hog = worker_churn(PRIORITY_USUAL, bits);
    struct task *equal = task_make(process_make(), PRIORITY_USUAL);
    struct task *timer = worker_periodic(PRIORITY_HIGH, 1, ticks_of(1000), 100);

    OK(sched_context_configure, hog->sched, own.cpu, PRIORITY_USUAL, 100000);
    OK(sched_context_configure, equal->sched, own.cpu, PRIORITY_USUAL, 100000);
    task_start(equal, victim_count);
    await_count(hog);
    await_count(equal);
    worker_start_periodic(timer, tsc() + ticks_of(2000));
    await_report(timer);
    expect_done(timer);
    await_count(hog);
    await_count(equal);
    EXPECT_EQUAL(work_of(hog)->errors + work_of(timer)->errors, 0);
    if (time_is_exact()) {
        uint64_t a = usage_of(hog->sched).used, b = usage_of(equal->sched).used;
        if (work_of(timer)->worst > LATENCY_MAX)
            FAIL("a wake-up came %lu ticks late", work_of(timer)->worst);
        if (a * 10 > (a + b) * 6 || b * 10 > (a + b) * 6)
            FAIL("of two equals one had %lu, one %lu", a, b);
    }
}

static void churn_small(void)
{
    churn(12);
}

static void churn_large(void)
{
    churn(20);
}

static const struct test help_tests[] = {
    {"inversion through three passive servers", inversion_passive},
    {"inversion through three servers", inversion_active},
    {"16 calls", chain_longest},
    {"16 calls, passive servers", chain_longest_passive},
    {"17 calls", chain_too_deep},
    {"17 calls, passive servers", chain_too_deep_passive},
    {"circle of two servers", circle_active},
    {"circle of two passive servers", circle_passive},
    {"circle of one", circle_of_one},
    {"row of queues", row_of_queues},
    {"an urgent caller behind ten thousand", many_callers},
    {"an Untyped of a page is made and taken", churn_small},
    {"a large Untyped is made and taken", churn_large},
};
GROUP("help", help_tests);
