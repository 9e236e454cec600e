/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clients and servers that go away, at each state of a call, in each way. The other side must go
 * on: a client with an error that says what is known, a server with its next caller.
 */

#include "tests/guest/kernel/pair.h"

/* ---- Ways to go ---- */

enum way { WAY_DELETE, WAY_SUSPEND, WAY_SPACE, WAY_MEMORY, WAY_TIME, WAY_COUNT };

static void end_task(const struct task *task, enum way way)
{
    switch (way) {
    case WAY_DELETE:
        OK(cnode_delete, own.cnode, CAP_INDEX(task->thread));
        break;
    case WAY_SUSPEND:
        OK(thread_suspend, task->thread);
        break;
    case WAY_SPACE:
        OK(cnode_delete, own.cnode, CAP_INDEX(task->process->vspace));
        break;
    case WAY_TIME:
        OK(cnode_delete, own.cnode, CAP_INDEX(task->sched));
        break;
    default:
        OK(cnode_revoke, own.cnode, CAP_INDEX(task->process->memory));
    }
}

/* ---- What a server does while its client goes ---- */

enum work { WORK_FAULT, WORK_WAIT, WORK_CALL, WORK_READY };

#define FLAG_READY 0x100

struct scene {
    struct pair pair;
    struct task *helper; /* whom the server calls: it waits for a notification meanwhile */
    cap_t notification, signal;
    struct step *wait, *next, *request, *work;
};

/* A server at work on the client's request, in one of the ways. */
static struct scene scene_make(unsigned flags, enum work work)
{
    struct scene scene = {.pair = pair_make(flags)};
    struct task *server = scene.pair.server, *waiter = server;
    cap_t handle;

    scene.notification = case_make(OBJECT_NOTIFICATION, 0);
    scene.signal = case_mint(scene.notification, RIGHT_NOTIFICATION_SIGNAL, 1);
    if (!(flags & PAIR_PASSIVE))
        scene.wait = step_add(server, SYSCALL_REPLY_WAIT, 0);
    if (work == WORK_CALL) {
        cap_t inner = case_make(OBJECT_ENDPOINT, 0);
        scene.helper = waiter = task_make(process_make(), PRIORITY_USUAL);
        task_serve(waiter, inner);
        step_add(waiter, SYSCALL_REPLY_WAIT, 0);
        scene.work =
            step_add(server, SYSCALL_CALL, process_give(server->process, inner, RIGHT_ALL, 0));
    }
    if (work == WORK_READY) {
        scene.work =
            step_add(server, SYSCALL_SIGNAL,
                     process_give(server->process, runner_signal(FLAG_READY), RIGHT_ALL, 0));
    } else if (work == WORK_FAULT) {
        scene.work = step_add(server, REPORT_VALUE, 0);
    } else {
        handle = process_give(waiter->process, scene.notification, RIGHT_ALL, 0);
        struct step *step = step_operation(waiter, handle, OP_notification_wait, 0, 0, 0, 0);
        if (work == WORK_WAIT)
            scene.work = step;
        else
            step_add(waiter, SYSCALL_REPLY_WAIT, 0);
    }
    scene.next = step_add(server, SYSCALL_REPLY_WAIT, 0);
    scene.request = step_add(scene.pair.client, SYSCALL_CALL, scene.pair.handle);
    scene.request->in[R_RDI] = (uint64_t)server->area;
    if (scene.helper) {
        task_run(scene.helper);
        settle();
    }
    task_run(server);
    settle();
    task_run(scene.pair.client);
    if (work == WORK_READY)
        EXPECT(await_flag(FLAG_READY));
    else
        settle();
    EXPECT_EQUAL(task_state(scene.pair.client), THREAD_CALLING);
    EXPECT_EQUAL(scene.work->done, 0);
    return scene;
}

/* The server's work ends. */
static void scene_release(const struct scene *scene, enum work work)
{
    if (work == WORK_FAULT)
        task_continue(scene->pair.server);
    else if (work != WORK_READY)
        EXPECT_NO_ERROR(signal_flags(scene->signal));
    settle();
}

/* The server is idle, or has taken a new client's request. */
static void expect_served(const struct scene *scene)
{
    cap_t handle;
    struct task *client = pair_client(&scene->pair, PRIORITY_USUAL, 99, &handle);
    struct step *request = step_add(client, SYSCALL_CALL, handle);

    task_run(client);
    settle();
    EXPECT_EQUAL(scene->next->done, 1);
    EXPECT_EQUAL(scene->next->out[R_RAX], 99);
    expect_message(scene->next, request);
    expect_clean(scene->pair.server, scene->next);
}

/* The client goes in some way, while the server works in some way. */
static void client_goes(unsigned flags, enum work work, enum way way)
{
    struct scene scene = scene_make(flags, work);

    end_task(scene.pair.client, way);
    if (work != WORK_READY)
        settle();
    scene_release(&scene, work);
    expect_served(&scene);
    EXPECT_EQUAL(scene.request->done, 0);
}

