/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads: configuring, starting, reading and writing registers. */

#include "tests/guest/kernel/pair.h"

#define CODE_INVALID 0x7ffffffff000ull /* the first address that a user can't have */

/* A thread with its spaces and nothing else. */
static cap_t bare_thread(struct process *process)
{
    cap_t thread = case_make(OBJECT_THREAD, 0);

    OK(thread_set_space, thread, process->cnode, process->vspace);
    return thread;
}

static uint64_t state_of(cap_t thread)
{
    uint64_t state, callee, vector;

    OK(thread_info, thread, &state, &callee, &vector);
    return state;
}

/* ---- Starting ---- */

/* All registers but rip, rsp, rdi and FS base are zero, and interrupts are on. */
static void start_registers(void)
{
    struct task *task = task_make(process_make(), PRIORITY_USUAL);

    task_start(task, victim_report_all);
    settle();
    EXPECT_EQUAL(task->report.code, REPORT_VALUE);
    for (unsigned i = REGISTER_RSI; i <= REGISTER_RBP; i++)
        if (i != REGISTER_RAX)
            EXPECT_EQUAL(task_register(task, (enum register_number)i), 0);
    EXPECT_EQUAL(task_register(task, REGISTER_RDI), task->area);
    EXPECT_EQUAL(task_register(task, REGISTER_RSP), (uint64_t)task->area + AREA_BYTES);
    EXPECT_EQUAL(task_register(task, REGISTER_FS_BASE), &task->area->canary);
    EXPECT_EQUAL(task->area->data[0] & 0x3ffed7, 0x202);
}

/* Also when a thread was never started but had its registers written. */
static void resume_unstarted(void)
{
    struct task *task = task_make(process_make(), PRIORITY_USUAL);

    OK(thread_write_registers, task->thread, REGISTER_RIP, 2, (uint64_t)victim_report_all,
       (uint64_t)task->area + AREA_BYTES, 0, 0);
    OK(thread_write_registers, task->thread, REGISTER_RDI, 1, (uint64_t)task->area, 0, 0, 0);
    OK(thread_resume, task->thread);
    settle();
    EXPECT_EQUAL(task->report.code, REPORT_VALUE);
    EXPECT_EQUAL(task->area->data[0] & 0x3ffed7, 0x202);
}

/* Resumed as it was made: it begins at 0, which is a fault. */
static void resume_untouched(void)
{
    struct task *task = task_make(process_make(), PRIORITY_USUAL);

    OK(thread_resume, task->thread);
    settle();
    expect_page_fault(task, 0, FAULT_FETCH);
    EXPECT_EQUAL(task->report.flags & 0x200, 0x200);
}

static void start_errors(void)
{
    struct process *process = process_make();
    cap_t thread = bare_thread(process), other = case_make(OBJECT_THREAD, 0);

    FAILS(NOT_BOUND, 0, THREAD, thread_start, thread, 0x400000, 0, 0, 0);
    FAILS(NOT_BOUND, 0, THREAD, thread_resume, thread);
    OK(thread_set_sched, thread, time_make(PRIORITY_USUAL));
    FAILS(OUT_OF_RANGE, 1, NOTHING, thread_start, thread, CODE_INVALID, 0, 0, 0);
    FAILS(OUT_OF_RANGE, 1, NOTHING, thread_start, thread, 0xffffffff80000000, 0, 0, 0);
    FAILS(OUT_OF_RANGE, 1, NOTHING, thread_start, thread, 1ull << 63, 0, 0, 0);
    FAILS(OUT_OF_RANGE, 2, NOTHING, thread_start, thread, 0x400000, CODE_INVALID, 0, 0);
    FAILS(OUT_OF_RANGE, 3, NOTHING, thread_start, thread, 0x400000, 0, CODE_INVALID, 0);
    FAILS(OUT_OF_RANGE, 3, NOTHING, thread_start, thread, 0x400000, 0, -1ull, 0);
    OK(thread_set_sched, other, time_make(PRIORITY_USUAL));
    FAILS(NOT_BOUND, 0, THREAD, thread_start, other, 0x400000, 0, 0, 0);
    FAILS(NOT_BOUND, 0, THREAD, thread_resume, other);
    OK(thread_start, thread, (uint64_t)victim_spin, 0, 0, 0);
    FAILS(WRONG_STATE, 0, THREAD, thread_start, thread, (uint64_t)victim_spin, 0, 0, 0);
    FAILS(WRONG_STATE, 0, THREAD, thread_resume, thread);
    EXPECT_EQUAL(state_of(thread), THREAD_READY);
}

