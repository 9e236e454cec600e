/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Going on, and stepping. A step is the processor's (TF), but over what TF doesn't survive: a
 * system call, which comes back with flags of its own. There it is a breakpoint behind it.
 */

#include "libsys/string.h"
#include "servers/debug/stub.h"

#define SYSCALL_BYTES 2

static struct {
    bool is_step;
    bool has_place; /* a breakpoint of ours, not of gdb's too */
    uint32_t thread;
    uint64_t place;
} step;

static uint64_t inserted[BREAKS_MAX]; /* gdb's own */
static uint32_t inserted_count;

static uint32_t inserted_find(uint64_t address)
{
    uint32_t i = 0;

    while (i < inserted_count && inserted[i] != address)
        i++;
    return i;
}

void resume_inserted(uint64_t address, bool is_there)
{
    uint32_t i = inserted_find(address);

    if (is_there && i == inserted_count && i < BREAKS_MAX)
        inserted[inserted_count++] = address;
    else if (!is_there && i < inserted_count)
        inserted[i] = inserted[--inserted_count];
}

void resume_forget(void)
{
    inserted_count = 0;
    memset(&step, 0, sizeof(step));
}

/* Where a step over this ends that TF isn't for; 0: TF is. */
static uint64_t step_place(uint32_t thread, uint64_t ip)
{
    static const uint8_t syscall[SYSCALL_BYTES] = {0x0f, 0x05};
    uint8_t code[SYSCALL_BYTES] = {0};
    uint32_t size;

    if (stub.target->is_idle(thread))
        return ip;
    if (stub.target->read(ip, code, SYSCALL_BYTES, &size) || size < SYSCALL_BYTES)
        return 0;
    return memcmp(code, syscall, SYSCALL_BYTES) == 0 ? ip + SYSCALL_BYTES : 0;
}

static err_t step_begin(uint32_t thread)
{
    uint64_t value[REGISTER_COUNT];
    err_t error = stub.target->registers(thread, value);

    if (error)
        return error;
    step.is_step = true;
    step.thread = thread;
    step.place = step_place(thread, value[REGISTER_RIP]);
    step.has_place = step.place && inserted_find(step.place) == inserted_count;
    if (step.has_place)
        return stub.target->insert(step.place);
    if (step.place)
        return 0;
    return stub.target->set_register(thread, REGISTER_RFLAGS, value[REGISTER_RFLAGS] | FLAGS_STEP);
}

bool resume_stopped(const struct target_event *event)
{
    uint64_t value[REGISTER_COUNT] = {0};
    bool was_step = step.is_step;

    if (!was_step)
        return false;
    if (event->state == TARGET_STOPPED && step.has_place)
        (void)!stub.target->remove(step.place);
    if (event->state == TARGET_STOPPED && !stub.target->registers(step.thread, value) &&
        (value[REGISTER_RFLAGS] & FLAGS_STEP))
        (void)!stub.target->set_register(step.thread, REGISTER_RFLAGS,
                                         value[REGISTER_RFLAGS] & ~FLAGS_STEP);
    bool is_there = step.has_place && event->why == WHY_BREAK && event->thread == step.thread &&
                    value[REGISTER_RIP] == step.place;
    memset(&step, 0, sizeof(step));
    return is_there;
}

void resume_target(const struct request_resume *request)
{
    const struct target *target = stub.target;
    uint32_t thread = request->thread > 0 ? (uint32_t)request->thread - 1 : stub.thread;
    err_t error = 0;

    if (request->has_address)
        error = target->set_register(thread, REGISTER_RIP, request->address);
    if (!error && request->is_step)
        error = step_begin(thread);
    if (!error)
        error = target->resume(request->is_alone ? thread : THREAD_ALL, request->signal);
    if (error) {
        const struct target_event event = {.state = TARGET_STOPPED};
        (void)resume_stopped(&event);
        stub_error(error);
        return;
    }
    stub.is_waiting = true;
    stub.is_halted = false;
    stub_look();
}
