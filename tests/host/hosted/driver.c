/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/host/hosted/driver_choose.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tests/host/hosted/model_operations.h"
#include "tests/host/hosted/shadow.h"

#define TRACE 24
#define HALTED_MAX 50 /* steps without anybody: the end */

bool driver_verbose;
unsigned long driver_steps, driver_done, driver_refused, driver_messages;

static struct model before, after;
static char trace[TRACE][200];
static unsigned step;

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void note(const char *format, ...)
{
    va_list args;
    char *line = trace[step % TRACE];
    va_start(args, format);
    int length = snprintf(line, sizeof trace[0], "step %u, %s%lx: ", step,
                          this_cpu()->current == hosted_root.thread ? "root thread " : "thread ",
                          granule_of(ref_of(this_cpu()->current)));
    vsnprintf(line + length, sizeof trace[0] - (size_t)length, format, args);
    va_end(args);
}

void driver_print_trace(void)
{
    for (unsigned i = 0; i < TRACE; i++)
        if (trace[(step + 1 + i) % TRACE][0])
            printf("    %s\n", trace[(step + 1 + i) % TRACE]);
}

static void look(void)
{
    hosted_check();
    model_read(&after);
}

/* --- operations of kernel objects --- */

/* Objects without which the root thread would never run again. */
static bool is_vital(const struct slot *self)
{
    const unsigned vital[] = {ROOT_THREAD, ROOT_SCHED, WAKE, WAKE - 2};
    for (unsigned i = 0; i < sizeof vital / sizeof vital[0]; i++)
        if (self->type == root_slot(vital[i])->type && self->object == root_slot(vital[i])->object)
            return true;
    return false;
}

/* What mustn't go, or there is nobody left to go on: most often it's spared. */
static bool spoils(const struct thread *thread, const struct slot *self,
                   const struct request *request)
{
    bool waits = self->type == OBJECT_NOTIFICATION && request->operation == OP_notification_wait;
    if (is_vital(self) || (waits && thread == hosted_root.thread))
        return !chance(1);
    bool takes = self->type == OBJECT_CNODE && request->operation >= OP_cnode_move &&
                 request->operation <= OP_cnode_revoke;
    if (!takes)
        return false;
    const struct slot *victim = ref_pointer(self->object + (ref_t)request->word[0]);
    if (request->operation == OP_cnode_move)
        victim = ref_pointer(ref_of(thread->cnode) + (ref_t)(request->word[1] >> CAP_SHIFT));
    if (victim == root_slot(ROOT_UNTYPED) || victim == root_slot(ROOT_UNTYPED_2))
        return !chance(request->operation == OP_cnode_revoke ? 5 : 1);
    bool vital = victim < root_slot(ROOT_FREE) || victim >= root_slot(WAKE - 2);
    return victim >= root_slot(0) && victim <= root_slot(WAKE) && vital && !chance(1);
}

static bool same_operation(const struct slot *self, const char *name, uint64_t number)
{
    return strcmp(model_operation_name(self->type, number), name) == 0;
}

/* A model of which part was executed: whoever had its registers set anew is not to be compared. */
static void touch(const struct slot *self, uint64_t operation)
{
    if (self->type == OBJECT_THREAD && (same_operation(self, "thread_start", operation) ||
                                        same_operation(self, "thread_write_registers", operation)))
        shadow_touch(thread_of(self));
}

static void check_outcome(const struct thread *thread, uint64_t ip, err_t want, err_t possible)
{
    err_t error = thread->registers.rflags & RFLAGS_CF ? (err_t)thread->registers.rax : 0;
    if (thread->ip == ip) {
        EXPECT(want == 0 || ERR_CODE(want) == ERROR_OCCUPIED || ERR_CODE(want) == ERROR_NO_TABLES,
               "executed again, but the model says error %x", want);
        model_compare(&before, &after, true);
        return;
    }
    EXPECT(error == want || (possible && error == possible), "error %x; the model says %x", error,
           want);
    driver_done += !error;
    driver_refused += error != 0;
    if (error == want)
        model_compare(&before, &after, false);
}

static void check_transfer(void);

/* A server that is let go on takes who waits, and the capabilities in the message. */
static bool receives(const struct slot *self, uint64_t operation)
{
    return self->type == OBJECT_THREAD &&
           (operation == OP_thread_start || operation == OP_thread_resume) &&
           thread_of(self)->part->callers.head;
}

