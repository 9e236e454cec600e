/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * entry.S and trap.S in C: what each path does to the structures and registers, label by label.
 * Names are those of the labels. Where entry.S touches the registers of the processor, this touches
 * machine.user. At each way out, what must be true of the processor then is checked.
 */
#include "tests/host/hosted/hosted.h"

#include <string.h>

#include "kernel/ipc/syscall.h"

#define user machine.user

static struct thread *marker(unsigned which)
{
    return (struct thread *)((char *)this_cpu() + which);
}

/* --- entry.S: the ways out --- */

/* With separate tables the kernel's own are loaded on each way in, the thread's on each way out. */
static void load_kernel(void)
{
    if (hosted_separate_tables)
        cr3_write(pagetable_kernel_cr3());
}

static void check_processor(const struct thread *thread)
{
    const struct cpu *cpu = this_cpu();
    if (hosted_separate_tables) {
        if ((machine.cr3 ^ pagetable_kernel_cr3()) & ~(1ull << 63))
            hosted_fail("the kernel ran with a user's tables loaded: %lx", machine.cr3);
        cr3_write(thread->cr3);
    }
    if ((machine.cr3 ^ thread->cr3) & ~(1ull << 63))
        hosted_fail("left for a thread with another's address space loaded: %lx, not %lx",
                    machine.cr3, thread->cr3);
    if (machine.fs_base != thread->fs_base)
        hosted_fail("left for a thread with another's FS base");
    if (cpu->vector_on != thread->vector || machine.ts == cpu->vector_on)
        hosted_fail("vector_on %u, TS %u, but the thread's vector is %u", cpu->vector_on,
                    machine.ts, thread->vector);
    if (machine.ts && machine.vector)
        hosted_fail("vector registers hold %lx while TS is set", machine.vector);
    if (cpu->idle_key != (cpu->vector_on || cpu->expired ? 0 : (uint64_t)marker(CPU_MARKER_PLAIN)))
        hosted_fail("idle_key %lx with vector_on %u", cpu->idle_key, cpu->vector_on);
}

static void check_user(const struct thread *thread)
{
    check_processor(thread);
    machine.halted = false;
    if (user.rip > USER_LIMIT)
        hosted_fail("left for rip %lx", user.rip);
    if ((user.rflags & ~0xdd5ull) != 0x202)
        hosted_fail("left with rflags %lx", user.rflags);
}

/* The end of both fast switches and of all that end in SYSRET. */
static void sysret(const struct thread *thread, uint64_t rflags)
{
    user.rip = user.rcx = thread->ip;
    user.rsp = thread->sp;
    user.rflags = user.r11 = rflags;
    user.rbx = user.rbp = 0;
    check_user(thread);
}

static void load_message(const struct thread *thread)
{
    memcpy(user.word, thread->registers.word, sizeof user.word);
    user.tag = thread->registers.tag;
    user.rax = thread->registers.rax;
    user.rdx = thread->registers.rdx;
}

static void save_message(struct thread *thread)
{
    memcpy(thread->registers.word, user.word, sizeof user.word);
    thread->registers.tag = user.tag;
}

static void exit_registers(struct thread *thread)
{
    thread->frame_kind = FRAME_SYSCALL;
    load_message(thread);
    user.rbx = thread->registers.rbx;
    user.rbp = thread->registers.rbp;
    user.rcx = thread->registers.rcx;
    user.r11 = thread->registers.r11;
    user.rip = thread->ip;
    user.rsp = thread->sp;
    user.rflags = thread->registers.rflags;
    check_user(thread);
}

static void exit_full(struct thread *thread)
{
    if (thread->frame_kind != FRAME_IDLE) {
        exit_registers(thread);
        return;
    }
    check_processor(thread);
    machine.halted = true;
}

void hosted_exit(void)
{
    struct thread *thread = this_cpu()->current;
    if (thread->frame_kind != FRAME_SYSCALL) {
        exit_full(thread);
        return;
    }
    load_message(thread);
    sysret(thread, thread->registers.rflags);
}

