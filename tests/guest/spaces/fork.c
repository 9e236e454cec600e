/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies of spaces: what is private, what is shared, who pays. */
#include "tests/guest/spaces/cases.h"

#include "libsys/rpc_error.h"

static void copy_on_write(void)
{
    struct task parent, child, grandchild;
    task_make(&parent, 0, 0);
    check_result("map", task_map(&parent, AT, 100 * PAGE, RW), 0);
    CHECK("fill", fill(&parent, AT, 100, 1));
    task_fork(&child, &parent);
    CHECK("the child has it", holds(&child, AT, 100, 1));
    CHECK("the parent writes", fill(&parent, AT, 10, 1000));
    CHECK("the child writes", fill(&child, AT + 5 * PAGE, 10, 2000));
    CHECK("each for itself",
          holds(&parent, AT, 10, 1000) && holds(&parent, AT + 10 * PAGE, 90, 11) &&
              holds(&child, AT, 5, 1) && holds(&child, AT + 5 * PAGE, 10, 2000) &&
              holds(&child, AT + 15 * PAGE, 85, 16));
    task_fork(&grandchild, &child);
    CHECK("the child writes on", fill(&child, AT, 20, 3000));
    CHECK("a third has what was",
          holds(&grandchild, AT, 5, 1) && holds(&grandchild, AT + 5 * PAGE, 10, 2000));
    task_end(&child);
    CHECK("the others go on", fill(&grandchild, AT + 50 * PAGE, 50, 4000) &&
                                  fill(&parent, AT + 50 * PAGE, 50, 5000) &&
                                  holds(&grandchild, AT + 50 * PAGE, 50, 4000) &&
                                  holds(&parent, AT + 50 * PAGE, 50, 5000));
    task_end(&parent);
    CHECK("the last one", fill(&grandchild, AT, 100, 6) && holds(&grandchild, AT, 100, 6));
    task_end(&grandchild);
}

static void kinds(void)
{
    struct task parent, child;
    uint64_t ignored;
    cap_t object = slot_take();
    must("an object", memory_object_create(&self, 8 * PAGE, 0, object, &ignored));
    task_make(&parent, 0, 0);
    must("map it", memory_space_map(&authority, object, parent.badge, AT, 8 * PAGE, 0,
                                    RW | MEMORY_FIXED, &ignored));
    must("map it privately",
         memory_space_map(&authority, object, parent.badge, AT + 8 * PAGE, 8 * PAGE, 0,
                          RW | MEMORY_FIXED | MEMORY_PRIVATE, &ignored));
    check_result("not for a child", task_map(&parent, AT + 16 * PAGE, PAGE, RW | MEMORY_NO_FORK),
                 0);
    check_result("only to be read", task_map(&parent, AT + 32 * PAGE, 2 * PAGE, RW), 0);
    CHECK("fill", fill(&parent, AT, 8, 1) && fill(&parent, AT + 12 * PAGE, 5, 100) &&
                      fill(&parent, AT + 32 * PAGE, 2, 70));
    check_result("protect", memory_protect(parent.space, AT + 32 * PAGE, 2 * PAGE, MEMORY_READ), 0);
    task_fork(&child, &parent);
    CHECK("shared memory is shared", task_write(&child, AT, 55) && task_read(&parent, AT) == 55 &&
                                         task_write(&parent, AT + PAGE, 56) &&
                                         task_read(&child, AT + PAGE) == 56);
    CHECK("private memory isn't",
          task_write(&child, AT + 12 * PAGE, 57) && task_read(&parent, AT + 12 * PAGE) == 100 &&
              task_read(&child, AT + 13 * PAGE) == 101 && task_read(&child, AT + 8 * PAGE) == 55);
    CHECK("read-only memory is read", holds(&child, AT + 32 * PAGE, 2, 70));
    check_result("and made writable", memory_protect(child.space, AT + 32 * PAGE, 2 * PAGE, RW), 0);
    CHECK("for itself",
          fill(&child, AT + 32 * PAGE, 2, 80) && holds(&parent, AT + 32 * PAGE, 2, 70));
    CHECK("what isn't for the child", task_read(&child, AT + 16 * PAGE) == ~0ull);
    check_fault("is not there", AT + 16 * PAGE, MEMORY_ERROR_NOT_MAPPED);
    task_end(&child);
    task_end(&parent);
    check_result("close", memory_object_close(&self, object), 0);
    slot_drop(object);
}

/* Large pages, and parts of them. */
static void large(void)
{
    struct task parent, child;
    uint64_t at = 64ull << 20;
    task_make(&parent, 0, 0);
    check_result("populate", task_map(&parent, at, 6ull << 20, RW | MEMORY_POPULATE), 0);
    CHECK("write", task_access(&parent, ACCESS_DO_WRITE, at, 9, 1536));
    task_fork(&child, &parent);
    CHECK("write in the middle",
          fill(&child, at + 700 * PAGE, 3, 1) && fill(&parent, at + 200 * PAGE, 3, 4));
    CHECK("each its own",
          holds(&child, at + 700 * PAGE, 3, 1) && task_read(&parent, at + 700 * PAGE) == 9 &&
              task_read(&child, at + 201 * PAGE) == 9 && holds(&parent, at + 200 * PAGE, 3, 4));
    check_result("unmap", memory_unmap(parent.space, at + PAGE, 5ull << 20), 0);
    CHECK("the child has all", task_access(&child, ACCESS_DO_READ, at, 0, 1536));
    task_end(&parent);
    CHECK("and writes all", task_access(&child, ACCESS_DO_WRITE, at, 8, 1536));
    task_end(&child);
}

void cases_fork(void)
{
    copy_on_write();
    kinds();
    large();
}
