/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process server with memory refused: each operation that needs any, with the first thing that
 * it asks for refused, then the second, and so on until it comes to its end without, that one
 * alone and with all after it; and with fewer slots in its table than it needs. It fails with an
 * error of memory, and all is as it was before, however often; it succeeds when there is memory
 * again, and after that nothing is lost. Each time in a process of its own, so that all is new to
 * the server, or used once, as wanted.
 *
 * sources: servers/process/alarm.c servers/process/arguments.c servers/process/arguments_compose.c
 * sources: servers/process/build.c servers/process/deliver.c servers/process/end.c
 * sources: servers/process/exec.c servers/process/fault.c servers/process/fork.c
 * sources: servers/process/image.c servers/process/info.c servers/process/job.c
 * sources: servers/process/kill.c servers/process/load.c servers/process/pool.c
 * sources: servers/process/report.c servers/process/serve.c servers/process/server.c
 * sources: servers/process/shortage.c servers/process/signal.c servers/process/spawn.c
 * sources: servers/process/symbol.c servers/process/symbol_search.c servers/process/table.c
 * sources: servers/process/terminal.c servers/process/thread.c servers/process/wait.c
 * sources: servers/process/trace.c servers/process/trace_memory.c
 * sources: servers/process/trace_serve.c servers/process/wall.c libsys/elf.c libsys/memory.c
 * sources: libsys/rpc_client.c
 * sources: libsys/rpc_names.c libsys/names.c libsys/rpc_server.c libsys/slots.c
 * sources: kernel/lib/format.c tests/host/process/kernel.c tests/host/process/servers.c
 */

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libsys/invoke.h"
#include "libsys/log.h"
#include "libsys/process_client.h"
#include "libsys/rpc_error.h"
#include "servers/process/build.h"
#include "servers/process/life.h"
#include "servers/process/signal.h"
#include "tests/host/process/servers.h"

#define POOL_BITS 14 /* little: the server must get more */
#define TIMES 4      /* an operation is tried in vain */
#define FILES 2      /* open in the first process */

static struct process *session;
static int32_t child; /* that the operation made */
static uint32_t thread_number;

/* ---- What the server's files call besides ---------------------------------------------------- */

void log_write(enum log_level level, const char *format, ...)
{
    (void)level, (void)format;
}

void log_failure(const char *what, err_t error)
{
    (void)what, (void)error;
}

/* ---- What there is --------------------------------------------------------------------------- */

/* Nothing of that stays when an operation fails. */
struct live {
    uint32_t processes, spaces, clients, threads, tables, times, notifications, replies, endpoints;
};

static struct live live_look(void)
{
    struct host_servers servers = host_servers_look();

    return (struct live){
        .processes = processes.count,
        .spaces = servers.spaces - servers.empty,
        .clients = servers.clients,
        .threads = host_count(OBJECT_THREAD),
        .tables = host_count(OBJECT_CNODE),
        .times = host_count(OBJECT_SCHED_CONTEXT),
        .notifications = host_count(OBJECT_NOTIFICATION),
        .replies = host_count(OBJECT_REPLY),
        .endpoints = host_count(OBJECT_ENDPOINT),
    };
}

/*
 * And what is kept for the next is as much as if nothing had failed; but for pieces of memory,
 * which may be fewer where they couldn't be cut.
 */
struct kept {
    struct live live;
    uint32_t frames, spaces, maps, slots_taken, slots_full; /* slots but for Untypeds' */
    uint32_t untypeds;
};

static bool slot_is_taken(uint32_t slot)
{
    return own.slots.used[slot / 64] >> slot % 64 & 1;
}

static struct kept kept_look(void)
{
    struct host_servers servers = host_servers_look();
    struct kept kept = {
        .live = live_look(),
        .frames = host_count(OBJECT_FRAME),
        .spaces = servers.spaces,
        .maps = servers.maps,
    };

