/* SPDX-License-Identifier: BSD-2-Clause */
/* Quotas of spaces and groups: exact, and nobody else is hurt. */
#include "tests/guest/spaces/cases.h"

#include "libsys/rpc_error.h"

#define GROUP 9u

static uint64_t used_by(const struct task *task)
{
    struct memory_status status = {0};
    must("status", memory_space_status(authority.cap, task->badge, &status));
    return status.used;
}

/* Touch page after page until one can't be had; how many there were. */
static uint64_t touch_all(struct task *task, uint64_t pages)
{
    uint64_t count = 0;
    while (count < pages && task_write(task, AT + count * PAGE, count))
        count++;
    return count;
}

static void of_a_space(void)
{
    struct task task, other;
    uint64_t before, count, quota = 256 << 10;
    task_make(&task, 0, quota);
    task_make(&other, 0, 0);
    check_result("map more than the quota", task_map(&task, AT, 256 * PAGE, RW), 0);
    count = touch_all(&task, 256);
    CHECK("some pages can be touched", count > 20 && count < 64);
    check_fault("the next one can't", AT + count * PAGE, RPC_QUOTA);
    CHECK("no more than the quota is used",
          used_by(&task) <= quota && used_by(&task) > quota - 3 * PAGE);
    CHECK("others go on", task_map(&other, AT, 256 * PAGE, RW) == 0 && fill(&other, AT, 256, 1));
    task_end(&task);
    task_make(&task, 0, quota);
    before = used_by(&task);
    check_result("populate more than the quota",
                 task_map(&task, AT, 256 * PAGE, RW | MEMORY_POPULATE), RPC_QUOTA);
    CHECK("nothing of it is left",
          used_by(&task) <= before + 64 * 1024 && task_read(&task, AT) == ~0ull);
    check_fault("as if it hadn't been", AT, MEMORY_ERROR_NOT_MAPPED);
    task_end(&task);
    task_end(&other);
}

static void of_a_group(void)
{
    struct task one, two;
    uint64_t used = 0, count;
    check_result("a group", memory_group_set(authority.cap, GROUP, 1 << 20, &used), 0);
    CHECK("uses nothing", used == 0);
    task_make(&one, GROUP, 0);
    task_make(&two, GROUP, 0);
    must("map", task_map(&one, AT, 128 * PAGE, RW));
    must("map", task_map(&two, AT, 256 * PAGE, RW));
    CHECK("one has half", fill(&one, AT, 100, 1));
    count = touch_all(&two, 256);
    CHECK("the other has the rest", count > 50 && count < 156);
    check_fault("and no more", AT + count * PAGE, RPC_QUOTA);
    must("the group", memory_group_set(authority.cap, GROUP, 1 << 20, &used));
    CHECK("both are what it uses", used == used_by(&one) + used_by(&two));
    task_end(&one);
    task_end(&two);
    must("the group", memory_group_set(authority.cap, GROUP, 0, &used));
    CHECK("at last nothing", used == 0);
}

/* A fork pays for what it shares, so that a write needs no more. */
static void of_a_fork(void)
{
    struct task parent, child;
    cap_t one = slot_take(), two = slot_take();
    uint64_t badge = 0;
    task_make(&parent, 0, 0);
    must("map", task_map(&parent, AT, 64 * PAGE, RW));
    CHECK("fill", fill(&parent, AT, 64, 1));
    check_result("a child with too small a quota",
                 memory_space_fork(&authority, parent.badge, 0, 128 << 10, 0, 0, one, two, &badge),
                 RPC_QUOTA);
    CHECK("the parent goes on", fill(&parent, AT, 64, 2));
    task_fork(&child, &parent);
    CHECK("both pay", used_by(&child) >= 64 * PAGE && used_by(&parent) >= 64 * PAGE);
    uint64_t before = used_by(&child);
    CHECK("write", fill(&child, AT, 64, 3));
    CHECK("which costs a few records", used_by(&child) <= before + PAGE);
    task_end(&child);
    task_end(&parent);
    slot_drop(one);
    slot_drop(two);
}

