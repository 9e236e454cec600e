/* SPDX-License-Identifier: BSD-2-Clause */
/* hosted: calls, answers, faults, and what goes by the message buffer. */
#include "tests/host/hosted/unit.h"

#include <string.h>

#define ENDPOINT 32
#define BADGED 33
#define REPLY 34
#define FRAME 35 /* one page: four message buffers */
#define SPARE 60 /* empty slots */
#define SERVER 36
#define CLIENT 38
#define OTHER 40
#define PAGER 42

static struct thread *root(void)
{
    return hosted_root.thread;
}

static void make_objects(void)
{
    unit_make(OBJECT_ENDPOINT, 8, ENDPOINT);
    unit_mint(ENDPOINT, BADGED, 255, 7);
    unit_make(OBJECT_REPLY, 6, REPLY);
    unit_make(OBJECT_FRAME, 12, FRAME);
}

static void give_buffer(unsigned slot, unsigned number)
{
    REQUIRE(INVOKE(slot, thread_set_buffer, CAP_OF(FRAME), number * 1024) == 0);
}

static struct thread *make_client(unsigned slot)
{
    unit_thread(slot);
    give_buffer(slot, 0);
    return unit_start(slot);
}

static struct thread *make_server(unsigned slot)
{
    struct thread *server = unit_thread(slot);
    REQUIRE(INVOKE(slot, thread_set_endpoint, CAP_OF(ENDPOINT)) == 0);
    give_buffer(slot, 1);
    unit_start(slot);
    unit_turn(server);
    unit_reply_wait(0);
    REQUIRE(thread_is_idle(server));
    unit_turn(root());
    return server;
}

static bool failed(enum error_code code, unsigned argument)
{
    return machine.user.rflags == (USER_RFLAGS | RFLAGS_CF) && ERR_CODE(machine.user.rax) == code &&
           ERR_ARGUMENT(machine.user.rax) == argument;
}

static void buffered(enum syscall number, unsigned slot, unsigned words, unsigned caps)
{
    const uint64_t first[MESSAGE_WORDS] = {1, 2, 3, 4, 5, 6, 7, 8};
    machine.user.rip -= 2;
    hosted_syscall(number, CAP_OF(slot), TAG(9, words, caps), first, MESSAGE_WORDS);
    hosted_check();
}

static bool received_buffer(uint32_t badge)
{
    return machine.user.rflags == (USER_RFLAGS | RFLAGS_CF) && machine.user.rax == RECEIVE_BUFFER &&
           machine.user.rdx == badge && machine.user.word[7] == 8;
}

/* Those with more time come first, equals in turn. */
static void queue_order(void)
{
    static const unsigned priorities[4] = {10, 30, 20, 30}, order[4] = {1, 3, 2, 0};
    make_objects();
    struct thread *server = make_server(SERVER), *client[4];
    REQUIRE(INVOKE(SERVER, thread_suspend, 0) == 0);
    unit_make(OBJECT_NOTIFICATION, 7, 58);
    REQUIRE(INVOKE(ROOT_PLATFORM, platform_irq, CAP_OF(ROOT_CNODE), 57, 0, IRQ_EDGE) == 0);
    unit_mint(58, 59, 255, 1);
    REQUIRE(INVOKE(57, irq_bind, CAP_OF(59)) == 0);
    for (unsigned i = 0; i < 4; i++) {
        unsigned slot = 44 + 2 * i;
        unit_thread(slot);
        REQUIRE(INVOKE(slot + 1, sched_context_configure, CAP_OF(ROOT_CPU), priorities[i], 0) == 0);
        client[i] = unit_start(slot);
        REQUIRE(INVOKE(58, notification_wait, 0) == HOSTED_SWITCHED);
        REQUIRE(unit_current() == client[i]);
        unit_call(BADGED, 1000 * i);
        hosted_irq(0);
        REQUIRE(unit_current() == root());
    }
    REQUIRE(client[0]->queued_on->caller_count == 4);
    REQUIRE(INVOKE(SERVER, thread_resume, 0) == 0);
    for (unsigned i = 0; i < 4; i++) {
        REQUIRE(server->caller == client[order[i]]);
        REQUIRE(INVOKE(58, notification_wait, 0) == HOSTED_SWITCHED);
        REQUIRE(unit_current() == server && unit_received(7, 1000 * order[i]));
        unit_reply_wait(5);
        hosted_irq(0);
        REQUIRE(INVOKE(44 + 2 * order[i], thread_suspend, 0) == 0);
    }
    REQUIRE(thread_is_idle(server));
}

