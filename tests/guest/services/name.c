/* SPDX-License-Identifier: BSD-2-Clause */
/* The name server: namespaces, publishing, finding, waiting, being told. */

#include "libsys/name_client.h"
#include "libsys/string.h"
#include "libsys/timer_client.h"
#include "tests/guest/services/services.h"
#include "tests/guest/throng.h"

static struct rpc_client root, reader, users, stale;

/* Whether a capability calls the timer server: a service that was found is the one published. */
static bool is_timer(cap_t cap)
{
    uint64_t time = 0;

    return timer_now(cap, &time) == 0 && time > 0;
}

static void test_publish(void)
{
    cap_t timer = program_cap("timer"), found = slot_new();
    char name[64];
    uint32_t size = 0;

    expect_error("name.list of nothing", name_list(&root, 0, name, sizeof(name), &size),
                 RPC_NOT_FOUND);
    expect_error("name.publish", name_publish(&root, "timer", timer), 0);
    expect_error("name.publish twice", name_publish(&root, "timer", timer), RPC_EXISTS);
    expect_error("name.publish no name", name_publish(&root, "a b", timer), RPC_MALFORMED);
    expect_error("name.publish by a reader", name_publish(&reader, "x", timer), RPC_DENIED);
    expect_error("name.publish by a stale handle", name_publish(&stale, "x", timer),
                 RPC_BAD_HANDLE);
    expect_error("name.publish no endpoint", name_publish(&root, "x", program_cap("signals")),
                 RPC_MALFORMED);
    expect_error("name.lookup", name_lookup(&reader, "timer", found), 0);
    expect("name.it is the service", is_timer(found));
    (void)!cnode_delete(program_cap("cnode"), CAP_INDEX(found));
    expect_error("name.lookup of nothing", name_lookup(&root, "x", found), RPC_NOT_FOUND);
    expect_error("name.lookup by a stale handle", name_lookup(&stale, "timer", found),
                 RPC_BAD_HANDLE);
    expect_error("name.list by a stale handle", name_list(&stale, 0, name, sizeof(name), &size),
                 RPC_BAD_HANDLE);
    expect_error("name.withdraw by one", name_withdraw(&stale, "timer"), RPC_BAD_HANDLE);
    expect_error("name.list", name_list(&reader, 0, name, sizeof(name), &size), 0);
    expect("name.its name", size == 5 && memcmp(name, "timer", 5) == 0);
    expect_error("name.withdraw by a reader", name_withdraw(&reader, "timer"), RPC_DENIED);
    expect_error("name.withdraw nothing", name_withdraw(&root, "x"), RPC_NOT_FOUND);
    expect_error("name.withdraw", name_withdraw(&root, "timer"), 0);
    expect_error("name.lookup after that", name_lookup(&root, "timer", found), RPC_NOT_FOUND);
    cap_drop(found);
}

static void test_spaces(void)
{
    struct rpc_client copy = {slot_new(), root.context}, empty = {slot_new(), root.context};
    cap_t timer = program_cap("timer"), found = slot_new(), none = slot_new();

    expect_error("name.publish", name_publish(&root, "a", timer), 0);
    expect_error("name.create a copy", name_create(&root, false, true, copy.cap), 0);
    expect_error("name.create an empty one", name_create(&root, true, false, empty.cap), 0);
    expect_error("name.create more than one may", name_create(&reader, true, true, none),
                 RPC_DENIED);
    expect_error("name.create by a stale handle", name_create(&stale, true, true, none),
                 RPC_BAD_HANDLE);
    expect_error("name.the copy has it", name_lookup(&copy, "a", found), 0);
    (void)!cnode_delete(program_cap("cnode"), CAP_INDEX(found));
    expect_error("name.the empty one hasn't", name_lookup(&empty, "a", found), RPC_NOT_FOUND);
    expect_error("name.nor may it publish", name_publish(&empty, "b", timer), RPC_DENIED);
    expect_error("name.publish in the copy", name_publish(&copy, "b", timer), 0);
    expect_error("name.the first hasn't that", name_lookup(&root, "b", found), RPC_NOT_FOUND);
    expect_error("name.destroy the first", name_destroy(&copy, root.cap), RPC_DENIED);
    expect_error("name.destroy by another", name_destroy(&empty, copy.cap), RPC_DENIED);
    expect_error("name.destroy something else", name_destroy(&root, timer), RPC_BAD_HANDLE);
    expect_error("name.destroy", name_destroy(&root, copy.cap), 0);
    expect_error("name.destroy twice", name_destroy(&root, copy.cap), RPC_BAD_HANDLE);
    expect_error("name.its handle is stale", name_lookup(&copy, "a", found), RPC_BAD_HANDLE);
    expect_error("name.destroy", name_destroy(&root, empty.cap), 0);
    expect_error("name.withdraw", name_withdraw(&root, "a"), 0);
    cap_drop(found);
    cap_drop(none);
    cap_drop(copy.cap);
    cap_drop(empty.cap);
}

