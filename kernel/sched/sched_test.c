/* SPDX-License-Identifier: BSD-2-Clause */
/* hosted: who runs on whose time, when calls nest and their callers go. */
#include "tests/host/hosted/unit.h"

#define ENDPOINT 32
#define ENDPOINT_2 33
#define NOTIFICATION 34
#define SERVER 36 /* each with its SchedContext in the next slot */
#define CLIENT 38
#define MIDDLE 40
#define OTHER 42

static struct thread *root(void)
{
    return hosted_root.thread;
}

static void make_objects(void)
{
    unit_make(OBJECT_ENDPOINT, 8, ENDPOINT);
    unit_make(OBJECT_ENDPOINT, 8, ENDPOINT_2);
    unit_make(OBJECT_NOTIFICATION, 7, NOTIFICATION);
}

static struct thread *make_client(unsigned slot)
{
    unit_thread(slot);
    return unit_start(slot);
}

static void priority(unsigned slot, unsigned value)
{
    REQUIRE(INVOKE(slot + 1, sched_context_configure, CAP_OF(ROOT_CPU), value, 0) == 0);
}

static void equals_take_turns(void)
{
    struct thread *one = make_client(CLIENT), *two = make_client(OTHER);
    const struct thread *order[3] = {one, two, root()};
    for (unsigned i = 0; i < 9; i++) {
        hosted_enter_trap(VECTOR_TIMER, 0);
        hosted_check();
        REQUIRE(unit_current() == order[i % 3]);
    }
    unit_turn(root());
    priority(CLIENT, 254);
    hosted_enter_trap(VECTOR_TIMER, 0);
    REQUIRE(unit_current() == two);
    hosted_enter_trap(VECTOR_TIMER, 0);
    REQUIRE(unit_current() == root());
}

/*
 * A client's time ends while its server's call waits in a queue. The server that takes it has to do
 * with its own time.
 */
static void queued_without_time(void)
{
    make_objects();
    struct thread *middle = unit_passive(MIDDLE, ENDPOINT);
    struct thread *server = unit_active(SERVER, ENDPOINT_2);
    struct thread *other = make_client(OTHER), *client = make_client(CLIENT);
    unit_turn(other);
    unit_call(ENDPOINT_2, 100);
    REQUIRE(unit_current() == server);
    unit_turn(client);
    unit_call(ENDPOINT, 200);
    REQUIRE(unit_current() == middle);
    unit_call(ENDPOINT_2, 300);
    REQUIRE(middle->state == STATE_QUEUED);
    unit_turn(root());
    REQUIRE(INVOKE(CLIENT, thread_suspend, 0) == 0);
    unit_turn(server);
    unit_reply_wait(400);
    REQUIRE(server->caller == middle);
    unit_turn(server);
    REQUIRE(unit_received(0, 300));
}

/* A server that waits within a request goes on with its client's time, not with its own, better. */
static void woken_within_a_request(void)
{
    make_objects();
    struct thread *server = unit_active(SERVER, ENDPOINT), *client = make_client(CLIENT);
    struct thread *other = make_client(OTHER);
    priority(CLIENT, 10);
    priority(OTHER, 20);
    REQUIRE(INVOKE(OTHER, thread_suspend, 0) == 0);
    priority(SERVER, 100);
    unit_make(OBJECT_NOTIFICATION, 7, NOTIFICATION + 1);
    REQUIRE(INVOKE(ROOT_PLATFORM, platform_irq, CAP_OF(ROOT_CNODE), 50, 0, IRQ_EDGE) == 0);
    unit_mint(NOTIFICATION, 51, 255, 1);
    REQUIRE(INVOKE(50, irq_bind, CAP_OF(51)) == 0);
    unit_mint(NOTIFICATION + 1, 52, 255, 2);
    REQUIRE(INVOKE(NOTIFICATION, notification_wait, 0) == HOSTED_SWITCHED);
    REQUIRE(unit_current() == client);
    unit_call(ENDPOINT, 100);
    REQUIRE(unit_current() == server);
    REQUIRE(INVOKE(NOTIFICATION + 1, notification_wait, 0) == HOSTED_SWITCHED && machine.halted);
    hosted_irq(0);
    REQUIRE(unit_current() == root());
    hosted_syscall(SYSCALL_SIGNAL, CAP_OF(52), 0, NULL, 0);
    REQUIRE(INVOKE(OTHER, thread_resume, 0) == 0);
    REQUIRE(INVOKE(NOTIFICATION, notification_wait, 0) == HOSTED_SWITCHED);
    REQUIRE(unit_current() == other);
    hosted_irq(0);
    REQUIRE(INVOKE(OTHER, thread_suspend, 0) == 0);
    REQUIRE(INVOKE(NOTIFICATION, notification_wait, 0) == HOSTED_SWITCHED);
    REQUIRE(unit_current() == server && this_cpu()->sched == client->sched);
    unit_reply_wait(200);
    REQUIRE(unit_current() == client && unit_received(0, 200));
}