static void words_and_capabilities(void)
{
    make_objects();
    struct thread *server = make_server(SERVER), *client = make_client(CLIENT);
    unit_turn(client);
    buffered(SYSCALL_CALL_BUFFER, BADGED, 65, 0);
    REQUIRE(failed(ERROR_OUT_OF_RANGE, 0));
    memset(client->buffer->words, 0x5a, sizeof client->buffer->words);
    buffered(SYSCALL_CALL_BUFFER, BADGED, 64, 0);
    REQUIRE(unit_current() == server && received_buffer(7));
    REQUIRE(server->buffer->words[63] == 0x5a5a5a5a5a5a5a5aull);
    server->buffer->words[2] = 77;
    buffered(SYSCALL_REPLY_WAIT_BUFFER, 0, 3, 0);
    REQUIRE(unit_current() == client && received_buffer(0) && client->buffer->words[2] == 77);

    /* What goes: a copy, one's own recognised, and nothing when one of them can't. */
    client->buffer->caps[0] = CAP_OF(FRAME);
    client->buffer->caps[1] = CAP_OF(BADGED);
    buffered(SYSCALL_CALL_BUFFER, BADGED, 0, 2);
    REQUIRE(failed(ERROR_TRANSFER_REFUSED, 1));
    server->buffer->receive[0] = CAP_OF(SPARE);
    client->buffer->caps[2] = CAP_OF(ROOT_UNTYPED);
    buffered(SYSCALL_CALL_BUFFER, BADGED, 0, 3);
    REQUIRE(failed(ERROR_NOT_DERIVABLE, 3) && slot_empty(root_slot(SPARE)));
    client->buffer->caps[2] = CAP_OF(SPARE);
    buffered(SYSCALL_CALL_BUFFER, BADGED, 0, 3);
    REQUIRE(failed(ERROR_INVALID_CAPABILITY, 3));
    buffered(SYSCALL_CALL_BUFFER, BADGED, 0, 2);
    REQUIRE(unit_current() == server && received_buffer(7));
    REQUIRE(server->buffer->caps[0] == CAP_OF(SPARE) && root_slot(SPARE)->type == OBJECT_FRAME);
    REQUIRE(server->buffer->caps[1] == CAP_OWN && server->buffer->own_badge[1] == 7);
}

/* Without the right to send them; and an answer whose capabilities can't go does without. */
static void capabilities_refused(void)
{
    make_objects();
    struct thread *server = make_server(SERVER), *client = make_client(CLIENT);
    unit_copy(BADGED, SPARE + 1, RIGHT_ENDPOINT_CALL);
    unit_turn(client);
    client->buffer->caps[0] = CAP_OF(FRAME);
    server->buffer->receive[0] = CAP_OF(SPARE);
    buffered(SYSCALL_CALL_BUFFER, SPARE + 1, 0, 1);
    REQUIRE(failed(ERROR_MISSING_RIGHT, 0));
    unit_call(SPARE + 1, 100);
    REQUIRE(unit_current() == server && unit_received(7, 100));
    server->buffer->caps[0] = CAP_OF(FRAME);
    server->buffer->words[0] = 11;
    buffered(SYSCALL_REPLY_WAIT_BUFFER, 0, 1, 1);
    REQUIRE(unit_current() == client && received_buffer(0) && client->buffer->words[0] == 11);
    REQUIRE(TAG_CAPS(machine.user.tag) == 0 && TAG_WORDS(machine.user.tag) == 1);
}

/* The buffer goes between the call and its delivery, or the answer. */
static void buffer_revoked(void)
{
    make_objects();
    struct thread *server = make_server(SERVER), *client = make_client(CLIENT);
    unit_turn(client);
    unit_call(BADGED, 100);
    REQUIRE(unit_current() == server);
    server->buffer->words[0] = 3;
    REQUIRE(INVOKE(CLIENT, thread_set_buffer, 0, 0) == 0);
    buffered(SYSCALL_REPLY_WAIT_BUFFER, 0, 1, 0);
    REQUIRE(unit_current() == client && machine.user.rflags == USER_RFLAGS);
    buffered(SYSCALL_CALL_BUFFER, BADGED, 0, 0);
    REQUIRE(failed(ERROR_NO_BUFFER, 0));
    REQUIRE(INVOKE(CLIENT, thread_set_buffer, CAP_OF(FRAME), 0) == 0);
    REQUIRE(unit_revoke(FRAME) == 0);
    REQUIRE(!client->buffer && !server->buffer);
}

