/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls and replies of registers: what arrives, and what doesn't. */

#include "tests/guest/kernel/pair.h"

/* All went well, in whatever way it went. */
static void expect_exchange(const struct pair *pair, const struct exchange *exchange)
{
    expect_done(pair->client);
    expect_silent(pair->server);
    EXPECT_STEP_OK(exchange->wait);
    EXPECT_EQUAL(exchange->wait->out[R_RAX], PAIR_BADGE);
    expect_clean(pair->server, exchange->wait);
    expect_message(exchange->wait, exchange->request);
    EXPECT_STEP_OK(exchange->request);
    EXPECT_EQUAL(exchange->request->out[R_RAX], 0);
    expect_clean(pair->client, exchange->request);
    expect_message(exchange->request, exchange->answer);
    EXPECT_EQUAL(exchange->answer->done, 0);
    EXPECT_EQUAL(task_state(pair->server), THREAD_IDLE);
}

/* The server waits when the call comes. */
static void direct(unsigned flags)
{
    struct pair pair = pair_make(flags);
    struct exchange exchange = pair_exchange(&pair);

    pair_run(&pair);
    expect_exchange(&pair, &exchange);
}

/* The call waits when the server comes. */
static void queued(unsigned flags)
{
    struct pair pair = pair_make(flags);
    struct exchange exchange = pair_exchange(&pair);

    task_run(pair.client);
    settle();
    expect_silent(pair.client);
    EXPECT_EQUAL(task_state(pair.client), THREAD_QUEUED);
    task_run(pair.server);
    settle();
    expect_exchange(&pair, &exchange);
}

/* A call while the server is idle, but somebody waits elsewhere: replies take another way then. */
static void with_waiter(unsigned flags)
{
    struct pair pair = pair_make(flags);
    struct exchange exchange = pair_exchange(&pair);
    struct task *waiter = task_make(process_make(), PRIORITY_USUAL);
    cap_t lonely = process_give(waiter->process, case_make(OBJECT_ENDPOINT, 0), RIGHT_ALL, 0);

    step_add(waiter, SYSCALL_CALL, lonely);
    task_run(waiter);
    pair_run(&pair);
    expect_exchange(&pair, &exchange);
    EXPECT_EQUAL(task_state(waiter), THREAD_QUEUED);
}

static void direct_plain(void)
{
    direct(0);
}

static void direct_one_space(void)
{
    direct(PAIR_ONE_SPACE);
}

static void direct_bases(void)
{
    direct(PAIR_BASES);
}

static void direct_flags(void)
{
    direct(PAIR_RFLAGS);
}

static void queued_flags(void)
{
    queued(PAIR_RFLAGS);
}

static void queued_plain(void)
{
    queued(0);
}

static void queued_one_space(void)
{
    queued(PAIR_ONE_SPACE);
}

static void queued_bases(void)
{
    queued(PAIR_BASES);
}

static void with_waiter_plain(void)
{
    with_waiter(0);
}

static void with_waiter_bases(void)
{
    with_waiter(PAIR_BASES);
}

/* ---- Passive servers: the first message comes with the first instruction ---- */

static void passive(void)
{
    struct pair pair = pair_make(PAIR_PASSIVE);
    struct step *answer = step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    struct step *again = step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    struct step *first = step_add(pair.client, SYSCALL_CALL, pair.handle);
    struct step *second = step_add(pair.client, SYSCALL_CALL, pair.handle);

    first->in[R_RDI] = (uint64_t)pair.server->area; /* word 0 is what its script needs */
    pair_run(&pair);
    expect_done(pair.client);
    expect_silent(pair.server);
    expect_message(first, answer);
    expect_clean(pair.client, first);
    expect_message(answer, second);
    expect_clean(pair.server, answer);
    EXPECT_EQUAL(answer->out[R_RAX], PAIR_BADGE);
    expect_message(second, again);
    EXPECT_EQUAL(again->done, 0);
}

