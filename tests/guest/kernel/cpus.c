/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads on several CPUs: what one does to another that runs at the same time. The runner is on
 * CPU 0. Nothing here counts on who is faster: what must happen is awaited.
 */

#include "libsys/program.h"
#include "tests/guest/kernel/await.h"
#include "tests/guest/kernel/worker.h"

#define ROUNDS 100

/* A Cpu capability for a CPU that isn't the runner's: one after the other. */
static cap_t other_cpu(unsigned number)
{
    if (program_info()->cpu_running < 2)
        test_skip("one CPU");
    return own.cpus + CAP_OF(number % (program_info()->cpu_running - 1));
}

/* cpus_victim.S */
void victim_watch(void); /* reads at data[1] into data[2], and counts, for ever */
void victim_mark(void);  /* writes the count at data[1], and counts, for ever */

/* A task that was never started, or is stopped, goes to another CPU, and takes turns there. */
static void task_move(struct task *task, cap_t cpu)
{
    await_elsewhere = true;
    OK(thread_set_sched, task->thread, 0);
    OK(sched_context_configure, task->sched, cpu, task->priority, 100000);
    OK(thread_set_sched, task->thread, task->sched);
}

/* ---- Moving, and what a thread elsewhere is told ---- */

static void counts_elsewhere(void)
{
    cap_t cpu = other_cpu(0);
    struct task *task = task_make(process_make(), PRIORITY_USUAL);
    uint64_t number, priority, khz, share, free;

    OK(cpu_info, cpu, &number, &priority, &khz, &share, &free);
    EXPECT_EQUAL(number, 1);
    task_move(task, cpu);
    task_start(task, victim_count);
    await_count(task);
    EXPECT_EQUAL(task_state(task), THREAD_READY);
    OK(thread_suspend, task->thread);
    uint64_t count = task->area->data[0];
    EXPECT_EQUAL(task_state(task), THREAD_STOPPED);
    EXPECT(task_register(task, REGISTER_RIP) != 0);
    EXPECT_EQUAL(task->area->data[0], count);
    OK(thread_resume, task->thread);
    await_count(task);
    EXPECT(task->area->data[0] > count);
}

/* It goes around; what it did goes on. */
static void goes_around(void)
{
    struct task *task = task_make(process_make(), PRIORITY_USUAL);

    task_move(task, other_cpu(0));
    task_start(task, victim_count);
    for (unsigned i = 0; i < ROUNDS; i++) {
        await_count(task);
        OK(thread_suspend, task->thread);
        task_move(task, i % 2 ? other_cpu(i) : own.cpu);
        OK(thread_resume, task->thread);
    }
}

static void moves_refused(void)
{
    cap_t cpu = other_cpu(0), endpoint = case_make(OBJECT_ENDPOINT, 0);
    struct task *task = task_make(process_make(), PRIORITY_USUAL);
    cap_t away = time_make(PRIORITY_USUAL);

    FAILS(WRONG_STATE, 0, SCHED_CONTEXT, sched_context_configure, task->sched, cpu, PRIORITY_USUAL,
          0);
    FAILS(WRONG_STATE, 0, SCHED_CONTEXT, sched_context_limit, task->sched, cpu, PRIORITY_USUAL, 0,
          1000000, 10000000);
    OK(sched_context_configure, away, cpu, PRIORITY_USUAL, 0);
    OK(thread_set_sched, task->thread, 0);
    task_serve(task, endpoint);
    FAILS(WRONG_STATE, 0, THREAD, thread_set_sched, task->thread, away);
}

/* Its faults reach the runner, which lets it go on. */
static void faults_elsewhere(void)
{
    struct task *task = task_make(process_make(), PRIORITY_USUAL);

    task_move(task, other_cpu(0));
    for (unsigned i = 0; i < ROUNDS; i++) {
        task->area->data[0] = AREA_HOLE;
        task_start(task, victim_read_data);
        await_report(task);
        EXPECT_EQUAL(task->report.fault, FAULT_PAGE);
        EXPECT_EQUAL(task->report.address, AREA_HOLE);
        EXPECT_EQUAL(task_register(task, REGISTER_RIP), (uint64_t)victim_read_data_at);
        OK(thread_suspend, task->thread);
        EXPECT_EQUAL(task_state(task), THREAD_STOPPED);
    }
}

/* ---- Calls ---- */

