/* SPDX-License-Identifier: BSD-2-Clause */
/* Beginning, changing, ending, waiting. */

#include <stddef.h>

#include "libsys/handle.h"
#include "libsys/invoke.h"
#include "libsys/memory_client.h"
#include "libsys/string.h"
#include "libsys/trace_client.h"
#include "tests/guest/user/user.h"

#define EXITED(code) ((code) << 8)
#define SIGCHLD_BIT (1ull << 19)

static int nothing(void)
{
    return 0;
}

static int page_says(void)
{
    const struct process_page *page = PAGE;

    EXPECT(page->pid > 0 && page->session > 0 && page->group > 0);
    EXPECT(page->table_slots == PROCESS_TABLE_SLOTS && page->thread_count == 1);
    EXPECT(page->image_low == 0x400000 && page->image_high > page->image_low);
    EXPECT((uint64_t)&page < page->stack_high && (uint64_t)&page > page->stack_low);
    EXPECT(page->random[0] != page->random[1] && page->tsc_khz > 0);
    return 0;
}

static int spawn_waits(void)
{
    err_t error;
    int32_t first = user_spawn(PATH, "3", &error), second = user_spawn(PATH, "4", &error);

    EXPECT(first > 0 && second > first);
    EXPECT(user_wait(second) == EXITED(4));
    EXPECT(user_wait(-1) == EXITED(3));
    return 0;
}

static int spawn_errors(void)
{
    err_t error;

    EXPECT(!user_spawn("/bin/none", "0", &error) && error == RPC_NOT_FOUND);
    EXPECT(!user_spawn("/etc", "0", &error) && error != 0);
    EXPECT(!user_spawn("/bin/text", "0", &error) && error == PROCESS_ERROR_BAD_PROGRAM);
    EXPECT(!user_spawn("/bin/empty", "0", &error) && error == PROCESS_ERROR_BAD_PROGRAM);
    EXPECT(!user_spawn("/bin/cut", "0", &error) && error == PROCESS_ERROR_BAD_PROGRAM);
    EXPECT(!user_spawn("/bin/deep", "0", &error) && error == PROCESS_ERROR_TOO_DEEP);
    EXPECT(!user_spawn("/etc/secret", "0", &error) && error == RPC_DENIED);
    return 0;
}

static int spawn_arguments(void)
{
    int32_t pid = 0;

    EXPECT(process_spawn(&user_client, 0, 0, 0, PATH, "", 0, 0x1000, 64, &pid) != 0);
    EXPECT(process_spawn(&user_client, 0, 0, 0, PATH, "", 0, 0x400000, 3, &pid) == RPC_MALFORMED);
    EXPECT(process_spawn(&user_client, 0, 0, 0, PATH, "", 0, 0x400000, PROCESS_ARGUMENTS_MAX + 1,
                         &pid) == RPC_TOO_LARGE);
    EXPECT(process_spawn(&user_client, SPAWN_SET_GROUP, 12345, 0, PATH, "", 0, 0x400000, 64,
                         &pid) == PROCESS_ERROR_LEADER);
    return 0;
}

static int script(void)
{
    err_t error;
    int32_t pid = user_spawn("/bin/script", "5", &error);

    EXPECT(pid > 0);
    EXPECT(user_wait(pid) == EXITED(5));
    return 0;
}

static volatile int shared = 1;

static int child_changes(void)
{
    shared = 2;
    return shared + 4;
}

static int fork_copies(void)
{
    int32_t pid = user_fork(child_changes);

    EXPECT(pid > 0);
    EXPECT(user_wait(pid) == EXITED(6));
    EXPECT(shared == 1);
    return 0;
}

static int child_execs(void)
{
    (void)!user_exec(PATH, "7");
    return 1;
}

static int exec_becomes(void)
{
    int32_t pid = user_fork(child_execs);

    EXPECT(pid > 0);
    EXPECT(user_wait(pid) == EXITED(7));
    EXPECT(user_exec("/bin/none", "7") == RPC_NOT_FOUND);
    EXPECT(user_exec("/bin/text", "7") == PROCESS_ERROR_BAD_PROGRAM);
    return 0;
}

