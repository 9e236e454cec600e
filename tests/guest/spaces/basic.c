/* SPDX-License-Identifier: BSD-2-Clause */
/* Mapping, touching, unmapping, protecting. */
#include "tests/guest/spaces/cases.h"

#include "libsys/invoke.h"
#include "libsys/rpc_error.h"

void check_fault(const char *name, uint64_t address, err_t reason)
{
    struct memory_fault fault = {0};
    err_t error = memory_take_fault(authority.cap, &fault);
    check_result(name, error, 0);
    CHECK(name, fault.address == address && fault.reason == ERR_CODE(reason));
}

bool fill(struct task *task, uint64_t address, uint64_t pages, uint64_t first)
{
    bool good = true;
    for (uint64_t i = 0; i < pages; i++)
        good &= task_write(task, address + i * PAGE, first + i);
    return good;
}

bool holds(struct task *task, uint64_t address, uint64_t pages, uint64_t first)
{
    bool good = true;
    for (uint64_t i = 0; i < pages; i++)
        good &= task_read(task, address + i * PAGE) == first + i;
    return good;
}

static void anonymous(void)
{
    struct task task;
    uint64_t at = 0, other = 0;
    task_make(&task, 0, 0);
    check_result("map", task_map(&task, AT, 64 * PAGE, RW), 0);
    CHECK("memory begins as zero", task_read(&task, AT) == 0);
    CHECK("each page holds what was written", fill(&task, AT, 64, 1) && holds(&task, AT, 64, 1));
    check_result("unmap a part", memory_unmap(task.space, AT + 16 * PAGE, 16 * PAGE), 0);
    CHECK("what lies beside is there",
          task_read(&task, AT + 15 * PAGE) == 16 && task_read(&task, AT + 32 * PAGE) == 33);
    check_result("map again", task_map(&task, AT + 16 * PAGE, 16 * PAGE, RW), 0);
    CHECK("it is zero again", task_read(&task, AT + 20 * PAGE) == 0);
    check_result("anywhere", memory_map_anonymous(task.space, 0, 3 * PAGE, RW, &at), 0);
    check_result("and again", memory_map_anonymous(task.space, 0, 3 * PAGE, RW, &other), 0);
    CHECK("at different places", at != other && at % PAGE == 0 && other % PAGE == 0);
    CHECK("which can be written", task_write(&task, at, 5) && task_write(&task, other, 6));
    CHECK("an address where nothing is", !task_write(&task, AT + (64ull << 20), 1));
    check_fault("is a fault", AT + (64ull << 20), MEMORY_ERROR_NOT_MAPPED);
    task_end(&task);
}

static void protection(void)
{
    struct task task;
    struct memory_fault fault = {0};
    task_make(&task, 0, 0);
    check_result("map", task_map(&task, AT, 4 * PAGE, RW), 0);
    CHECK("write", task_write(&task, AT + PAGE, 7));
    check_result("protect", memory_protect(task.space, AT + PAGE, PAGE, MEMORY_READ), 0);
    CHECK("it can be read", task_read(&task, AT + PAGE) == 7);
    CHECK("and not be written", !task_write(&task, AT + PAGE, 8));
    check_result("the fault", memory_take_fault(authority.cap, &fault), 0);
    CHECK("says why", fault.reason == ERR_CODE(RPC_DENIED) && fault.space == task.badge &&
                          fault.kind == FAULT_PAGE && (fault.code & FAULT_WRITE));
    check_result("writable again", memory_protect(task.space, AT + PAGE, PAGE, RW), 0);
    check_result("resume", memory_resume_fault(authority.cap, fault.number), 0);
    CHECK("the write came to its end", task_read(&task, AT + PAGE) == 8);
    check_result("resume twice", memory_resume_fault(authority.cap, fault.number),
                 MEMORY_ERROR_NO_FAULT);
    check_result("no access", memory_protect(task.space, AT, 4 * PAGE, 0), 0);
    CHECK("no read", task_read(&task, AT + PAGE) == ~0ull);
    check_fault("is a fault", AT + PAGE, RPC_DENIED);
    check_result("write and execute", memory_protect(task.space, AT, PAGE, 7),
                 MEMORY_ERROR_WRITE_AND_EXECUTE);
    check_result("a hole", memory_protect(task.space, AT, 8 * PAGE, MEMORY_READ),
                 MEMORY_ERROR_NOT_MAPPED);
    task_end(&task);
}

/* Downwards, as a stack does; with the page below kept free. */
static void stack(void)
{
    struct task task;
    uint64_t at = 0;
    bool good = true;
    task_make(&task, 0, 0);
    check_result("map a stack", task_map(&task, AT, 40 * PAGE, RW | MEMORY_GROWS_DOWN), 0);
    for (uint64_t i = 40; i-- > 0;)
        good &= task_write(&task, AT + i * PAGE, i);
    CHECK("it is written from its top", good && holds(&task, AT, 40, 0));
    check_result("the page below",
                 memory_map_anonymous(task.space, AT - PAGE, PAGE,
                                      RW | MEMORY_FIXED | MEMORY_NO_REPLACE, &at),
                 MEMORY_ERROR_OVERLAP);
    check_result("the one before that",
                 memory_map_anonymous(task.space, AT - 2 * PAGE, PAGE,
                                      RW | MEMORY_FIXED | MEMORY_NO_REPLACE, &at),
                 0);
    task_end(&task);
}

