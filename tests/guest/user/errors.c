/* SPDX-License-Identifier: BSD-2-Clause */
/* What operations refuse: to who may not, to who asks for too much, and when nothing is left. */

#include <stddef.h>

#include "libsys/invoke.h"
#include "libsys/memory_client.h"
#include "libsys/server.h"
#include "libsys/string.h"
#include "tests/guest/user/user.h"

#define BIT(signal) (1ull << ((signal)-1))
#define SIGNAL 30
#define ALARM 14
#define STACK_BYTES 4096
#define PAGE_BYTES 4096ull
#define EXITED(code) ((code) << 8)

static _Alignas(16) char stacks[PROCESS_THREADS_MAX][STACK_BYTES];

static uint64_t stack_of(unsigned number)
{
    return (uint64_t)stacks[number] + STACK_BYTES - 8;
}

static void thread_stays(uint64_t argument)
{
    (void)argument;
    user_idle();
}

static err_t thread_make(unsigned stack, void (*body)(uint64_t))
{
    uint32_t number, slots;

    return process_thread_create(SELF, (uint64_t)body, stack_of(stack), 0, 0, &number, &slots);
}

static err_t server_make(unsigned stack, void (*body)(uint64_t))
{
    uint32_t number, slots;

    return process_server_create(&user_client, (uint64_t)body, stack_of(stack), 0, 0, &number,
                                 &slots, PROCESS_CAP(FREE));
}

/* ---- Who may not ----------------------------------------------------------------------------- */

static int denied(void)
{
    struct process_info info;
    int32_t pid = 0, status;

    EXPECT(process_inspect(&user_client, PAGE->pid, &info) == RPC_DENIED);
    EXPECT(process_ended(SELF, PAGE->pid, &status) == RPC_DENIED);
    EXPECT(process_start(&user_client, 0, PATH, "", 0, 0, &pid) == RPC_DENIED);
    EXPECT(process_set_pager(&user_client, SELF) == RPC_BAD_HANDLE);
    EXPECT(process_set_priority(SELF, 30000, 0) == PROCESS_ERROR_NO_PROCESS);
    EXPECT(user_exec("/etc/secret", "0") == RPC_DENIED);
    EXPECT(user_exec("/bin/deep", "0") == PROCESS_ERROR_TOO_DEEP);
    EXPECT(process_exec(&user_client, PATH, "", 0, 0x400000, PROCESS_ARGUMENTS_MAX + 1) ==
           RPC_TOO_LARGE);
    EXPECT(process_exec(&user_client, PATH, "", 0, 0x1000, 64) == RPC_OUT_OF_RANGE);
    EXPECT(process_spawn(&user_client, 0, 0, 0, PATH, "", 0, 0x1000, 64, &pid) == RPC_OUT_OF_RANGE);
    EXPECT(process_spawn(&user_client, 0, 0, 0, PATH, "\11", 1, 0x400000, 64, &pid) ==
           RPC_BAD_HANDLE);
    return 0;
}

static int takes_terminal(void)
{
    int32_t session;
    uint64_t left;

    EXPECT(!process_set_session(SELF, &session));
    EXPECT(!process_set_terminal(SELF, 2));
    EXPECT(process_set_terminal(SELF, 3) == PROCESS_ERROR_LEADER);
    EXPECT(!process_alarm(SELF, 1000000000, 0, &left));
    user_idle();
}

static int wants_terminal(void)
{
    int32_t session;

    EXPECT(process_set_terminal(SELF, 2) == PROCESS_ERROR_LEADER);
    EXPECT(!process_set_session(SELF, &session));
    EXPECT(process_set_terminal(SELF, 2) == RPC_BUSY);
    EXPECT(process_set_terminal(SELF, 100) == RPC_OUT_OF_RANGE);
    return 0;
}

static int terminals(void)
{
    int32_t first = user_fork(takes_terminal);

    EXPECT(first > 0);
    user_yield(20);
    EXPECT(user_wait(user_fork(wants_terminal)) == 0);
    EXPECT(!process_kill(SELF, first, 9) && user_wait(first) == 9);
    return 0;
}

/* A child that has called exec is on its own. */
static int executed(void)
{
    err_t error;
    int32_t child = user_spawn(PATH, "naps", &error);

    EXPECT(child > 0);
    EXPECT(process_set_group(SELF, child, child) == RPC_DENIED);
    EXPECT(!process_kill(SELF, child, 9) && user_wait(child) == 9);
    return 0;
}

/* ---- What is interrupted, or busy ------------------------------------------------------------ */

static int naps(void)
{
    user_idle();
}

/* With a signal pending nothing begins to wait. */
static int cancelled(void)
{
    int32_t pid, status, child = user_fork(naps);
    uint64_t ticks;

    EXPECT(child > 0 && !thread_make(1, thread_stays));
    PAGE->caught = BIT(SIGNAL);
    PAGE->signal_entry = 0x400000;
    PAGE->pending = BIT(SIGNAL);
    EXPECT(process_wait(SELF, child, 0, &pid, &status, &ticks) == RPC_CANCELLED);
    EXPECT(process_thread_join(SELF, 1) == RPC_CANCELLED);
    PAGE->pending = 0;
    EXPECT(!process_kill(SELF, child, 9) && user_wait(child) == 9);
    return 0;
}