static struct task *client_on(cap_t cpu, cap_t endpoint, uint64_t units, uint64_t most)
{
    struct task *client =
        worker_client_in(process_make_apart(), PRIORITY_USUAL, endpoint, units, most);

    task_move(client, cpu);
    return client;
}

static struct task *server_on(cap_t cpu, cap_t endpoint, unsigned priority)
{
    struct task *task = task_make(process_make_apart(), priority);

    task_move(task, cpu);
    task_serve(task, endpoint);
    task_start(task, worker_serve);
    return task;
}

/* A busy host is slow where CPUs wait for each other: only standing still is a mistake. */
static void await_calls(const struct task *client, uint64_t calls)
{
    uint64_t before = 0;

    for (unsigned i = 0; work_of(client)->calls < calls; i++) {
        if (i == LOOKS_MAX)
            FAIL("only %lu of %lu calls", work_of(client)->calls, calls);
        await_look();
        if (work_of(client)->calls != before)
            i = 0;
        before = work_of(client)->calls;
    }
}

/* Many clients on all CPUs, a server on another. */
static void calls_across(void)
{
    cap_t endpoint = case_make(OBJECT_ENDPOINT, 0);
    struct task *client[6], *server = server_on(other_cpu(0), endpoint, PRIORITY_HIGH);

    for (unsigned i = 0; i < 6; i++)
        client[i] = client_on(i % 2 ? own.cpu : other_cpu(i / 2), endpoint, 20, 300);
    for (unsigned i = 0; i < 6; i++)
        worker_start_client(client[i]);
    for (unsigned i = 0; i < 6; i++) {
        await_calls(client[i], 300);
        EXPECT_EQUAL(work_of(client[i])->errors, 0);
    }
    EXPECT_EQUAL(work_of(server)->calls, 1800);
}

/* A server here that calls one there, which calls one here. */
static void calls_in_a_row(void)
{
    cap_t first = case_make(OBJECT_ENDPOINT, 0), second = case_make(OBJECT_ENDPOINT, 0),
          third = case_make(OBJECT_ENDPOINT, 0);
    cap_t cpu[3] = {own.cpu, other_cpu(0), own.cpu}, endpoint[3] = {first, second, third};

    for (unsigned i = 0; i < 3; i++) {
        struct task *task = task_make(process_make(), PRIORITY_HIGH);
        task_move(task, cpu[i]);
        task_serve(task, endpoint[i]);
        if (i < 2)
            work_of(task)->handle =
                process_give(task->process, endpoint[i + 1], RIGHT_ENDPOINT_CALL, 0);
        task_start(task, worker_serve);
    }
    struct task *client = client_on(other_cpu(1), first, 5, 300);
    worker_start_client(client);
    await_calls(client, 300);
    EXPECT_EQUAL(work_of(client)->errors + work_of(client)->answer, 0);
}

static void no_time_there(void)
{
    cap_t endpoint = case_make(OBJECT_ENDPOINT, 0);
    struct task *client = client_on(other_cpu(0), endpoint, 1, 1);

    (void)worker_server(endpoint, 0, 0);
    worker_start_client(client);
    await_calls(client, 1);
    EXPECT_ERROR(work_of(client)->error, NOT_DELIVERED, 0, SCHED_CONTEXT);
}

/* ---- Calls that end early ---- */

/* The client is stopped at any moment; the server goes on. */
static void client_stopped(void)
{
    cap_t endpoint = case_make(OBJECT_ENDPOINT, 0);
    struct task *server = server_on(other_cpu(0), endpoint, PRIORITY_HIGH);

    for (unsigned i = 0; i < ROUNDS; i++) {
        struct task *client = client_on(own.cpu, endpoint, i % 7 * 50, 0);
        worker_start_client(client);
        await_count(client);
        OK(thread_suspend, client->thread);
        EXPECT_EQUAL(task_state(client), THREAD_STOPPED);
        uint64_t calls = work_of(client)->calls;
        OK(thread_resume, client->thread);
        await_calls(client, calls + 3);
        if (work_of(client)->errors)
            EXPECT(ERR_CODE(work_of(client)->error) == ERROR_OUTCOME_UNKNOWN ||
                   ERR_CODE(work_of(client)->error) == ERROR_NOT_DELIVERED);
        OK(cnode_revoke, own.cnode, CAP_INDEX(client->process->memory));
        if (i % 4 == 3) {
            runner_end();
            runner_begin();
            endpoint = case_make(OBJECT_ENDPOINT, 0);
            server = server_on(other_cpu(i), endpoint, PRIORITY_HIGH);
        }
    }
    (void)server;
}

