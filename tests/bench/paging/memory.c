/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory server: a page's first touch, a write after a fork, mapping and unmapping, forks,
 * spaces. A thread of higher priority in a space of its own does the touching.
 */
#include "libsys/invoke.h"
#include "libsys/memory_client.h"
#include "libsys/program.h"
#include "libsys/rpc_error.h"
#include "libsys/string.h"
#include "tests/bench/paging/script.h"
#include "tests/bench/paging/paging.h"

#define HIGHER 95
#define PAGE 4096ull
#define RW (MEMORY_READ | MEMORY_WRITE)
#define CODE_ADDRESS 0x400000ull
#define STACK_ADDRESS 0x30000000ull
#define DATA_ADDRESS 0x40000000ull
#define AT 0x50000000ull
#define ATTACH_ADDRESS 0x40000000ull
#define ATTACH_BYTES (64ull << 20)
#define BIG_PAGES 1024u /* 4 MiB */

struct task {
    cap_t thread, space, vspace, event, bell;
    uint64_t badge;
    struct script *script;
};

static struct rpc_context context;
static struct rpc_client authority, self;
static cap_t code_object, script_object;
static struct task task;

static void map_object(cap_t object, uint64_t badge, uint64_t address, uint32_t access)
{
    uint64_t mapped;
    must("mapping an object", memory_space_map(&authority, object, badge, address, PAGE, 0,
                                               access | MEMORY_FIXED, &mapped));
}

static void map_anonymous(uint64_t address, uint64_t pages)
{
    uint64_t mapped;
    must("mapping memory",
         memory_map_anonymous(task.space, address, pages * PAGE, RW | MEMORY_FIXED, &mapped));
}

/* A page of an object that this program has mapped too. */
static void *object_make(cap_t *object)
{
    uint64_t physical, address = 0;
    *object = slot_take();
    must("an object", memory_object_create(&self, PAGE, 0, *object, &physical));
    must("mapping it", memory_map(&self, *object, 0, PAGE, 0, RW, &address));
    return (void *)address;
}

static cap_t make(enum object_type type, unsigned bits)
{
    cap_t slot = slot_take();
    must("an object of the kernel", untyped_retype(program_cap("pool"), program_cap("cnode"),
                                                   CAP_INDEX(slot), 1, (uint64_t)type, bits));
    return slot;
}

static void task_make(void)
{
    cap_t thread = task.thread = make(OBJECT_THREAD, program_info()->thread_bits);
    cap_t time = make(OBJECT_SCHED_CONTEXT, 8), cnode = program_cap("cnode");
    task.space = slot_take();
    task.vspace = slot_take();
    task.bell = slot_take();
    task.event = make(OBJECT_NOTIFICATION, 7);
    must("a bell",
         cnode_mint(cnode, CAP_INDEX(task.bell), task.event, RIGHT_NOTIFICATION_SIGNAL, 1));
    must("a space", memory_space_create(&authority, 0, 0, task.space, task.vspace, &task.badge));
    map_object(code_object, task.badge, CODE_ADDRESS, MEMORY_READ | MEMORY_EXECUTE);
    map_object(script_object, task.badge, SCRIPT_ADDRESS, RW);
    task.script->event = task.event;
    must("its time", sched_context_configure(time, program_cap("cpu"), HIGHER, 0));
    must("its spaces", thread_set_space(thread, cnode, task.vspace));
    must("its pager", thread_set_fault(thread, task.space));
    must("giving it time", thread_set_sched(thread, time));
    must("its start", thread_start(thread, CODE_ADDRESS, SCRIPT_ADDRESS + PAGE, 0, 0));
}

static void task_do(uint64_t operation, uint64_t address, uint64_t pages)
{
    uint64_t before = task.script->done;
    task.script->operation = operation;
    task.script->at = address;
    task.script->count = pages;
    must("ringing", signal_flags(task.bell));
    if (task.script->done != before + 1)
        must("an access", RPC_INTERNAL);
}

/* A region of 4 MiB, twice: the second time its pages were used before. */
static void touch(void)
{
    for (int i = 0; i < 2; i++) {
        map_anonymous(AT, BIG_PAGES);
        task_do(DO_TOUCH, AT, BIG_PAGES);
        must("unmapping", memory_unmap(task.space, AT, BIG_PAGES * PAGE));
    }
    figure("mem.touch", REGION_TOUCH, BIG_PAGES, 1);
}

/* The pager gets the handle of the space whose faults it serves. */
static void pager_open(cap_t pager)
{
    struct message message = {0};

    must("starting the pager", call(pager, &message));
    program_buffer()->caps[0] = (uint32_t)task.space;
    message = (struct message){.tag = TAG(0, 0, 1)};
    must("giving it the space", call_buffer(pager, &message));
}

/* The pages are there, in an object, as those of a file that was read. */
static void pager(void)
{
    cap_t object = slot_take(), pager = program_cap("pager");
    uint64_t ignored, bytes = BIG_PAGES * PAGE, at = AT;

    pager_open(pager);
    must("an object", memory_object_create(&self, bytes, 0, object, &ignored));
    must("mapping it", memory_map(&self, object, 0, bytes, 0, RW | MEMORY_POPULATE, &at));
    must("mapping it there", memory_space_map(&authority, object, task.badge, AT, bytes, 0,
                                              RW | MEMORY_FIXED, &ignored));
    must("its own pager", thread_set_fault(task.thread, pager));
    task_do(DO_PAGED, AT, BIG_PAGES);
    must("the usual one", thread_set_fault(task.thread, task.space));
    for (uint64_t i = 0; i < BIG_PAGES; i++)
        if (*(const volatile uint64_t *)(at + i * PAGE) != BIG_PAGES - i)
            must("what was written", RPC_INTERNAL);
    must("unmapping", memory_unmap(task.space, AT, bytes));
    must("unmapping", memory_unmap(self.cap, at, bytes));
    must("its end", memory_object_close(&self, object));
    slot_drop(object);
    figure("mem.pager", REGION_PAGER, BIG_PAGES, 1);
}

