/* SPDX-License-Identifier: BSD-2-Clause */
/* Further threads, larger tables. */

#include <stddef.h>

#include "libsys/invoke.h"
#include "tests/guest/user/user.h"

#define STACK_BYTES 4096

static _Alignas(16) char stacks[PROCESS_THREADS_MAX][STACK_BYTES];
static volatile uint32_t ran, alive[PROCESS_THREADS_MAX];

static void thread_body(uint64_t argument)
{
    ran += (uint32_t)argument;
    (void)!process_thread_exit(SELF, 1, (uint64_t)&alive[1]);
}

static void thread_stays(uint64_t argument)
{
    (void)argument;
    user_idle();
}

static err_t thread_make(void (*body)(uint64_t), unsigned stack, uint32_t *number)
{
    uint32_t slots = 0;
    uint64_t sp = (uint64_t)stacks[stack] + STACK_BYTES - 8;

    return process_thread_create(SELF, (uint64_t)body, sp, 0, 5, number, &slots);
}

static int joins(void)
{
    uint32_t number = 0;

    alive[1] = 1;
    EXPECT(!thread_make(thread_body, 1, &number) && number == 1);
    EXPECT(!process_thread_join(SELF, number));
    EXPECT(ran == 5 && alive[1] == 0 && PAGE->thread_count == 1);
    EXPECT(!process_thread_join(SELF, number)); /* it's over */
    EXPECT(process_thread_join(SELF, 16) == PROCESS_ERROR_NO_PROCESS);
    EXPECT(process_thread_exit(SELF, 3, 0) == PROCESS_ERROR_NO_PROCESS);
    return 0;
}

static int many(void)
{
    uint32_t number = 0, count = 1;

    while (count < PROCESS_THREADS_MAX && !thread_make(thread_stays, count, &number))
        count++;
    EXPECT(count > 10);
    EXPECT(PAGE->thread_count == count);
    return 0; /* all end with the process */
}

static int execs(void)
{
    uint32_t number;

    if (thread_make(thread_stays, 1, &number))
        return 1;
    (void)!user_exec(PATH, "6");
    return 2;
}

static int becomes(void)
{
    int32_t child = user_fork(execs);

    EXPECT(child > 0 && user_wait(child) == 6 << 8);
    return 0;
}

static int grows(void)
{
    struct cap_description description;
    uint32_t slots = 0;
    int32_t child;

    for (uint32_t expected = 128; expected <= 1024; expected *= 2)
        EXPECT(!process_grow_table(SELF, &slots) && slots == expected);
    EXPECT(PAGE->table_slots == 1024);
    EXPECT(process_grow_table(SELF, &slots) == RPC_TOO_LARGE);
    EXPECT(!cnode_copy(PROCESS_CAP(CNODE), 1023, PROCESS_CAP(TIME), RIGHT_ALL));
    EXPECT(!inspect(CAP_OF(1023), &description));
    EXPECT(description.type == OBJECT_SCHED_CONTEXT);
    child = user_fork(joins); /* with a table as large */
    EXPECT(child > 0 && user_wait(child) == 0);
    return 0;
}

const struct user_case user_threads[] = {
    {"joins", joins}, {"threads", many}, {"becomes", becomes}, {"grows", grows}, {NULL, NULL},
};
