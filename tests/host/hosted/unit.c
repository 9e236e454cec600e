/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/host/hosted/unit.h"

#include <stdio.h>

static const char *running;

static void tell(void)
{
    printf("not ok %s: see below\n", running);
}

void unit_run(const char *name, void (*run)(void))
{
    running = name;
    hosted_on_failure = tell;
    setvbuf(stdout, NULL, _IOLBF, 0);
    hosted_boot();
    hosted_check();
    run();
    hosted_check();
    hosted_end();
    printf("ok %s\n", name);
}

int unit_end(void)
{
    return 0;
}

void unit_make_from(unsigned untyped, enum object_type type, unsigned size_bits, unsigned slot)
{
    REQUIRE(INVOKE(untyped, untyped_retype, CAP_OF(ROOT_CNODE), slot, 1, type, size_bits) == 0);
}

void unit_make(enum object_type type, unsigned size_bits, unsigned slot)
{
    unit_make_from(ROOT_UNTYPED, type, size_bits, slot);
}

void unit_copy(unsigned from, unsigned to, unsigned rights)
{
    REQUIRE(INVOKE(ROOT_CNODE, cnode_copy, to, CAP_OF(from), rights) == 0);
}

void unit_mint(unsigned from, unsigned to, unsigned rights, uint32_t badge)
{
    REQUIRE(INVOKE(ROOT_CNODE, cnode_mint, to, CAP_OF(from), rights, badge) == 0);
}

err_t unit_delete(unsigned slot)
{
    return INVOKE(ROOT_CNODE, cnode_delete, slot);
}

err_t unit_revoke(unsigned slot)
{
    return INVOKE(ROOT_CNODE, cnode_revoke, slot);
}

static void set_space(unsigned slot)
{
    REQUIRE(INVOKE(slot, thread_set_space, CAP_OF(ROOT_CNODE), CAP_OF(ROOT_VSPACE)) == 0);
}

struct thread *unit_thread(unsigned slot)
{
    unit_make(OBJECT_THREAD, THREAD_BITS, slot);
    unit_make(OBJECT_SCHED_CONTEXT, SCHED_CONTEXT_BITS, slot + 1);
    set_space(slot);
    REQUIRE(INVOKE(slot + 1, sched_context_configure, CAP_OF(ROOT_CPU), 255, 0) == 0);
    REQUIRE(INVOKE(slot, thread_set_sched, CAP_OF(slot + 1)) == 0);
    return thread_of(root_slot(slot));
}

struct thread *unit_start(unsigned slot)
{
    REQUIRE(INVOKE(slot, thread_start, slot * 0x1000, slot * 0x100000, slot, 0) == 0);
    return thread_of(root_slot(slot));
}

struct thread *unit_passive(unsigned slot, unsigned endpoint)
{
    unit_make(OBJECT_THREAD, THREAD_BITS, slot);
    set_space(slot);
    REQUIRE(INVOKE(slot, thread_set_endpoint, CAP_OF(endpoint)) == 0);
    return unit_start(slot);
}

struct thread *unit_active(unsigned slot, unsigned endpoint)
{
    struct thread *server = unit_thread(slot);
    REQUIRE(INVOKE(slot, thread_set_endpoint, CAP_OF(endpoint)) == 0);
    unit_start(slot);
    unit_turn(server);
    unit_reply_wait(0);
    REQUIRE(thread_is_idle(server));
    unit_turn(hosted_root.thread);
    return server;
}

void unit_turn(const struct thread *thread)
{
    for (unsigned i = 0; i < 100 && unit_current() != thread; i++) {
        hosted_enter_trap(VECTOR_TIMER, 0);
        hosted_check();
    }
    REQUIRE(unit_current() == thread);
}

static void send(enum syscall number, unsigned slot, uint64_t first)
{
    uint64_t words[MESSAGE_WORDS];
    for (unsigned i = 0; i < MESSAGE_WORDS; i++)
        words[i] = first + i;
    machine.user.rip -= 2;
    hosted_syscall(number, CAP_OF(slot), TAG(first, 0, 0), words, MESSAGE_WORDS);
    hosted_check();
}

void unit_call(unsigned slot, uint64_t first)
{
    send(SYSCALL_CALL, slot, first);
}

void unit_reply_wait(uint64_t first)
{
    send(SYSCALL_REPLY_WAIT, 0, first);
}

bool unit_received(uint64_t badge, uint64_t first)
{
    for (unsigned i = 0; i < MESSAGE_WORDS; i++)
        if (machine.user.word[i] != first + i)
            return false;
    return machine.user.rax == badge && machine.user.rdx == 0 &&
           machine.user.tag == TAG(first, 0, 0) && machine.user.rflags == USER_RFLAGS;
}