static void map_and_unmap(void)
{
    for (int i = 0; i < PASSES + WARM; i++) {
        uint64_t at = 0;
        err_t error;
        RS_BEGIN(REGION_MAP);
        error = memory_map_anonymous(task.space, 0, 16 * PAGE, RW, &at);
        if (!error)
            error = memory_unmap(task.space, at, 16 * PAGE);
        RS_END(REGION_MAP);
        must("mapping and unmapping", error);
    }
    figure("mem.map", REGION_MAP, PASSES, 1);
}

/* Fork and end a child; MACRO, since a mark's number is a constant. */
#define FORK_AND_END(fork_region, end_region)                                                 \
    do {                                                                                      \
        cap_t space = slot_take(), vspace = slot_take();                                      \
        uint64_t badge = 0;                                                                   \
        err_t error;                                                                          \
        RS_BEGIN(fork_region);                                                                \
        error = memory_space_fork(&authority, task.badge, 0, 0, 0, 0, space, vspace, &badge); \
        RS_END(fork_region);                                                                  \
        must("a fork", error);                                                                \
        if (copies)                                                                           \
            task_do(DO_COPY, AT, copies);                                                     \
        RS_BEGIN(end_region);                                                                 \
        error = memory_space_destroy(authority.cap, badge);                                   \
        RS_END(end_region);                                                                   \
        must("its end", error);                                                               \
        slot_drop(space);                                                                     \
        slot_drop(vspace);                                                                    \
    } while (0)

/* As a shell is: some pages of data, a stack. */
static void fork_small(void)
{
    const uint64_t copies = 0;
    map_anonymous(DATA_ADDRESS, 32);
    map_anonymous(STACK_ADDRESS, 16);
    task_do(DO_WRITE, DATA_ADDRESS, 24);
    task_do(DO_WRITE, STACK_ADDRESS + 12 * PAGE, 4);
    for (int i = 0; i < PASSES + WARM; i++)
        FORK_AND_END(REGION_FORK_SMALL, REGION_EXIT);
    figure("mem.fork.small", REGION_FORK_SMALL, PASSES, 1);
    figure("mem.exit.small", REGION_EXIT, PASSES, 1);
}

static void fork_big(void)
{
    const uint64_t copies = BIG_PAGES / 4;
    map_anonymous(AT, BIG_PAGES);
    task_do(DO_WRITE, AT, BIG_PAGES);
    for (int i = 0; i < 4; i++)
        FORK_AND_END(REGION_FORK, REGION_EXIT_BIG);
    figure("mem.fork.4m", REGION_FORK, 4, 1);
    figure("mem.exit.4m", REGION_EXIT_BIG, 4, 1);
    figure("mem.copy", REGION_COPY, BIG_PAGES / 4, 1);
    must("unmapping", memory_unmap(task.space, AT, BIG_PAGES * PAGE));
}

static void populate(void)
{
    for (int i = 0; i < 4; i++) {
        uint64_t at = 0;
        err_t error;
        RS_BEGIN(REGION_POPULATE);
        error = memory_map_anonymous(task.space, AT, BIG_PAGES * PAGE,
                                     RW | MEMORY_FIXED | MEMORY_POPULATE, &at);
        RS_END(REGION_POPULATE);
        must("populating", error);
        must("unmapping", memory_unmap(task.space, AT, BIG_PAGES * PAGE));
    }
    figure("mem.populate.4m", REGION_POPULATE, 4, 1);
}

/* As exec of a tiny program: create, map code, data and a stack, end. */
static void space(void)
{
    for (int i = 0; i < PASSES + WARM; i++) {
        cap_t handle = slot_take(), vspace = slot_take();
        uint64_t badge = 0, at;
        err_t error;
        RS_BEGIN(REGION_SPACE);
        error = memory_space_create(&authority, 0, 0, handle, vspace, &badge);
        if (!error)
            error = memory_space_map(&authority, code_object, badge, CODE_ADDRESS, PAGE, 0,
                                     MEMORY_READ | MEMORY_EXECUTE | MEMORY_FIXED, &at);
        if (!error)
            error = memory_space_map(&authority, 0, badge, DATA_ADDRESS, 4 * PAGE, 0,
                                     RW | MEMORY_FIXED, &at);
        if (!error)
            error = memory_space_destroy(authority.cap, badge);
        RS_END(REGION_SPACE);
        must("a space's life", error);
        slot_drop(handle);
        slot_drop(vspace);
    }
    figure("mem.space", REGION_SPACE, PASSES, 1);
}

void memory_measure(void)
{
    context = (struct rpc_context){.buffer = program_buffer()};
    authority = (struct rpc_client){program_cap("authority"), &context};
    self = (struct rpc_client){program_cap("memory"), &context};
    must("attaching", memory_attach(&self, program_cap("vspace"), ATTACH_ADDRESS, ATTACH_BYTES));
    memcpy(object_make(&code_object), victim_code, (size_t)(victim_code_end - victim_code));
    task.script = object_make(&script_object);
    task_make();
    touch();
    pager();
    map_and_unmap();
    fork_small();
    fork_big();
    populate();
    space();
}
