/* SPDX-License-Identifier: BSD-2-Clause */
/* The supervisor, by its protocol, over servers that crash, end and hang while they are called. */

#include "libsys/string.h"
#include "libsys/supervisor_client.h"
#include "libsys/supervisor_hostile.h"
#include "tests/guest/check.h"
#include "tests/guest/hostile_check.h"
#include "tests/guest/restless.h"

static struct rpc_context context;
static struct rpc_client supervisor, observer, stranger;

/* What the supervisor says of a program. */
static struct supervisor_program program_of(const char *name)
{
    struct supervisor_program program = {0};
    char found[33];
    uint32_t size;

    for (uint32_t i = 0; supervisor_list(&supervisor, i, &program, found, 32, &size) == 0; i++) {
        found[size] = 0;
        if (string_equal(found, name))
            return program;
    }
    return (struct supervisor_program){.state = 99};
}

/* Events of a kind in whose text this is. */
static unsigned events_of(uint32_t kind, const char *text)
{
    struct supervisor_event event = {0};
    char line[SUPERVISOR_TEXT_MAX + 1];
    uint32_t size;
    unsigned count = 0;
    uint64_t number = 1;

    for (; supervisor_history(&supervisor, number, &event, line, SUPERVISOR_TEXT_MAX, &size) == 0;
         number = event.number + 1) {
        line[size] = 0;
        for (const char *at = line; event.kind == kind && *at; at++)
            if (memcmp(at, text, strlen(text)) == 0) {
                count++;
                break;
            }
    }
    return count;
}

static err_t ask(cap_t server, enum restless_label label, uint64_t word, uint64_t *answer)
{
    struct message message = {.tag = TAG(label, 0, 0), .word = {word}};
    err_t error = call(server, &message);

    *answer = message.word[0];
    return error;
}

/* It does what ends it, and the next call is answered by a new one. */
static void check_end(cap_t server, const char *what, enum restless_label label)
{
    uint64_t count = 0, nothing;
    err_t error = ask(server, label, 3, &nothing);

    CHECK(what, error != 0);
    check_error("the next call waits for the new one", ask(server, RESTLESS_COUNT, 0, &count),
                ERROR_NONE);
    CHECK("which is new", count == 1);
}

static void check_server(const char *name)
{
    cap_t server = program_cap(name);
    uint32_t started = program_of(name).started;
    uint64_t count = 0;

    CHECK(name, started == 1 && program_of(name).state == SUPERVISOR_RUNNING);
    check_error("a first call", ask(server, RESTLESS_COUNT, 0, &count), ERROR_NONE);
    check_end(server, "a crash ends the call", RESTLESS_CRASH);
    check_end(server, "an exit ends the call", RESTLESS_EXIT);
    check_end(server, "a hang ends with the call", RESTLESS_HANG);
    CHECK("started again each time",
          program_of(name).started == 4 && program_of(name).failures == 3);
}

static void check_events(void)
{
    CHECK("faults are told",
          events_of(SUPERVISOR_FAULTED, "passive faulted: write to 0x10, nothing "
                                        "mapped there, at 0x") == 1);
    CHECK("ends are told", events_of(SUPERVISOR_EXITED, "active ended with status 3") == 1);
    CHECK("hangs are told", events_of(SUPERVISOR_HUNG, "passive didn't answer for 400 ms") == 1);
    CHECK("what becomes of it is told",
          events_of(SUPERVISOR_FAULTED, "active faulted") == 1 &&
              events_of(SUPERVISOR_FAULTED, "it starts again in 10 ms (end 1 in a row)") == 2 &&
              events_of(SUPERVISOR_EXITED, "it starts again in 20 ms (end 2 in a row)") == 2 &&
              events_of(SUPERVISOR_HUNG, "it starts again in 40 ms (end 3 in a row)") == 2);
}

/* A server that isn't started again: who calls it gets an error, and doesn't wait. */
static void check_fragile(void)
{
    cap_t fragile = program_cap("fragile");
    uint64_t count;

    CHECK("a crash of one that isn't started again", ask(fragile, RESTLESS_CRASH, 0, &count) != 0);
    CHECK("nobody waits for it", ask(fragile, RESTLESS_COUNT, 0, &count) != 0);
    CHECK("it stays down", program_of("fragile").state == SUPERVISOR_ENDED &&
                               events_of(SUPERVISOR_FAULTED, "; it stays down") == 1);
}