    for (uint32_t i = HOST_SLOT_FREE; i < HOST_SLOTS; i++) {
        kept.slots_taken += slot_is_taken(i);
        kept.slots_full += !host_is_empty(i);
        host_require(slot_is_taken(i) || host_is_empty(i), "a free slot is empty");
    }
    kept.untypeds = host_count(OBJECT_UNTYPED);
    kept.slots_taken -= kept.untypeds;
    kept.slots_full -= kept.untypeds;
    host_require(kept.maps <= 1, "only the room for arguments stays mapped");
    return kept;
}

/* ---- The operations -------------------------------------------------------------------------- */

static const struct rpc_context client_context = {.buffer = &host_client_buffer};

static struct rpc_client client_of(const struct process *process)
{
    host_calling = process->first.thread;
    return (struct rpc_client){HOST_PROCESS(process->index), &client_context};
}

static err_t start(uint32_t terminal, cap_t event)
{
    static const struct process_arguments none = {.bytes = sizeof(none)};
    const struct rpc_client starter = {HOST_STARTER, &client_context};

    return process_start(&starter, terminal, "/bin/program", &none, sizeof(none), event, &child);
}

static err_t start_plain(void)
{
    return start(0, 0);
}

static err_t start_at_terminal(void)
{
    return start(1, HOST_CAP(NOTIFICATION));
}

static void started_end(void)
{
    int32_t status = 0;

    host_require(process_exit(HOST_PROCESS(table_find(child)->index), 7) == 0 &&
                     process_ended(HOST_STARTER, child, &status) == 0 && status == STATUS_EXITED(7),
                 "the end of what was started");
}

static err_t spawn(const char *path)
{
    static const uint8_t files[] = {0, 1, PROCESS_NO_FILE};
    struct rpc_client client = client_of(session);

    return process_spawn(&client, SPAWN_SET_GROUP, 0, 0, path, files, sizeof(files), 0x5000,
                         sizeof(struct process_arguments), &child);
}

static err_t spawn_program(void)
{
    return spawn("/bin/program");
}

static err_t spawn_own(void)
{
    return spawn("/bin/own");
}

static err_t spawn_script(void)
{
    return spawn("/bin/script");
}

static err_t spawn_own_script(void)
{
    return spawn("/bin/own-script");
}

static err_t fork_it(void)
{
    return process_fork(client_of(session).cap, 0x400010, 0x70000000, 0x70001000, &child);
}

static void child_end(void)
{
    uint64_t ticks;
    int32_t pid = 0, status = 0;

    host_require(process_exit(HOST_PROCESS(table_find(child)->index), 7) == 0 &&
                     process_wait(HOST_PROCESS(session->index), child, WAIT_NO_HANG, &pid, &status,
                                  &ticks) == 0 &&
                     pid == child && status == STATUS_EXITED(7),
                 "the end of a child");
}

/* A process that its parent never waits for, and one that doesn't want to know. */
static err_t ignored(void)
{
    process_page_of(session)->ignored = SIGNAL_BIT(SIGNAL_CHLD);
    err_t error = fork_it();
    if (!error)
        host_require(process_exit(HOST_PROCESS(table_find(child)->index), 7) == 0 &&
                         !table_find(child),
                     "the end of a child that nobody asks for");
    return error;
}

static err_t exec(const char *path)
{
    struct rpc_client client = client_of(session);
    err_t error = process_exec(&client, path, NULL, 0, 0x5000, sizeof(struct process_arguments));

    host_require(session->life == LIFE_RUNNING, "who calls exec in vain lives on");
    return error;
}

static err_t exec_program(void)
{
    return exec("/bin/program");
}

static err_t exec_own(void)
{
    return exec("/bin/own");
}

static err_t exec_own_script(void)
{
    return exec("/bin/own-script");
}

static err_t new_thread(void)
{
    uint32_t slots;

    return process_thread_create(client_of(session).cap, 0x400010, 0x70000000, 0, 0, &thread_number,
                                 &slots);
}

static err_t new_server(void)
{
    struct rpc_client client = client_of(session);
    uint32_t slots;
    err_t error = process_server_create(&client, 0x400010, 0x70000000, 0, 0, &thread_number, &slots,
                                        HOST_CAP(RECEIVED));

    if (!error)
        host_delete(host_cap(HOST_CAP(RECEIVED)));
    return error;
}

