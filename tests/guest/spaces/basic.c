/* SPDX-License-Identifier: BSD-2-Clause */
/* Mapping, touching, unmapping, protecting. */
#include "tests/guest/spaces/cases.h"

#include "libsys/invoke.h"
#include "libsys/rpc_error.h"

#define AT 0x20000000ull
#define RW (MEMORY_READ | MEMORY_WRITE)

/* A fault that the server couldn't serve, and why. */
static void check_fault(const char *name, uint64_t address, err_t reason)
{
    struct memory_fault fault = {0};
    err_t error = memory_take_fault(authority.cap, &fault);
    check_result(name, error, 0);
    CHECK(name, fault.address == address && fault.reason == ERR_CODE(reason));
}

static void anonymous(void)
{
    struct task task;
    uint64_t at = 0, other = 0;
    bool same = true;
    task_make(&task, 0, 0);
    check_result("map", task_map(&task, AT, 64 * PAGE, RW), 0);
    CHECK("memory begins as zero", task_read(&task, AT) == 0);
    for (uint64_t i = 0; i < 64; i++)
        same &= task_write(&task, AT + i * PAGE, i + 1);
    for (uint64_t i = 0; i < 64; i++)
        same &= task_read(&task, AT + i * PAGE) == i + 1;
    CHECK("each page holds what was written", same);
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

void cases_basic(void)
{
    anonymous();
    protection();
}