/* What each operation refuses. */
static void check_refused(void)
{
    struct supervisor_program program;
    struct supervisor_event event;
    char text[SUPERVISOR_TEXT_MAX];
    uint32_t size;
    int32_t status;

    CHECK("no such number",
          supervisor_list(&supervisor, 99, &program, text, 32, &size) == RPC_NOT_FOUND);
    CHECK("a stranger sees nothing",
          supervisor_list(&stranger, 0, &program, text, 32, &size) == RPC_DENIED &&
              supervisor_history(&stranger, 0, &event, text, sizeof(text), &size) == RPC_DENIED);
    CHECK("an unknown name",
          supervisor_start(&supervisor, "nobody") == SUPERVISOR_ERROR_NO_PROGRAM &&
              supervisor_restart(&supervisor, "nobody") == SUPERVISOR_ERROR_NO_PROGRAM);
    CHECK("an essential program is not started again",
          supervisor_restart(&supervisor, "supervise") == SUPERVISOR_ERROR_ESSENTIAL);
    CHECK("an observer does nothing", supervisor_start(&observer, "owner") == RPC_DENIED &&
                                          supervisor_restart(&observer, "owner") == RPC_DENIED &&
                                          supervisor_power_off(observer.cap, true) == RPC_DENIED &&
                                          supervisor_reboot(observer.cap) == RPC_DENIED);
    CHECK("a machine that can't be started anew",
          supervisor_reboot(supervisor.cap) == RPC_UNSUPPORTED);
    CHECK("one on demand that runs already",
          supervisor_start(&supervisor, "helper") == 0 &&
              supervisor_run(&supervisor, "helper", &status) == RPC_BUSY &&
              supervisor_stop(&supervisor, "helper") == 0);
}

/* Messages that break each rule, by the operator and by who only looks. */
static void check_hostile(void)
{
    HOSTILE_CHECK("operator", supervisor, SUPERVISOR_INTERFACE, .cap = supervisor.cap);
    HOSTILE_CHECK("observer", supervisor, SUPERVISOR_INTERFACE, .cap = observer.cap);
}

static void check_operation(void)
{
    uint64_t count = 0;
    int32_t status;

    CHECK("an unknown name", supervisor_stop(&supervisor, "nobody") == SUPERVISOR_ERROR_NO_PROGRAM);
    CHECK("an essential program",
          supervisor_stop(&supervisor, "supervisor") == SUPERVISOR_ERROR_ESSENTIAL);
    CHECK("one that runs", supervisor_start(&supervisor, "active") == RPC_BUSY);
    CHECK("an observer only looks", supervisor_stop(&observer, "active") == RPC_DENIED &&
                                        supervisor_run(&observer, "worker", &status) == RPC_DENIED);
    CHECK("stopped", supervisor_stop(&supervisor, "active") == 0 &&
                         program_of("active").state == SUPERVISOR_STOPPED);
    CHECK("started", supervisor_start(&supervisor, "active") == 0 &&
                         program_of("active").state == SUPERVISOR_RUNNING);
    check_error("its callers", ask(program_cap("active"), RESTLESS_COUNT, 0, &count), ERROR_NONE);
    CHECK("are those of a new one", count == 1);
}

/* All memory that was left is one program's, and so it is when that was made anew. */
static void check_memory(void)
{
    for (int i = 0; i < 3; i++) {
        struct message message = {.tag = TAG(RESTLESS_MEMORY, 0, 0)};
        check_error("the owner of memory", call(program_cap("owner"), &message), ERROR_NONE);
        CHECK("has all of it", message.word[0] == 0 && message.word[1] == message.word[2]);
        CHECK("which is much", message.word[1] > program_info()->memory_bytes / 2);
        CHECK("started again", supervisor_restart(&supervisor, "owner") == 0);
    }
}

static void check_demand(void)
{
    int32_t status = 0;

    CHECK("a program on demand doesn't run",
          program_of("worker").state == SUPERVISOR_STOPPED && program_of("worker").on_demand == 1);
    CHECK("only such a one is run",
          supervisor_run(&supervisor, "active", &status) == SUPERVISOR_ERROR_NO_PROGRAM);
    for (int i = 0; i < 4; i++)
        CHECK("it runs, and what it needs",
              supervisor_run(&supervisor, "worker", &status) == 0 && status == RESTLESS_STATUS);
    CHECK("what it needed is ended", program_of("helper").state == SUPERVISOR_STOPPED);
    CHECK("one that crashes", supervisor_run(&supervisor, "broken", &status) == 0 && status == -1);
    CHECK("one there is no memory for",
          supervisor_run(&supervisor, "large", &status) == 0 && status == -1 &&
              events_of(SUPERVISOR_EXITED, "large can't be started: NO_MEMORY") == 1);
    CHECK("after that the reserve is whole",
          supervisor_run(&supervisor, "worker", &status) == 0 && status == RESTLESS_STATUS);
}

int main(const struct program_info *info)
{
    (void)info;
    context.buffer = program_buffer();
    supervisor = (struct rpc_client){program_cap("operator"), &context};
    observer = (struct rpc_client){program_cap("observer"), &context};
    stranger = (struct rpc_client){program_cap("stranger"), &context};
    check_server("passive");
    check_server("active");
    check_events();
    check_fragile();
    check_operation();
    check_refused();
    check_hostile();
    check_memory();
    check_demand();
    (void)!supervisor_power_off(supervisor.cap, check_failures != 0);
    return 1;
}