/* --- entry.S: the slow path --- */

static void save_return(struct thread *thread)
{
    thread->sp = user.rsp;
    thread->ip = user.rcx;
}

static void slow_saved(struct thread *thread, unsigned number, uint64_t rdx)
{
    save_message(thread);
    syscall_dispatch(thread, number, rdx);
    hosted_exit();
}

static void slow(struct thread *thread, unsigned number, uint64_t rdx)
{
    save_return(thread);
    slow_saved(thread, number, rdx);
}

static void invoke(struct thread *thread, struct slot *slot)
{
    save_message(thread);
    syscall_invoke(thread, slot);
    hosted_exit();
}

/* --- entry.S: the fast path --- */

static void switch_space(const struct thread *from, const struct thread *to)
{
    if (to->cr3 != from->cr3 && !hosted_separate_tables)
        cr3_write(to->cr3);
    machine.fs_base = to->fs_base;
}

static void vector_switch_fast(const struct thread *to)
{
    struct cpu *cpu = this_cpu();
    if (cpu->vector_on)
        machine.vector = 0;
    if (to->vector != cpu->vector_on) {
        machine.ts = !machine.ts;
        cpu->vector_on = to->vector;
        cpu->idle_key = to->vector ? 0 : (uint64_t)marker(CPU_MARKER_PLAIN);
    }
}

/* decl, js: false, and nothing was done, where no call may hang on this one. */
static bool take_room(void)
{
    if (--this_cpu()->room >= 0)
        return true;
    this_cpu()->room++;
    return false;
}

static struct slot *masked_slot(const struct thread *thread)
{
    return (struct slot *)((char *)thread->cnode + ((uint32_t)user.rdx & thread->cnode_mask));
}

static struct thread *head_of(uint64_t call)
{
    struct endpoint_part *part =
        (struct endpoint_part *)(this_cpu()->part_base + (call >> 32 << 3));
    return part->head;
}

static void call_switch(struct thread *client, struct thread *server, uint32_t badge)
{
    this_cpu()->current = server;
    switch_space(client, server);
    user.rax = badge;
    user.rdx = 0;
    sysret(server, USER_RFLAGS);
}

static void call_unusual(struct thread *client, struct slot *slot, struct thread *server,
                         uint64_t call)
{
    if (slot->endpoint == 0) {
        invoke(client, slot);
        return;
    }
    if ((server->caller != marker(CPU_MARKER_PLAIN) &&
         server->caller != marker(CPU_MARKER_VECTOR)) ||
        this_cpu()->expired || !take_room()) {
        slow_saved(client, SYSCALL_CALL, (uint64_t)slot);
        return;
    }
    vector_switch_fast(server);
    server->caller = client;
    client->callee = (uint64_t)server | CALLEE_SLOW;
    call_switch(client, server, (uint32_t)call);
}

static void call(void)
{
    struct thread *client = this_cpu()->current;
    struct slot *slot = masked_slot(client);
    uint64_t call = slot->call;
    struct thread *server = head_of(call);
    save_return(client);
    if ((uint64_t)server->caller != this_cpu()->idle_key) {
        call_unusual(client, slot, server, call);
        return;
    }
    if (!take_room()) {
        slow_saved(client, SYSCALL_CALL, (uint64_t)slot);
        return;
    }
    server->caller = client;
    client->callee = (uint64_t)server;
    call_switch(client, server, (uint32_t)call);
}

static void reply_switch(struct thread *server, struct thread *client)
{
    client->callee = 0;
    this_cpu()->current = client;
    switch_space(server, client);
    user.rax = user.rdx = 0;
    sysret(client, USER_RFLAGS);
}

