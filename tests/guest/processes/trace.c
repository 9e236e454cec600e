/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See trace.h. The process is /bin/user, case "traced": it runs in a loop until a word of its page
 * isn't 0. It has less priority than this program, so it runs when this one waits.
 */

#include "tests/guest/processes/trace.h"

#include <stddef.h>

#include "libsys/invoke.h"
#include "libsys/process.h"
#include "libsys/process_client.h"
#include "libsys/string.h"
#include "libsys/trace_client.h"
#include "tests/guest/check.h"

#define WORD (PROCESS_PAGE_ADDRESS + offsetof(struct process_page, reserved))
#define FLAGS_STEP 0x100u
#define SIGTRAP 5u
#define KILLED 9
#define NOWHERE 0x1000ull

static struct rpc_client starter, debugger;
static cap_t ended, traced;

/* ---- The process ----------------------------------------------------------------------------- */

static int32_t start(void)
{
    static const char texts[] = "user\0traced";
    struct {
        struct process_arguments head;
        uint32_t offset[2];
        char text[sizeof(texts)];
    } arguments = {.head = {sizeof(arguments), 2, 0}};
    int32_t pid = 0;

    memcpy(arguments.text, texts, sizeof(texts));
    arguments.offset[0] = offsetof(__typeof__(arguments), text);
    arguments.offset[1] = arguments.offset[0] + 5;
    err_t error =
        process_start(&starter, 0, "/bin/user", &arguments, sizeof(arguments), ended, &pid);
    return error ? 0 : pid;
}

static int32_t end_of(int32_t pid)
{
    int32_t status = -1;
    uint64_t flags;

    while (process_ended(starter.cap, pid, &status) == RPC_AGAIN)
        if (notification_wait(ended, &flags))
            return -1;
    return status;
}

static struct trace_event state(void)
{
    struct trace_event event = {.state = TRACE_NONE};

    (void)!trace_state(debugger.cap, &event);
    return event;
}

/* It has stopped for that reason. */
static bool stops(uint32_t why)
{
    uint64_t flags;

    while (state().state == TRACE_RUNS)
        if (notification_wait(traced, &flags))
            return false;
    return state().state == TRACE_STOPPED && state().why == why;
}

static uint64_t register_of(uint32_t which)
{
    uint64_t value[REGISTER_COUNT] = {0};
    uint32_t size;

    (void)!trace_registers(&debugger, 0, value, sizeof(value), &size);
    return value[which];
}

/* ---- Without one ----------------------------------------------------------------------------- */

static void none(void)
{
    const cap_t cap = debugger.cap;
    uint64_t value[REGISTER_COUNT];
    uint32_t thread = 9, size;
    uint8_t byte = 0;

    CHECK("trace: none is attached", state().state == TRACE_NONE);
    CHECK("trace: nobody to stop", trace_halt(cap) == TRACE_ERROR_NO_PROCESS &&
                                       trace_resume(cap, 0, 0) == TRACE_ERROR_NO_PROCESS &&
                                       trace_kill(cap) == TRACE_ERROR_NO_PROCESS);
    CHECK("trace: no threads", trace_thread(cap, 0, &thread) == TRACE_ERROR_NO_PROCESS &&
                                   trace_registers(&debugger, 0, value, sizeof(value), &size) ==
                                       TRACE_ERROR_NO_PROCESS &&
                                   trace_set_register(cap, 0, 0, 0) == TRACE_ERROR_NO_PROCESS);
    CHECK("trace: no memory",
          trace_read(&debugger, WORD, 1, &byte, 1, &size) == TRACE_ERROR_NO_PROCESS &&
              trace_write(&debugger, WORD, &byte, 1) == TRACE_ERROR_NO_PROCESS &&
              trace_insert(cap, WORD) == TRACE_ERROR_NO_PROCESS &&
              trace_remove(cap, WORD) == TRACE_ERROR_NO_PROCESS);
    CHECK("trace: nothing to detach", trace_detach(cap) == 0);
    CHECK("trace: no such process",
          trace_attach(&debugger, 12345, traced) == TRACE_ERROR_NO_PROCESS);
    CHECK("trace: nobody to tell",
          trace_attach(&debugger, 1, debugger.cap) == RPC_BAD_HANDLE &&
              trace_await(&debugger, "user", starter.cap) == RPC_BAD_HANDLE);
}

/* ---- With one -------------------------------------------------------------------------------- */

static void refusals(void)
{
    const cap_t cap = debugger.cap;
    uint64_t value[REGISTER_COUNT];
    uint32_t thread = 9, size;
    uint8_t byte = 0;

    CHECK("trace: one at a time", trace_attach(&debugger, 1, traced) == RPC_BUSY &&
                                      trace_await(&debugger, "user", traced) == RPC_BUSY);
    CHECK("trace: it has one thread", trace_thread(cap, 0, &thread) == 0 && thread == 0 &&
                                          trace_thread(cap, 1, &thread) == TRACE_ERROR_NO_THREAD);
    CHECK("trace: no such thread",
          trace_resume(cap, 3, 0) == TRACE_ERROR_NO_THREAD &&
              trace_set_register(cap, 3, 0, 0) == TRACE_ERROR_NO_THREAD &&
              trace_registers(&debugger, 3, value, sizeof(value), &size) == TRACE_ERROR_NO_THREAD);
    CHECK("trace: not a user's address",
          trace_set_register(cap, 0, REGISTER_RIP, 1ull << 63) == RPC_OUT_OF_RANGE);
    CHECK("trace: nothing is there",
          trace_read(&debugger, NOWHERE, 1, &byte, 1, &size) == TRACE_ERROR_NOT_MAPPED &&
              trace_write(&debugger, NOWHERE, &byte, 1) == TRACE_ERROR_NOT_MAPPED &&
              trace_insert(cap, NOWHERE) == TRACE_ERROR_NOT_MAPPED);
}