static void wrong_ranges(void)
{
    struct task task;
    uint64_t at;
    cap_t space;
    task_make(&task, 0, 0);
    space = task.space;
    check_result("length 0", memory_map_anonymous(space, 0, 0, RW, &at), RPC_OUT_OF_RANGE);
    check_result("odd length", memory_map_anonymous(space, 0, 100, RW, &at), RPC_OUT_OF_RANGE);
    check_result("too long", memory_map_anonymous(space, 0, 1ull << 47, RW, &at), RPC_OUT_OF_RANGE);
    check_result("almost all", memory_map_anonymous(space, 0, 3ull << 45, RW, &at), 0);
    check_result("no place", memory_map_anonymous(space, 0, 3ull << 45, RW, &at),
                 MEMORY_ERROR_NO_SPACE);
    check_result("odd address", memory_map_anonymous(space, AT + 5, PAGE, RW | MEMORY_FIXED, &at),
                 MEMORY_ERROR_NO_SPACE);
    check_result("the kernel's half",
                 memory_map_anonymous(space, 1ull << 63, PAGE, RW | MEMORY_FIXED, &at),
                 MEMORY_ERROR_NO_SPACE);
    check_result(
        "over the end",
        memory_map_anonymous(space, 0x7fffffff0000ull - PAGE, 2 * PAGE, RW | MEMORY_FIXED, &at),
        MEMORY_ERROR_NO_SPACE);
    check_result("write only", memory_map_anonymous(space, 0, PAGE, MEMORY_WRITE, &at),
                 RPC_OUT_OF_RANGE);
    check_result("write and execute", memory_map_anonymous(space, 0, PAGE, 7, &at),
                 MEMORY_ERROR_WRITE_AND_EXECUTE);
    check_result("unmap nothing", memory_unmap(space, AT, 16 * PAGE), 0);
    check_result("unmap an odd range", memory_unmap(space, AT + 1, PAGE), RPC_OUT_OF_RANGE);
    check_result("unmap over the end", memory_unmap(space, AT, ~0ull - PAGE + 1), RPC_OUT_OF_RANGE);
    check_result("protect what isn't there", memory_protect(space, AT, PAGE, RW),
                 MEMORY_ERROR_NOT_MAPPED);
    task_end(&task);
}

static void large(void)
{
    struct task task;
    uint64_t at = 64ull << 20;
    task_make(&task, 0, 0);
    check_result("populate 8 MiB", task_map(&task, at, 8ull << 20, RW | MEMORY_POPULATE), 0);
    CHECK("write all of it", task_access(&task, ACCESS_DO_WRITE, at, 3, 2048));
    check_result("unmap a part", memory_unmap(task.space, at + 300 * PAGE, PAGE), 0);
    check_result("protect a part", memory_protect(task.space, at + 1000 * PAGE, PAGE, MEMORY_READ),
                 0);
    CHECK("the rest is there", task_read(&task, at + 299 * PAGE) == 3 &&
                                   task_write(&task, at + 301 * PAGE, 4) &&
                                   task_read(&task, at + 1000 * PAGE) == 3);
    check_result("unmap all", memory_unmap(task.space, at, 8ull << 20), 0);
    CHECK("it's gone", task_read(&task, at + 301 * PAGE) == ~0ull);
    check_fault("which is a fault", at + 301 * PAGE, MEMORY_ERROR_NOT_MAPPED);
    task_end(&task);
}

static void regions(void)
{
    struct task task;
    struct memory_region region = {0};
    struct memory_status status = {0};
    task_make(&task, 0, 0);
    check_result("map", task_map(&task, AT, 4 * PAGE, RW), 0);
    check_result("map beside it", task_map(&task, AT + 4 * PAGE, 4 * PAGE, RW), 0);
    CHECK("touch two pages", fill(&task, AT + 3 * PAGE, 2, 1));
    check_result("the region", memory_region(task.space, AT + PAGE, &region), 0);
    CHECK("is one, with what is there", region.address == AT && region.length == 8 * PAGE &&
                                            region.access == RW && region.resident == 2 * PAGE);
    check_result("the space", memory_status(task.space, &status), 0);
    CHECK("has these", status.regions == 3 && status.used >= 2 * PAGE + status.tables);
    check_result("none above", memory_region(task.space, AT + 8 * PAGE, &region),
                 MEMORY_ERROR_NOT_MAPPED);
    task_end(&task);
}

void cases_basic(void)
{
    stack();
    wrong_ranges();
    large();
    regions();
    anonymous();
    protection();
}
