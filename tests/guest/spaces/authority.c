/* SPDX-License-Identifier: BSD-2-Clause */
/* What only the authority may do, and what it does to spaces from outside. */
#include "tests/guest/spaces/cases.h"

#include "libsys/invoke.h"
#include "libsys/memory_hostile.h"
#include "libsys/rpc_error.h"
#include "libsys/string.h"
#include "tests/guest/hostile_check.h"

#define BULK 5000u

static uint8_t sent[BULK], received[BULK];

static void denied(void)
{
    struct task task;
    struct memory_status status;
    struct memory_region region;
    struct memory_fault fault;
    struct rpc_client client = {0}, other = {program_cap("memory-other"), self.context};
    cap_t one = slot_take(), two = slot_take();
    uint64_t badge = 0;
    uint32_t size;
    task_make(&task, 0, 0);
    client = (struct rpc_client){task.space, self.context};
    check_result("create", memory_space_create(&client, 0, 0, one, two, &badge), RPC_DENIED);
    check_result("fork", memory_space_fork(&client, task.badge, 0, 0, 0, 0, one, two, &badge),
                 RPC_DENIED);
    check_result("destroy", memory_space_destroy(task.space, task.badge), RPC_DENIED);
    check_result("map", memory_space_map(&client, 0, task.badge, AT, PAGE, 0, RW, &badge),
                 RPC_DENIED);
    check_result("copy", memory_space_copy(task.space, task.badge, AT, task.badge, AT, 8),
                 RPC_DENIED);
    check_result("write", memory_space_write(&client, task.badge, AT, sent, 8), RPC_DENIED);
    check_result("read", memory_space_read(&client, task.badge, AT, received, 8, &size),
                 RPC_DENIED);
    check_result("status", memory_space_status(task.space, task.badge, &status), RPC_DENIED);
    check_result("region", memory_space_region(task.space, task.badge, 0, &region), RPC_DENIED);
    check_result("group", memory_group_set(task.space, 1, 0, &badge), RPC_DENIED);
    check_result("take a fault", memory_take_fault(task.space, &fault), RPC_DENIED);
    check_result("resume one", memory_resume_fault(task.space, 1), RPC_DENIED);
    check_result("attach", memory_attach(&client, task.vspace, AT, PAGE), RPC_EXISTS);
    check_result("attach twice", memory_attach(&self, task.vspace, AT, PAGE), RPC_EXISTS);
    check_result("attach an odd range", memory_attach(&other, task.vspace, AT + 1, PAGE),
                 RPC_OUT_OF_RANGE);
    check_result("the authority has no space", memory_unmap(authority.cap, AT, PAGE),
                 RPC_BAD_HANDLE);
    check_result("a badge of nothing", memory_space_destroy(authority.cap, task.badge + 7),
                 RPC_BAD_HANDLE);
    check_result("a group that can't be", memory_space_create(&authority, 256, 0, one, two, &badge),
                 RPC_OUT_OF_RANGE);
    check_result("group 0 has no quota", memory_group_set(authority.cap, 0, 5, &badge),
                 RPC_OUT_OF_RANGE);
    task_end(&task);
    check_result("a space that ended", memory_space_destroy(authority.cap, task.badge),
                 RPC_BAD_HANDLE);
    slot_drop(one);
    slot_drop(two);
}

/* Memory for kernel objects of one's own, which doesn't come back. */
void cases_lending(void)
{
    cap_t slot = slot_take(), cnode = program_cap("cnode");
    uint64_t address, bytes = 0, left = 0, device;
    struct task task;
    task_make(&task, 0, 0);
    struct rpc_client space = {.cap = task.space, .context = self.context};
    check_result("lend to others", memory_lend(&space, cnode, CAP_INDEX(slot), 13), RPC_DENIED);
    task_end(&task);
    check_result("lend", memory_lend(&authority, cnode, CAP_INDEX(slot), 13), 0);
    check_result("what it is", untyped_info(slot, &address, &bytes, &left, &device), 0);
    CHECK("so much, and all of it", bytes == 8192 && left == 8192);
    check_result("lend into a slot that isn't empty",
                 memory_lend(&authority, cnode, CAP_INDEX(slot), 13), RPC_OUT_OF_RANGE);
    check_result("lend into no slot", memory_lend(&authority, cnode, 1u << 20, 13),
                 RPC_OUT_OF_RANGE);
    check_result("too little", memory_lend(&authority, cnode, CAP_INDEX(slot), 11), RPC_MALFORMED);
    slot_drop(slot);
}

