/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls of as many threads as a hostile program may come by: ten thousand that wait at one
 * endpoint, servers that call servers, and what ends them. See longest.c.
 */

#include "tests/guest/kernel/crowd.h"
#include "tests/guest/kernel/pair.h"

#define CALLERS 10000
#define CHAIN 16
#define SERVERS 32 /* of one endpoint */

/* What cases have in common: an endpoint, its handle in the process of a crowd that calls it. */
struct scene {
    struct process *process;
    cap_t endpoint, handle;
    cap_t notification, handle_wait; /* for servers that wait */
    cap_t signal;
    cap_t memory; /* what the callers are made of */
    struct crowd callers;
};

static uint64_t waiting(cap_t endpoint)
{
    uint64_t servers, callers;
    cap_t looking = case_copy(endpoint, RIGHT_ENDPOINT_RECEIVE);

    OK(endpoint_info, looking, &servers, &callers);
    return callers;
}

static struct scene scene_make(void)
{
    struct scene scene = {.process = process_make()};

    scene.endpoint = case_make(OBJECT_ENDPOINT, 0);
    scene.handle = process_give(scene.process, scene.endpoint, RIGHT_ALL, 7);
    scene.notification = case_make(OBJECT_NOTIFICATION, 0);
    scene.handle_wait = process_give(scene.process, scene.notification, RIGHT_ALL, 0);
    scene.signal = case_mint(scene.notification, RIGHT_ALL, 1);
    return scene;
}

/* Callers of `spread` priorities from the lowest on, in memory of their own. */
static void scene_call(struct scene *scene, unsigned spread)
{
    scene->memory = case_make(OBJECT_UNTYPED, 24);
    cap_t before = case_make_from(scene->memory);
    scene->callers = crowd_make(scene->process, CALLERS, CALLERS, PRIORITY_LOW, spread);
    (void)case_make_from(before);
    crowd_start(&scene->callers, 0, crowd_call, scene->handle);
    settle();
}

/* A server without time of its own. */
static cap_t server_make(const struct scene *scene, cap_t endpoint, void (*entry)(void),
                         cap_t handle)
{
    struct crowd server = crowd_make(scene->process, 1, 0, 0, 1);

    OK(thread_set_endpoint, server.threads, endpoint);
    crowd_start(&server, 0, entry, handle);
    return server.threads;
}

/* ---- Ten thousand callers ---- */

static void endpoint_deleted(void)
{
    struct scene scene = scene_make();

    scene_call(&scene, 150);
    EXPECT_EQUAL(waiting(scene.endpoint), CALLERS);
    OK(cnode_delete, own.cnode, CAP_INDEX(scene.endpoint));
    settle();
    EXPECT_EQUAL(crowd_with_result(&scene.callers, ERROR_NOT_DELIVERED), CALLERS);
}

static void answered(void)
{
    struct scene scene = scene_make();

    scene_call(&scene, 150);
    (void)server_make(&scene, scene.endpoint, crowd_answer, 0);
    settle();
    EXPECT_EQUAL(waiting(scene.endpoint), 0);
    EXPECT_EQUAL(crowd_with_result(&scene.callers, ERROR_NONE), CALLERS);
}

/* All go with their memory, out of the queue. */
static void callers_revoked(void)
{
    struct scene scene = scene_make();

    scene_call(&scene, 1);
    EXPECT_EQUAL(waiting(scene.endpoint), CALLERS);
    OK(cnode_revoke, own.cnode, CAP_INDEX(scene.memory));
    EXPECT_EQUAL(waiting(scene.endpoint), 0);
    EXPECT(case_is_empty(scene.callers.threads + CAP_OF(CALLERS - 1)));
}

/* The address space that all run in: they are stopped, and their calls end. */
static void space_revoked(void)
{
    struct scene scene = scene_make();

    scene_call(&scene, 1);
    OK(cnode_revoke, own.cnode, CAP_INDEX(scene.process->vspace));
    EXPECT_EQUAL(waiting(scene.endpoint), 0);
    EXPECT_EQUAL(crowd_in_state(&scene.callers, THREAD_STOPPED), CALLERS);
}

