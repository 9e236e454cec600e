/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process server's tests: starts /bin/user (tests/guest/user) for each case, as the supervisor
 * starts a session, and looks how it ends.
 */

#include <stddef.h>

#include "libsys/invoke.h"
#include "libsys/memory_client.h"
#include "libsys/process.h"
#include "libsys/process_client.h"
#include "libsys/string.h"
#include "libsys/time.h"
#include "libsys/process_hostile.h"
#include "tests/guest/check.h"
#include "tests/guest/hostile_check.h"
#include "tests/guest/processes/trace.h"

static struct rpc_context context;
static struct rpc_client starter, memory;
static cap_t event;

static uint32_t arguments_make(char *bytes, const char *what)
{
    struct process_arguments *head = (struct process_arguments *)bytes;
    const uint32_t texts = offsetof(struct process_arguments, offset) + 2 * sizeof(uint32_t);
    size_t length = strlen(what) + 1;

    *head = (struct process_arguments){.bytes = texts + 5 + (uint32_t)length, .argument_count = 2};
    head->offset[0] = texts;
    head->offset[1] = texts + 5;
    memcpy(bytes + texts, "user", 5);
    memcpy(bytes + texts + 5, what, length);
    return head->bytes;
}

/* Start it and wait for its end. */
static err_t run_to_end(const char *path, const char *what, int32_t *status)
{
    _Alignas(8) char arguments[140];
    uint32_t bytes = arguments_make(arguments, what);
    int32_t pid = 0;
    uint64_t flags;
    err_t error = process_start(&starter, 0, path, arguments, bytes, event, &pid);

    while (!error && (error = process_ended(starter.cap, pid, status)) == RPC_AGAIN)
        error = notification_wait(event, &flags);
    return error;
}

/* Its status, or -1. */
static int32_t run(const char *path, const char *what)
{
    int32_t status = -1;
    err_t error = run_to_end(path, what, &status);

    if (error)
        print("start: %s\n", rpc_error_name(error));
    return error ? -1 : status;
}

static void starter_errors(void)
{
    _Alignas(8) char arguments[140];
    uint32_t bytes = arguments_make(arguments, "0");
    int32_t pid = 0, status;

    CHECK("start: no such file",
          process_start(&starter, 0, "/bin/none", arguments, bytes, 0, &pid) == RPC_NOT_FOUND);
    CHECK("start: not a program", process_start(&starter, 0, "/bin/text", arguments, bytes, 0,
                                                &pid) == PROCESS_ERROR_BAD_PROGRAM);
    CHECK("start: bad arguments",
          process_start(&starter, 0, "/bin/user", arguments, bytes - 1, 0, &pid) == RPC_MALFORMED);
    CHECK("ended: nobody", process_ended(starter.cap, 12345, &status) == PROCESS_ERROR_NO_PROCESS);
    CHECK("start: no such terminal",
          process_start(&starter, 100, "/bin/user", arguments, bytes, 0, &pid) == RPC_NOT_FOUND);
    CHECK("start: an interpreter of an interpreter",
          process_start(&starter, 0, "/bin/deep", arguments, bytes, 0, &pid) ==
              PROCESS_ERROR_TOO_DEEP);
    CHECK("start: not to be executed",
          process_start(&starter, 0, "/etc/secret", arguments, bytes, 0, &pid) == RPC_DENIED);
    CHECK("inspect: nobody",
          process_inspect(&starter, 12345, &(struct process_info){0}) == PROCESS_ERROR_NO_PROCESS);
}

