/* SPDX-License-Identifier: BSD-2-Clause */
/* hosted: flags that wait, wake, and come to servers; interrupts. */
#include "tests/host/hosted/unit.h"

#define ENDPOINT 32
#define NOTIFICATION 33 /* five of them */
#define SIGNALS 40      /* a capability of each with a flag of its own */
#define SERVER 46
#define PASSIVE 48
#define WAITER 50

static struct thread *root(void)
{
    return hosted_root.thread;
}

static void make_objects(void)
{
    unit_make(OBJECT_ENDPOINT, 8, ENDPOINT);
    for (unsigned i = 0; i < 5; i++) {
        unit_make(OBJECT_NOTIFICATION, 7, NOTIFICATION + i);
        unit_mint(NOTIFICATION + i, SIGNALS + i, 255, 1u << i);
    }
}

static void signal(unsigned slot)
{
    machine.user.rip -= 2;
    hosted_syscall(SYSCALL_SIGNAL, CAP_OF(slot), 0, NULL, 0);
    hosted_check();
}

static bool failed(enum error_code code)
{
    return machine.user.rflags & RFLAGS_CF && ERR_CODE(machine.user.rax) == code;
}

static void polled(void)
{
    make_objects();
    unit_mint(NOTIFICATION, 60, 255, 0x80000000);
    signal(SIGNALS);
    signal(60);
    signal(SIGNALS);
    REQUIRE(INVOKE(NOTIFICATION, notification_poll, 0) == 0);
    REQUIRE(machine.user.word[0] == 0x80000001);
    REQUIRE(INVOKE(NOTIFICATION, notification_poll, 0) == 0 && machine.user.word[0] == 0);
    unit_copy(SIGNALS, 61, RIGHT_NOTIFICATION_WAIT);
    signal(61);
    REQUIRE(failed(ERROR_MISSING_RIGHT));
    signal(ENDPOINT);
    REQUIRE(failed(ERROR_WRONG_TYPE));
    signal(200);
    REQUIRE(failed(ERROR_INVALID_CAPABILITY));
}

static void waited_for(void)
{
    make_objects();
    unit_thread(WAITER);
    struct thread *waiter = unit_start(WAITER);
    signal(SIGNALS);
    unit_turn(waiter);
    REQUIRE(INVOKE(NOTIFICATION, notification_wait, 0) == 0 && machine.user.word[0] == 1);
    REQUIRE(INVOKE(NOTIFICATION, notification_wait, 0) == HOSTED_SWITCHED);
    REQUIRE(unit_current() == root());
    REQUIRE(ERR_CODE(INVOKE(NOTIFICATION, notification_wait, 0)) == ERROR_BOUND);
    REQUIRE(ERR_CODE(INVOKE(NOTIFICATION, notification_bind, CAP_OF(ENDPOINT))) == ERROR_BOUND);
    signal(SIGNALS);
    unit_turn(waiter);
    REQUIRE(machine.user.word[0] == 1 && machine.user.rflags == USER_RFLAGS);
    REQUIRE(INVOKE(NOTIFICATION, notification_wait, 0) == HOSTED_SWITCHED);
    REQUIRE(unit_delete(NOTIFICATION) == 0);
    unit_turn(waiter);
    REQUIRE(failed(ERROR_CANCELLED));
}