#define MADE_MAX 200

static void test_many_spaces(void)
{
    static cap_t made[MADE_MAX];
    uint32_t count = 0;
    err_t error = 0;
    bool destroyed = true;

    for (; count < MADE_MAX && !error; count += error == 0) {
        made[count] = slot_new();
        error = name_create(&root, true, false, made[count]);
    }
    expect_error("name.create as many as there can be", error, RPC_FULL);
    expect("name.so many", count == 126 - 31); /* a quarter is the users' */
    while (count > 0) {
        destroyed = name_destroy(&root, made[--count]) == 0 && destroyed;
        cap_drop(made[count]);
    }
    expect("name.destroy all of them", destroyed);
}

/* This program has one thread: it waits, and its deadline ends that. */
static void test_wait(void)
{
    cap_t found = slot_new(), time = program_cap("time"), timer = program_cap("timer");

    for (int i = 0; i < 40; i++) { /* more than may wait: who is gone leaves its place */
        uint64_t deadline = time_ticks_in(2);
        (void)!sched_context_deadline(time, deadline);
        err_t error = name_wait(&root, "later", found);
        (void)!sched_context_deadline(time, 0);
        if (ERR_CODE(error) != ERROR_OUTCOME_UNKNOWN && ERR_CODE(error) != ERROR_NOT_DELIVERED)
            expect_error("name.wait in vain", error, 0);
    }
    expect_error("name.publish what nobody waits for any more", name_publish(&root, "later", timer),
                 0);
    expect_error("name.wait for what is there", name_wait(&root, "later", found), 0);
    expect("name.it is the service", is_timer(found));
    expect_error("name.wait by a stale handle", name_wait(&stale, "later", found), RPC_BAD_HANDLE);
    expect_error("name.withdraw", name_withdraw(&root, "later"), 0);
    cap_drop(found);
}

static void test_subscribe(void)
{
    cap_t one = signal_new(32), all = signal_new(64), timer = program_cap("timer");
    err_t error = 0;
    uint32_t count = 0;

    (void)signals_now();
    expect_error("name.subscribe", name_subscribe(&reader, "dev/a", one), 0);
    expect_error("name.subscribe to all below", name_subscribe(&reader, "dev/", all), 0);
    expect_error("name.subscribe by a stale handle", name_subscribe(&stale, "a", one),
                 RPC_BAD_HANDLE);
    expect_error("name.publish another", name_publish(&root, "dev", timer), 0);
    expect("name.nobody is told", signals_now() == 0);
    expect_error("name.publish", name_publish(&root, "dev/b", timer), 0);
    expect("name.told of all below", signals_now() == 64);
    expect_error("name.publish", name_publish(&root, "dev/a", timer), 0);
    expect("name.told of the one", signals_now() == 32);
    expect_error("name.subscribe", name_subscribe(&reader, "dev/a", one), 0);
    expect_error("name.withdraw", name_withdraw(&root, "dev/a"), 0);
    expect("name.told that it went", signals_now() == 32);
    while (count < 1000 && (error = name_subscribe(&reader, "many/", one)) == 0)
        count++;
    expect_error("name.too many subscriptions", error, RPC_FULL);
    expect_error("name.publish", name_publish(&root, "many/x", timer), 0);
    expect("name.all are told", signals_now() == 32);
    expect_error("name.there is room again", name_subscribe(&reader, "many/", one), 0);
    (void)!name_withdraw(&root, "many/x");
    (void)!name_withdraw(&root, "dev/b");
    (void)!name_withdraw(&root, "dev");
    cap_drop(one);
    cap_drop(all);
}

