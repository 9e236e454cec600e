/* SPDX-License-Identifier: BSD-2-Clause */
/* hosted: threads started, stopped, unbound and killed wherever they stand in calls. */
#include "tests/host/hosted/unit.h"

#define ENDPOINT 32
#define BADGED 33
#define SERVER 34 /* and its SchedContext */
#define CLIENT 36
#define MIDDLE 38
#define ENDPOINT_2 40
#define NOTIFICATION 41

static struct thread *root(void)
{
    return hosted_root.thread;
}

static void make_endpoints(void)
{
    unit_make(OBJECT_ENDPOINT, 8, ENDPOINT);
    unit_mint(ENDPOINT, BADGED, 255, 7);
    unit_make(OBJECT_ENDPOINT, 8, ENDPOINT_2);
    unit_make(OBJECT_NOTIFICATION, 7, NOTIFICATION);
}

static struct thread *make_client(unsigned slot)
{
    unit_thread(slot);
    return unit_start(slot);
}

static bool failed(enum error_code code)
{
    return machine.user.rflags & RFLAGS_CF && ERR_CODE(machine.user.rax) == code;
}

static void started_while_serving(void)
{
    make_endpoints();
    struct thread *server = unit_passive(SERVER, ENDPOINT), *client = make_client(CLIENT);
    unit_turn(client);
    unit_call(BADGED, 100);
    REQUIRE(unit_current() == server && unit_received(7, 100));
    unit_turn(root());
    REQUIRE(INVOKE(SERVER, thread_suspend, 0) == 0);
    unit_start(SERVER);
    REQUIRE(!client->callee && thread_is_idle(server));
    unit_turn(client);
    REQUIRE(failed(ERROR_OUTCOME_UNKNOWN));
    unit_call(BADGED, 200);
    REQUIRE(unit_current() == server && unit_received(7, 200));
}

/* A server that unbinds itself: its caller gets the answer, and it isn't lost. */
static void unbound_while_serving(void)
{
    make_endpoints();
    struct thread *server = unit_active(SERVER, ENDPOINT), *client = make_client(CLIENT);
    unit_turn(client);
    unit_call(BADGED, 100);
    REQUIRE(unit_current() == server);
    REQUIRE(INVOKE(SERVER, thread_set_endpoint, 0) == 0);
    unit_reply_wait(500);
    if (unit_current() == client)
        REQUIRE(unit_received(0, 500));
    unit_turn(server);
    REQUIRE(failed(ERROR_NOT_BOUND));
    REQUIRE(!thread_is_idle(server));
}

/* Suspended while it waits for calls, then of no endpoint. */
static void unbound_while_stopped(void)
{
    make_endpoints();
    struct thread *server = unit_active(SERVER, ENDPOINT);
    REQUIRE(INVOKE(SERVER, thread_suspend, 0) == 0);
    REQUIRE(INVOKE(SERVER, thread_set_endpoint, 0) == 0);
    REQUIRE(INVOKE(SERVER, thread_resume, 0) == 0);
    hosted_check();
    unit_turn(server);
    REQUIRE(failed(ERROR_CANCELLED));
}

/* The same, by deletion of the endpoint. */
static void endpoint_gone_while_stopped(void)
{
    make_endpoints();
    struct thread *server = unit_active(SERVER, ENDPOINT);
    REQUIRE(INVOKE(SERVER, thread_suspend, 0) == 0);
    REQUIRE(unit_delete(ENDPOINT) == 0);
    REQUIRE(INVOKE(SERVER, thread_resume, 0) == 0);
    unit_turn(server);
    REQUIRE(failed(ERROR_CANCELLED));
}

/* Killed, suspended, unbound: whoever waits is told, at each depth. */
static void ends_in_a_chain(void)
{
    for (unsigned victim = 0; victim < 6; victim++) {
        make_endpoints();
        struct thread *server = unit_passive(SERVER, ENDPOINT);
        struct thread *middle = unit_active(MIDDLE, ENDPOINT_2), *client = make_client(CLIENT);
        unit_turn(client);
        unit_call(ENDPOINT_2, 100);
        REQUIRE(unit_current() == middle);
        unit_call(BADGED, 300);
        REQUIRE(unit_current() == server && unit_received(7, 300));
        unit_turn(root());
        const unsigned slots[3] = {CLIENT, MIDDLE, SERVER};
        if (victim % 2)
            REQUIRE(unit_delete(slots[victim / 2]) == 0);
        else
            REQUIRE(INVOKE(slots[victim / 2], thread_suspend, 0) == 0);
        hosted_check();
        if (victim == 0) {
            REQUIRE(INVOKE(CLIENT, thread_resume, 0) == 0);
            unit_turn(client);
            REQUIRE(failed(ERROR_OUTCOME_UNKNOWN));
        }
        if (victim == 5) {
            unit_turn(middle);
            REQUIRE(failed(ERROR_OUTCOME_UNKNOWN));
        }
        unit_turn(root());
        REQUIRE(unit_revoke(ROOT_UNTYPED) == 0);
    }
}

int main(void)
{
    unit_run("thread: started again while it serves", started_while_serving);
    unit_run("thread: unbound while it serves", unbound_while_serving);
    unit_run("thread: unbound while it's suspended", unbound_while_stopped);
    unit_run("thread: its endpoint goes while it's suspended", endpoint_gone_while_stopped);
    unit_run("thread: ends in a chain of calls", ends_in_a_chain);
    return unit_end();
}
