/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory objects: shared, private, read-only, resized; their ends. */
#include "tests/guest/spaces/cases.h"

#include "libsys/invoke.h"
#include "libsys/program.h"
#include "libsys/rpc_error.h"
#include "libsys/string.h"

static cap_t object_make(uint64_t size, uint32_t flags, uint64_t *physical)
{
    cap_t object = slot_take();
    must("an object", memory_object_create(&self, size, flags, object, physical));
    return object;
}

static void object_end(cap_t object)
{
    check_result("close", memory_object_close(&self, object), 0);
    slot_drop(object);
}

static err_t map_into(const struct task *task, cap_t object, uint64_t address, uint64_t pages,
                      uint64_t offset, uint32_t access)
{
    uint64_t mapped;
    return memory_space_map(&authority, object, task->badge, address, pages * PAGE, offset * PAGE,
                            access | MEMORY_FIXED, &mapped);
}

static void sharing(void)
{
    struct task one, two;
    uint64_t ignored;
    cap_t object = object_make(32 * PAGE, 0, &ignored);
    task_make(&one, 0, 0);
    task_make(&two, 0, 0);
    check_result("map in one space", map_into(&one, object, AT, 32, 0, RW), 0);
    check_result("in the other, another part", map_into(&two, object, AT, 8, 16, RW), 0);
    CHECK("what one writes", fill(&one, AT, 32, 100));
    CHECK("the other reads", holds(&two, AT, 8, 116));
    check_result("privately too",
                 map_into(&two, object, AT + 64 * PAGE, 32, 0, RW | MEMORY_PRIVATE), 0);
    CHECK("it begins with the same", holds(&two, AT + 64 * PAGE, 32, 100));
    CHECK("a private write", fill(&two, AT + 70 * PAGE, 4, 7));
    CHECK("is private", holds(&one, AT + 6 * PAGE, 4, 106) && holds(&two, AT + 70 * PAGE, 4, 7) &&
                            holds(&two, AT + 74 * PAGE, 4, 110));
    CHECK("a first touch that writes",
          task_write(&one, AT + 30 * PAGE, 1) && task_read(&two, AT + 94 * PAGE) == 1);
    object_end(object);
    CHECK("it lives while it is mapped", holds(&one, AT, 16, 100));
    task_end(&one);
    CHECK("also in the other", holds(&two, AT, 8, 116));
    task_end(&two);
}

static void rights(void)
{
    struct task task;
    struct rpc_client client = {0};
    uint64_t size = 0, ignored;
    cap_t object = object_make(4 * PAGE, 0, &ignored), shared = slot_take(), again = slot_take();
    task_make(&task, 0, 0);
    client = (struct rpc_client){task.space, self.context};
    check_result("share", memory_object_share(&self, object, OBJECT_READ_ONLY, shared), 0);
    check_result("share what is shared", memory_object_share(&client, shared, 0, again), 0);
    check_result("size", memory_object_size(&client, again, &size), 0);
    CHECK("is what it is", size == 4 * PAGE);
    check_result("map it writable", map_into(&task, again, AT, 4, 0, RW), RPC_DENIED);
    check_result("map it readable", map_into(&task, again, AT, 4, 0, MEMORY_READ), 0);
    check_result("make that writable", memory_protect(task.space, AT, PAGE, RW), RPC_DENIED);
    check_result("a private copy may be written",
                 map_into(&task, shared, AT + 8 * PAGE, 4, 0, RW | MEMORY_PRIVATE), 0);
    CHECK("it is", task_write(&task, AT + 8 * PAGE, 9) && task_read(&task, AT) == 0);
    check_result("beyond its end", map_into(&task, object, AT, 4, 1, RW), RPC_OUT_OF_RANGE);
    check_result("resize by who didn't make it", memory_object_resize(&client, object, PAGE),
                 RPC_DENIED);
    check_result("close by who didn't make it", memory_object_close(&client, object), RPC_DENIED);
    check_result("resize by a read-only handle", memory_object_resize(&self, shared, PAGE),
                 RPC_DENIED);
    check_result("a space is no object", memory_object_size(&self, task.space, &size),
                 RPC_BAD_HANDLE);
    task_end(&task);
    object_end(object);
    check_result("a handle of what has ended", memory_object_size(&self, shared, &size),
                 RPC_BAD_HANDLE);
    slot_drop(shared);
    slot_drop(again);
}