/* A passive server that is started when its first caller waits already. */
static void passive_late(void)
{
    struct pair pair = pair_make(PAIR_PASSIVE);
    struct step *answer = step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    struct step *request = step_add(pair.client, SYSCALL_CALL, pair.handle);

    request->in[R_RDI] = (uint64_t)pair.server->area;
    task_run(pair.client);
    settle();
    EXPECT_EQUAL(task_state(pair.client), THREAD_QUEUED);
    task_run(pair.server);
    settle();
    expect_done(pair.client);
    expect_message(request, answer);
    expect_clean(pair.client, request);
}

/* ---- Several callers, several servers ---- */

/* Callers are served by priority, and those of one priority in the order they came. */
static void order(void)
{
    static const unsigned priorities[] = {60, 20, 60, 120, 20, 61};
    static const unsigned expected[] = {4, 6, 1, 3, 2, 5}; /* badges */
    struct pair pair = pair_make(0);
    struct step *wait[7];
    uint64_t servers, waiting;

    for (unsigned i = 0; i < 6; i++) {
        cap_t handle;
        struct task *client = pair_client(&pair, priorities[i], i + 1, &handle);
        step_add(client, SYSCALL_CALL, handle);
        task_run(client);
        settle();
    }
    OK(endpoint_info, case_copy(pair.endpoint, RIGHT_ENDPOINT_RECEIVE), &servers, &waiting);
    EXPECT_EQUAL(servers, 1);
    EXPECT_EQUAL(waiting, 6);
    for (unsigned i = 0; i < 7; i++)
        wait[i] = step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    task_run(pair.server);
    settle();
    for (unsigned i = 0; i < 6; i++) {
        EXPECT_STEP_OK(wait[i]);
        EXPECT_EQUAL(wait[i]->out[R_RAX], expected[i]);
        expect_clean(pair.server, wait[i]);
    }
    EXPECT_EQUAL(wait[6]->done, 0);
}

/* Three servers of one endpoint work on three calls at a time. */
static void several_servers(void)
{
    struct pair pair = pair_make(0);
    struct task *server[3] = {pair.server, task_make(process_make(), PRIORITY_USUAL),
                              task_make(process_make(), PRIORITY_USUAL)};
    struct task *client[4];
    struct step *request[4];

    for (unsigned i = 0; i < 3; i++) {
        if (i)
            task_serve(server[i], pair.endpoint);
        step_add(server[i], SYSCALL_REPLY_WAIT, 0);
        step_add(server[i], REPORT_VALUE, 0);
        step_add(server[i], SYSCALL_REPLY_WAIT, 0);
        task_run(server[i]);
    }
    settle();
    for (unsigned i = 0; i < 4; i++) {
        cap_t handle;
        client[i] = pair_client(&pair, PRIORITY_USUAL, i + 1, &handle);
        request[i] = step_add(client[i], SYSCALL_CALL, handle);
        task_run(client[i]);
        settle();
        EXPECT_EQUAL(task_state(client[i]), i < 3 ? THREAD_CALLING : THREAD_QUEUED);
    }
    for (unsigned i = 0; i < 3; i++)
        EXPECT_EQUAL(server[i]->report.code, REPORT_VALUE);
    task_continue(server[1]);
    settle();
    EXPECT_EQUAL(request[0]->done + request[1]->done + request[2]->done, 1);
    EXPECT_EQUAL(task_state(client[3]), THREAD_CALLING);
    for (unsigned i = 0; i < 3; i += 2)
        task_continue(server[i]);
    settle();
    EXPECT_EQUAL(request[0]->done + request[1]->done + request[2]->done, 3);
}

/* Calls through a row of servers, each calling the next before it answers. */
#define DEEP 10