/* An endpoint with an idle, better server gets a notification that has flags. */
static void bound_with_flags(void)
{
    make_objects();
    struct thread *server = unit_active(SERVER, ENDPOINT), *client = make_client(CLIENT);
    REQUIRE(INVOKE(CLIENT, thread_suspend, 0) == 0);
    unit_make_from(ROOT_UNTYPED_2, OBJECT_VSPACE, 15, 60);
    REQUIRE(INVOKE(CLIENT, thread_set_space, CAP_OF(ROOT_CNODE), CAP_OF(60)) == 0);
    unit_start(CLIENT);
    priority(CLIENT, 100);
    unit_mint(NOTIFICATION, 61, 255, 4);
    unit_turn(root());
    REQUIRE(INVOKE(ROOT_THREAD, thread_suspend, 0) == HOSTED_SWITCHED);
    REQUIRE(unit_current() == client);
    machine.user.rip -= 2;
    hosted_syscall(SYSCALL_SIGNAL, CAP_OF(61), 0, NULL, 0);
    hosted_check();
    REQUIRE(INVOKE(NOTIFICATION, notification_bind, CAP_OF(ENDPOINT)) == HOSTED_SWITCHED);
    REQUIRE(unit_current() == server && machine.user.word[0] == 4);
}

/*
 * A client calls a server of its own, and that calls another's, where somebody waits already. Then
 * the client is stopped: who waits must not wait for ever, and be answered in turn.
 */
static void middle_without_time(void)
{
    make_objects();
    struct thread *middle = unit_passive(MIDDLE, ENDPOINT);
    struct thread *server = unit_passive(SERVER, ENDPOINT_2);
    struct thread *client = make_client(CLIENT), *other = make_client(OTHER);
    unit_turn(client);
    unit_call(ENDPOINT, 100);
    REQUIRE(unit_current() == middle);
    unit_call(ENDPOINT_2, 200);
    REQUIRE(unit_current() == server);
    unit_turn(other);
    unit_call(ENDPOINT_2, 300);
    unit_turn(root());
    REQUIRE(INVOKE(CLIENT, thread_suspend, 0) == 0);
    unit_turn(server);
    unit_reply_wait(400);
    unit_turn(server);
    REQUIRE(server->caller == other && unit_received(0, 300));
    unit_reply_wait(500);
    REQUIRE(unit_current() == other && unit_received(0, 500));
    REQUIRE(thread_is_idle(server) && !thread_is_idle(middle));
}

/* A server takes a caller that had its time taken while it waited. */
static void queued_middle_without_time(void)
{
    make_objects();
    struct thread *middle = unit_passive(MIDDLE, ENDPOINT);
    struct thread *server = unit_passive(SERVER, ENDPOINT_2);
    struct thread *client = make_client(CLIENT), *other = make_client(OTHER);
    unit_turn(other);
    unit_call(ENDPOINT_2, 100);
    REQUIRE(unit_current() == server);
    unit_turn(client);
    unit_call(ENDPOINT, 200);
    unit_call(ENDPOINT_2, 300);
    REQUIRE(middle->state == STATE_QUEUED);
    unit_turn(root());
    REQUIRE(INVOKE(CLIENT, thread_suspend, 0) == 0);
    unit_turn(server);
    unit_reply_wait(400);
    REQUIRE(unit_current() == other || unit_current() == root());
    REQUIRE(server->caller == middle);
    unit_turn(other);
    unit_call(ENDPOINT_2, 500);
    REQUIRE(unit_current() == server && unit_received(0, 300));
    unit_reply_wait(600);
    unit_turn(server);
    REQUIRE(server->caller == other && unit_received(0, 500));
}

int main(void)
{
    unit_run("sched: equals take turns", equals_take_turns);
    unit_run("sched: a queued caller has no time any more", queued_without_time);
    unit_run("sched: a server wakes within a request", woken_within_a_request);
    unit_run("sched: a notification with flags is bound to an idle server", bound_with_flags);
    unit_run("sched: a server in the middle has lost its time", middle_without_time);
    unit_run("sched: a queued server in the middle has lost its time", queued_middle_without_time);
    return unit_end();
}