static int wait_errors(void)
{
    int32_t pid = 0, status;
    uint64_t ticks;

    EXPECT(process_wait(SELF, -1, 0, &pid, &status, &ticks) == PROCESS_ERROR_NO_CHILD);
    int32_t child = user_fork(nothing);
    EXPECT(child > 0);
    EXPECT(process_wait(SELF, child + 1, 0, &pid, &status, &ticks) == PROCESS_ERROR_NO_CHILD);
    EXPECT(process_wait(SELF, -12345, 0, &pid, &status, &ticks) == PROCESS_ERROR_NO_CHILD);
    EXPECT(user_wait(0) == EXITED(0));
    return 0;
}

static int sleeper(void)
{
    user_idle();
}

static int wait_no_hang(void)
{
    int32_t pid = 1, status, child = user_fork(sleeper);
    uint64_t ticks;

    EXPECT(child > 0);
    EXPECT(!process_wait(SELF, -1, WAIT_NO_HANG, &pid, &status, &ticks) && pid == 0);
    EXPECT(!process_kill(SELF, child, 9));
    EXPECT(user_wait(child) == 9);
    return 0;
}

/* Nobody is to wait for them. */
static int ignored_children(void)
{
    int32_t pid, status;
    uint64_t ticks;

    PAGE->ignored = SIGCHLD_BIT;
    for (int i = 0; i < 5; i++)
        EXPECT(user_fork(nothing) > 0);
    EXPECT(process_wait(SELF, -1, 0, &pid, &status, &ticks) == PROCESS_ERROR_NO_CHILD);
    EXPECT(user_fork(nothing) > 0);
    do
        user_yield(1);
    while (!process_wait(SELF, -1, WAIT_NO_HANG, &pid, &status, &ticks));
    return 0;
}

static int leaves_child(void)
{
    return user_fork(sleeper) > 0 ? 0 : 1;
}

/* The first process takes an orphan. */
static int orphan(void)
{
    struct process_info info;
    int32_t child = user_fork(leaves_child), pid = 0;

    EXPECT(child > 0 && user_wait(child) == 0);
    EXPECT(!process_next(SELF, child, &pid) && pid > child);
    EXPECT(!process_info(&user_client, pid, &info) && info.parent != child);
    EXPECT(!process_kill(SELF, pid, 9));
    return 0;
}

static int informs(void)
{
    struct process_info info;
    int32_t pid = 0;

    EXPECT(!process_info(&user_client, 0, &info));
    EXPECT(info.pid == PAGE->pid && info.threads == 1 && info.state == PROCESS_RUNNING);
    EXPECT(info.memory > 0 && string_equal((const char *)&info.name0, "user"));
    EXPECT(!process_set_name(&user_client, "other"));
    EXPECT(!process_info(&user_client, PAGE->pid, &info));
    EXPECT(string_equal((const char *)&info.name0, "other"));
    EXPECT(process_info(&user_client, 30000, &info) == PROCESS_ERROR_NO_PROCESS);
    EXPECT(!process_next(SELF, PAGE->pid - 1, &pid) && pid == PAGE->pid);
    EXPECT(!process_next(SELF, 32000, &pid) && pid == 0);
    return 0;
}

static int new_session(void)
{
    int32_t session = 0;

    EXPECT(!process_set_session(SELF, &session) && session == PAGE->pid);
    EXPECT(PAGE->group == session && PAGE->session == session && PAGE->terminal == 0);
    EXPECT(process_set_session(SELF, &session) == PROCESS_ERROR_LEADER);
    EXPECT(process_set_group(SELF, 0, 0) == PROCESS_ERROR_LEADER);
    EXPECT(process_set_terminal(SELF, 100) == RPC_OUT_OF_RANGE);
    return 0;
}

static int groups(void)
{
    int32_t session, child = user_fork(sleeper), other = user_fork(new_session);

    EXPECT(child > 0 && other > 0 && user_wait(other) == 0);
    EXPECT(process_set_group(SELF, child, 12345) == PROCESS_ERROR_LEADER);
    EXPECT(!process_set_group(SELF, child, child));
    EXPECT(process_set_group(SELF, 30000, 0) == PROCESS_ERROR_NO_PROCESS);
    EXPECT(!process_kill(SELF, -child, 9));
    EXPECT(user_wait(-child) == 9);
    EXPECT(process_kill(SELF, -child, 9) == PROCESS_ERROR_NO_PROCESS);
    (void)!process_set_session(SELF, &session);
    return 0;
}