static void nested(void)
{
    struct task *task[DEEP];
    struct step *call[DEEP], *wait[DEEP], *answer[DEEP];
    cap_t before = 0;

    for (unsigned i = 0; i < DEEP; i++) {
        task[i] = task_make(process_make(), PRIORITY_USUAL);
        if (i < DEEP - 1) {
            cap_t endpoint = case_make(OBJECT_ENDPOINT, 0);
            task_serve(task[i], endpoint);
            wait[i] = step_add(task[i], SYSCALL_REPLY_WAIT, 0);
            if (before)
                call[i] = step_add(task[i], SYSCALL_CALL,
                                   process_give(task[i]->process, before, RIGHT_ALL, i));
            answer[i] = step_add(task[i], SYSCALL_REPLY_WAIT, 0);
            before = endpoint;
        } else {
            call[i] = step_add(task[i], SYSCALL_CALL,
                               process_give(task[i]->process, before, RIGHT_ALL, i));
        }
        task_run(task[i]);
        settle();
    }
    expect_done(task[DEEP - 1]);
    for (unsigned i = 1; i < DEEP; i++) {
        expect_message(wait[i - 1], call[i]);
        expect_message(call[i], answer[i - 1]);
        expect_clean(task[i], call[i]);
        expect_clean(task[i - 1], wait[i - 1]);
        EXPECT_EQUAL(wait[i - 1]->out[R_RAX], i);
    }
}

/* ---- Callers without end ---- */

#define CROWD 100

/* A crowd of threads of one process, without areas: they call once, and then nothing is heard. */
static void crowd(void)
{
    struct pair pair = pair_make(0);
    struct process *process = process_make();
    cap_t threads = case_make_row(OBJECT_THREAD, 0, CROWD);
    cap_t scheds = case_make_row(OBJECT_SCHED_CONTEXT, 0, CROWD);
    uint64_t servers, waiting;
    struct step *wait = step_add(pair.server, SYSCALL_REPLY_WAIT, 0);

    for (unsigned i = 0; i < CROWD; i++) {
        cap_t handle = CAP_OF(1);
        cap_t cnode = case_make(OBJECT_CNODE, 10), sched = scheds + CAP_OF(i);
        OK(cnode_mint, cnode, CAP_INDEX(handle), pair.endpoint, RIGHT_ALL, i + 1);
        OK(sched_context_configure, sched, own.cpu, 10 + (i * 37) % CROWD, 0);
        OK(thread_set_space, threads + CAP_OF(i), cnode, process->vspace);
        OK(thread_set_sched, threads + CAP_OF(i), sched);
        OK(thread_start, threads + CAP_OF(i), (uint64_t)victim_call, 0, 0, handle);
        settle();
    }
    cap_t info = case_copy(pair.endpoint, RIGHT_ENDPOINT_RECEIVE);
    OK(endpoint_info, info, &servers, &waiting);
    EXPECT_EQUAL(waiting, CROWD);
    task_run(pair.server);
    for (unsigned i = 0; i < CROWD; i++) {
        settle();
        EXPECT_STEP_OK(wait);
        EXPECT_EQUAL(10 + ((wait->out[R_RAX] - 1) * 37) % CROWD, 10 + CROWD - 1 - i);
        expect_clean(pair.server, wait);
        pair.server->area->next = 0;
        task_continue(pair.server);
    }
    settle();
    OK(endpoint_info, info, &servers, &waiting);
    EXPECT_EQUAL(waiting, 0);
}

static const struct test ipc_tests[] = {
    {"direct call", direct_plain},
    {"direct call in one space", direct_one_space},
    {"direct call, other segment bases", direct_bases},
    {"direct call, all flags set", direct_flags},
    {"queued call, all flags set", queued_flags},
    {"queued call", queued_plain},
    {"queued call in one space", queued_one_space},
    {"queued call, other segment bases", queued_bases},
    {"call while others wait", with_waiter_plain},
    {"call while others wait, other segment bases", with_waiter_bases},
    {"passive server", passive},
    {"passive server starts late", passive_late},
    {"order of callers", order},
    {"several servers", several_servers},
    {"nested calls", nested},
    {"a crowd of callers", crowd},
};
GROUP("ipc", ipc_tests);