static void configure_errors(void)
{
    struct process *process = process_make();
    cap_t thread = bare_thread(process), other = bare_thread(process);
    cap_t sched = time_make(PRIORITY_USUAL), second = time_make(PRIORITY_USUAL);
    cap_t frame = case_make(OBJECT_FRAME, 12);

    OK(thread_set_sched, other, sched);
    FAILS(BOUND, 1, SCHED_CONTEXT, thread_set_sched, thread, sched);
    OK(thread_set_sched, other, 0);
    OK(thread_set_sched, thread, sched);
    OK(thread_set_sched, thread, sched); /* again is no harm */
    OK(thread_set_sched, thread, second);
    OK(thread_set_sched, other, sched);

    OK(thread_set_buffer, thread, frame, 3072);
    FAILS(MISALIGNED, 2, NOTHING, thread_set_buffer, thread, frame, 512);
    FAILS(OUT_OF_RANGE, 2, NOTHING, thread_set_buffer, thread, frame, 4096);
    FAILS(OUT_OF_RANGE, 2, NOTHING, thread_set_buffer, thread, frame, 1ull << 63);
    FAILS(DEVICE_MEMORY, 1, FRAME, thread_set_buffer, thread, own.screen, 0);
    OK(thread_set_buffer, thread, 0, 1); /* the offset of nothing is nothing */

    OK(thread_start, thread, (uint64_t)victim_spin, 0, 0, 0);
    FAILS(WRONG_STATE, 0, THREAD, thread_set_space, thread, process->cnode, process->vspace);
    FAILS(WRONG_STATE, 0, THREAD, thread_set_sched, thread, 0);
    FAILS(WRONG_STATE, 0, THREAD, thread_set_endpoint, thread, case_make(OBJECT_ENDPOINT, 0));
    OK(thread_suspend, thread);
    OK(thread_set_space, thread, process->cnode, process->vspace);
}

static void endpoint_errors(void)
{
    struct process *process = process_make();
    cap_t endpoint = case_make(OBJECT_ENDPOINT, 0), other = case_make(OBJECT_ENDPOINT, 0);
    cap_t threads = case_make_row(OBJECT_THREAD, 0, 33);

    for (unsigned i = 0; i < 32; i++) {
        OK(thread_set_space, threads + CAP_OF(i), process->cnode, process->vspace);
        OK(thread_set_endpoint, threads + CAP_OF(i), endpoint);
    }
    FAILS(FULL, 1, ENDPOINT, thread_set_endpoint, threads + CAP_OF(32), endpoint);
    FAILS(BOUND, 0, THREAD, thread_set_endpoint, threads, other);
    OK(thread_set_endpoint, threads, 0);
    OK(thread_set_endpoint, threads, 0);
    OK(thread_set_endpoint, threads + CAP_OF(32), endpoint);
    OK(thread_set_endpoint, threads, other);
}

/* ---- Registers ---- */

static void registers(void)
{
    struct task *task = task_make(process_make(), PRIORITY_USUAL);
    uint64_t r[8];

    task_start(task, victim_report_all);
    settle();
    for (unsigned i = 0; i < REGISTER_RFLAGS; i++)
        OK(thread_write_registers, task->thread, i, 1, 0xaaaa000000000000 + i, 0, 0, 0);
    for (unsigned i = 0; i < REGISTER_RFLAGS; i++)
        EXPECT_EQUAL(task_register(task, (enum register_number)i), 0xaaaa000000000000 + i);
    OK(thread_write_registers, task->thread, REGISTER_R9, 4, 1, 2, 3, 4);
    OK(thread_read_registers, task->thread, REGISTER_R8, 8, &r[0], &r[1], &r[2], &r[3], &r[4],
       &r[5], &r[6], &r[7]);
    EXPECT(r[0] == 0xaaaa000000000000 + REGISTER_R8 && r[1] == 1 && r[2] == 2 && r[3] == 3 &&
           r[4] == 4 && r[5] == 0xaaaa000000000000 + REGISTER_R14);

    /* Flags: no user gets interrupts off, IOPL, NT, AC, VM or ID by this. */
    OK(thread_write_registers, task->thread, REGISTER_RFLAGS, 1, -1ull, 0, 0, 0);
    EXPECT_EQUAL(task_register(task, REGISTER_RFLAGS), 0xfd7);
    OK(thread_write_registers, task->thread, REGISTER_RFLAGS, 1, 0, 0, 0, 0);
    EXPECT_EQUAL(task_register(task, REGISTER_RFLAGS), 0x202);

    /* What it then has is what was written. */
    OK(thread_write_registers, task->thread, REGISTER_RFLAGS, 2, 0x8d5, (uint64_t)victim_store_all,
       0, 0);
    OK(thread_write_registers, task->thread, REGISTER_RSP, 1, (uint64_t)task->area + AREA_BYTES, 0,
       0, 0);
    task_continue(task);
    settle();
    EXPECT_EQUAL(task->report.code, REPORT_VALUE);
    const uint64_t *stored = task->area->stack + 256 - 17;
    static const enum register_number order[] = {
        REGISTER_R15, REGISTER_R14, REGISTER_R13, REGISTER_R12, REGISTER_R11,
        REGISTER_R10, REGISTER_R9,  REGISTER_R8,  REGISTER_RDI, REGISTER_RSI,
        REGISTER_RBP, REGISTER_RBX, REGISTER_RDX, REGISTER_RCX, REGISTER_RAX};
    for (unsigned i = 0; i < 15; i++) {
        uint64_t expected = 0xaaaa000000000000 + order[i];
        if (order[i] >= REGISTER_R9 && order[i] <= REGISTER_R13)
            expected = 1 + order[i] - REGISTER_R9;
        EXPECT_EQUAL(stored[i], expected);
    }
    EXPECT_EQUAL(stored[15], 0xad7);
}