#define CLIENT_GOES(name, flags, work, way) \
    static void name(void)                  \
    {                                       \
        client_goes(flags, work, way);      \
    }

CLIENT_GOES(client_delete_fault, 0, WORK_FAULT, WAY_DELETE)
CLIENT_GOES(client_delete_wait, 0, WORK_WAIT, WAY_DELETE)
CLIENT_GOES(client_delete_call, 0, WORK_CALL, WAY_DELETE)
CLIENT_GOES(client_delete_ready, 0, WORK_READY, WAY_DELETE)
CLIENT_GOES(client_suspend_ready, 0, WORK_READY, WAY_SUSPEND)
CLIENT_GOES(client_space_ready, 0, WORK_READY, WAY_SPACE)
CLIENT_GOES(client_memory_ready, 0, WORK_READY, WAY_MEMORY)
CLIENT_GOES(client_time_ready, 0, WORK_READY, WAY_TIME)
CLIENT_GOES(passive_delete_ready, PAIR_PASSIVE, WORK_READY, WAY_DELETE)
CLIENT_GOES(passive_suspend_ready, PAIR_PASSIVE, WORK_READY, WAY_SUSPEND)
CLIENT_GOES(passive_time_ready, PAIR_PASSIVE, WORK_READY, WAY_TIME)
CLIENT_GOES(client_suspend_fault, 0, WORK_FAULT, WAY_SUSPEND)
CLIENT_GOES(client_suspend_wait, 0, WORK_WAIT, WAY_SUSPEND)
CLIENT_GOES(client_suspend_call, 0, WORK_CALL, WAY_SUSPEND)
CLIENT_GOES(client_space_wait, 0, WORK_WAIT, WAY_SPACE)
CLIENT_GOES(client_memory_call, 0, WORK_CALL, WAY_MEMORY)
CLIENT_GOES(client_time_wait, 0, WORK_WAIT, WAY_TIME)
CLIENT_GOES(client_time_call, 0, WORK_CALL, WAY_TIME)
CLIENT_GOES(passive_delete_fault, PAIR_PASSIVE, WORK_FAULT, WAY_DELETE)
CLIENT_GOES(passive_delete_wait, PAIR_PASSIVE, WORK_WAIT, WAY_DELETE)
CLIENT_GOES(passive_delete_call, PAIR_PASSIVE, WORK_CALL, WAY_DELETE)
CLIENT_GOES(passive_suspend_wait, PAIR_PASSIVE, WORK_WAIT, WAY_SUSPEND)
CLIENT_GOES(passive_time_wait, PAIR_PASSIVE, WORK_WAIT, WAY_TIME)

/* A suspended client's call has ended when it goes on, however deep the server waits. */
static void client_resumed(enum work work)
{
    struct scene scene = scene_make(0, work);

    OK(thread_suspend, scene.pair.client->thread);
    if (work != WORK_READY)
        settle();
    OK(thread_resume, scene.pair.client->thread);
    settle();
    expect_done(scene.pair.client);
    EXPECT_STEP(scene.request, OUTCOME_UNKNOWN, 0, THREAD);
    expect_clean(scene.pair.client, scene.request);
    scene_release(&scene, work);
    expect_served(&scene);
}

static void resumed_fault(void)
{
    client_resumed(WORK_FAULT);
}

static void resumed_ready(void)
{
    client_resumed(WORK_READY);
}

static void resumed_wait(void)
{
    client_resumed(WORK_WAIT);
}

static void resumed_call(void)
{
    client_resumed(WORK_CALL);
}

/* ---- The server goes ---- */

/* Its client learns at once, and can go on. */
static void server_goes(unsigned flags, enum work work, enum way way)
{
    struct scene scene = scene_make(flags, work);

    end_task(scene.pair.server, way);
    settle();
    expect_done(scene.pair.client);
    EXPECT_STEP(scene.request, OUTCOME_UNKNOWN, 0, THREAD);
    expect_clean(scene.pair.client, scene.request);
}

#define SERVER_GOES(name, flags, work, way) \
    static void name(void)                  \
    {                                       \
        server_goes(flags, work, way);      \
    }

SERVER_GOES(server_delete_fault, 0, WORK_FAULT, WAY_DELETE)
SERVER_GOES(server_delete_wait, 0, WORK_WAIT, WAY_DELETE)
SERVER_GOES(server_delete_call, 0, WORK_CALL, WAY_DELETE)
SERVER_GOES(server_delete_ready, 0, WORK_READY, WAY_DELETE)
SERVER_GOES(server_memory_wait, 0, WORK_WAIT, WAY_MEMORY)
SERVER_GOES(passive_server_fault, PAIR_PASSIVE, WORK_FAULT, WAY_DELETE)
SERVER_GOES(passive_server_wait, PAIR_PASSIVE, WORK_WAIT, WAY_DELETE)
SERVER_GOES(passive_server_call, PAIR_PASSIVE, WORK_CALL, WAY_DELETE)