static void new_thread_end(void)
{
    int32_t pid;

    host_require(process_thread_exit(HOST_PROCESS(session->index), thread_number, 0) == 0 &&
                     process_next(HOST_PROCESS(session->index), 0, &pid) == 0,
                 "a thread's end");
}

/* The answer lies in registers that this kernel doesn't have: so its result isn't looked at. */
static err_t grow(void)
{
    uint32_t slots;

    return process_grow_table(client_of(session).cap, &slots);
}

static void nothing(void)
{
}

static const struct trial {
    const char *name;
    err_t (*run)(void);
    void (*undo)(void);
    bool tight; /* page tables are few */
} trials[] = {
    {"start", start_plain, started_end, false},
    {"start at a terminal", start_at_terminal, started_end, false},
    {"spawn", spawn_program, child_end, false},
    {"spawn with few page tables", spawn_program, child_end, true},
    {"spawn of a file with its own object", spawn_own, child_end, false},
    {"spawn of a script", spawn_script, child_end, false},
    {"spawn of another's script", spawn_own_script, child_end, false},
    {"fork", fork_it, child_end, false},
    {"fork with few page tables", fork_it, child_end, true},
    {"a child that isn't waited for", ignored, nothing, false},
    {"exec", exec_program, nothing, false},
    {"exec with few page tables", exec_program, nothing, true},
    {"exec of a file with its own object", exec_own, nothing, false},
    {"exec of another's script", exec_own_script, nothing, false},
    {"a thread", new_thread, new_thread_end, false},
    {"a thread that serves", new_server, new_thread_end, false},
    {"a larger table", grow, nothing, false},
};

/* ---- One attempt ----------------------------------------------------------------------------- */

static void world_begin(void)
{
    static uint64_t bitmap[SLOTS_WORDS(HOST_SLOTS)];
    static struct message_buffer buffer;
    static struct rpc_context context = {.buffer = &buffer};

    host_kernel_init(POOL_BITS);
    slots_init(&own.slots, bitmap, HOST_SLOT_FREE, HOST_SLOTS);
    own.cnode = HOST_CAP(CNODE);
    own.vspace = HOST_CAP(VSPACE);
    own.self = HOST_CAP(SELF);
    own.cpu = HOST_CAP(CPU);
    own.name = own.user_name = HOST_CAP(NAME);
    own.module = HOST_CAP(MODULE);
    own.empty = HOST_CAP(EMPTY);
    own.notification = HOST_CAP(NOTIFICATION);
    own.thread_bits = 11;
    own.endpoint_bits = 7;
    own.memory = (struct rpc_client){HOST_CAP(MEMORY), &context};
    own.authority = own.memory;
    own.vfs = (struct rpc_client){HOST_CAP(VFS), &context};
    own.rpc = (struct rpc_server){
        .buffer = &buffer, .slots = &own.slots, .cnode = own.cnode, .endpoint = own.self};
    table_init();
    random_begin();
    host_require(rpc_server_init(&own.rpc) == 0 && pool_begin(HOST_CAP(POOL)) == 0, "a server");
    host_require(start_plain() == 0, "a first process");
    session = table_find(child);
    for (uint32_t i = 0; i < FILES; i++) {
        process_page_of(session)->descriptor_flags[i] = PROCESS_DESCRIPTOR_OPEN;
        host_require(cnode_copy(row_cap(session, ROW_CNODE), PROCESS_SLOT_FILE + i, HOST_CAP(NAME),
                                RIGHT_ALL) == 0,
                     "files");
    }
}

/* How an attempt went: the status of its process, which is 1 where something is wrong. */
enum outcome { WRONG = 1, FAILED, SUCCEEDED, NOT_REFUSED };

static struct kept *expected; /* in the end, when nothing was refused */
static const struct trial *trial;

static void wrong(const char *what)
{
    printf("not ok process: %s: %s\n", trial->name, what);
    exit(WRONG);
}