/* A caller is put aside, another served, and the first answered by way of the Reply. */
static void detached(void)
{
    make_objects();
    struct thread *server = make_server(SERVER), *client = make_client(CLIENT);
    struct thread *other = make_client(OTHER);
    unit_turn(client);
    unit_call(BADGED, 100);
    machine.user.rip -= 2;
    hosted_syscall(SYSCALL_DETACH, CAP_OF(REPLY), 0, NULL, 0);
    hosted_check();
    unit_turn(server);
    REQUIRE(machine.user.rflags == USER_RFLAGS && client->state == STATE_DETACHED);
    unit_reply_wait(0);
    unit_turn(other);
    unit_call(BADGED, 200);
    REQUIRE(unit_current() == server && unit_received(7, 200));
    machine.user.rip -= 2;
    hosted_syscall(SYSCALL_DETACH, CAP_OF(REPLY), 0, NULL, 0);
    REQUIRE(failed(ERROR_BOUND, 0) || failed(ERROR_WRONG_STATE, 0));
    unit_call(REPLY, 300); /* with whatever tag */
    REQUIRE(client->state == STATE_RUNNABLE);
    unit_turn(client);
    REQUIRE(unit_received(0, 300));
    unit_call(REPLY, 400);
    REQUIRE(failed(ERROR_NO_CALLER, 0));
}

static void reply_deleted(void)
{
    make_objects();
    struct thread *server = make_server(SERVER), *client = make_client(CLIENT);
    unit_turn(client);
    unit_call(BADGED, 100);
    machine.user.rip -= 2;
    hosted_syscall(SYSCALL_DETACH, CAP_OF(REPLY), 0, NULL, 0);
    unit_turn(root());
    REQUIRE(unit_delete(REPLY) == 0);
    unit_turn(client);
    REQUIRE(failed(ERROR_OUTCOME_UNKNOWN, 0));
    unit_turn(server);
}

/* A fault is a call with the pager's words; the answer lets the thread go on as it was. */
static void faults(void)
{
    make_objects();
    struct thread *pager = make_server(PAGER), *client = make_client(CLIENT);
    REQUIRE(INVOKE(CLIENT, thread_set_fault, CAP_OF(BADGED)) == 0);
    unit_turn(client);
    machine.user.rbx = 0xb;
    machine.user.word[3] = 0x3;
    struct hosted_registers before = machine.user;
    for (unsigned i = 0; i < 3; i++) {
        static const unsigned vectors[3] = {VECTOR_PAGE_FAULT, 6, VECTOR_NO_VECTOR_UNIT};
        machine.fault_address = 0x1234567;
        hosted_enter_trap(vectors[i], 6);
        hosted_check();
        REQUIRE(unit_current() == pager && machine.user.rax == RECEIVE_FAULT);
        REQUIRE(machine.user.rdx == 7 && machine.user.word[0] == before.rip);
        REQUIRE(machine.user.word[1] == (i ? vectors[i] : 0x1234567));
        REQUIRE(TAG_LABEL(machine.user.tag) == (i ? FAULT_EXCEPTION : FAULT_PAGE));
        unit_reply_wait(500);
        REQUIRE(unit_current() == client);
        REQUIRE(memcmp(&machine.user, &before, sizeof before) == 0);
    }
    machine.user.rax = 1000;
    machine.user.rip -= 2;
    hosted_enter_syscall();
    hosted_check();
    REQUIRE(unit_current() == pager && TAG_LABEL(machine.user.tag) == FAULT_SYSCALL);
    REQUIRE(machine.user.word[2] == 1000);
}

/* An operation of a kernel object is none the worse for a buffer. */
static void buffered_operation(void)
{
    make_objects();
    machine.user.rip -= 2;
    hosted_syscall(SYSCALL_CALL_BUFFER, CAP_OF(ROOT_UNTYPED), OP_untyped_info, NULL, 0);
    hosted_check();
    REQUIRE(machine.user.rflags == USER_RFLAGS && machine.user.word[1] == 1 << 20);
}

int main(void)
{
    unit_run("ipc: the queue's order", queue_order);
    unit_run("ipc: words and capabilities", words_and_capabilities);
    unit_run("ipc: capabilities refused", capabilities_refused);
    unit_run("ipc: a buffer goes", buffer_revoked);
    unit_run("ipc: a caller put aside", detached);
    unit_run("ipc: a Reply is deleted", reply_deleted);
    unit_run("ipc: faults", faults);
    unit_run("ipc: an operation by CALL_BUFFER", buffered_operation);
    return unit_end();
}
