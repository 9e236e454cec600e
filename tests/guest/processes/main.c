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
#include "tests/guest/check.h"

static struct rpc_context context;
static struct rpc_client starter;
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

/* Its status, or -1. */
static int32_t run(const char *path, const char *what)
{
    _Alignas(8) char arguments[140];
    uint32_t bytes = arguments_make(arguments, what);
    int32_t pid = 0, status = -1;
    uint64_t flags;
    err_t error = process_start(&starter, 0, path, arguments, bytes, event, &pid);

    if (error) {
        print("start: %s\n", rpc_error_name(error));
        return -1;
    }
    while (process_ended(starter.cap, pid, &status) == RPC_AGAIN)
        if (notification_wait(event, &flags))
            return -1;
    return status;
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
    CHECK("exit by the starter", process_exit(starter.cap, 0) == RPC_BAD_HANDLE);
    CHECK("console's call by the starter",
          process_terminal_signals(&starter, event, CAP_OF(200)) != 0);
}

static const char *const cases[] = {
    "page",        "spawn",   "spawn-errors", "arguments", "script", "fork",       "exec",
    "wait-errors", "no-hang", "ignored",      "orphan",    "info",   "groups",     "users",
    "ends",        "ignores", "stops",        "raises",    "awaits", "interrupts", "faults",
    "rings",       "joins",   "threads",      "becomes",   "grows",  "pages",      "refuses",
    "many",        "bomb",    "hog",          "orphans",   "steps",  "costs",
};

/* Spaces and objects that there are: those of servers and of files in use. */
static bool memory_look(uint64_t *spaces, uint64_t *objects)
{
    struct memory_status status = {0};
    err_t error = memory_system_status(program_cap("memory"), &status);

    *spaces = status.regions;
    *objects = status.objects;
    return error == 0;
}

int main(const struct program_info *info)
{
    uint64_t spaces, objects, spaces_after, objects_after;

    (void)info;
    context.buffer = program_buffer();
    starter = (struct rpc_client){program_cap("process"), &context};
    event = program_cap("event");
    CHECK("start and exit", run("/bin/user", "7") == 7 << 8);
    starter_errors();
    CHECK("files are known", run("/bin/user", "spawn-errors") == 0);
    /* Some ended processes' spaces are kept for the next: as many as may be, both times. */
    CHECK("many at once", run("/bin/user", "bomb") == 0);
    CHECK("memory", memory_look(&spaces, &objects));
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_report(cases[i], run("/bin/user", cases[i]) == 0, "see the log");
    CHECK("start at the end", run("/bin/user", "0") == 0);
    CHECK("many at once again", run("/bin/user", "bomb") == 0);
    CHECK("nothing stays", memory_look(&spaces_after, &objects_after) && spaces == spaces_after &&
                               objects == objects_after);
    return check_failures;
}