/* A process's operations, by who is none. */
static void processes_only(void)
{
    const cap_t cap = starter.cap, slot = CAP_OF(program_info()->first_free_slot);
    struct process_info info;
    uint64_t ticks;
    int32_t pid, status;
    uint32_t number;
    err_t error[] = {
        process_spawn(&starter, 0, 0, 0, "/bin/user", "", 0, 0, 64, &pid),
        process_fork(cap, 0, 0, 0, &pid),
        process_exec(&starter, "/bin/user", "", 0, 0, 64),
        process_exit(cap, 0),
        process_wait(cap, -1, 0, &pid, &status, &ticks),
        process_kill(cap, 1, 9),
        process_set_group(cap, 0, 0),
        process_set_session(cap, &pid),
        process_info(&starter, 0, &info),
        process_thread_create(cap, 0, 0, 0, 0, &number, &number),
        process_server_create(&starter, 0, 0, 0, 0, &number, &number, slot),
        process_thread_exit(cap, 0, 0),
        process_thread_join(cap, 0),
        process_set_priority(cap, 0, 0),
        process_set_terminal(cap, 1),
        process_grow_table(cap, &number),
        process_set_pager(&starter, 0),
        process_set_user(cap, 1, 1),
        process_alarm(cap, 0, 0, &ticks),
        process_deliver(cap),
        process_sigwait(cap, 0),
        process_set_name(&starter, "x"),
        process_pager_space(&starter, slot, slot),
        process_next(program_cap("console-terminals"), 0, &pid),
        process_start(&starter, 0, "/bin/user", "", 0, cap, &pid),
    };
    bool good = true;

    for (unsigned i = 0; i < sizeof(error) / sizeof(error[0]); i++)
        if (error[i] != RPC_BAD_HANDLE) {
            print("# number %u: %s\n", i, rpc_error_name(error[i]));
            good = false;
        }
    CHECK("a process's operations, by who is none", good);
}

static void terminals(void)
{
    struct rpc_client console = {program_cap("console-terminals"), &context};
    const cap_t slot = CAP_OF(program_info()->first_free_slot), words = program_cap("words");

    CHECK("the console's operation by the starter",
          process_terminal_signals(&starter, words, slot) == RPC_DENIED);
    CHECK("with a handle for the page",
          process_terminal_signals(&console, console.cap, slot) == RPC_BAD_HANDLE);
    CHECK("as it should be", process_terminal_signals(&console, words, slot) == 0);
    CHECK("and only once",
          process_terminal_signals(&console, words, slot + CAP_OF(1)) == RPC_DENIED);
}

/* Messages that break each rule, by all who aren't processes. */
static void hostile(void)
{
    const cap_t handle[] = {starter.cap, program_cap("console-terminals")};

    for (unsigned i = 0; i < sizeof(handle) / sizeof(handle[0]); i++)
        HOSTILE_CHECK("a privileged handle", process, PROCESS_INTERFACE, .cap = handle[i],
                      .bell = event, .cnode = program_cap("cnode"),
                      .endpoint = program_cap("memory"));
}

/* ---- While nothing is left ------------------------------------------------------------------- */

static void sleep(void)
{
    const struct time_info *time = &program_info()->time;
    uint64_t flags;

    (void)!sched_context_deadline(program_cap("time"), time_deadline(time, time_ticks(), 20000000));
    (void)!notification_wait(event, &flags);
    (void)!sched_context_deadline(program_cap("time"), 0);
}

static bool has_name(int32_t pid, const char *name)
{
    struct process_info info = {0};

    return process_inspect(&starter, pid, &info) == 0 &&
           string_equal((const char *)&info.name0, name);
}

static err_t start(const char *what, int32_t *pid)
{
    _Alignas(8) char arguments[140];
    uint32_t bytes = arguments_make(arguments, what);

    return process_start(&starter, 0, "/bin/user", arguments, bytes, event, pid);
}

/* Its end; the status, or -1. */
static int32_t end_of(int32_t pid)
{
    int32_t status = -1;

    while (process_ended(starter.cap, pid, &status) == RPC_AGAIN)
        sleep();
    return status;
}

static void quota(void)
{
    int32_t pid = 0;

    CHECK("who takes all that users may have", start("quota", &pid) == 0);
    while (!has_name(pid, "full"))
        sleep();
    CHECK("then none can be started", start("0", &(int32_t){0}) == RPC_QUOTA);
    CHECK("it ends well", end_of(pid) == 0);
}

static const char *const cases[] = {
    "page",        "spawn",    "spawn-errors", "arguments", "script",   "fork",       "exec",
    "wait-errors", "no-hang",  "ignored",      "orphan",    "info",     "groups",     "users",
    "ends",        "ignores",  "stops",        "raises",    "awaits",   "interrupts", "faults",
    "rings",       "joins",    "threads",      "becomes",   "grows",    "pages",      "refuses",
    "many",        "bomb",     "hog",          "orphans",   "steps",    "costs",      "denied",
    "terminals",   "executed", "cancelled",    "busy",      "too-many", "debugging",
};