/* An endless request is cut off: by the client's deadline, the server's end, the endpoint's. */
static void cut_off(void)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        cap_t endpoint = case_make(OBJECT_ENDPOINT, 0);
        struct task *server = server_on(other_cpu(i), endpoint, PRIORITY_LOW);
        struct task *client =
            client_on(i % 4 == 3 ? other_cpu(i + 1) : own.cpu, endpoint, ENDLESS, 1);
        struct task *waiting = client_on(own.cpu, endpoint, 1, 1);
        worker_start_client(client);
        await_count(server);
        worker_start_client(waiting);
        runner_sleep(100);
        if (i % 3 == 0)
            OK(sched_context_deadline, client->sched, 1);
        else if (i % 3 == 1)
            OK(cnode_revoke, own.cnode, CAP_INDEX(server->process->memory));
        if (i % 3 > 0)
            OK(cnode_delete, own.cnode, CAP_INDEX(endpoint));
        if (i % 3 < 2) {
            await_calls(client, 1);
            EXPECT_EQUAL(ERR_CODE(work_of(client)->error), ERROR_OUTCOME_UNKNOWN);
        }
        work_of(server)->stop = 1;
        await_calls(waiting, 1);
        EXPECT_EQUAL(work_of(waiting)->errors, i % 3 > 0);
        runner_end();
        runner_begin();
    }
}

/* ---- Signals ---- */

#define FLAG_ECHO 0x1000

static void await_echo(void)
{
    for (unsigned i = 0; !(take_flags() & FLAG_ECHO); i++) {
        if (i == LOOKS_MAX)
            FAIL("the signal was lost");
        await_look();
    }
}

/* There and back, again and again. */
static void signals_across(void)
{
    for (unsigned i = 0; i < ROUNDS / 4; i++) {
        cap_t notification = case_make(OBJECT_NOTIFICATION, 0);
        struct process *process = process_make();
        struct task *task = task_make(process, PRIORITY_USUAL);
        cap_t wait = process_give(process, notification, RIGHT_ALL, 0);
        cap_t echo = process_give(process, runner_signal(FLAG_ECHO), RIGHT_ALL, 0);
        for (unsigned k = 0; k < STEPS_MAX / 2; k++) {
            step_operation(task, wait, OP_notification_wait, 0, 0, 0, 0);
            step_add(task, SYSCALL_SIGNAL, echo);
        }
        task_move(task, other_cpu(i));
        task_run(task);
        for (unsigned k = 0; k < STEPS_MAX / 2; k++) {
            EXPECT_NO_ERROR(signal_flags(case_mint(notification, RIGHT_ALL, 1 << k)));
            await_echo();
            EXPECT_EQUAL(task->area->step[2 * k].out[R_RDI], 1 << k);
        }
        await_report(task);
        expect_done(task);
        runner_end();
        runner_begin();
    }
}

/* Its notification ends while it waits. */
static void notification_ends(void)
{
    for (unsigned i = 0; i < ROUNDS / 4; i++) {
        cap_t notification = case_make(OBJECT_NOTIFICATION, 0);
        struct process *process = process_make();
        struct task *task = task_make(process, PRIORITY_USUAL);
        step_operation(task, process_give(process, notification, RIGHT_ALL, 0),
                       OP_notification_wait, 0, 0, 0, 0);
        task_move(task, other_cpu(i));
        task_run(task);
        for (unsigned k = 0; task_state(task) != THREAD_WAITING && k < LOOKS_MAX; k++)
            await_look();
        OK(cnode_delete, own.cnode, CAP_INDEX(notification));
        await_report(task);
        EXPECT_STEP(&task->area->step[0], CANCELLED, 0, NOTIFICATION);
        runner_end();
        runner_begin();
    }
}

/* ---- Translations ---- */

#define WATCHED 0x31000000ull
#define RUNNERS 0x32000000ull