/* The current thread's registers say what; its rip is the SYSCALL. */
static void execute_operation(struct slot *self)
{
    const struct thread *thread = this_cpu()->current;
    uint64_t operation = machine.user.tag, ip = machine.user.rip;
    bool transfer = receives(self, operation);
    err_t possible;
    model_copy(&before, &after);
    err_t want = model_invoke(&before, thread, self, operation, machine.user.word, &possible);
    if (want)
        model_copy(&before, &after);
    shadow_syscall(NULL);
    if (!want)
        touch(self, operation);
    hosted_enter_syscall();
    look();
    if (transfer)
        check_transfer();
    else if (seen_object(thread, OBJECT_THREAD))
        check_outcome(thread, ip, want, possible);
    else
        model_compare(&before, &after, true);
}

static struct slot *invoked_slot(const struct thread *thread)
{
    return (struct slot *)((char *)thread->cnode +
                           ((uint32_t)machine.user.rdx & thread->cnode_mask));
}

/* --- messages --- */

/* What came to be by a message must be a copy that the receiver asked for. */
static void check_transfer(void)
{
    for (unsigned i = 0; i < after.count; i++) {
        struct model_cap *cap = &after.cap[i];
        if (model_at(&before, cap->at))
            continue;
        const struct model_cap *parent = model_at(&before, cap->parent);
        if (!parent)
            parent = model_at(&after, cap->parent); /* of a message just before, in one step */
        EXPECT(parent && !cap->original && !cap->owner, "a message made a capability of nothing");
        EXPECT(cap->rights == parent->rights && cap->badge == parent->badge,
               "a message changed rights or badge");
    }
    for (unsigned i = 0; i < before.count; i++)
        EXPECT(model_at(&after, before.cap[i].at), "a message took a capability away");
}

static void fill_buffer(const struct thread *thread)
{
    struct message_buffer *buffer = thread->buffer;
    if (!buffer)
        return;
    for (unsigned i = 0; i < 4; i++) {
        buffer->words[pick(MESSAGE_BUFFER_WORDS)] = pick(1 << 16);
        buffer->caps[i] = (uint32_t)pick_any_handle(thread);
        buffer->receive[i] = (uint32_t)(pick(thread->cnode_mask / 64 + 1) << CAP_SHIFT);
    }
}

static void enter(enum syscall number, uint64_t handle)
{
    const struct thread *thread = this_cpu()->current;
    machine.user.rax = number;
    machine.user.rdx = handle;
    const struct slot *slot = invoked_slot(thread);
    bool calls = number == SYSCALL_CALL || number == SYSCALL_CALL_BUFFER;
    model_copy(&before, &after);
    shadow_syscall(calls ? slot : NULL);
    hosted_enter_syscall();
    look();
    check_transfer();
    driver_messages++;
}

static void pick_message(void)
{
    for (unsigned i = 0; i < MESSAGE_WORDS; i++)
        machine.user.word[i] = pick(1 << 16);
    machine.user.tag =
        TAG(pick(1 << 16), chance(95) ? pick(65) : pick(128), pick(10) ? 0 : pick(8));
    if (chance(30))
        machine.user.tag |= TAG(0, 0, pick(5));
}

static void call_endpoint(bool buffered)
{
    const struct thread *thread = this_cpu()->current;
    uint64_t handle = pick_handle(thread, chance(93) ? OBJECT_ENDPOINT : OBJECT_REPLY);
    machine.user.rdx = handle;
    const struct slot *slot = invoked_slot(thread);
    if (!slot->endpoint && slot->type != OBJECT_REPLY)
        return;
    fill_buffer(thread);
    pick_message();
    machine.user.rip -= 2;
    note("call %lx of type %u, badge %x, buffered %d, tag %lx", handle, slot->type, slot->badge,
         buffered, machine.user.tag);
    enter(buffered ? SYSCALL_CALL_BUFFER : SYSCALL_CALL, handle);
}

static void reply_wait(bool buffered)
{
    fill_buffer(this_cpu()->current);
    pick_message();
    machine.user.rip -= 2;
    note("reply and wait, buffered %d, tag %lx", buffered, machine.user.tag);
    enter(buffered ? SYSCALL_REPLY_WAIT_BUFFER : SYSCALL_REPLY_WAIT, pick(1 << 16));
}

