/* SPDX-License-Identifier: BSD-2-Clause */
/* Further threads, larger tables. */

#include <stddef.h>

#include "libsys/invoke.h"
#include "libsys/memory_client.h"
#include "libsys/server.h"
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

/* ---- A thread that serves faults of the others ----------------------------------------------- */

#define SHARED 0x30000000ull
#define SHARED_PAGES 4u
#define PAGE_BYTES 4096ull

static volatile uint32_t faults_seen;
static volatile err_t last_refusal;

/* A page that it can't have is for the usual signal: the process's. */
static enum answer fault_answer(void *context, err_t kind, uint32_t badge, struct message *message)
{
    (void)context;
    (void)badge;
    if (kind == RECEIVE_FAULT && TAG_LABEL(message->tag) == FAULT_PAGE) {
        faults_seen++;
        last_refusal =
            memory_forward_fault(PROCESS_CAP(MEMORY), message->word[1], message->word[2]);
        if (last_refusal)
            (void)!process_kill(SELF, PAGE->pid, 9);
    }
    *message = (struct message){.word = {41 + (kind == 0)}};
    return ANSWER_REGISTERS;
}

static void pager_body(uint64_t argument)
{
    (void)argument;
    (void)!server_loop_from(fault_answer, NULL, ANSWER_REGISTERS, (struct message){0});
    user_idle();
}

static err_t pager_make(cap_t *endpoint)
{
    uint32_t number, slots;
    uint64_t sp = (uint64_t)stacks[1] + STACK_BYTES - 8;

    *endpoint = PROCESS_CAP(FREE);
    return process_server_create(&user_client, (uint64_t)pager_body, sp, 0, 0, &number, &slots,
                                 *endpoint);
}

/* Its object's pages, where the pager has filled them, and where they fault. */
static int object_map(volatile uint64_t **filled)
{
    struct rpc_client memory = {PROCESS_CAP(MEMORY), user_client.context};
    cap_t object = CAP_OF(PROCESS_SLOT_FREE + 1);
    uint64_t bytes = SHARED_PAGES * PAGE_BYTES, physical, here = 0, there = 0;

    EXPECT(!memory_object_create(&memory, bytes, 0, object, &physical));
    EXPECT(!memory_map(&memory, object, 0, bytes, 0, MEMORY_READ | MEMORY_WRITE, &here));
    *filled = (volatile uint64_t *)here;
    for (uint64_t i = 0; i < SHARED_PAGES; i++)
        (*filled)[i * PAGE_BYTES / 8] = 100 + i;
    EXPECT(!memory_map(&memory, object, SHARED, bytes, 0, MEMORY_READ | MEMORY_WRITE | MEMORY_FIXED,
                       &there));
    EXPECT(there == SHARED);
    return 0;
}

static int pages(void)
{
    volatile uint64_t *filled, *shared = (volatile uint64_t *)SHARED;
    struct message message = {0};
    cap_t endpoint;
    int line = object_map(&filled);

    EXPECT(line == 0);
    EXPECT(!pager_make(&endpoint));
    EXPECT(!call(endpoint, &message) && message.word[0] == 42); /* it's a server like any other */
    EXPECT(!process_set_pager(&user_client, endpoint));
    for (uint64_t i = 0; i < SHARED_PAGES; i++)
        EXPECT(shared[i * PAGE_BYTES / 8] == 100 + i && faults_seen == i + 1); /* one page each */
    shared[0] = 7;
    EXPECT(filled[0] == 7 && faults_seen == SHARED_PAGES);
    EXPECT(!process_set_pager(&user_client, 0));
    return 0;
}

static int touches_nothing(void)
{
    cap_t endpoint;

    EXPECT(!pager_make(&endpoint) && !process_set_pager(&user_client, endpoint));
    return (int)*(volatile uint64_t *)(SHARED + (64ull << 20));
}

/* The pager says what becomes of a fault that nobody can serve. */
static int refuses(void)
{
    int32_t child = user_fork(touches_nothing);

    EXPECT(child > 0 && user_wait(child) == 9);
    return 0;
}

const struct user_case user_threads[] = {
    {"joins", joins}, {"threads", many},    {"becomes", becomes}, {"grows", grows},
    {"pages", pages}, {"refuses", refuses}, {NULL, NULL},
};