static void reply_fault(struct thread *server, struct thread *client)
{
    struct cpu *cpu = this_cpu();
    if (!client->fault || client->vector || cpu->vector_on ||
        (uint64_t)server->part == cpu->part_base) {
        slow(server, SYSCALL_REPLY_WAIT, user.rdx);
        return;
    }
    save_return(server);
    server->caller = (struct thread *)cpu->idle_key;
    client->callee = 0;
    client->fault = 0;
    cpu->room++;
    cpu->current = client;
    switch_space(server, client);
    exit_registers(client);
}

static void reply_unusual(struct thread *server, struct thread *client)
{
    if (client->callee != ((uint64_t)server | CALLEE_SLOW)) {
        slow(server, SYSCALL_REPLY_WAIT, user.rdx);
        return;
    }
    if (client->frame_kind != FRAME_SYSCALL) {
        reply_fault(server, client);
        return;
    }
    save_return(server);
    this_cpu()->room++;
    server->caller = marker(server->vector ? CPU_MARKER_VECTOR : CPU_MARKER_PLAIN);
    vector_switch_fast(client);
    reply_switch(server, client);
}

static void reply(void)
{
    struct cpu *cpu = this_cpu();
    struct thread *server = cpu->current, *client = server->caller;
    if (client->callee != (uint64_t)server) {
        reply_unusual(server, client);
        return;
    }
    cpu->room++;
    save_return(server);
    server->caller = (struct thread *)cpu->idle_key;
    reply_switch(server, client);
}

static void signal(void)
{
    struct thread *thread = this_cpu()->current;
    struct slot *slot = masked_slot(thread);
    struct notification *notification = ref_pointer(slot->object);
    if (slot->type != OBJECT_NOTIFICATION || !(slot->rights & RIGHT_NOTIFICATION_SIGNAL) ||
        (slot->flags & SLOT_DYING)) {
        slow(thread, SYSCALL_SIGNAL, (uint64_t)slot);
        return;
    }
    notification->flags |= slot->badge;
    if (notification->flags && notification->listener) {
        save_return(thread);
        syscall_signal(thread, notification);
        hosted_exit();
        return;
    }
    user.rax = user.rdx = user.rbx = user.rbp = 0;
    user.rip = user.rcx;
    user.rflags = user.r11 = USER_RFLAGS;
    check_user(thread);
}

static void inspect(void)
{
    struct thread *thread = this_cpu()->current;
    struct slot *slot = masked_slot(thread);
    if (slot->flags & SLOT_DYING) {
        slow(thread, SYSCALL_INSPECT, (uint64_t)slot);
        return;
    }
    user.word[0] = slot->what >> 32 & 0xff00ffff;
    user.word[1] = slot->badge;
    user.rax = user.rdx = 0;
    user.rip = user.rcx;
    user.rflags = user.r11 = USER_RFLAGS;
    check_user(thread);
}

static bool words_alone(const struct thread *one, const struct thread *other)
{
    return (user.tag & 0x7ff) <= MESSAGE_BUFFER_WORDS && one->buffer && other->buffer;
}

static void copy_words(const struct thread *from, const struct thread *to)
{
    for (unsigned i = 0; i < (user.tag & 0x7f); i++)
        to->buffer->words[i] = from->buffer->words[i];
}

static void call_buffer(void)
{
    struct thread *client = this_cpu()->current;
    struct slot *slot = masked_slot(client);
    uint64_t call = slot->call;
    struct thread *server = head_of(call);
    save_return(client);
    if ((uint64_t)server->caller != this_cpu()->idle_key || !words_alone(server, client) ||
        !take_room()) {
        slow_saved(client, SYSCALL_CALL_BUFFER, (uint64_t)slot);
        return;
    }
    copy_words(client, server);
    server->caller = client;
    client->callee = (uint64_t)server;
    this_cpu()->current = server;
    switch_space(client, server);
    user.rax = RECEIVE_BUFFER;
    user.rdx = (uint32_t)call;
    sysret(server, USER_RFLAGS | RFLAGS_CF);
}

