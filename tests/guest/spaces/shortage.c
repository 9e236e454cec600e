/* SPDX-License-Identifier: BSD-2-Clause */
/* A memory server that has no memory left: clean errors, and all goes on when there is some. */
#include "tests/guest/spaces/cases.h"

#include "libsys/rpc_error.h"

#define PAGES 1024ull
#define SPACES_MAX 64

static uint64_t touch_all(struct task *task)
{
    uint64_t count = 0;
    while (count < PAGES && task_write(task, AT + count * PAGE, count))
        count++;
    return count;
}

static void of_pages(void)
{
    struct task one, two;
    struct memory_fault fault = {0};
    cap_t space = slot_take(), vspace = slot_take();
    uint64_t badge = 0, count, mapped;
    task_make(&one, 0, 0);
    task_make(&two, 0, 0);
    must("map", task_map(&one, AT, PAGES * PAGE, RW));
    must("map", task_map(&two, AT, PAGES * PAGE, RW));
    CHECK("two pages", fill(&two, AT, 2, 1));
    count = touch_all(&one);
    CHECK("many pages can be touched", count > 100 && count < PAGES);
    check_result("until one", memory_take_fault(authority.cap, &fault), 0);
    CHECK("can't be had",
          fault.address == AT + count * PAGE && fault.reason == ERR_CODE(RPC_NO_MEMORY));
    CHECK("what is there is there", holds(&two, AT, 2, 1));
    check_result("populate",
                 memory_map_anonymous(two.space, AT + 2 * PAGES * PAGE, 64 * PAGE,
                                      RW | MEMORY_FIXED | MEMORY_POPULATE, &mapped),
                 RPC_NO_MEMORY);
    check_result("contiguous memory",
                 memory_object_create(&self, 64 * PAGE, OBJECT_CONTIGUOUS, space, &badge),
                 RPC_NO_MEMORY);
    err_t error = memory_space_fork(&authority, one.badge, 0, 0, 0, 0, space, vspace, &badge);
    CHECK("a fork is made or refused", !error || error == RPC_NO_MEMORY);
    if (!error)
        must("ending it", memory_space_destroy(authority.cap, badge));
    must("unmap a part", memory_unmap(one.space, AT, 64 * PAGE));
    must("the fault goes on", memory_resume_fault(authority.cap, fault.number));
    CHECK("the page is there now", task_read(&one, AT + count * PAGE) == count);
    CHECK("the other has some too", fill(&two, AT + 2 * PAGE, 16, 9));
    task_end(&one);
    task_end(&two);
    slot_drop(space);
    slot_drop(vspace);
}

static void of_spaces(void)
{
    uint64_t badge[SPACES_MAX];
    cap_t space[SPACES_MAX], vspace[SPACES_MAX];
    unsigned count = 0;
    err_t error = 0;
    while (count < SPACES_MAX && !error) {
        space[count] = slot_take();
        vspace[count] = slot_take();
        error = memory_space_create(&authority, 0, 0, space[count], vspace[count], &badge[count]);
        if (error) {
            slot_drop(space[count]);
            slot_drop(vspace[count]);
        } else {
            count++;
        }
    }
    check_result("spaces, until there's no memory", error, RPC_NO_MEMORY);
    CHECK("were some", count > 8);
    while (count-- > 0) {
        must("ending one", memory_space_destroy(authority.cap, badge[count]));
        slot_drop(space[count]);
        slot_drop(vspace[count]);
    }
}

void cases_shortage(void)
{
    of_pages();
    of_spaces();
}
