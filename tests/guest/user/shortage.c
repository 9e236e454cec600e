/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All kinds of processes made where hardly any memory is left: each begins and ends as it should,
 * or is refused with an error that says so, or is killed when it touches what can't be had.
 */

#include "tests/guest/user/user.h"

#define EXITED(code) ((code) << 8)
#define KILLED 9
#define REFUSED 40 /* what a child exits with that was refused something */
#define WRONG 41
#define STACK_BYTES 4096

static _Alignas(16) char stack[STACK_BYTES];

static bool is_of_memory(err_t error)
{
    return error == RPC_NO_MEMORY || error == RPC_QUOTA || error == PROCESS_ERROR_TOO_MANY;
}

/* A child, or none for that reason; it ends by itself with that code, or is killed. */
static bool is_clean(int32_t pid, err_t error, int code)
{
    if (pid <= 0)
        return is_of_memory(error);
    int32_t status = user_wait(pid);
    return status == EXITED(code) || status == EXITED(REFUSED) || status == KILLED;
}

static int nothing(void)
{
    return 0;
}

static int execs(void)
{
    return is_of_memory(user_exec(PATH, "6")) ? REFUSED : WRONG;
}

static int execs_script(void)
{
    return is_of_memory(user_exec("/bin/script", "6")) ? REFUSED : WRONG;
}

static void thread_body(uint64_t number)
{
    (void)!process_thread_exit(SELF, (uint32_t)number, 0);
}

static int makes_thread(void)
{
    uint32_t number = 0, slots;
    err_t error = process_thread_create(SELF, (uint64_t)thread_body,
                                        (uint64_t)stack + STACK_BYTES - 8, 0, 1, &number, &slots);

    if (error)
        return is_of_memory(error) ? REFUSED : WRONG;
    return process_thread_join(SELF, number) ? WRONG : 0;
}

static int grows(void)
{
    uint32_t slots = 0;
    err_t error = process_grow_table(SELF, &slots);

    if (error)
        return is_of_memory(error) ? REFUSED : WRONG;
    return slots == 2 * PROCESS_TABLE_SLOTS ? 0 : WRONG;
}

static int squeezed(void)
{
    static const struct {
        int (*body)(void);
        int code;
    } forks[] = {{nothing, 0}, {execs, 6}, {execs_script, 6}, {makes_thread, 0}, {grows, 0}};
    err_t error = 0;
    int32_t pid = user_spawn(PATH, "2", &error);

    EXPECT(is_clean(pid, error, 2));
    pid = user_spawn("/bin/script", "3", &error);
    EXPECT(is_clean(pid, error, 3));
    for (unsigned i = 0; i < sizeof(forks) / sizeof(forks[0]); i++) {
        pid = user_fork(forks[i].body);
        EXPECT(is_clean(pid, user_fork_error, forks[i].code));
    }
    return 0;
}

static void thread_idles(uint64_t argument)
{
    (void)argument;
    user_idle();
}

/* Threads, of both kinds, and a larger table: until there's no memory for them. */
static int used_up(void)
{
    static _Alignas(16) char stacks[PROCESS_THREADS_MAX][512];
    uint64_t entry = (uint64_t)thread_idles, top = 0;
    uint32_t number, slots;
    err_t error = 0;

    for (unsigned i = 1; i < PROCESS_THREADS_MAX && !error; i++) {
        top = (uint64_t)stacks[i] + sizeof(stacks[i]) - 8;
        error = process_thread_create(SELF, entry, top, 0, 0, &number, &slots);
    }
    EXPECT(error == RPC_NO_MEMORY);
    EXPECT(process_server_create(&user_client, entry, top, 0, 0, &number, &slots,
                                 PROCESS_CAP(FREE)) == RPC_NO_MEMORY);
    while (!error || error == RPC_NO_MEMORY)
        if ((error = process_grow_table(SELF, &slots)) == RPC_NO_MEMORY)
            return 0;
    return __LINE__;
}

/* As many as there can be, of each kind, until one is refused; nothing of them stays. */
static int crowded(void)
{
    int32_t pid = 0, status;
    uint64_t ticks;
    unsigned count = 0;
    err_t error = 0;

    while (user_fork(user_idle_body) > 0)
        count++;
    EXPECT(count > 0 && is_of_memory(user_fork_error));
    while (user_spawn(PATH, "naps", &error) > 0)
        count++;
    EXPECT(error == RPC_NO_MEMORY);
    EXPECT(is_of_memory(user_exec(PATH, "6")));
    EXPECT(used_up() == 0);
    for (pid = PAGE->pid; !process_next(SELF, pid, &pid) && pid;)
        EXPECT(!process_kill(SELF, pid, KILLED));
    for (; count > 0; count--)
        EXPECT(!process_wait(SELF, -1, 0, &pid, &status, &ticks) && status == KILLED);
    return squeezed();
}

const struct user_case user_shortage[] = {
    {"squeezed", squeezed}, {"crowded", crowded}, {NULL, NULL}};