/* Several wait for the server, which takes them in the order in which they came. */
static void in_line_for_a_server(void)
{
    make_objects();
    struct thread *server = unit_thread(SERVER);
    REQUIRE(INVOKE(SERVER, thread_set_endpoint, CAP_OF(ENDPOINT)) == 0);
    for (unsigned i = 0; i < 5; i++) {
        if (i % 2)
            signal(SIGNALS + i);
        REQUIRE(INVOKE(NOTIFICATION + i, notification_bind, CAP_OF(ENDPOINT)) == 0);
        if (i % 2 == 0)
            signal(SIGNALS + i);
    }
    REQUIRE(ERR_CODE(INVOKE(NOTIFICATION, notification_poll, 0)) == ERROR_BOUND);
    REQUIRE(INVOKE(NOTIFICATION + 1, notification_bind, 0) == 0);
    REQUIRE(unit_delete(NOTIFICATION + 3) == 0);
    unit_start(SERVER);
    unit_turn(server);
    for (unsigned i = 0; i < 5; i += 2) {
        unit_reply_wait(0);
        REQUIRE(unit_current() == server && machine.user.rax == RECEIVE_NOTIFICATION);
        REQUIRE(machine.user.word[0] == 1u << i);
    }
    unit_reply_wait(0);
    REQUIRE(thread_is_idle(server));
    signal(SIGNALS + 4);
    REQUIRE(!thread_is_idle(server));
    unit_turn(server);
    REQUIRE(machine.user.rax == RECEIVE_NOTIFICATION && machine.user.word[0] == 16);
}

/* A server without time can't take one: it waits for one that has. */
static void passive_server(void)
{
    make_objects();
    struct thread *passive = unit_passive(PASSIVE, ENDPOINT);
    REQUIRE(INVOKE(NOTIFICATION, notification_bind, CAP_OF(ENDPOINT)) == 0);
    signal(SIGNALS);
    REQUIRE(thread_is_idle(passive) && passive->part->pending);
    unit_call(ENDPOINT, 100);
    REQUIRE(unit_current() == passive);
    unit_reply_wait(200);
    REQUIRE(unit_current() == root() && thread_is_idle(passive));
    struct thread *server = unit_thread(SERVER);
    REQUIRE(INVOKE(SERVER, thread_set_endpoint, CAP_OF(ENDPOINT)) == 0);
    unit_start(SERVER);
    unit_turn(server);
    unit_reply_wait(0);
    REQUIRE(machine.user.rax == RECEIVE_NOTIFICATION && !passive->part->pending);
}

static void interrupts(void)
{
    make_objects();
    REQUIRE(INVOKE(ROOT_PLATFORM, platform_irq, CAP_OF(ROOT_CNODE), 60, 2, IRQ_LEVEL) == 0);
    REQUIRE(ERR_CODE(INVOKE(ROOT_PLATFORM, platform_irq, CAP_OF(ROOT_CNODE), 61, 2, IRQ_EDGE)) ==
            ERROR_BOUND);
    REQUIRE(ERR_CODE(INVOKE(60, irq_ack, 0)) == ERROR_NOT_BOUND);
    REQUIRE(INVOKE(60, irq_bind, CAP_OF(SIGNALS + 2)) == 0);
    hosted_irq(2);
    REQUIRE(INVOKE(NOTIFICATION + 2, notification_poll, 0) == 0 && machine.user.word[0] == 4);
    hosted_irq(2); /* masked until it's acknowledged */
    REQUIRE(INVOKE(NOTIFICATION + 2, notification_poll, 0) == 0 && machine.user.word[0] == 0);
    REQUIRE(INVOKE(60, irq_ack, 0) == 0);
    hosted_irq(2);
    REQUIRE(INVOKE(NOTIFICATION + 2, notification_poll, 0) == 0 && machine.user.word[0] == 4);
    REQUIRE(INVOKE(60, irq_ack, 0) == 0);
    REQUIRE(unit_delete(NOTIFICATION + 2) == 0);
    hosted_irq(2);
    REQUIRE(ERR_CODE(INVOKE(60, irq_ack, 0)) == ERROR_NOT_BOUND);
    REQUIRE(unit_delete(60) == 0);
    REQUIRE(INVOKE(ROOT_PLATFORM, platform_irq, CAP_OF(ROOT_CNODE), 60, 2, IRQ_EDGE) == 0);
}

int main(void)
{
    unit_run("notification: signalled and polled", polled);
    unit_run("notification: waited for", waited_for);
    unit_run("notification: several for one server", in_line_for_a_server);
    unit_run("notification: servers without time", passive_server);
    unit_run("notification: interrupts", interrupts);
    return unit_end();
}