static void from_outside(void)
{
    struct task one, two;
    struct memory_region region = {0};
    uint32_t size = 0;
    task_make(&one, 0, 0);
    task_make(&two, 0, 0);
    for (uint32_t i = 0; i < BULK; i++)
        sent[i] = (uint8_t)(i * 7);
    check_result("map", task_map(&one, AT, 8 * PAGE, RW), 0);
    check_result("map there", task_map(&two, AT, 8 * PAGE, MEMORY_READ), 0);
    check_result("write what wasn't touched",
                 memory_space_write(&authority, one.badge, AT + PAGE - 100, sent, 300), 0);
    check_result("read it",
                 memory_space_read(&authority, one.badge, AT + PAGE - 100, received, 300, &size),
                 0);
    CHECK("it is the same", size == 300 && memcmp(sent, received, 300) == 0);
    CHECK("the thread sees it", task_read(&one, AT + PAGE) == *(uint64_t *)(sent + 100));
    check_result("copy over pages",
                 memory_space_copy(authority.cap, one.badge, AT + 10, two.badge, AT + 5 * PAGE - 50,
                                   2 * PAGE),
                 0);
    check_result(
        "read the copy",
        memory_space_read(&authority, two.badge, AT + 6 * PAGE - 100 - 60, received, 300, &size),
        0);
    CHECK("read-only memory was written", size == 300 && memcmp(sent, received, 300) == 0);
    check_result("read over the end",
                 memory_space_read(&authority, one.badge, AT + 8 * PAGE - 20, received, 300, &size),
                 0);
    CHECK("gives what is there", size == 20);
    check_result("read nothing",
                 memory_space_read(&authority, one.badge, AT + 8 * PAGE, received, 300, &size),
                 MEMORY_ERROR_NOT_MAPPED);
    check_result("write nothing",
                 memory_space_write(&authority, one.badge, AT + 8 * PAGE, sent, 30),
                 MEMORY_ERROR_NOT_MAPPED);
    check_result("copy too much",
                 memory_space_copy(authority.cap, one.badge, AT, two.badge, AT, 2ull << 20),
                 RPC_OUT_OF_RANGE);
    check_result("the region", memory_space_region(authority.cap, one.badge, AT, &region), 0);
    CHECK("is that", region.address == AT && region.length == 8 * PAGE);
    task_end(&one);
    task_end(&two);
}

/* More than a message holds goes through a window. */
static void window(void)
{
    struct task task;
    struct rpc_context context = *authority.context;
    struct rpc_client client = {authority.cap, &context};
    uint64_t ignored, at = 0;
    uint32_t size = 0;
    cap_t object = slot_take();
    task_make(&task, 0, 0);
    must("an object", memory_object_create(&self, 64 * PAGE, 0, object, &ignored));
    must("mapping it", memory_map(&self, object, 0, 64 * PAGE, 0, RW, &at));
    check_result("a window", memory_set_window(&client, object, at), 0);
    context.window = (struct rpc_window){(void *)at, 64 * PAGE};
    check_result("map", task_map(&task, AT, 8 * PAGE, RW), 0);
    check_result("write through it", memory_space_write(&client, task.badge, AT + 1000, sent, BULK),
                 0);
    memset(received, 0, BULK);
    check_result("read through it",
                 memory_space_read(&client, task.badge, AT + 1000, received, BULK, &size), 0);
    CHECK("it is the same", size == BULK && memcmp(sent, received, BULK) == 0);
    check_result("nobody else has one", memory_set_window(&self, object, at), RPC_BAD_HANDLE);
    must("unmapping", memory_unmap(self.cap, at, 64 * PAGE));
    must("closing", memory_object_close(&self, object));
    task_end(&task);
    slot_drop(object);
}

/* What a pager of the user's own hands on. */
static void forwarded(void)
{
    struct task task;
    task_make(&task, 0, 0);
    check_result("map", task_map(&task, AT, PAGE, RW), 0);
    check_result("a fault handed on", memory_forward_fault(task.space, AT + 8, FAULT_WRITE), 0);
    check_result("twice", memory_forward_fault(task.space, AT + 8, FAULT_WRITE), 0);
    check_result("where nothing is", memory_forward_fault(task.space, AT + PAGE, 0),
                 MEMORY_ERROR_NOT_MAPPED);
    check_result("not allowed", memory_forward_fault(task.space, AT, FAULT_FETCH), RPC_DENIED);
    CHECK("it's there", task_write(&task, AT, 5));
    task_end(&task);
}

/* The process server is told of faults. */
static void notified(void)
{
    struct task task;
    struct memory_fault fault = {0};
    uint64_t flags = 0;
    cap_t bell = slot_take();
    task_make(&task, 0, 0);
    must("a bell",
         cnode_mint(own_table, CAP_INDEX(bell), program_cap("ear"), RIGHT_NOTIFICATION_SIGNAL, 4));
    check_result("whom to tell", memory_set_fault_notification(&authority, bell), 0);
    CHECK("an exception", !task_access(&task, ACCESS_DO_CALL, AT, 0, 1));
    check_result("the flags", notification_poll(program_cap("ear"), &flags), 0);
    CHECK("say so", flags == 4);
    check_result("take it", memory_take_fault(authority.cap, &fault), 0);
    CHECK("it is that", fault.kind == FAULT_PAGE && fault.ip == AT &&
                            fault.reason == ERR_CODE(MEMORY_ERROR_NOT_MAPPED));
    check_result("no other", memory_take_fault(authority.cap, &fault), MEMORY_ERROR_NO_FAULT);
    task_end(&task);
    slot_drop(bell);
}

/* By who may make spaces, and by who has one; none has a window so far. */
void case_hostile(void)
{
    struct task task;
    task_make(&task, 0, 0);
    HOSTILE_CHECK("authority", memory, MEMORY_INTERFACE, .cap = authority.cap, .bell = task.bell,
                  .cnode = own_table);
    HOSTILE_CHECK("server", memory, MEMORY_INTERFACE, .cap = self.cap, .bell = task.bell,
                  .cnode = own_table);
    HOSTILE_CHECK("space", memory, MEMORY_INTERFACE, .cap = task.space, .bell = task.bell,
                  .cnode = own_table);
    task_end(&task);
}

void cases_authority(void)
{
    denied();
    from_outside();
    window();
    forwarded();
    notified();
}