static void reply_buffer(void)
{
    struct cpu *cpu = this_cpu();
    struct thread *server = cpu->current, *client = server->caller;
    if (client->callee != (uint64_t)server) {
        slow(server, SYSCALL_REPLY_WAIT_BUFFER, user.rdx);
        return;
    }
    save_return(server);
    if (!words_alone(client, server)) {
        slow_saved(server, SYSCALL_REPLY_WAIT_BUFFER, user.rdx);
        return;
    }
    cpu->room++;
    copy_words(server, client);
    server->caller = (struct thread *)cpu->idle_key;
    client->callee = 0;
    cpu->current = client;
    switch_space(server, client);
    user.rax = RECEIVE_BUFFER;
    user.rdx = 0;
    sysret(client, USER_RFLAGS | RFLAGS_CF);
}

static void other(void)
{
    struct thread *thread = this_cpu()->current;
    thread->registers.rax = user.rax;
    thread->registers.rdx = user.rdx;
    thread->registers.rbx = user.rbx;
    thread->registers.rbp = user.rbp;
    slow(thread, (unsigned)user.rax, user.rdx);
}

void hosted_enter_syscall(void)
{
    load_kernel();
    user.rcx = user.rip + 2;
    user.r11 = user.rflags;
    switch ((unsigned)user.rax) {
    case SYSCALL_CALL:
        call();
        break;
    case SYSCALL_REPLY_WAIT:
        reply();
        break;
    case SYSCALL_SIGNAL:
        signal();
        break;
    case SYSCALL_INSPECT:
        inspect();
        break;
    case SYSCALL_CALL_BUFFER:
        call_buffer();
        break;
    case SYSCALL_REPLY_WAIT_BUFFER:
        reply_buffer();
        break;
    default:
        other();
        break;
    }
}

/* --- trap.S --- */

static void save_all(struct thread *thread)
{
    save_message(thread);
    thread->registers.rax = user.rax;
    thread->registers.rdx = user.rdx;
    thread->registers.rbx = user.rbx;
    thread->registers.rbp = user.rbp;
    thread->registers.rcx = user.rcx;
    thread->registers.r11 = user.r11;
    thread->registers.rflags = user.rflags;
    thread->ip = user.rip;
    thread->sp = user.rsp;
    thread->frame_kind = FRAME_FULL;
}

/* False: trap_slow. */
static bool page_fault(struct thread *thread, uint64_t error)
{
    uint64_t call = thread->binding_fault.call;
    struct thread *pager = head_of(call);
    if ((uint64_t)pager->caller != this_cpu()->idle_key || thread->ip >> 47 & 1 || !take_room())
        return false;
    pager->caller = thread;
    thread->callee = (uint64_t)pager | CALLEE_SLOW;
    thread->fault = FAULT_PAGE;
    this_cpu()->current = pager;
    switch_space(thread, pager);
    memset(user.word, 0, sizeof user.word);
    user.word[0] = thread->ip;
    user.word[1] = machine.fault_address;
    user.word[2] = error & (FAULT_PRESENT | FAULT_WRITE | FAULT_FETCH);
    user.word[3] = thread->sp;
    user.word[4] = thread->registers.rflags;
    user.tag = TAG(FAULT_PAGE, 0, 0);
    user.rax = RECEIVE_FAULT;
    user.rdx = (uint32_t)call;
    sysret(pager, USER_RFLAGS | RFLAGS_CF);
    return true;
}

/* trap_entry, and trap_in_kernel when the CPU is idle. */
void hosted_enter_trap(unsigned vector, uint64_t error)
{
    struct thread *thread = this_cpu()->current;
    load_kernel();
    if (!machine.halted) {
        save_all(thread);
        if (vector == VECTOR_PAGE_FAULT && page_fault(thread, error))
            return;
    }
    if (vector == VECTOR_TIMER) {
        /* something is due, at least the end of the current slice */
        if (machine.timer > machine.tsc)
            machine.tsc = machine.timer;
        machine.timer = 0;
        if (this_cpu()->sched)
            this_cpu()->slice_end = 0;
    }
    trap_dispatch(thread, vector, error);
    hosted_exit();
}