static enum answer never(void *context, err_t kind, uint32_t badge, struct message *message)
{
    (void)context, (void)kind, (void)badge, (void)message;
    user_idle();
}

static void serves_nobody(uint64_t argument)
{
    (void)argument;
    (void)!server_loop_from(never, NULL, ANSWER_REGISTERS, (struct message){0});
    user_idle();
}

static void calls_it(uint64_t argument)
{
    struct message message = {0};

    (void)argument;
    (void)!call(PROCESS_CAP(FREE), &message);
    user_idle();
}

/* While another thread is in a call, it isn't known whose table grows. */
static int busy(void)
{
    uint32_t slots;

    EXPECT(!server_make(1, serves_nobody) && !thread_make(2, calls_it));
    user_yield(50);
    EXPECT(process_grow_table(SELF, &slots) == RPC_BUSY);
    return 0;
}

static int too_many(void)
{
    err_t error = 0;

    for (unsigned i = 1; i <= PROCESS_THREADS_MAX && !error; i++)
        error = thread_make(i % PROCESS_THREADS_MAX, thread_stays);
    EXPECT(error == PROCESS_ERROR_TOO_MANY);
    EXPECT(server_make(1, thread_stays) == PROCESS_ERROR_TOO_MANY);
    return 0;
}

/* ---- When nothing is left -------------------------------------------------------------------- */

/* Every page of one's own is there, and one's own, so that none has to be had later. */
static void touch_all(void)
{
    struct memory_region region = {0};
    struct rpc_client memory = {PROCESS_CAP(MEMORY), user_client.context};

    (void)memory;
    while (!memory_region(PROCESS_CAP(MEMORY), region.address + region.length, &region)) {
        if (region.length > 1ull << 24)
            continue;
        for (uint64_t at = region.address; at < region.address + region.length; at += PAGE_BYTES) {
            volatile char *byte = (volatile char *)at;
            if (region.access & MEMORY_WRITE)
                *byte = *byte; // cppcheck-suppress selfAssignment
            else if (region.access & MEMORY_READ)
                (void)*byte;
        }
    }
}

/* All that may be had, in pieces. */
static void memory_take(void)
{
    const uint32_t access = MEMORY_READ | MEMORY_WRITE | MEMORY_POPULATE;
    uint64_t address;

    for (uint64_t piece = 1 << 20; piece >= PAGE_BYTES; piece /= 4)
        while (!memory_map_anonymous(PROCESS_CAP(MEMORY), 0, piece, access, &address))
            ;
}

static void name_set(const char *name)
{
    (void)!process_set_name(&user_client, name);
}

static bool has_name(int32_t pid, const char *name)
{
    struct process_info info;

    return !process_info(&user_client, pid, &info) && string_equal((const char *)&info.name0, name);
}

static err_t fork_until(void)
{
    int32_t pid;
    err_t error = 0;

    while (!error)
        error = process_fork(SELF, (uint64_t)user_idle, stack_of(1), 0, &pid);
    return error;
}

/* Spaces that are kept for the next don't help for long. */
static err_t spawn_until(void)
{
    err_t error = 0;

    while (!error)
        (void)user_spawn(PATH, "naps", &error);
    return error;
}

static void children_end(void)
{
    int32_t pid, status;
    uint64_t ticks;

    for (pid = PAGE->pid; !process_next(SELF, pid, &pid) && pid;)
        (void)!process_kill(SELF, pid, 9);
    while (!process_wait(SELF, -1, 0, &pid, &status, &ticks))
        ;
}

static int takes_and_stays(void)
{
    touch_all();
    memory_take();
    name_set("has");
    user_idle();
}

static int sleep(uint64_t nanoseconds)
{
    uint64_t left;

    PAGE->blocked = ~0ull;
    PAGE->caught = BIT(ALARM);
    PAGE->signal_entry = 0x400000;
    EXPECT(!process_alarm(SELF, nanoseconds, 0, &left));
    EXPECT(!process_sigwait(SELF, ~BIT(ALARM)));
    return 0;
}

static int starter_looks(void)
{
    name_set("full");
    return sleep(500000000);
}

/* Two of them have what users may have; the starter looks at this one while it sleeps. */
static int quota(void)
{
    int32_t other = user_fork(takes_and_stays);

    EXPECT(other > 0);
    while (!has_name(other, "has"))
        user_yield(10);
    touch_all();
    memory_take();
    EXPECT(fork_until() == RPC_QUOTA);
    EXPECT(spawn_until() == RPC_QUOTA);
    EXPECT(user_exec(PATH, "8") == RPC_QUOTA);
    EXPECT(starter_looks() == 0);
    children_end();
    return 0;
}

const struct user_case user_errors[] = {
    {"denied", denied},     {"terminals", terminals}, {"executed", executed},
    {"naps", naps},         {"cancelled", cancelled}, {"busy", busy},
    {"too-many", too_many}, {"quota", quota},         {NULL, NULL},
};