/* Namespace 0 is the system's, 1 the users'; nobody publishes. */
static bool finds_in(uint32_t namespace)
{
    struct cap_description what;

    return !inspect(PROCESS_CAP(NAME), &what) && what.type == OBJECT_ENDPOINT &&
           what.badge == handle_badge(2, 1, namespace);
}

static int plain_user_child(void)
{
    EXPECT(PAGE->user == 1000 && finds_in(1));
    return 0;
}

static int plain_user(void)
{
    EXPECT(finds_in(0));
    EXPECT(!process_set_user(SELF, 1000, 1000) && PAGE->user == 1000);
    EXPECT(finds_in(1));
    int32_t child = user_fork(plain_user_child);
    EXPECT(child > 0 && user_wait(child) == 0);
    EXPECT(process_set_user(SELF, 0, 0) == RPC_DENIED);
    EXPECT(process_kill(SELF, PAGE->parent, 9) == RPC_DENIED);
    EXPECT(!process_set_priority(SELF, 0, 5));
    EXPECT(process_set_priority(SELF, 0, 4) == RPC_DENIED);
    EXPECT(process_set_priority(SELF, 0, 20) == RPC_OUT_OF_RANGE);
    return 0;
}

static int users(void)
{
    int32_t child = user_fork(plain_user);

    EXPECT(child > 0 && user_wait(child) == 0);
    return 0;
}

/* A process's own handle says nothing over others' threads and memory, nor over its own. */
static int debugging(void)
{
    const cap_t event = PROCESS_CAP(NOTIFICATION);
    struct trace_event news;
    uint64_t registers[REGISTER_COUNT];
    uint8_t byte = 0;
    uint32_t thread, size;

    EXPECT(trace_attach(&user_client, PAGE->parent, event) == RPC_DENIED);
    EXPECT(trace_attach(&user_client, PAGE->pid, event) == RPC_DENIED);
    EXPECT(trace_await(&user_client, "user", event) == RPC_DENIED);
    EXPECT(trace_state(SELF, &news) == RPC_DENIED && trace_thread(SELF, 0, &thread) == RPC_DENIED);
    EXPECT(trace_read(&user_client, 0x400000, 1, &byte, 1, &size) == RPC_DENIED);
    EXPECT(trace_write(&user_client, 0x400000, &byte, 1) == RPC_DENIED);
    EXPECT(trace_insert(SELF, 0x400000) == RPC_DENIED && trace_halt(SELF) == RPC_DENIED);
    EXPECT(trace_resume(SELF, 0, 0) == RPC_DENIED && trace_kill(SELF) == RPC_DENIED);
    EXPECT(trace_detach(SELF) == RPC_DENIED && trace_remove(SELF, 0x400000) == RPC_DENIED);
    EXPECT(trace_registers(&user_client, 0, registers, sizeof(registers), &size) == RPC_DENIED);
    EXPECT(trace_set_register(SELF, 0, 0, 0) == RPC_DENIED);
    return 0;
}

/* Until a debugger writes that word. */
static int traced(void)
{
    const volatile uint32_t *word = &PAGE->reserved;

    while (*word == 0)
        ;
    return 0;
}

/* As many as it can: the one too many gets an error, and all goes on. */
static int bomb(void)
{
    int32_t pid, status, count = 0;
    uint64_t ticks;
    err_t error;

    while (user_fork(sleeper) > 0)
        count++;
    EXPECT(count > 20);
    if (user_fork_error == PROCESS_ERROR_TOO_MANY)
        EXPECT(!user_spawn(PATH, "2", &error) && error == PROCESS_ERROR_TOO_MANY);
    for (pid = PAGE->pid; !process_next(SELF, pid, &pid) && pid;)
        EXPECT(!process_kill(SELF, pid, 9));
    for (; count > 0; count--)
        EXPECT(!process_wait(SELF, -1, 0, &pid, &status, &ticks) && status == 9);
    pid = user_spawn(PATH, "2", &error);
    EXPECT(pid > 0 && user_wait(pid) == EXITED(2));
    return 0;
}

/* ---- Many stopped processes, each kept only by the one before -------------------------------- */

#define CHAIN 505
#define SIGSTOP 17