/* ---- Shares ---------------------------------------------------------------------------------- */

#define USERS_WAIT 24u /* of 32: the system's keep a quarter */
#define USERS_SUBSCRIBE 48u

static struct throng throng = {.priority = 100, .slot = slot_new};

static err_t wait_for_nothing(const struct rpc_client *server)
{
    return name_wait(server, "nothing", 0);
}

/* Users wait in as many places as they may: the system's clients aren't refused. */
static void test_waiters(void)
{
    const struct throng_thread *thread = NULL;
    bool good = true;

    throng.pool = program_cap("pool");
    throng.cnode = program_cap("cnode");
    for (uint32_t i = 0; i < USERS_WAIT; i++) {
        thread = throng_add(&throng, users.cap, wait_for_nothing);
        good = thread && good;
    }
    (void)signals_wait(50); /* they run then */
    for (uint32_t i = 0; i < USERS_WAIT; i++)
        good = !throng.thread[i].done && good;
    expect("name.as many users as may wait", good);
    thread = throng_add(&throng, users.cap, wait_for_nothing);
    (void)signals_wait(50);
    expect("name.one more", thread && thread->done && thread->error == RPC_FULL);
    thread = throng_add(&throng, root.cap, wait_for_nothing);
    (void)signals_wait(50);
    expect("name.another isn't refused", thread && !thread->done);
    throng_stop(&throng);
    thread = throng_add(&throng, users.cap, wait_for_nothing);
    (void)signals_wait(50);
    expect("name.when they have gone there is room", thread && !thread->done);
    throng_stop(&throng);
}

static void test_shares(void)
{
    cap_t one = signal_new(32), made = slot_new();
    uint32_t count = 0;
    err_t error = 0;

    test_waiters();
    for (; count < 1000 && !error; count += error == 0)
        error = name_subscribe(&users, "many/", one);
    expect_error("name.users subscribe as often as they may", error, RPC_FULL);
    expect("name.so often", count == USERS_SUBSCRIBE);
    expect_error("name.another isn't refused", name_subscribe(&root, "other/", one), 0);
    error = 0;
    for (count = 0; count < 1000 && !error; count += error == 0) {
        error = name_create(&users, true, false, made);
        (void)!cnode_delete(program_cap("cnode"), CAP_INDEX(made));
    }
    expect_error("name.users make as many as they may", error, RPC_FULL);
    expect_error("name.another isn't refused", name_create(&root, true, false, made), 0);
    expect_error("name.and can end its own", name_destroy(&root, made), 0);
    cap_drop(made);
    cap_drop(one);
}

static void test_full(void)
{
    char name[] = "n000";
    err_t error = 0;
    int count = 0;

    for (; count < 1000 && !error; count++) {
        name[1] = (char)('0' + count / 100);
        name[2] = (char)('0' + count / 10 % 10);
        name[3] = (char)('0' + count % 10);
        error = name_publish(&root, name, program_cap("timer"));
    }
    expect("name.as many as there is room for",
           count >= 256 && (error == RPC_FULL || error == RPC_NO_MEMORY));
    for (char text[64]; count > 0; count--) {
        uint32_t size = 0;
        if (name_list(&root, 0, text, 63, &size))
            break;
        text[size] = 0;
        (void)!name_withdraw(&root, text);
    }
    expect_error("name.and again", name_publish(&root, "n", program_cap("timer")), 0);
}

void test_name(void)
{
    root = client_of("name");
    reader = client_of("name-reader");
    users = client_of("name-users");
    stale = client_of("name-stale");
    test_publish();
    test_spaces();
    test_many_spaces();
    test_wait();
    test_subscribe();
    test_full();
    test_shares();
}