/* The end of a chain of three goes: the server in the middle learns, and answers its client. */
static void helper_goes(void)
{
    struct scene scene = scene_make(0, WORK_CALL);

    end_task(scene.helper, WAY_DELETE);
    settle();
    EXPECT_STEP(scene.work, OUTCOME_UNKNOWN, 0, THREAD);
    expect_clean(scene.pair.server, scene.work);
    expect_done(scene.pair.client);
    EXPECT_STEP_OK(scene.request);
    expect_served(&scene);
}

/* The server in the middle goes while the last one waits for a signal. */
static void middle_goes(void)
{
    struct scene scene = scene_make(0, WORK_CALL);

    end_task(scene.pair.server, WAY_DELETE);
    settle();
    expect_done(scene.pair.client);
    EXPECT_STEP(scene.request, OUTCOME_UNKNOWN, 0, THREAD);
    EXPECT_NO_ERROR(signal_flags(scene.signal));
    settle();
    EXPECT_EQUAL(task_state(scene.helper), THREAD_IDLE);
}

/* An idle server goes; calls wait for the one that takes its place. */
static void idle_goes(enum way way)
{
    struct pair pair = pair_make(0);
    struct step *request = step_add(pair.client, SYSCALL_CALL, pair.handle);

    step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    task_run(pair.server);
    settle();
    end_task(pair.server, way);
    task_run(pair.client);
    settle();
    EXPECT_EQUAL(task_state(pair.client), THREAD_QUEUED);

    struct task *next = task_make(process_make(), PRIORITY_USUAL);
    task_serve(next, pair.endpoint);
    struct step *wait = step_add(next, SYSCALL_REPLY_WAIT, 0);
    step_add(next, SYSCALL_REPLY_WAIT, 0);
    task_run(next);
    settle();
    expect_done(pair.client);
    expect_message(wait, request);
    EXPECT_STEP_OK(request);
}

static void idle_deleted(void)
{
    idle_goes(WAY_DELETE);
}

static void idle_suspended(void)
{
    idle_goes(WAY_SUSPEND);
}

static void idle_space(void)
{
    idle_goes(WAY_SPACE);
}

static void idle_memory(void)
{
    idle_goes(WAY_MEMORY);
}

/* ---- Callers in the queue ---- */

static void queued_goes(enum way way)
{
    struct pair pair = pair_make(0);
    uint64_t servers, waiting;
    cap_t info = case_copy(pair.endpoint, RIGHT_ENDPOINT_RECEIVE);

    step_add(pair.client, SYSCALL_CALL, pair.handle);
    task_run(pair.client);
    settle();
    EXPECT_EQUAL(task_state(pair.client), THREAD_QUEUED);
    end_task(pair.client, way);
    settle();
    OK(endpoint_info, info, &servers, &waiting);
    EXPECT_EQUAL(waiting, 0);
    struct step *wait = step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    task_run(pair.server);
    settle();
    EXPECT_EQUAL(wait->done, 0);
}

static void queued_deleted(void)
{
    queued_goes(WAY_DELETE);
}

static void queued_suspended(void)
{
    queued_goes(WAY_SUSPEND);
}

static void queued_space(void)
{
    queued_goes(WAY_SPACE);
}

static void queued_memory(void)
{
    queued_goes(WAY_MEMORY);
}

/* Without time it can't wait for its turn either. */
static void queued_time(void)
{
    struct pair pair = pair_make(0);
    struct step *request = step_add(pair.client, SYSCALL_CALL, pair.handle);
    struct step *wait = step_add(pair.server, SYSCALL_REPLY_WAIT, 0);

    task_run(pair.client);
    settle();
    end_task(pair.client, WAY_TIME);
    task_run(pair.server);
    settle();
    EXPECT_EQUAL(wait->done, 0);
    EXPECT_EQUAL(request->done, 0);
    EXPECT_EQUAL(task_state(pair.server), THREAD_IDLE);
}

/* ---- The endpoint goes ---- */

static void endpoint_goes_queued(void)
{
    struct pair pair = pair_make(0);
    cap_t handle;
    struct task *other = pair_client(&pair, PRIORITY_HIGH, 5, &handle);
    struct step *request = step_add(pair.client, SYSCALL_CALL, pair.handle);
    struct step *second = step_add(other, SYSCALL_CALL, handle);

    task_run(pair.client);
    task_run(other);
    settle();
    OK(cnode_delete, own.cnode, CAP_INDEX(pair.endpoint));
    settle();
    expect_done(pair.client);
    EXPECT_STEP(request, NOT_DELIVERED, 0, ENDPOINT);
    expect_clean(pair.client, request);
    expect_done(other);
    EXPECT_STEP(second, NOT_DELIVERED, 0, ENDPOINT);
}