/* One has been taken, and its server waits, for ever as it seems; all others wait for that one. */
static cap_t server_waits(struct scene *scene, unsigned spread)
{
    cap_t server = server_make(scene, scene->endpoint, crowd_wait, scene->handle_wait);

    scene_call(scene, spread);
    EXPECT_EQUAL(waiting(scene->endpoint), CALLERS - 1);
    return server;
}

static void server_deleted(void)
{
    struct scene scene = scene_make();
    cap_t server = server_waits(&scene, 150);

    OK(cnode_delete, own.cnode, CAP_INDEX(server));
    settle();
    EXPECT_EQUAL(waiting(scene.endpoint), CALLERS - 1);
    EXPECT_EQUAL(crowd_with_result(&scene.callers, ERROR_OUTCOME_UNKNOWN), 1);
    (void)server_make(&scene, scene.endpoint, crowd_answer, 0);
    settle();
    EXPECT_EQUAL(crowd_with_result(&scene.callers, ERROR_NONE), CALLERS - 1);
}

/* Those of them that a server works for are stopped: how many. */
static unsigned stop_served(const struct crowd *callers)
{
    unsigned stopped = 0;

    for (unsigned i = 0; i < callers->count; i++) {
        if (crowd_state(callers, i) != THREAD_CALLING)
            continue;
        OK(thread_suspend, crowd_thread(callers, i));
        stopped++;
    }
    return stopped;
}

/* Whom the server works for stops: all who wait help it to an end. */
static void help_orphan(bool urgent)
{
    struct scene scene = scene_make();
    (void)server_waits(&scene, 1);

    EXPECT_EQUAL(stop_served(&scene.callers), 1);
    settle();
    if (urgent) {
        struct crowd one = crowd_make(scene.process, 1, 1, PRIORITY_HIGH, 1);
        crowd_start(&one, 0, crowd_call, scene.handle);
        settle();
    }
    for (unsigned i = 0; i < 4; i++) {
        EXPECT_EQUAL(waiting(scene.endpoint), CALLERS - 1 + urgent - i);
        EXPECT_NO_ERROR(signal_flags(scene.signal));
        settle();
    }
    uint64_t left = waiting(scene.endpoint);
    OK(cnode_delete, own.cnode, CAP_INDEX(scene.endpoint));
    settle();
    EXPECT_EQUAL(crowd_with_result(&scene.callers, ERROR_NOT_DELIVERED), left);
    EXPECT_EQUAL(crowd_with_result(&scene.callers, ERROR_NONE), urgent ? 2 : 3);
}

static void orphan_helped(void)
{
    help_orphan(false);
}

static void orphan_helped_urgently(void)
{
    help_orphan(true);
}

/* ---- Servers that call servers ---- */

struct chain {
    struct scene scene;
    cap_t endpoint[CHAIN], server[CHAIN];
};

/* A client, and servers each of which calls the next one. The last waits. Others wait behind. */
static struct chain chain_make(void)
{
    struct chain chain = {.scene = scene_make()};
    struct scene *scene = &chain.scene;

    chain.endpoint[0] = scene->endpoint;
    for (unsigned i = 1; i < CHAIN; i++)
        chain.endpoint[i] = case_make(OBJECT_ENDPOINT, 0);
    for (unsigned i = 0; i < CHAIN - 1; i++) {
        cap_t next = process_give(scene->process, chain.endpoint[i + 1], RIGHT_ALL, i + 1);
        chain.server[i] = server_make(scene, chain.endpoint[i], crowd_forward, next);
    }
    chain.server[CHAIN - 1] =
        server_make(scene, chain.endpoint[CHAIN - 1], crowd_wait, scene->handle_wait);
    scene_call(scene, 50);
    EXPECT_EQUAL(waiting(scene->endpoint), CALLERS - 1);
    EXPECT_EQUAL(crowd_in_state(&scene->callers, THREAD_CALLING), 1);
    return chain;
}

