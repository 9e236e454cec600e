/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/guest/spaces/task.h"

#include "libsys/invoke.h"
#include "libsys/memory.h"
#include "libsys/program.h"
#include "libsys/rpc_error.h"
#include "libsys/string.h"

#define SLOTS 1024
#define HIGHER 95
#define ATTACH_ADDRESS 0x40000000ull
#define ATTACH_BYTES (256ull << 20)
#define NOTIFICATION_BITS 7
#define SCHED_BITS 8

struct rpc_client authority, self;
cap_t own_table;

static uint64_t bitmap[SLOTS_WORDS(SLOTS)];
static struct slots slots;
static struct memory memory;
static struct rpc_context context;
static cap_t code_object;

cap_t slot_take(void)
{
    return CAP_OF(slots_take(&slots, 1));
}

void slot_drop(cap_t slot)
{
    must("emptying a slot", cnode_delete(own_table, CAP_INDEX(slot)));
    slots_give(&slots, CAP_INDEX(slot), 1);
}

void must(const char *what, err_t error)
{
    if (!error)
        return;
    print("not ok spaces: %s: %s\n", what, rpc_error_name(error));
    program_exit(1);
}

void check_result(const char *name, err_t error, err_t expected)
{
    if (error == expected) {
        CHECK(name, true);
        return;
    }
    print("not ok spaces: %s: %s where %s was expected\n", name, rpc_error_name(error),
          rpc_error_name(expected));
    check_failures++;
}

/* The victims' code goes into an object that they map. */
static void copy_code(void)
{
    uint64_t physical, address;
    code_object = slot_take();
    must("an object", memory_object_create(&self, PAGE, 0, code_object, &physical));
    must("mapping it",
         memory_map(&self, code_object, 0, PAGE, 0, MEMORY_READ | MEMORY_WRITE, &address));
    memcpy((void *)address, victim_code, (size_t)(victim_code_end - victim_code));
    must("unmapping it", memory_unmap(self.cap, address, PAGE));
}

static void connect(cap_t memory_cap, cap_t authority_cap, uint64_t address)
{
    context.buffer = program_buffer();
    context.session = authority_cap;
    authority = (struct rpc_client){authority_cap, &context};
    self = (struct rpc_client){memory_cap, &context};
    must("attaching", memory_attach(&self, program_cap("vspace"), address, ATTACH_BYTES));
    copy_code();
}

void tasks_init(void)
{
    const struct program_info *info = program_info();
    own_table = program_cap("cnode");
    slots_init(&slots, bitmap, info->first_free_slot, 1u << info->cnode_bits);
    memory_init(&memory, &slots, own_table);
    must("the pool", memory_add(&memory, program_cap("pool")));
    connect(program_cap("memory"), program_cap("authority"), ATTACH_ADDRESS);
}

void tasks_use_small(void)
{
    connect(program_cap("small"), program_cap("small-authority"), ATTACH_ADDRESS + ATTACH_BYTES);
}

/* Its script page: shared with the test. */
static void add_script(struct task *task)
{
    uint64_t ignored, address;
    task->script_object = slot_take();
    must("a script", memory_object_create(&self, PAGE, 0, task->script_object, &ignored));
    must("mapping the script",
         memory_map(&self, task->script_object, 0, PAGE, 0, MEMORY_READ | MEMORY_WRITE, &address));
    task->script = (struct script *)address;
    must("giving it the script",
         memory_space_map(&authority, task->script_object, task->badge, SCRIPT_ADDRESS, PAGE, 0,
                          MEMORY_FIXED | MEMORY_READ | MEMORY_WRITE, &ignored));
}

static void add_thread(struct task *task)
{
    must("a Notification",
         memory_make_one(&memory, OBJECT_NOTIFICATION, NOTIFICATION_BITS, &task->event));
    must("time", memory_make_one(&memory, OBJECT_SCHED_CONTEXT, SCHED_BITS, &task->time));
    must("a thread",
         memory_make_one(&memory, OBJECT_THREAD, program_info()->thread_bits, &task->thread));
    task->bell = slot_take();
    must("a bell",
         cnode_mint(own_table, CAP_INDEX(task->bell), task->event, RIGHT_NOTIFICATION_SIGNAL, 1));
    task->script->event = task->event;
    must("its time", sched_context_configure(task->time, program_cap("cpu"), HIGHER, 0));
    must("its spaces", thread_set_space(task->thread, own_table, task->vspace));
    must("its pager", thread_set_fault(task->thread, task->space));
    must("giving it time", thread_set_sched(task->thread, task->time));
    must("its start",
         thread_start(task->thread, CODE_ADDRESS, SCRIPT_ADDRESS + SCRIPT_STACK, 0, 0));
}

void task_begin(struct task *task)
{
    add_script(task);
    add_thread(task);
}

void task_make(struct task *task, uint32_t group, uint64_t quota)
{
    uint64_t ignored;
    task->space = slot_take();
    task->vspace = slot_take();
    must("a space",
         memory_space_create(&authority, group, quota, task->space, task->vspace, &task->badge));
    must("giving it code",
         memory_space_map(&authority, code_object, task->badge, CODE_ADDRESS, PAGE, 0,
                          MEMORY_FIXED | MEMORY_READ | MEMORY_EXECUTE, &ignored));
    task_begin(task);
}

void task_fork(struct task *child, const struct task *parent)
{
    child->space = slot_take();
    child->vspace = slot_take();
    must("a fork", memory_space_fork(&authority, parent->badge, 0, 0, 0, 0, child->space,
                                     child->vspace, &child->badge));
    task_begin(child);
}

void task_stop(struct task *task)
{
    slot_drop(task->thread);
    slot_drop(task->time);
    slot_drop(task->bell);
    slot_drop(task->event);
    must("taking the script back", memory_unmap(self.cap, (uint64_t)task->script, PAGE));
    must("closing the script", memory_object_close(&self, task->script_object));
    slot_drop(task->script_object);
}

void task_end(struct task *task)
{
    task_stop(task);
    must("ending a space", memory_space_destroy(authority.cap, task->badge));
    slot_drop(task->space);
    slot_drop(task->vspace);
}

err_t task_map(const struct task *task, uint64_t address, uint64_t bytes, uint32_t access)
{
    uint64_t mapped = 0;
    err_t error = memory_map_anonymous(task->space, address, bytes, access | MEMORY_FIXED, &mapped);
    return !error && mapped != address ? RPC_INTERNAL : error;
}

bool task_access(struct task *task, uint64_t operation, uint64_t address, uint64_t value,
                 uint64_t count)
{
    struct script *script = task->script;
    uint64_t before = script->done;
    script->operation = operation;
    script->at = address;
    script->value = value;
    script->count = count;
    must("ringing", signal_flags(task->bell));
    return script->done == before + 1;
}

uint64_t task_read(struct task *task, uint64_t address)
{
    return task_access(task, ACCESS_DO_READ, address, 0, 1) ? task->script->value : ~0ull;
}

bool task_write(struct task *task, uint64_t address, uint64_t value)
{
    return task_access(task, ACCESS_DO_WRITE, address, value, 1);
}