/* All figures are 32-bit. */
static void check_same(const char *when, const void *now, const void *before, size_t bytes)
{
    const uint32_t *is = now, *was = before;

    for (size_t i = 0; i < bytes / sizeof(*is); i++) {
        if (is[i] == was[i])
            continue;
        printf("figure %zu is %u, not %u\n", i, is[i], was[i]);
        wrong(when);
    }
}

static void check_error(err_t error)
{
    if (error == RPC_NO_MEMORY || error == RPC_QUOTA || error == PROCESS_ERROR_TOO_MANY)
        return;
    printf("%s\n", rpc_error_name(error));
    wrong("an error that isn't one of memory");
}

/* Once, with what is refused; whether it comes to its end all the same. */
static enum outcome run_refused(uint32_t number, bool lasting, uint32_t slots)
{
    static uint32_t taken[HOST_SLOTS], count;
    const struct live before = live_look();

    while (slots && own.slots.free > slots)
        taken[count++] = slots_take(&own.slots, 1);
    host_refuse(number, lasting);
    err_t error = trial->run();
    bool refused = host_is_refused();
    host_refuse(0, false);
    while (count > 0)
        slots_give(&own.slots, taken[--count], 1);
    if (!error)
        return refused ? SUCCEEDED : NOT_REFUSED;
    check_error(error);
    const struct live now = live_look();
    check_same("after an error", &now, &before, sizeof(now));
    return FAILED;
}

/* The n-th thing refused, `lasting`: and all after it; or so many slots left; 0: neither. */
static enum outcome attempt(bool again, uint32_t number, bool lasting, uint32_t slots)
{
    host_tight_tables = trial->tight;
    if (again && trial->run())
        wrong("it fails with nothing refused");
    if (again)
        trial->undo();
    enum outcome outcome = run_refused(number, lasting, slots), last = outcome;
    for (unsigned i = 1; i < TIMES && last == FAILED; i++)
        last = run_refused(number, lasting, slots);
    if (last == FAILED && trial->run())
        wrong("it fails where nothing is refused any more");
    trial->undo();
    const struct kept kept = kept_look();
    if (!number && !slots)
        *expected = kept;
    check_same("in the end", &kept, expected, offsetof(struct kept, untypeds));
    /* Each time one, if there was a mistake; what was cut otherwise once makes a few more. */
    if (kept.untypeds >= expected->untypeds + TIMES)
        wrong("a piece of memory is lost");
    return outcome;
}

/* The same in a process of its own. */
static enum outcome attempt_apart(bool again, uint32_t number, bool lasting, uint32_t slots)
{
    int status = 0;
    fflush(stdout);
    pid_t pid = fork();

    if (pid == 0)
        _exit(attempt(again, number, lasting, slots)); /* with no look for what malloc has given */
    if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) <= WRONG) {
        printf("%s, %u refused%s, %u slots: ", again ? "again" : "first", number,
               lasting ? " and all after it" : "", slots);
        wrong("its process ends by a mistake");
    }
    return (enum outcome)WEXITSTATUS(status);
}

/* Until it asks for no more than what wasn't refused; how often something was. */
static uint32_t refuse_each(bool again)
{
    uint32_t number = 1;

    if (attempt_apart(again, 0, false, 0) != NOT_REFUSED)
        wrong("it fails with nothing refused");
    while (attempt_apart(again, number, false, 0) != NOT_REFUSED)
        (void)attempt_apart(again, number++, true, 0);
    return number - 1;
}

/* As many slots as it needs are needed, and no more. */
static uint32_t leave_few_slots(bool again)
{
    uint32_t slots = 1;

    while (attempt_apart(again, 0, false, slots) == FAILED)
        slots++;
    return slots;
}

int main(void)
{
    expected =
        mmap(NULL, sizeof(*expected), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    world_begin();
    for (unsigned i = 0; i < sizeof(trials) / sizeof(trials[0]); i++) {
        trial = &trials[i];
        uint32_t first = refuse_each(false), first_slots = leave_few_slots(false);
        uint32_t again = refuse_each(true), again_slots = leave_few_slots(true);
        printf("ok process: %s: %u refusals, %u slots; again: %u, %u\n", trial->name, first,
               first_slots, again, again_slots);
    }
    return 0;
}
