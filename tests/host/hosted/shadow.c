/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/host/hosted/shadow.h"

#include <string.h>

#include "tests/host/hosted/check.h"

#define SHADOWS 256
#define CAPS_OF_TAG TAG(0, 0, 7)

enum expects { EXPECTS_NOTHING, EXPECTS_CALL, EXPECTS_ANSWER, EXPECTS_FAULT, EXPECTS_ALL };

struct message {
    uint64_t word[MESSAGE_WORDS], tag;
    uint32_t badge;
};

struct shadow {
    const struct thread *thread;
    uint64_t id;
    enum expects expects;
    struct message message;      /* EXPECTS_CALL, ANSWER, FAULT */
    struct hosted_registers all; /* EXPECTS_ALL */
    uint64_t vector;
    bool placed; /* rip and rsp of the next return are known */
    uint64_t rip, rsp;

    struct message sent; /* its last call */
    uint64_t calls;
    const struct thread *client; /* whose call it was given last, and which */
    uint64_t client_calls;
    const struct thread *answers; /* whom its system call answers, if it succeeds */
};

static struct shadow shadows[SHADOWS];
static uint64_t ids;

void shadow_reset(void)
{
    memset(shadows, 0, sizeof shadows);
}

static struct shadow *shadow_of(const struct thread *thread)
{
    struct shadow *free = NULL;
    for (unsigned i = 0; i < SHADOWS; i++) {
        if (shadows[i].thread == thread)
            return &shadows[i];
        if (!shadows[i].thread && !free)
            free = &shadows[i];
    }
    EXPECT(free, "shadow: more threads than the test has room for");
    *free = (struct shadow){.thread = thread, .id = ++ids};
    return free;
}

static void drop_dead(void)
{
    for (unsigned i = 0; i < SHADOWS; i++)
        if (shadows[i].thread && !seen_object(shadows[i].thread, OBJECT_THREAD))
            shadows[i] = (struct shadow){0};
}

static struct shadow *current(void)
{
    return shadow_of(this_cpu()->current);
}

void shadow_touch(const struct thread *thread)
{
    struct shadow *shadow = shadow_of(thread);
    shadow->expects = EXPECTS_NOTHING;
    shadow->placed = false;
}

uint64_t shadow_vector(void)
{
    return current()->id;
}

/* --- before --- */

static void take_message(struct message *message, uint32_t badge)
{
    memcpy(message->word, machine.user.word, sizeof message->word);
    message->tag = machine.user.tag;
    message->badge = badge;
}

void shadow_syscall(const struct slot *slot)
{
    struct shadow *shadow = current();
    const struct thread *caller = shadow->thread->caller;
    bool replies =
        machine.user.rax == SYSCALL_REPLY_WAIT || machine.user.rax == SYSCALL_REPLY_WAIT_BUFFER;
    shadow->expects = EXPECTS_NOTHING;
    shadow->answers = NULL;
    shadow->placed = true;
    shadow->rip = machine.user.rip + 2;
    shadow->rsp = machine.user.rsp;
    take_message(&shadow->sent, slot ? slot->badge : 0);
    if (slot && slot->endpoint)
        shadow->calls++;
    if (slot && slot->type == OBJECT_REPLY && !slot->endpoint)
        shadow->answers = ((struct reply *)ref_pointer(slot->object))->client;
    if (replies && caller != &null_thread)
        shadow->answers = caller;
    if (shadow->answers && shadow->answers->fault)
        shadow->answers = NULL;
}

void shadow_trap(void)
{
    struct shadow *shadow = current();
    shadow->expects = EXPECTS_ALL;
    shadow->all = machine.user;
    shadow->vector = machine.vector;
    shadow->placed = true;
    shadow->rip = machine.user.rip;
    shadow->rsp = machine.user.rsp;
    shadow->sent.badge = shadow->thread->binding_fault.badge; /* if it becomes a fault */
    shadow->calls++;
    shadow->answers = NULL;
}

void shadow_unknown(void)
{
    struct shadow *shadow = current();
    machine.user.rip += 2;
    shadow_trap();
    machine.user.rip -= 2;
    shadow->all.rcx = shadow->all.rip;
    shadow->all.r11 = shadow->all.rflags = USER_RFLAGS;
}

/* --- after --- */

