/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A user's program that tests the process server from within: its first argument says what it does.
 * A case returns 0 if all was right, else the number of the line that wasn't; the parent sees
 * whether it's 0, and the log has the line.
 */
#ifndef TESTS_GUEST_USER_USER_H
#define TESTS_GUEST_USER_USER_H

#include <stdbool.h>
#include <stddef.h>

#include "libsys/process.h"
#include "libsys/process_client.h"

#define PAGE ((struct process_page *)PROCESS_PAGE_ADDRESS)
#define SELF PROCESS_CAP(PROCESS)
#define PATH "/bin/user"

extern const struct rpc_client user_client;

#define EXPECT(condition)    \
    do {                     \
        if (!(condition))    \
            return __LINE__; \
    } while (0)

/* A child that runs `body` and exits with what it returns; 0: none could be made, and why. */
int32_t user_fork(int (*body)(void));
extern err_t user_fork_error;

/* This program again, as a child, with these arguments; 0 and the error: it couldn't be. */
int32_t user_spawn(const char *path, const char *what, err_t *error);
err_t user_exec(const char *path, const char *what);

/* Its status when it has ended; or what went wrong. */
int32_t user_wait(int32_t pid);

/* Wait for ever, without using time. */
_Noreturn void user_idle(void);
int user_idle_body(void);
_Noreturn void user_exit(int status);

/* Have signals go to user_signalled, which calls this. */
extern void (*user_handler)(void);
void user_catch(int signal, void (*handler)(void));

/* Let so many others run. */
void user_yield(unsigned times);

/* Each: 0, or a line. */
struct user_case {
    const char *name;
    int (*run)(void);
};
extern const struct user_case user_life[], user_signals[], user_threads[], user_costs[],
    user_shortage[], user_errors[];

#endif