static void resizing(void)
{
    struct task task;
    uint64_t ignored, at = AT;
    cap_t object = object_make(0, 0, &ignored);
    task_make(&task, 0, 0);
    check_result("nothing to map", map_into(&task, object, AT, 1, 0, RW), RPC_OUT_OF_RANGE);
    check_result("grow", memory_object_resize(&self, object, 64 * PAGE), 0);
    check_result("map", map_into(&task, object, AT, 64, 0, RW), 0);
    check_result("map privately",
                 map_into(&task, object, AT + 64 * PAGE, 64, 0, RW | MEMORY_PRIVATE), 0);
    CHECK("fill", fill(&task, AT, 64, 1) && holds(&task, AT + 64 * PAGE, 64, 1));
    check_result("shrink", memory_object_resize(&self, object, 20 * PAGE), 0);
    CHECK("the rest is there", holds(&task, AT, 20, 1) && holds(&task, AT + 64 * PAGE, 20, 1));
    CHECK("what was cut off isn't", task_read(&task, AT + 20 * PAGE) == ~0ull);
    check_fault("a fault", AT + 20 * PAGE, RPC_OUT_OF_RANGE);
    check_result("grow again", memory_object_resize(&self, object, 32 * PAGE), 0);
    check_result("map it here", memory_map(&self, object, 0, 32 * PAGE, 0, RW, &at), 0);
    CHECK("it is zero there", ((uint64_t *)at)[20 * PAGE / 8] == 0 && *(uint64_t *)at == 1);
    check_result("its maker may shrink it", memory_object_resize(&self, object, 31 * PAGE), 0);
    check_result("odd size", memory_object_resize(&self, object, 31 * PAGE + 1), RPC_OUT_OF_RANGE);
    check_result("unmap it here", memory_unmap(self.cap, at, 32 * PAGE), 0);
    task_end(&task);
    object_end(object);
}

static void contiguous(void)
{
    uint64_t physical = 0, other = 0, at = AT;
    cap_t object = object_make(48 * PAGE, OBJECT_CONTIGUOUS, &physical);
    cap_t small = object_make(PAGE, OBJECT_CONTIGUOUS, &other), none = slot_take();
    CHECK("it has a physical address", physical && physical % PAGE == 0 && other != physical);
    check_result("map it", memory_map(&self, object, 0, 48 * PAGE, 0, RW, &at), 0);
    memset((void *)at, 5, 48 * PAGE);
    check_result("unmap it", memory_unmap(self.cap, at, 48 * PAGE), 0);
    check_result("too large",
                 memory_object_create(&self, 64ull << 20, OBJECT_CONTIGUOUS, none, &other),
                 RPC_OUT_OF_RANGE);
    slot_drop(none);
    object_end(object);
    object_end(small);
}

/* The archive is this very program's file here. */
static void module(void)
{
    struct task task;
    uint64_t size = 0, again, at = AT;
    cap_t object = slot_take(), none = slot_take();
    task_make(&task, 0, 0);
    check_result("the module", memory_module(&self, object, &size), 0);
    check_result("map it",
                 memory_map(&self, object, 0, (size + PAGE - 1) & ~(PAGE - 1), 0, MEMORY_READ, &at),
                 0);
    CHECK("it is the file", memcmp((void *)at, "\177ELF", 4) == 0);
    check_result("it can't be written", map_into(&task, object, AT, 4, 0, RW), RPC_DENIED);
    check_result("nor closed", memory_object_close(&self, object), RPC_DENIED);
    check_result("map it for execution",
                 map_into(&task, object, AT, 16, 0, MEMORY_READ | MEMORY_EXECUTE), 0);
    check_result("and privately",
                 map_into(&task, object, AT + 16 * PAGE, 16, 0, RW | MEMORY_PRIVATE), 0);
    CHECK("both show it", task_read(&task, AT + PAGE) == ((uint64_t *)at)[PAGE / 8] &&
                              task_read(&task, AT + 17 * PAGE) == ((uint64_t *)at)[PAGE / 8]);
    CHECK("a private write", task_write(&task, AT + 18 * PAGE, 3));
    CHECK("is private", task_read(&task, AT + 2 * PAGE) == ((uint64_t *)at)[2 * PAGE / 8]);
    check_result("again", memory_module(&self, none, &again), 0);
    task_end(&task);
    check_result("unmap", memory_unmap(self.cap, at, (size + PAGE - 1) & ~(PAGE - 1)), 0);
    slot_drop(object);
    slot_drop(none);
}

/* A handle that somebody kept names nothing, however often its place is used. */
void case_kept_handles(void)
{
    struct rpc_client client = {self.cap, self.context};
    cap_t old = slot_take(), object = slot_take();
    uint64_t size;
    bool good = true;
    must("an object", memory_object_create(&client, PAGE, 0, old, &size));
    must("its end", memory_object_close(&client, old));
    for (unsigned i = 0; good && i < 17000; i++) {
        must("another", memory_object_create(&client, PAGE, 0, object, &size));
        good = memory_object_size(&client, old, &size) != 0;
        must("its end", memory_object_close(&client, object));
        must("its slot", cnode_delete(own_table, CAP_INDEX(object)));
    }
    CHECK("a kept handle names nothing again", good);
    slot_drop(old);
    slot_drop(object);
}

void cases_object(void)
{
    sharing();
    rights();
    resizing();
    contiguous();
    module();
}