/* Signal the last server until all callers are answered, or a hundred more. */
static void chain_go_on(const struct chain *chain, unsigned answered_before)
{
    for (unsigned i = 0; i < 100; i++) {
        EXPECT_NO_ERROR(signal_flags(chain->scene.signal));
        settle();
    }
    EXPECT_EQUAL(waiting(chain->scene.endpoint), CALLERS - 1 - 100 - answered_before);
}

static void chain_answers(void)
{
    struct chain chain = chain_make();

    chain_go_on(&chain, 0);
    EXPECT_EQUAL(crowd_with_result(&chain.scene.callers, ERROR_NONE), 100);
}

/* The client stops: the others' time goes through all of the chain. */
static void chain_orphaned(void)
{
    struct chain chain = chain_make();

    EXPECT_EQUAL(stop_served(&chain.scene.callers), 1);
    settle();
    chain_go_on(&chain, 0);
    EXPECT_EQUAL(crowd_with_result(&chain.scene.callers, ERROR_NONE), 99);
}

/* A server goes: those before it answer. Another takes its place, and answers all that come. */
static void chain_broken(unsigned at)
{
    struct chain chain = chain_make();

    OK(cnode_delete, own.cnode, CAP_INDEX(chain.server[at]));
    settle();
    EXPECT_EQUAL(waiting(chain.scene.endpoint), CALLERS - (at ? 2 : 1));
    (void)server_make(&chain.scene, chain.endpoint[at], crowd_answer, 0);
    settle();
    EXPECT_EQUAL(crowd_with_result(&chain.scene.callers, ERROR_OUTCOME_UNKNOWN), at ? 0 : 1);
    EXPECT_EQUAL(crowd_with_result(&chain.scene.callers, ERROR_NONE), CALLERS - (at ? 0 : 1));
}

static void chain_broken_first(void)
{
    chain_broken(0);
}

static void chain_broken_middle(void)
{
    chain_broken(CHAIN / 2);
}

static void chain_broken_last(void)
{
    chain_broken(CHAIN - 1);
}

/*
 * As many servers at each endpoint as there may be, and each calls on. At the last endpoint they
 * all wait. Then all whom they work for stop, so that none of them has time.
 */
static void all_orphaned(void)
{
    struct scene scene = scene_make();
    cap_t endpoint = scene.endpoint, signal[SERVERS];

    for (unsigned i = 1; i < CHAIN; i++) {
        cap_t next = case_make(OBJECT_ENDPOINT, 0);
        cap_t handle = process_give(scene.process, next, RIGHT_ALL, i);
        for (unsigned k = 0; k < SERVERS; k++)
            (void)server_make(&scene, endpoint, crowd_forward, handle);
        endpoint = next;
    }
    for (unsigned k = 0; k < SERVERS; k++) {
        cap_t notification = case_make(OBJECT_NOTIFICATION, 0);
        signal[k] = case_mint(notification, RIGHT_ALL, 1);
        (void)server_make(&scene, endpoint, crowd_wait,
                          process_give(scene.process, notification, RIGHT_ALL, 0));
    }
    scene_call(&scene, 1);
    EXPECT_EQUAL(waiting(scene.endpoint), CALLERS - SERVERS);
    EXPECT_EQUAL(stop_served(&scene.callers), SERVERS);
    settle();
    for (unsigned k = 0; k < SERVERS; k++) {
        EXPECT_NO_ERROR(signal_flags(signal[k]));
        settle();
    }
    uint64_t left = waiting(scene.endpoint);
    EXPECT(left < CALLERS - SERVERS && left >= CALLERS - 2 * SERVERS);
    OK(cnode_delete, own.cnode, CAP_INDEX(scene.endpoint));
    settle();
    EXPECT_EQUAL(crowd_with_result(&scene.callers, ERROR_NOT_DELIVERED), left);
}

/* ---- Notifications and messages ---- */