static void simple(enum syscall number, enum object_type type)
{
    const struct thread *thread = this_cpu()->current;
    uint64_t handle = chance(90) ? pick_handle(thread, type) : pick_any_handle(thread);
    machine.user.rip -= 2;
    note("system call %u of %lx", number, handle);
    enter(number, handle);
}

/* --- traps --- */

static void trap(unsigned vector, uint64_t error)
{
    machine.fault_address = 0x40000000 + pick(1 << 24);
    note("vector %u, error %lx, halted %d", vector, error, machine.halted);
    model_copy(&before, &after);
    if (!machine.halted)
        shadow_trap();
    hosted_enter_trap(vector, error);
    look();
    check_transfer();
}

static void interrupt(void)
{
    unsigned line = machine.halted && chance(80) ? 0 : (unsigned)pick(4);
    note("line %u fires, halted %d", line, machine.halted);
    model_copy(&before, &after);
    if (!machine.halted)
        shadow_trap();
    hosted_irq(line);
    look();
    check_transfer();
}

static void unknown_syscall(void)
{
    machine.user.rip -= 2;
    machine.user.rax = SYSCALL_COUNT + pick(1000);
    machine.user.rdx = pick(1 << 16);
    note("unknown system call %lu", machine.user.rax);
    model_copy(&before, &after);
    shadow_unknown();
    hosted_enter_syscall();
    look();
    check_transfer();
}

/* --- whose turn it is --- */

static void invoke(void)
{
    const struct thread *thread = this_cpu()->current;
    struct request request = pick_request(thread);
    machine.user.rdx = request.handle;
    struct slot *self = invoked_slot(thread);
    if (self->endpoint || self->type == OBJECT_REPLY || spoils(thread, self, &request))
        return;
    machine.user.rip -= 2;
    machine.user.rax = SYSCALL_CALL;
    machine.user.tag = request.operation;
    memcpy(machine.user.word, request.word, sizeof request.word);
    note("%s of %lx: %lx %lx %lx %lx %lx %lx", model_operation_name(self->type, request.operation),
         request.handle, request.word[0], request.word[1], request.word[2], request.word[3],
         request.word[4], request.word[5]);
    execute_operation(self);
}

/* Its system call isn't finished: it's executed again, unless something comes between. */
static void again(void)
{
    const struct thread *thread = this_cpu()->current;
    if (chance(20)) {
        if (chance(50))
            trap(VECTOR_TIMER, 0);
        else
            interrupt();
        return;
    }
    struct slot *self = invoked_slot(thread);
    note("again: %s of %lx", model_operation_name(self->type, machine.user.tag), machine.user.rdx);
    if (machine.user.rax != SYSCALL_CALL || self->endpoint || self->type == OBJECT_REPLY) {
        machine.user.rip += 2; /* its registers were written: it does something else */
        return;
    }
    execute_operation(self);
}

/* What no capability can keep a program from: writing to its memory. */
static void scribble(void)
{
    uint64_t begin = pick(seen.range_count);
    for (unsigned i = 0; i < seen.range_count; i++) {
        const struct slot *slot = seen.range[(begin + i) % seen.range_count].slot;
        if (slot && slot->type == OBJECT_FRAME && slot->size_bits < 16) {
            memset(ref_pointer(slot->object), (int)pick(256), 1ull << slot->size_bits);
            return;
        }
    }
}

static void act(unsigned choice)
{
    bool server = !slot_empty(&this_cpu()->current->binding_endpoint);
    if (choice < 54 && chance(server ? 15 : 95))
        call_endpoint(chance(35));
    else if (choice < 54)
        reply_wait(chance(35));
    else if (choice < 58)
        simple(SYSCALL_SIGNAL, OBJECT_NOTIFICATION);
    else if (choice < 59)
        simple(SYSCALL_INSPECT, OBJECT_FRAME);
    else if (choice < 62)
        simple(SYSCALL_DETACH, OBJECT_REPLY);
    else if (choice < 64)
        trap(VECTOR_PAGE_FAULT, pick(32));
    else if (choice < 65)
        trap((unsigned)pick(7), 0);
    else if (choice < 67)
        trap(VECTOR_NO_VECTOR_UNIT, 0);
    else if (choice < 71)
        trap(VECTOR_TIMER, 0);
    else if (choice < 73)
        interrupt();
    else if (choice < 74)
        unknown_syscall();
    else if (choice < 75)
        scribble();
    else
        invoke();
}

static void populate(void);