static void endpoint_goes_idle(void)
{
    struct pair pair = pair_make(0);
    struct step *wait = step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    struct step *again = step_add(pair.server, SYSCALL_REPLY_WAIT, 0);

    task_run(pair.server);
    settle();
    OK(cnode_delete, own.cnode, CAP_INDEX(pair.endpoint));
    settle();
    expect_done(pair.server);
    EXPECT_STEP(wait, CANCELLED, 0, ENDPOINT);
    expect_clean(pair.server, wait);
    EXPECT_STEP(again, NOT_BOUND, 0, THREAD);
}

/* Its server is at work: the client learns, the server can't answer any more. */
static void endpoint_goes_serving(enum work work)
{
    struct scene scene = scene_make(0, work);

    OK(cnode_delete, own.cnode, CAP_INDEX(scene.pair.endpoint));
    if (work != WORK_READY)
        settle();
    scene_release(&scene, work);
    expect_done(scene.pair.client);
    if (step_result(scene.request)) {
        EXPECT_STEP(scene.request, OUTCOME_UNKNOWN, 0, THREAD);
    } else {
        expect_message(scene.request, scene.next);
    }
    EXPECT_STEP(scene.next, NOT_BOUND, 0, THREAD);
}

static void endpoint_goes_fault(void)
{
    endpoint_goes_serving(WORK_FAULT);
}

static void endpoint_goes_ready(void)
{
    endpoint_goes_serving(WORK_READY);
}

static void endpoint_goes_wait(void)
{
    endpoint_goes_serving(WORK_WAIT);
}

static void endpoint_goes_call(void)
{
    endpoint_goes_serving(WORK_CALL);
}

static const struct test kill_tests[] = {
    {"client deleted, server faulted", client_delete_fault},
    {"client deleted, server waits", client_delete_wait},
    {"client deleted, server calls", client_delete_call},
    {"client deleted, server ready", client_delete_ready},
    {"client suspended, server ready", client_suspend_ready},
    {"client's space deleted, server ready", client_space_ready},
    {"client's memory taken, server ready", client_memory_ready},
    {"client's time deleted, server ready", client_time_ready},
    {"client deleted, passive server ready", passive_delete_ready},
    {"client suspended, passive server ready", passive_suspend_ready},
    {"client's time deleted, passive server ready", passive_time_ready},
    {"client suspended, server faulted", client_suspend_fault},
    {"client suspended, server waits", client_suspend_wait},
    {"client suspended, server calls", client_suspend_call},
    {"client's space deleted, server waits", client_space_wait},
    {"client's memory taken, server calls", client_memory_call},
    {"client's time deleted, server waits", client_time_wait},
    {"client's time deleted, server calls", client_time_call},
    {"client deleted, passive server faulted", passive_delete_fault},
    {"client deleted, passive server waits", passive_delete_wait},
    {"client deleted, passive server calls", passive_delete_call},
    {"client suspended, passive server waits", passive_suspend_wait},
    {"client's time deleted, passive server waits", passive_time_wait},
    {"client resumed, server faulted", resumed_fault},
    {"client resumed, server ready", resumed_ready},
    {"client resumed, server waits", resumed_wait},
    {"client resumed, server calls", resumed_call},
    {"server deleted, faulted", server_delete_fault},
    {"server deleted, waits", server_delete_wait},
    {"server deleted, calls", server_delete_call},
    {"server deleted, ready", server_delete_ready},
    {"server's memory taken, waits", server_memory_wait},
    {"passive server deleted, faulted", passive_server_fault},
    {"passive server deleted, waits", passive_server_wait},
    {"passive server deleted, calls", passive_server_call},
    {"server's server deleted", helper_goes},
    {"server in the middle deleted", middle_goes},
    {"idle server deleted", idle_deleted},
    {"idle server suspended", idle_suspended},
    {"idle server's space deleted", idle_space},
    {"idle server's memory taken", idle_memory},
    {"queued client deleted", queued_deleted},
    {"queued client suspended", queued_suspended},
    {"queued client's space deleted", queued_space},
    {"queued client's memory taken", queued_memory},
    {"queued client's time deleted", queued_time},
    {"endpoint deleted, callers wait", endpoint_goes_queued},
    {"endpoint deleted, server idle", endpoint_goes_idle},
    {"endpoint deleted, server faulted", endpoint_goes_fault},
    {"endpoint deleted, server ready", endpoint_goes_ready},
    {"endpoint deleted, server waits", endpoint_goes_wait},
    {"endpoint deleted, server calls", endpoint_goes_call},
};
GROUP("kill", kill_tests);