static void running(void)
{
    const cap_t cap = debugger.cap;
    uint64_t value[REGISTER_COUNT];
    uint32_t size;

    CHECK("trace: it runs", trace_resume(cap, 0, 0) == TRACE_ERROR_NOT_STOPPED &&
                                trace_set_register(cap, 0, 0, 0) == TRACE_ERROR_NOT_STOPPED &&
                                trace_registers(&debugger, 0, value, sizeof(value), &size) ==
                                    TRACE_ERROR_NOT_STOPPED);
}

static void breakpoints(void)
{
    const cap_t cap = debugger.cap;
    uint64_t place = register_of(REGISTER_RIP), page = place & ~4095ull;
    uint8_t before = 0, after = 0;
    uint32_t size, count = 0;

    CHECK("trace: a breakpoint", trace_read(&debugger, place, 1, &before, 1, &size) == 0 &&
                                     trace_insert(cap, place) == 0 &&
                                     trace_insert(cap, place) == 0);
    CHECK("trace: isn't seen",
          trace_read(&debugger, place, 1, &after, 1, &size) == 0 && before == after);
    CHECK("trace: it goes on", trace_resume(cap, TRACE_ALL, 0) == 0);
    running();
    CHECK("trace: and stops there", stops(TRACE_BY_BREAK) && register_of(REGISTER_RIP) == place);
    CHECK("trace: the other way round", trace_remove(cap, place) == 0);
    while (count < TRACE_BREAKS_MAX && trace_insert(cap, page + count) == 0)
        count++;
    CHECK("trace: too many breakpoints",
          count == TRACE_BREAKS_MAX && trace_insert(cap, page + count) == RPC_FULL);
    while (count > 0)
        if (trace_remove(cap, page + --count))
            CHECK("trace: they are taken out", false);
    CHECK("trace: all is as it was",
          trace_read(&debugger, place, 1, &after, 1, &size) == 0 && before == after);
}

static void steps(void)
{
    const cap_t cap = debugger.cap;
    uint64_t flags = register_of(REGISTER_RFLAGS), place = register_of(REGISTER_RIP);

    CHECK("trace: a step", trace_set_register(cap, 0, REGISTER_RFLAGS, flags | FLAGS_STEP) == 0 &&
                               trace_resume(cap, 0, 0) == 0);
    CHECK("trace: is one instruction", stops(TRACE_BY_SIGNAL) && state().signal == SIGTRAP &&
                                           register_of(REGISTER_RIP) != place &&
                                           !(register_of(REGISTER_RFLAGS) & FLAGS_STEP));
}

static void ends(int32_t pid)
{
    static const uint8_t one = 1;

    CHECK("trace: detached and attached again", trace_detach(debugger.cap) == 0 &&
                                                    trace_attach(&debugger, pid, traced) == 0 &&
                                                    stops(TRACE_BY_HALT));
    CHECK("trace: what it waits for is written", trace_write(&debugger, WORD, &one, 1) == 0);
    CHECK("trace: it goes on to its end",
          trace_resume(debugger.cap, TRACE_ALL, 0) == 0 && end_of(pid) == 0);
    CHECK("trace: which is told", state().state == TRACE_ENDED && state().status == 0);
}

static void awaited(void)
{
    CHECK("trace: whom to wait for", trace_await(&debugger, "user", traced) == 0);
    CHECK("trace: one at a time", trace_await(&debugger, "user", traced) == RPC_BUSY);
    int32_t pid = start();
    CHECK("trace: it stands at its beginning",
          pid > 0 && stops(TRACE_BY_EXEC) && state().pid == pid &&
              register_of(REGISTER_RDI) == PROCESS_PAGE_ADDRESS);
    CHECK("trace: killed", trace_kill(debugger.cap) == 0 && end_of(pid) == KILLED);
    CHECK("trace: by a signal, as is told",
          state().state == TRACE_ENDED && state().status == KILLED);
}

void trace_test(const struct rpc_client *process, cap_t event)
{
    starter = *process;
    debugger = (struct rpc_client){program_cap("debugger"), process->context};
    ended = event;
    traced = program_cap("traced");
    none();
    int32_t pid = start();
    CHECK("trace: attached",
          pid > 0 && trace_attach(&debugger, pid, traced) == 0 && stops(TRACE_BY_HALT));
    refusals();
    breakpoints();
    steps();
    ends(pid);
    awaited();
}

/* ---- Without memory -------------------------------------------------------------------------- */

/* A page of its own can't be had: that is told, and it goes on without, or it ends. */
static void refused(bool by_insert)
{
    static const uint8_t byte = 0x90;
    uint64_t place = register_of(REGISTER_RIP);
    err_t error =
        by_insert ? trace_insert(debugger.cap, place) : trace_write(&debugger, place, &byte, 1);

    CHECK("trace: no memory for a page", error == RPC_NO_MEMORY);
}

void trace_squeezed(void (*hoard)(void), void (*hoard_end)(void))
{
    for (unsigned i = 0; i < 2; i++) {
        int32_t pid = start();
        uint64_t flags;
        (void)!notification_poll(traced, &flags);
        CHECK("trace: attached",
              pid > 0 && trace_attach(&debugger, pid, traced) == 0 && stops(TRACE_BY_HALT));
        hoard();
        refused(i == 0);
        hoard_end();
        (void)!trace_kill(debugger.cap);
        CHECK("trace: it ends", end_of(pid) == KILLED);
    }
}