static bool others_ready(void)
{
    for (unsigned i = 0; i < PRIORITY_COUNT / 64; i++)
        if (this_cpu()->ready_map[i])
            return true;
    return false;
}

static void root_invokes(unsigned slot, unsigned operation)
{
    machine.user.rip -= 2;
    machine.user.rax = SYSCALL_CALL;
    machine.user.rdx = CAP_OF(slot);
    machine.user.tag = operation;
    note("%s of %x: %lx", model_operation_name(root_slot(slot)->type, operation), CAP_OF(slot),
         machine.user.word[0]);
    execute_operation(invoked_slot(this_cpu()->current)); /* its table may be another by now */
}

static bool can_go_on(const struct slot *slot)
{
    const struct thread *thread = thread_of(slot);
    return slot->type == OBJECT_THREAD && thread->state == STATE_STOPPED &&
           (slot->rights & RIGHT_THREAD_CONTROL) && !slot_empty(&thread->binding_vspace) &&
           (thread->sched || !slot_empty(&thread->binding_endpoint));
}

/* The root thread lets one go on that has stopped. */
static bool revive(void)
{
    unsigned begins = (unsigned)pick(ROOT_SLOTS);
    for (unsigned i = 0; i < ROOT_SLOTS; i++) {
        unsigned slot = (begins + i) % ROOT_SLOTS;
        if (!can_go_on(root_slot(slot)))
            continue;
        machine.user.word[0] = 0x400000 + slot * 0x1000;
        machine.user.word[1] = 0x7000000 + slot * 0x1000;
        machine.user.word[2] = slot;
        root_invokes(slot, chance(50) ? OP_thread_resume : OP_thread_start);
        return true;
    }
    return false;
}

/* It takes back most of the memory, or begins anew with what there is. */
static bool recycle(void)
{
    const struct slot *untyped = root_slot(ROOT_UNTYPED);
    if (untyped->type != OBJECT_UNTYPED)
        return false;
    if (slot_empty(root_slot(32)) && slot_empty(root_slot(48)) && untyped->used < 1 << 19) {
        populate();
        return true;
    }
    machine.user.word[0] = ROOT_UNTYPED;
    if (root_slot(ROOT_CNODE)->type == OBJECT_CNODE)
        root_invokes(ROOT_CNODE, OP_cnode_revoke);
    return true;
}

static void root_acts(void)
{
    if (root_slot(WAKE)->type == OBJECT_NOTIFICATION && chance(others_ready() ? 40 : 1))
        root_invokes(WAKE, OP_notification_wait);
    else if (!(chance(others_ready() ? 5 : 30) && revive()) && !(chance(1) && recycle()))
        act(74 + (unsigned)pick(26));
}

static void take_turn(void)
{
    bool root = this_cpu()->current == hosted_root.thread;
    machine.tsc += pick(chance(90) ? 2000 : 100000);
    if (machine.timer && (machine.timer <= machine.tsc || (machine.halted && chance(50)))) {
        trap(VECTOR_TIMER, 0);
        return;
    }
    if (machine.halted) {
        interrupt();
        return;
    }
    if (machine.user.rip < PAGE_SIZE)
        machine.user.rip += PAGE_SIZE; /* nothing can be mapped there, so it goes elsewhere */
    if (!machine.ts && chance(30))
        machine.vector = shadow_vector();
    if (hosted_restarting())
        again();
    else if (root)
        root_acts();
    else
        act((unsigned)pick(100));
}

/* --- the beginning --- */

static void populate(void)
{
    note("populates");
    driver_populate();
    look();
    shadow_touch(hosted_root.thread);
    for (unsigned slot = 48; slot < 60; slot += 2)
        if (root_slot(slot)->type == OBJECT_THREAD)
            shadow_touch(thread_of(root_slot(slot)));
}

void driver_run(const struct choices *from, unsigned steps)
{
    unsigned halted = 0;
    choices = *from;
    memset(trace, 0, sizeof trace);
    step = 0;
    driver_begin();
    look();
    shadow_reset();
    for (step = 1; step <= steps && halted < HALTED_MAX; step++) {
        trace[step % TRACE][0] = 0;
        take_turn();
        shadow_check();
        halted = machine.halted ? halted + 1 : 0;
        if (choices.finite && choices.left == 0)
            break;
    }
    driver_steps += step;
    if (driver_verbose) {
        driver_print_trace();
        hosted_dump();
    }
    hosted_end();
}