static unsigned links = CHAIN;

static int chain(void)
{
    int32_t group = process_set_group(SELF, 0, 0) ? 0 : PAGE->group;

    if (group != PAGE->pid || (--links > 0 && user_fork(chain) <= 0))
        return 1;
    (void)!process_kill(SELF, PAGE->pid, SIGSTOP);
    user_idle();
}

static unsigned stopped_count(void)
{
    struct process_info info;
    unsigned count = 0;

    for (int32_t pid = PAGE->pid; !process_next(SELF, pid, &pid) && pid;)
        count += !process_info(&user_client, pid, &info) && info.state == PROCESS_STOPPED;
    return count;
}

/* With the first ends the hold on the second's group: it gets SIGHUP, and so on to the last. */
static int orphans(void)
{
    int32_t pid, status = 0, first = user_fork(chain);
    unsigned hung_up = 0, tries = 0;
    uint64_t ticks;

    EXPECT(first > 0);
    while (stopped_count() < CHAIN && tries++ < 10000)
        user_yield(10);
    EXPECT(stopped_count() == CHAIN);
    EXPECT(!process_kill(SELF, first, 9) && user_wait(first) == 9);
    while (!process_wait(SELF, -1, 0, &pid, &status, &ticks))
        hung_up += status == 1;
    EXPECT(hung_up == CHAIN - 1);
    return 0;
}

#define PIECE (1ull << 20)

/* Memory until there is no more: an error first, then the end of who touches what isn't there. */
static int takes_memory(void)
{
    uint64_t address, last = 0;
    uint32_t count = 0;

    EXPECT(!memory_map_anonymous(PROCESS_CAP(MEMORY), 0, 2 * PIECE, MEMORY_READ | MEMORY_WRITE,
                                 &last));
    while (!memory_map_anonymous(PROCESS_CAP(MEMORY), 0, PIECE,
                                 MEMORY_READ | MEMORY_WRITE | MEMORY_POPULATE, &address))
        count++;
    EXPECT(count > 16);
    for (uint64_t i = 0; i < 2 * PIECE; i += 4096)
        *(volatile char *)(last + i) = 1;
    return 0;
}

static int hog(void)
{
    int32_t child = user_fork(takes_memory);
    err_t error;

    EXPECT(child > 0 && user_wait(child) == 9);
    child = user_spawn(PATH, "2", &error);
    EXPECT(child > 0 && user_wait(child) == EXITED(2));
    return 0;
}

/* Again and again: what one leaves behind would be missed. */
static int many(void)
{
    err_t error;

    for (int i = 0; i < 300; i++) {
        int32_t pid = i % 3 ? user_fork(nothing) : user_spawn(PATH, "0", &error);
        EXPECT(pid > 0 && user_wait(pid) == 0);
    }
    return 0;
}

/* Makes processes of each kind until it's killed. */
static int busy(void)
{
    err_t error;

    for (;;) {
        (void)user_wait(user_spawn(PATH, "0", &error));
        (void)user_wait(user_fork(child_execs));
        (void)!process_fork(SELF, 0, ~0ull, 0, &(int32_t){0}); /* refused at the last step */
    }
    return 0;
}

/* It's killed after other times each: whatever it was at, nothing of it stays. */
static int steps(void)
{
    for (unsigned i = 0; i < 120; i++) {
        int32_t child = user_fork(busy);
        EXPECT(child > 0);
        user_yield(1 + i % 40);
        EXPECT(!process_kill(SELF, child, 9) && user_wait(child) == 9);
    }
    return 0;
}

const struct user_case user_life[] = {
    {"page", page_says},
    {"spawn", spawn_waits},
    {"spawn-errors", spawn_errors},
    {"arguments", spawn_arguments},
    {"script", script},
    {"fork", fork_copies},
    {"exec", exec_becomes},
    {"wait-errors", wait_errors},
    {"no-hang", wait_no_hang},
    {"ignored", ignored_children},
    {"orphan", orphan},
    {"info", informs},
    {"groups", groups},
    {"users", users},
    {"debugging", debugging},
    {"traced", traced},
    {"bomb", bomb},
    {"orphans", orphans},
    {"hog", hog},
    {"steps", steps},
    {"many", many},
    {NULL, NULL},
};