/* An object's maker pays, also when it has ended: then its group does. */
static void of_objects(void)
{
    struct task maker, user;
    struct rpc_client client = {0};
    cap_t object = slot_take();
    uint64_t ignored, before, used = 0;
    must("a group", memory_group_set(authority.cap, GROUP, 0, &used));
    task_make(&maker, GROUP, 0);
    task_make(&user, 0, 0);
    client = (struct rpc_client){maker.space, self.context};
    must("an object", memory_object_create(&client, 32 * PAGE, 0, object, &ignored));
    must("mapping it", memory_space_map(&authority, object, user.badge, AT, 32 * PAGE, 0,
                                        RW | MEMORY_FIXED, &ignored));
    before = used_by(&maker);
    CHECK("another fills it", fill(&user, AT, 32, 1));
    CHECK("its maker pays",
          used_by(&maker) >= before + 32 * PAGE && used_by(&user) < 32 * PAGE + (64 << 10));
    task_end(&maker);
    must("the group", memory_group_set(authority.cap, GROUP, 0, &used));
    CHECK("then the group does", used >= 32 * PAGE && holds(&user, AT, 32, 1));
    task_end(&user);
    must("the group", memory_group_set(authority.cap, GROUP, 0, &used));
    CHECK("until nobody has it", used == 0);
    slot_drop(object);
}

/* Whatever else would take a slot for a space that has all that it may have. */
static void many_is_full(const struct task *many, cap_t object, uint64_t at)
{
    struct rpc_client client = {many->space, self.context};
    const uint32_t now = RW | MEMORY_FIXED | MEMORY_POPULATE;
    uint64_t ignored, next = at + 16 * PAGE;
    uint32_t size;
    char byte = 0;
    check_result("a part of it for a pager",
                 memory_map(&client, object, at, PAGE, 0, RW | MEMORY_FIXED, &ignored), 0);
    check_result("and at its fault", memory_forward_fault(many->space, at, 0), RPC_FULL);
    check_result("written", memory_space_write(&authority, many->badge, at, &byte, 1), RPC_FULL);
    check_result("read", memory_space_read(&authority, many->badge, at, &byte, 1, &size), RPC_FULL);
    check_result("copied", memory_space_copy(authority.cap, many->badge, at, many->badge, AT, 1),
                 RPC_FULL);
    check_result("mapped from outside",
                 memory_space_map(&authority, object, many->badge, next, PAGE, 0, now, &ignored),
                 RPC_FULL);
    check_result("without an object", memory_map_anonymous(many->space, next, PAGE, now, &ignored),
                 RPC_FULL);
}

/* Each place of an object's page takes one of the server's slots. */
void case_mappings(void)
{
    struct task many, other;
    struct rpc_client client = {0};
    cap_t object = slot_take();
    uint64_t ignored, count = 0, spread = 4097 * PAGE;
    err_t error = 0;
    task_make(&many, 0, 0);
    task_make(&other, 0, 0);
    client = (struct rpc_client){many.space, self.context};
    must("an object", memory_object_create(&client, PAGE, 0, object, &ignored));
    for (; !error && count < 20000; count++)
        error = memory_map(&client, object, AT + count * spread, PAGE, 0,
                           RW | MEMORY_FIXED | MEMORY_POPULATE, &ignored);
    check_result("a page at very many places", error, RPC_FULL);
    CHECK("many they were", count > 1000);
    many_is_full(&many, object, AT + count * spread);
    CHECK("others go on", task_map(&other, AT, 256 * PAGE, RW) == 0 && fill(&other, AT, 256, 1));
    task_end(&many);
    task_end(&other);
    slot_drop(object);
}

void cases_quota(void)
{
    of_a_space();
    of_a_group();
    of_a_fork();
    of_objects();
}
