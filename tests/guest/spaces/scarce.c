/* SPDX-License-Identifier: BSD-2-Clause */
/* A memory server without any memory left, and each operation that needs some. */
#include "tests/guest/spaces/cases.h"

#include "libsys/invoke.h"
#include "libsys/program.h"
#include "libsys/rpc_error.h"

#define PAGES 1024ull
#define MANY (256 * PAGE)
#define REST (AT + (1ull << 31)) /* mapped, and never touched */
#define SPLITS_MAX 100000u

static cap_t object, one, two;
static uint64_t ignored;

/* Pages first, then what records are made of: each hole splits a region. */
static err_t use_up(struct task *hog, err_t (*hole)(cap_t space, uint64_t at))
{
    err_t error = 0;
    for (uint64_t i = 0; i < PAGES && task_write(hog, AT + i * PAGE, i); i++)
        ;
    for (uint64_t i = 0; i < SPLITS_MAX && !error; i++)
        error = hole(hog->space, AT + (8192 + 2 * i) * PAGE);
    return error;
}

static err_t unmapped(cap_t space, uint64_t at)
{
    return memory_unmap(space, at, PAGE);
}

static err_t protected(cap_t space, uint64_t at)
{
    return memory_protect(space, at, PAGE, MEMORY_READ);
}

static void check_scarce(const char *name, err_t error)
{
    check_result(name, error, RPC_NO_MEMORY);
}

static void each(const struct task *task, uint64_t empty)
{
    const uint32_t now = RW | MEMORY_FIXED | MEMORY_POPULATE;
    const struct rpc_client client = {task->space, self.context};
    const struct memory_part part = {
        .address = AT, .length = MANY, .access = RW | MEMORY_ANONYMOUS | MEMORY_POPULATE};
    uint32_t size;
    char byte = 0;
    check_scarce("map", memory_map(&client, object, AT, MANY, 0, now, &ignored));
    check_scarce("a space's map",
                 memory_space_map(&authority, object, task->badge, AT, MANY, 0, now, &ignored));
    check_scarce("a space that is built",
                 memory_space_build(&authority, 0, 0, 0, &part, sizeof(part), 0, 0, 0, 0, one, two,
                                    &ignored));
    check_scarce("built again",
                 memory_space_build_again(&authority, 0, empty, &part, sizeof(part), 0, 0, 0, 0));
    check_scarce("written", memory_space_write(&authority, task->badge, REST, &byte, 1));
    check_scarce("read", memory_space_read(&authority, task->badge, REST, &byte, 1, &size));
    check_scarce("copied", memory_space_copy(authority.cap, task->badge, SCRIPT_ADDRESS,
                                             task->badge, REST, 1));
    check_scarce("a fault handed on", memory_forward_fault(task->space, REST, FAULT_WRITE));
    check_scarce("copied into an empty space",
                 memory_space_fork_again(authority.cap, task->badge, empty, 0, 0));
    check_scarce("a window", memory_set_window(&authority, object, 0));
    check_scarce("kernel objects' memory", memory_lend(&authority, own_table, CAP_INDEX(one), 22));
}

/* Servers that come: each takes a record only. */
static void servers(const struct task *task, uint64_t empty)
{
    struct rpc_client server = {slot_take(), self.context};
    err_t error = 0;
    (void)task, (void)empty;
    for (uint32_t badge = 0x40004002; badge < 0x40004040 && !error; badge++) {
        must("a server's handle",
             cnode_mint(own_table, CAP_INDEX(server.cap), program_cap("small-endpoint"),
                        RIGHT_ENDPOINT_CALL | RIGHT_ENDPOINT_TRANSFER, badge));
        error = memory_attach(&server, program_cap("vspace"), AT, PAGE);
        must("its end", cnode_delete(own_table, CAP_INDEX(server.cap)));
    }
    check_scarce("a server that comes", error);
    slot_drop(server.cap);
}

static void of(const char *name, err_t (*hole)(cap_t space, uint64_t at),
               void (*then)(const struct task *task, uint64_t empty))
{
    struct task hog, task;
    struct memory_fault fault;
    uint64_t empty = 0;
    task_make(&hog, 0, 0);
    task_make(&task, 0, 0);
    must("an empty space", memory_space_create(&authority, 0, 0, one, two, &empty));
    slot_drop(one);
    slot_drop(two);
    one = slot_take();
    two = slot_take();
    must("a place", task_map(&task, REST, MANY, RW));
    must("map", task_map(&hog, AT, 1ull << 40, RW));
    check_result(name, use_up(&hog, hole), RPC_NO_MEMORY);
    must("the fault", memory_take_fault(authority.cap, &fault));
    if (then)
        then(&task, empty);
    must("ending the empty one", memory_space_destroy(authority.cap, empty));
    task_end(&hog);
    task_end(&task);
}

void cases_scarce(void)
{
    uint64_t size;
    object = slot_take();
    one = slot_take();
    two = slot_take();
    must("an object", memory_object_create(&self, MANY, 0, object, &ignored));
    check_result("a server without a module", memory_module(&self, one, &size), RPC_NOT_FOUND);
    of("holes, until there's no memory", unmapped, NULL);
    of("parts, until there's no memory", protected, each);
    must("closing", memory_object_close(&self, object));
    slot_drop(object);
    slot_drop(one);
    slot_drop(two);
}

void case_servers(void)
{
    one = slot_take();
    two = slot_take();
    of("holes, and servers", unmapped, servers);
    slot_drop(one);
    slot_drop(two);
}