/* Spaces and objects that there are: those of servers and of files in use. */
static bool memory_look(uint64_t *spaces, uint64_t *objects)
{
    struct memory_status status = {0};
    err_t error = memory_system_status(memory.cap, &status);

    *spaces = status.regions;
    *objects = status.objects;
    return error == 0;
}

/* ---- Hardly any memory ----------------------------------------------------------------------- */

#define HOARD_AT 0x40000000ull
#define HOARD_BYTES (64ull << 30)
#define PAGE_BYTES 4096ull
#define SQUEEZED_MAX 64
#define KILLED 9

static uint64_t hoarded; /* bytes from HOARD_AT on */

/* All that is left, in our own space, which has no quota; what's mapped there is there. */
static void hoard(void)
{
    uint64_t at;

    for (uint64_t piece = 1ull << 20; piece >= PAGE_BYTES; piece >>= 2)
        while (!memory_map_anonymous(memory.cap, HOARD_AT + hoarded, piece,
                                     MEMORY_READ | MEMORY_WRITE | MEMORY_FIXED, &at))
            hoarded += piece;
}

static void hoard_end(void)
{
    CHECK("it is given back", memory_unmap(memory.cap, HOARD_AT, hoarded) == 0);
    hoarded = 0;
}

/* With a page more each time: all fails at first, and in the end nothing does. */
static void squeezed(void)
{
    unsigned refused = 0, killed = 0, good = 0, wrong = 0;

    hoard();
    for (unsigned pages = 0; pages < SQUEEZED_MAX; pages++) {
        int32_t status = -1;
        err_t error = run_to_end("/bin/user", "squeezed", &status);
        refused += error == RPC_NO_MEMORY || error == RPC_QUOTA;
        killed += !error && status == KILLED;
        good += !error && status == 0;
        wrong += error ? error != RPC_NO_MEMORY && error != RPC_QUOTA : status && status != KILLED;
        hoarded -= PAGE_BYTES;
        wrong += memory_unmap(memory.cap, HOARD_AT + hoarded, PAGE_BYTES) != 0;
    }
    print("  %u refused, %u killed, %u good\n", refused, killed, good);
    CHECK("without memory there are clean errors", wrong == 0 && refused + killed > 0 && good > 0);
    hoard_end();
}

/* All memory that the memory server has for kernel objects; it doesn't come back. */
static void kernel_memory_end(void)
{
    const cap_t table = program_cap("cnode"), slot = CAP_OF(200);

    for (unsigned bits = 22; bits >= 12; bits--)
        while (!memory_lend(&memory, table, CAP_INDEX(slot), bits))
            if (cnode_delete(table, CAP_INDEX(slot)))
                return;
}

/* What ended processes left is enough for as many as they were. */
static void crowded(void)
{
    kernel_memory_end();
    CHECK("without memory for kernel objects: clean errors", run("/bin/user", "crowded") == 0);
    CHECK("all goes on", run("/bin/user", "7") == 7 << 8);
}

int main(const struct program_info *info)
{
    uint64_t spaces, objects, spaces_after, objects_after;

    (void)info;
    context.buffer = program_buffer();
    starter = (struct rpc_client){program_cap("process"), &context};
    memory = (struct rpc_client){program_cap("memory"), &context};
    event = program_cap("event");
    CHECK("a space of its own",
          memory_attach(&memory, program_cap("vspace"), HOARD_AT, HOARD_BYTES) == 0);
    CHECK("start and exit", run("/bin/user", "7") == 7 << 8);
    starter_errors();
    processes_only();
    terminals();
    hostile();
    CHECK("files are known", run("/bin/user", "spawn-errors") == 0);
    /* Some ended processes' spaces are kept for the next: as many as may be, both times. */
    CHECK("many at once", run("/bin/user", "bomb") == 0);
    CHECK("memory", memory_look(&spaces, &objects));
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_report(cases[i], run("/bin/user", cases[i]) == 0, "see the log");
    trace_test(&starter, event);
    trace_squeezed(hoard, hoard_end);
    squeezed();
    quota();
    CHECK("start at the end", run("/bin/user", "0") == 0);
    CHECK("many at once again", run("/bin/user", "bomb") == 0);
    CHECK("nothing stays", memory_look(&spaces_after, &objects_after) && spaces == spaces_after &&
                               objects == objects_after);
    crowded();
    return check_failures;
}