static void see_delivery(struct shadow *shadow)
{
    const struct thread *thread = shadow->thread, *client = thread->caller;
    if (client == &null_thread || thread_is_idle(thread)) {
        shadow->client = NULL;
        return;
    }
    struct shadow *from = shadow_of(client);
    if (shadow->client == client && shadow->client_calls == from->calls)
        return;
    shadow->client = client;
    shadow->client_calls = from->calls;
    shadow->expects = client->fault ? EXPECTS_FAULT : EXPECTS_CALL;
    shadow->message = from->sent;
    if (client->fault) {
        shadow->message.word[0] = client->ip;
        shadow->message.word[3] = client->sp;
        shadow->message.tag = TAG(client->fault, 0, 0);
    }
}

static void see_answer(struct shadow *shadow)
{
    const struct thread *client = shadow->answers;
    shadow->answers = NULL;
    if (!client || !seen_object(client, OBJECT_THREAD) || client->callee ||
        client->state == STATE_DETACHED)
        return;
    struct shadow *to = shadow_of(client);
    to->expects = EXPECTS_ANSWER;
    to->message = shadow->sent;
    to->message.badge = 0;
}

static bool same_words(const struct message *message)
{
    return memcmp(message->word, machine.user.word, sizeof message->word) == 0 &&
           (message->tag & ~CAPS_OF_TAG) == (machine.user.tag & ~CAPS_OF_TAG);
}

static void check_message(const struct shadow *shadow, const char *what)
{
    const struct hosted_registers *user = &machine.user;
    bool plain = user->rflags == USER_RFLAGS && user->rax == shadow->message.badge;
    bool buffered = user->rflags == (USER_RFLAGS | RFLAGS_CF) && user->rax == RECEIVE_BUFFER &&
                    user->rdx == shadow->message.badge;
    EXPECT(plain || buffered, "%s comes as rax %lx, rdx %lx, rflags %lx; the badge is %x", what,
           user->rax, user->rdx, user->rflags, shadow->message.badge);
    EXPECT(same_words(&shadow->message), "%s isn't what was sent", what);
}

static void check_fault(const struct shadow *shadow)
{
    const struct hosted_registers *user = &machine.user;
    EXPECT(user->rax == RECEIVE_FAULT && user->rdx == shadow->message.badge &&
               user->rflags == (USER_RFLAGS | RFLAGS_CF),
           "a fault comes as rax %lx, rdx %lx", user->rax, user->rdx);
    EXPECT(user->word[0] == shadow->message.word[0] && user->word[3] == shadow->message.word[3] &&
               user->tag == shadow->message.tag,
           "a fault message is wrong");
}

static void check_all(const struct shadow *shadow)
{
    EXPECT(memcmp(&shadow->all, &machine.user, sizeof machine.user) == 0,
           "a thread was interrupted, and its registers have changed");
    EXPECT(!this_cpu()->vector_on || shadow->vector == machine.vector,
           "a thread was interrupted, and its vector registers have changed");
}

static void check_current(struct shadow *shadow)
{
    EXPECT(machine.vector == 0 || machine.vector == shadow->id,
           "a thread finds another's vector registers");
    if (shadow->placed)
        EXPECT(machine.user.rsp == shadow->rsp &&
                   (machine.user.rip == shadow->rip || machine.user.rip == shadow->rip - 2),
               "a thread goes on at %lx with stack %lx, not at %lx with %lx", machine.user.rip,
               machine.user.rsp, shadow->rip, shadow->rsp);
    if (shadow->expects == EXPECTS_CALL)
        check_message(shadow, "a call");
    else if (shadow->expects == EXPECTS_ANSWER)
        check_message(shadow, "an answer");
    else if (shadow->expects == EXPECTS_FAULT)
        check_fault(shadow);
    else if (shadow->expects == EXPECTS_ALL)
        check_all(shadow);
    shadow->expects = EXPECTS_NOTHING;
    shadow->placed = false;
}

void shadow_check(void)
{
    drop_dead();
    for (unsigned i = 0; i < SHADOWS; i++)
        if (shadows[i].thread)
            see_answer(&shadows[i]);
    for (unsigned i = 0; i < seen.range_count; i++) {
        const struct slot *slot = seen.range[i].slot;
        if (slot && slot->type == OBJECT_THREAD)
            see_delivery(shadow_of(thread_of(slot)));
    }
    if (!machine.halted)
        check_current(current());
}