static void register_errors(void)
{
    struct task *task = task_make(process_make(), PRIORITY_USUAL);
    uint64_t r[8];

#define READ(first, count) \
    task->thread, first, count, &r[0], &r[1], &r[2], &r[3], &r[4], &r[5], &r[6], &r[7]
    FAILS(OUT_OF_RANGE, 1, NOTHING, thread_read_registers, READ(REGISTER_COUNT, 1));
    FAILS(OUT_OF_RANGE, 1, NOTHING, thread_read_registers, READ(-1ull, 1));
    FAILS(OUT_OF_RANGE, 2, NOTHING, thread_read_registers, READ(0, 0));
    FAILS(OUT_OF_RANGE, 2, NOTHING, thread_read_registers, READ(0, 9));
    FAILS(OUT_OF_RANGE, 2, NOTHING, thread_read_registers, READ(REGISTER_COUNT - 1, 2));
    FAILS(OUT_OF_RANGE, 1, NOTHING, thread_write_registers, task->thread, REGISTER_COUNT, 1, 0, 0,
          0, 0);
    FAILS(OUT_OF_RANGE, 2, NOTHING, thread_write_registers, task->thread, 0, 0, 0, 0, 0, 0);
    FAILS(OUT_OF_RANGE, 2, NOTHING, thread_write_registers, task->thread, 0, 5, 0, 0, 0, 0);
    FAILS(OUT_OF_RANGE, 2, NOTHING, thread_write_registers, task->thread, REGISTER_COUNT - 1, 2, 0,
          0, 0, 0);
    /* Addresses from which the processor couldn't return, and nothing of the others is written. */
    FAILS(OUT_OF_RANGE, 4, NOTHING, thread_write_registers, task->thread, REGISTER_RFLAGS, 4, 0x202,
          1ull << 47, 0, 0);
    FAILS(OUT_OF_RANGE, 3, NOTHING, thread_write_registers, task->thread, REGISTER_RIP, 3,
          0x8000000000000000, 0, 0, 0);
    FAILS(OUT_OF_RANGE, 3, NOTHING, thread_write_registers, task->thread, REGISTER_RSP, 1,
          0xffffffff80000000, 0, 0, 0);
    FAILS(OUT_OF_RANGE, 3, NOTHING, thread_write_registers, task->thread, REGISTER_FS_BASE, 1,
          0x800000000000, 0, 0, 0);
    FAILS(OUT_OF_RANGE, 5, NOTHING, thread_write_registers, task->thread, REGISTER_RIP, 3, 1, 2,
          -1ull, 0);
    EXPECT_EQUAL(task_register(task, REGISTER_RIP), 0);
    OK(thread_write_registers, task->thread, REGISTER_FS_BASE, 1, 0x7fffffffefff, 0, 0, 0);
    task_start(task, victim_spin);
    FAILS(WRONG_STATE, 0, THREAD, thread_read_registers, READ(0, 1));
    FAILS(WRONG_STATE, 0, THREAD, thread_write_registers, task->thread, 0, 1, 0, 0, 0, 0);
#undef READ
}

static const struct test thread_tests[] = {
    {"registers at start", start_registers},
    {"registers written before the start", resume_unstarted},
    {"resumed as it was made", resume_untouched},
    {"start: errors", start_errors},
    {"configuration: errors", configure_errors},
    {"endpoint: errors", endpoint_errors},
    {"registers read and written", registers},
    {"registers: errors", register_errors},
};
GROUP("thread", thread_tests);
