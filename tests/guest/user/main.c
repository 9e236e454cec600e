/* SPDX-License-Identifier: BSD-2-Clause */
/* See user.h. */

#include "tests/guest/user/user.h"

#include <stddef.h>

#include "libsys/format.h"
#include "libsys/invoke.h"
#include "libsys/log_client.h"
#include "libsys/rpc_witness.h"
#include "libsys/string.h"

#define STACK_BYTES 8192

static struct rpc_context context = {.buffer =
                                         &((struct process_page *)PROCESS_PAGE_ADDRESS)->buffer};
const struct rpc_client user_client = {SELF, &context};

void user_start(struct process_page *page, const struct process_arguments *given);
void user_signal(void);
void user_signalled(void);

/* For tools/check-answers. */
static void say_answers(void)
{
    struct rpc_client log = {PROCESS_CAP(LOG), &context};
    struct rpc_witnessed next;
    char text[80];

    while (rpc_witness_next(&next)) {
        format_buffer(text, sizeof(text), "answered %s.%s %s", next.interface, next.operation,
                      next.error);
        (void)!log_append(&log, LOG_LEVEL_USER, text);
    }
}

/* ---- Processes ------------------------------------------------------------------------------- */

void user_exit(int status)
{
    for (;;)
        (void)!process_exit(SELF, status);
}

void user_idle(void)
{
    uint64_t flags;

    for (;;)
        (void)!notification_wait(PROCESS_CAP(NOTIFICATION), &flags);
}

int user_idle_body(void)
{
    user_idle();
}

static _Alignas(16) char child_stack[STACK_BYTES];
static int (*child_body)(void);
err_t user_fork_error;

static void child_begin(void)
{
    int status = child_body();

    say_answers();
    user_exit(status);
}

int32_t user_fork(int (*body)(void))
{
    int32_t pid = 0;

    child_body = body;
    uint64_t sp = (uint64_t)child_stack + STACK_BYTES - 8;
    user_fork_error = process_fork(SELF, (uint64_t)child_begin, sp, 0, &pid);
    return user_fork_error ? 0 : pid;
}

static struct {
    struct process_arguments head;
    uint32_t offset[2];
    char text[64];
} arguments;

static void arguments_set(const char *what)
{
    size_t length = strlen(what) + 1;
    const uint32_t texts = offsetof(struct process_arguments, offset) + 2 * sizeof(uint32_t);

    arguments.head.bytes = texts + 5 + (uint32_t)length;
    arguments.head.argument_count = 2;
    arguments.head.environment_count = 0;
    arguments.head.offset[0] = texts;
    arguments.head.offset[1] = texts + 5;
    memcpy((char *)&arguments + texts, "user", 5);
    memcpy((char *)&arguments + texts + 5, what, length);
}

int32_t user_spawn(const char *path, const char *what, err_t *error)
{
    int32_t pid = 0;

    arguments_set(what);
    *error = process_spawn(&user_client, 0, 0, 0, path, "", 0, (uint64_t)&arguments,
                           arguments.head.bytes, &pid);
    return *error ? 0 : pid;
}

err_t user_exec(const char *path, const char *what)
{
    arguments_set(what);
    return process_exec(&user_client, path, "", 0, (uint64_t)&arguments, arguments.head.bytes);
}

int32_t user_wait(int32_t pid)
{
    int32_t ended = 0, status = -1;
    uint64_t ticks;
    err_t error = process_wait(SELF, pid, 0, &ended, &status, &ticks);

    return error || (pid > 0 && ended != pid) ? -2 : status;
}

void user_yield(unsigned times)
{
    while (times-- > 0)
        (void)!sched_context_yield(PROCESS_CAP(TIME));
}

/* ---- Signals --------------------------------------------------------------------------------- */

void (*user_handler)(void);

void user_signalled(void)
{
    PAGE->thread[0].in_trampoline = 0;
    user_handler();
    user_exit(99);
}

void user_catch(int signal, void (*handler)(void))
{
    user_handler = handler;
    PAGE->signal_entry = (uint64_t)user_signal;
    PAGE->caught |= 1ull << (signal - 1);
}

/* ---- Choosing -------------------------------------------------------------------------------- */

static void say_line(const char *name, int line)
{
    struct rpc_client log = {PROCESS_CAP(LOG), &context};
    char text[80];

    format_buffer(text, sizeof(text), "user: %s: line %d is not so", name, line);
    (void)!log_append(&log, 2, text);
}

static void run(const char *name)
{
    static const struct user_case *const all[] = {user_life,  user_signals,  user_threads,
                                                  user_costs, user_shortage, user_errors};

    if (name[0] >= '0' && name[0] <= '9')
        user_exit(name[0] - '0');
    for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        for (const struct user_case *c = all[i]; c->name; c++)
            if (string_equal(c->name, name)) {
                int line = c->run();
                if (line)
                    say_line(name, line);
                say_answers();
                user_exit(line != 0);
            }
    user_exit(98);
}

void user_start(struct process_page *page, const struct process_arguments *given)
{
    if (page != PAGE || given->argument_count < 2)
        user_exit(97);
    run((const char *)given + given->offset[given->argument_count - 1]);
}