/* Ten thousand that have something to tell wait at an endpoint: some are taken, then it goes. */
static void notifications(void)
{
    cap_t endpoint = case_make(OBJECT_ENDPOINT, 0);
    cap_t first = case_make_row(OBJECT_NOTIFICATION, 0, CALLERS);
    uint64_t flags;

    for (unsigned i = 0; i < CALLERS; i++) {
        cap_t signal = CAP_OF(case_slot());
        OK(cnode_mint, own.cnode, CAP_INDEX(signal), first + CAP_OF(i), RIGHT_ALL, i + 1);
        OK(notification_bind, first + CAP_OF(i), endpoint);
        EXPECT_NO_ERROR(signal_flags(signal));
    }
    struct task *task = task_make(process_make(), PRIORITY_USUAL);
    for (unsigned i = 0; i < 3; i++)
        step_add(task, SYSCALL_REPLY_WAIT, 0);
    task_serve(task, endpoint);
    task_run(task);
    settle();
    expect_done(task);
    for (unsigned i = 0; i < 3; i++) {
        EXPECT_EQUAL(step_result(&task->area->step[i]), RECEIVE_NOTIFICATION);
        EXPECT_EQUAL(task->area->step[i].out[R_RDI], i + 1);
    }
    FAILS(BOUND, 0, NOTIFICATION, notification_poll, first, &flags);
    OK(cnode_delete, own.cnode, CAP_INDEX(endpoint));
    for (unsigned i = 0; i < CALLERS; i++) {
        OK(notification_poll, first + CAP_OF(i), &flags);
        EXPECT_EQUAL(flags, i < 3 ? 0 : i + 1);
    }
}

/* As many words and capabilities as a message may have, both ways. */
static void full_messages(void)
{
    struct pair pair = pair_make(0);
    struct task *client = pair.client, *server = pair.server;
    struct step *wait = step_add(server, SYSCALL_REPLY_WAIT, 0);
    struct step *answer = step_add(server, SYSCALL_REPLY_WAIT_BUFFER, 0);
    struct step *request = step_add(client, SYSCALL_CALL_BUFFER, pair.handle);
    cap_t endpoint = case_make(OBJECT_ENDPOINT, 0);

    request->in[R_R15] = answer->in[R_R15] = TAG(1, 64, 4);
    for (unsigned i = 0; i < 4; i++) {
        client->area->buffer.caps[i] = process_give(client->process, endpoint, RIGHT_ALL, i + 1);
        client->area->buffer.receive[i] = CAP_OF(50 + i);
        server->area->buffer.receive[i] = CAP_OF(40 + i);
    }
    for (unsigned i = 0; i < 64; i++)
        client->area->buffer.words[i] = i * i + 1;
    pair_run(&pair);
    EXPECT_EQUAL(step_result(wait), RECEIVE_BUFFER);
    EXPECT_EQUAL(step_result(request), RECEIVE_BUFFER);
    for (unsigned i = 0; i < 64; i++)
        EXPECT_EQUAL(server->area->buffer.words[i], i * i + 1);
    for (unsigned i = 0; i < 4; i++) { /* there, and back */
        uint64_t what, badge;
        OK(cnode_inspect, server->process->cnode, 40 + i, &what, &badge);
        EXPECT_EQUAL(badge, i + 1);
        OK(cnode_inspect, client->process->cnode, 50 + i, &what, &badge);
        EXPECT_EQUAL(badge, i + 1);
    }
}

static const struct test longest_call_tests[] = {
    {"ten thousand callers, endpoint deleted", endpoint_deleted},
    {"ten thousand callers, answered", answered},
    {"ten thousand callers revoked", callers_revoked},
    {"ten thousand callers, space revoked", space_revoked},
    {"ten thousand callers, server deleted", server_deleted},
    {"ten thousand helpers", orphan_helped},
    {"ten thousand helpers, and an urgent one", orphan_helped_urgently},
    {"sixteen servers in a row", chain_answers},
    {"sixteen servers, orphaned", chain_orphaned},
    {"sixteen servers, the first deleted", chain_broken_first},
    {"sixteen servers, one amidst deleted", chain_broken_middle},
    {"sixteen servers, the last deleted", chain_broken_last},
    {"sixteen times thirty-two servers, orphaned", all_orphaned},
    {"ten thousand notifications", notifications},
    {"full messages", full_messages},
};
GROUP("longest calls", longest_call_tests);