/* Once a page is unmapped nobody reads there any more, whatever CPU he's on. */
static void unmapped_elsewhere(void)
{
    cap_t frame = case_make(OBJECT_FRAME, 12);
    volatile uint64_t *content = (volatile uint64_t *)RUNNERS;
    struct task *task = task_make(process_make(), PRIORITY_USUAL);

    (void)case_map(frame, RUNNERS, ACCESS_READ | ACCESS_WRITE);
    task_move(task, other_cpu(0));
    task->area->data[1] = WATCHED;
    for (unsigned i = 0; i < ROUNDS; i++) {
        *content = 1000 + i;
        cap_t mapped = process_map(task->process, frame, WATCHED, ACCESS_READ);
        task_start(task, victim_watch);
        await_count(task);
        if (i % 2)
            OK(frame_unmap, mapped, 0, 4096);
        else
            OK(cnode_delete, own.cnode, CAP_INDEX(mapped));
        *content = 1;
        await_report(task);
        EXPECT_EQUAL(task->report.address, WATCHED);
        EXPECT_EQUAL(task->area->data[2], 1000 + i);
        OK(thread_suspend, task->thread);
    }
}

static void protected_elsewhere(void)
{
    cap_t frame = case_make(OBJECT_FRAME, 12);
    volatile uint64_t *content = (volatile uint64_t *)RUNNERS;
    struct task *task = task_make(process_make(), PRIORITY_USUAL);
    cap_t mapped = process_map(task->process, frame, WATCHED, ACCESS_READ | ACCESS_WRITE);

    (void)case_map(frame, RUNNERS, ACCESS_READ);
    task_move(task, other_cpu(0));
    task->area->data[1] = WATCHED;
    for (unsigned i = 0; i < ROUNDS; i++) {
        OK(frame_protect, mapped, 0, 4096, ACCESS_READ | ACCESS_WRITE);
        task_start(task, victim_mark);
        await_count(task);
        OK(frame_protect, mapped, 0, 4096, ACCESS_READ);
        uint64_t last = *content;
        await_report(task);
        EXPECT_EQUAL(*content, last);
        OK(thread_suspend, task->thread);
    }
}

/* ---- Memory ---- */

/* All CPUs make objects and destroy them, at the same time. */
static void churn_everywhere(void)
{
    struct task *task[6];

    for (unsigned i = 0; i < 6; i++) {
        task[i] = worker_churn(PRIORITY_USUAL, 14);
        OK(thread_suspend, task[i]->thread);
        task_move(task[i], i % 2 ? own.cpu : other_cpu(i / 2));
        OK(thread_resume, task[i]->thread);
    }
    for (unsigned i = 0; i < 6; i++)
        for (unsigned k = 0; k < 5; k++)
            await_count(task[i]);
    for (unsigned i = 0; i < 6; i++)
        EXPECT_EQUAL(work_of(task[i])->errors, 0);
}

/* Whole processes end while their threads run, call and fault on other CPUs. */
static void revoked_at_work(void)
{
    for (unsigned i = 0; i < ROUNDS / 2; i++) {
        cap_t endpoint = case_make(OBJECT_ENDPOINT, 0);
        struct task *server = server_on(other_cpu(i), endpoint, PRIORITY_HIGH);
        struct task *client[3];
        for (unsigned k = 0; k < 3; k++) {
            client[k] = client_on(k % 2 ? own.cpu : other_cpu(i + k), endpoint, 3, 0);
            worker_start_client(client[k]);
        }
        await_count(client[i % 3]);
        if (i % 4 == 0)
            OK(cnode_delete, own.cnode, CAP_INDEX(endpoint));
        if (i % 4 == 1)
            OK(cnode_revoke, own.cnode, CAP_INDEX(server->process->memory));
        OK(cnode_revoke, own.cnode, CAP_INDEX(client[(i + 1) % 3]->process->memory));
        if (i % 4 > 1)
            await_count(client[i % 3]);
        runner_end();
        runner_begin();
    }
}

static const struct test cpus_tests[] = {
    {"counts elsewhere", counts_elsewhere},
    {"goes around", goes_around},
    {"moves that are refused", moves_refused},
    {"faults elsewhere", faults_elsewhere},
    {"calls across", calls_across},
    {"calls in a row", calls_in_a_row},
    {"a server without time", no_time_there},
    {"a client is stopped", client_stopped},
    {"cut off", cut_off},
    {"signals across", signals_across},
    {"a notification ends", notification_ends},
    {"unmapped elsewhere", unmapped_elsewhere},
    {"protected elsewhere", protected_elsewhere},
    {"churn everywhere", churn_everywhere},
    {"revoked at work", revoked_at_work},
};
GROUP("cpus", cpus_tests);
