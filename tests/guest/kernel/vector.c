/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers of a thread that others must not see, and that it must keep: vector registers over
 * every kind of switch, and all registers over being interrupted.
 */

#include "kernel/abi/bootinfo.h"
#include "libsys/program.h"
#include "tests/guest/kernel/await.h"
#include "tests/guest/kernel/pair.h"

/* ---- Calls between threads that use vector registers ---- */

/* What a task stored is what it had itself, or the initial state; `strict`: only the latter. */
static void expect_vectors(const struct task *task, bool strict)
{
    const struct area *area = task->area;

    if (!(area->flags & AREA_VECTOR_STORE))
        return;
    for (unsigned i = 0; i < 16; i++) {
        for (unsigned k = 0; k < (area->flags & AREA_AVX ? 4 : 2); k++) {
            uint64_t value = area->vector_out[i][k];
            if (value && (strict || value != area->vector_in[i][k]))
                FAIL("task %u: word %u of vector register %u is 0x%lx", task->id, k, i, value);
        }
    }
    if (area->mxcsr_out != INITIAL_MXCSR && (strict || area->mxcsr_out != AREA_MXCSR))
        FAIL("task %u: MXCSR is 0x%x", task->id, area->mxcsr_out);
    if ((uint16_t)area->fcw_out != INITIAL_FCW && (strict || (uint16_t)area->fcw_out != AREA_FCW))
        FAIL("task %u: the x87 control word is 0x%x", task->id, area->fcw_out);
}

/* What it stored is what it had loaded. */
static void expect_vectors_kept(const struct task *task)
{
    const struct area *area = task->area;

    for (unsigned i = 0; i < 16; i++)
        for (unsigned k = 0; k < (area->flags & AREA_AVX ? 4 : 2); k++)
            if (area->vector_out[i][k] != area->vector_in[i][k])
                FAIL("task %u: word %u of vector register %u is 0x%lx", task->id, k, i,
                     area->vector_out[i][k]);
    EXPECT_EQUAL(area->mxcsr_out, AREA_MXCSR);
    EXPECT_EQUAL((uint16_t)area->fcw_out, AREA_FCW);
}

static void exchange_vectors(unsigned flags, bool direct, bool buffered)
{
    struct pair pair = pair_make(flags);
    struct exchange exchange = pair_exchange(&pair);

    if (buffered) {
        exchange.request->in[R_RAX] = SYSCALL_CALL_BUFFER;
        exchange.request->in[R_R15] = TAG(0, 3, 0);
        exchange.answer->in[R_RAX] = SYSCALL_REPLY_WAIT_BUFFER;
        exchange.answer->in[R_R15] = TAG(0, 2, 0);
    }
    if (direct) {
        pair_run(&pair);
    } else {
        task_run(pair.client);
        settle();
        task_run(pair.server);
        settle();
    }
    expect_done(pair.client);
    expect_silent(pair.server);
    EXPECT_EQUAL(step_result(exchange.wait), buffered ? RECEIVE_BUFFER : 0);
    EXPECT_EQUAL(step_result(exchange.request), buffered ? RECEIVE_BUFFER : 0);
    expect_clean(pair.server, exchange.wait);
    expect_clean(pair.client, exchange.request);
    expect_message(exchange.wait, exchange.request);
    expect_message(exchange.request, exchange.answer);
    expect_vectors(pair.client, true);
    expect_vectors(pair.server, direct);
}

static void both_sides(unsigned flags)
{
    exchange_vectors(flags, true, false);
}

static void vector_server(void)
{
    both_sides(PAIR_SERVER_VECTOR);
}

static void vector_client(void)
{
    both_sides(PAIR_CLIENT_VECTOR);
}

static void vector_both(void)
{
    both_sides(PAIR_SERVER_VECTOR | PAIR_CLIENT_VECTOR);
}

static void vector_both_one_space(void)
{
    both_sides(PAIR_SERVER_VECTOR | PAIR_CLIENT_VECTOR | PAIR_ONE_SPACE);
}

static void vector_both_bases(void)
{
    both_sides(PAIR_SERVER_VECTOR | PAIR_CLIENT_VECTOR | PAIR_BASES);
}

static void vector_queued(void)
{
    exchange_vectors(PAIR_SERVER_VECTOR, false, false);
}

static void vector_queued_both(void)
{
    exchange_vectors(PAIR_SERVER_VECTOR | PAIR_CLIENT_VECTOR, false, false);
}

static void vector_buffered(void)
{
    exchange_vectors(PAIR_SERVER_VECTOR | PAIR_CLIENT_VECTOR, true, true);
}

static void vector_buffered_client(void)
{
    exchange_vectors(PAIR_CLIENT_VECTOR, true, true);
}

static void vector_buffered_queued(void)
{
    exchange_vectors(PAIR_SERVER_VECTOR, false, true);
}

/* After a call of a server that uses them, a client without room for them still has none. */
static void client_without(void)
{
    struct pair pair = pair_make(PAIR_SERVER_VECTOR);

    step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    task_run(pair.server);
    settle();
    pair.client->area->data[0] = pair.handle;
    task_start(pair.client, victim_call_vectors);
    settle();
    expect_exception(pair.client, 7);
    EXPECT_EQUAL(pair.client->report.ip, victim_call_vectors_at);
}

/* A woken thread finds them in the initial state, and what it had is gone or its own. */
static void over_wait(void)
{
    struct process *process = process_make();
    struct task *waiter = task_make_vector(process, PRIORITY_HIGH);
    struct task *other = task_make_vector(process, PRIORITY_USUAL);
    cap_t notification = case_make(OBJECT_NOTIFICATION, 0);

    task_use_vectors(waiter);
    task_use_vectors(other);
    step_operation(waiter, process_give(process, notification, RIGHT_ALL, 0), OP_notification_wait,
                   0, 0, 0, 0);
    step_add(other, SYSCALL_SIGNAL, process_give(process, notification, RIGHT_ALL, 1));
    task_run(waiter);
    settle();
    task_run(other);
    settle();
    expect_done(waiter);
    expect_done(other);
    expect_vectors(waiter, true);
    expect_vectors(other, false);
}

/* A fault keeps them, whoever used his own meanwhile. */
static void over_fault(void)
{
    struct process *process = process_make();
    struct task *task = task_make_vector(process, PRIORITY_USUAL);
    struct task *other = task_make_vector(process, PRIORITY_USUAL);
    cap_t frame = case_make(OBJECT_FRAME, 12);

    task_use_vectors(task);
    task_use_vectors(other);
    task->area->data[0] = 0x23456000;
    task_start(task, victim_vectors_over_fault);
    settle();
    expect_page_fault(task, 0x23456000, 0);
    step_add(other, SYSCALL_INSPECT, 0);
    task_run(other);
    settle();
    expect_done(other);
    process_map(process, frame, 0x23456000, ACCESS_READ);
    task_continue(task);
    settle();
    EXPECT_EQUAL(task->report.code, REPORT_DONE);
    expect_vectors_kept(task);
}

/* ---- Interrupted anywhere, a thread has all of its registers ---- */

static const enum register_number step_order[R_COUNT] = {
    [R_RAX] = REGISTER_RAX, [R_RDX] = REGISTER_RDX, [R_RDI] = REGISTER_RDI, [R_RSI] = REGISTER_RSI,
    [R_R8] = REGISTER_R8,   [R_R9] = REGISTER_R9,   [R_R10] = REGISTER_R10, [R_R12] = REGISTER_R12,
    [R_R13] = REGISTER_R13, [R_R14] = REGISTER_R14, [R_R15] = REGISTER_R15, [R_RBX] = REGISTER_RBX,
    [R_RBP] = REGISTER_RBP, [R_RCX] = REGISTER_RCX, [R_R11] = REGISTER_R11};

#define HOLDERS 6

static const uint64_t holder_flags[HOLDERS] = {0x202,   0x8d7 | 0x202, 0x602,
                                               0x40a46, 0x200293,      0x4202};

static struct task *holder_make(unsigned i)
{
    struct process *process = process_make();
    struct task *task =
        i % 2 ? task_make_vector(process, PRIORITY_USUAL) : task_make(process, PRIORITY_USUAL);

    if (i % 2)
        task_use_vectors(task);
    OK(sched_context_configure, task->sched, own.cpu, PRIORITY_USUAL, 50000);
    step_add(task, 0x1111, 0x2222);
    task->area->count = 0; /* it's for its registers only */
    task->area->data[1] = holder_flags[i];
    task_start(task, victim_hold);
    return task;
}

/* It is stopped: compare what it holds, and have it store its vector registers. */
static void holder_check(struct task *task, unsigned i)
{
    for (unsigned k = 0; k < R_COUNT; k++)
        EXPECT_EQUAL(task_register(task, step_order[k]), task->area->step[0].in[k]);
    EXPECT_EQUAL(task_register(task, REGISTER_RFLAGS), holder_flags[i]);
    EXPECT_EQUAL(task_register(task, REGISTER_RIP), victim_hold_at);
    EXPECT_EQUAL(task_register(task, REGISTER_RSP), (uint64_t)task->area + AREA_BYTES);
    EXPECT_EQUAL(task_register(task, REGISTER_FS_BASE), &task->area->canary);
    if (i % 2 == 0)
        return;
    OK(thread_write_registers, task->thread, REGISTER_RIP, 1, (uint64_t)victim_store_vectors, 0, 0,
       0);
    OK(thread_write_registers, task->thread, REGISTER_RDI, 1, (uint64_t)task->area, 0, 0, 0);
    OK(thread_write_registers, task->thread, REGISTER_RFLAGS, 1, 0x202, 0, 0, 0);
    OK(thread_resume, task->thread);
    settle();
    expect_done(task);
    expect_vectors_kept(task);
}

static void preempted(void)
{
    struct task *task[HOLDERS];

    for (unsigned i = 0; i < HOLDERS; i++)
        task[i] = holder_make(i);
    for (unsigned i = 0; i < 5; i++)
        runner_sleep(40000);
    for (unsigned i = 0; i < HOLDERS; i++)
        await_address(task[i], victim_hold_at);
    for (unsigned i = 0; i < HOLDERS; i++)
        holder_check(task[i], i);
}

/* Started anew, for another purpose perhaps, it has none of what it held. */
static void started_anew(void)
{
    struct task *task = holder_make(1);

    await_address(task, victim_hold_at);
    task_start(task, victim_store_vectors);
    settle();
    expect_done(task);
    expect_vectors(task, true);
}

/* The same memory becomes another thread. */
static void made_anew(void)
{
    struct task *task = holder_make(1), *other;

    await_address(task, victim_hold_at);
    OK(thread_resume, task->thread);
    runner_sleep(1000);
    OK(cnode_delete, own.cnode, CAP_INDEX(task->thread));
    other = task_make_vector(process_make(), PRIORITY_USUAL);
    task_use_vectors(other);
    task_start(other, victim_store_vectors);
    settle();
    expect_done(other);
    expect_vectors(other, true);
}

/* Segment registers don't tell the next thread anything, nor do they take its bases away. */
static void selectors(void)
{
    struct process *process = process_make();
    struct task *low = task_make(process, PRIORITY_LOW), *high = task_make(process, PRIORITY_HIGH);

    if (program_info()->features & BOOT_FEATURE_FSGSBASE)
        low->area->flags = high->area->flags = AREA_BASES;
    task_start(low, victim_selectors);
    await_count(low);
    task_start(high, victim_store_selectors);
    await_report(high);
    expect_done(high);
    for (unsigned i = 0; i < 5; i++) /* with the base of gs */
        EXPECT_EQUAL(high->area->data[i], 0);
    high->area->flags = 0;
    step_add(high, SYSCALL_INSPECT, 0);
    high->area->next = 0;
    OK(thread_suspend, high->thread);
    await_count(low);
    task_run(high);
    await_report(high);
    expect_done(high);
    EXPECT_EQUAL(high->area->step[0].fs, high->area->canary);
    EXPECT_EQUAL(high->area->step[0].gs, ARENA_WORD);
}

static const struct test vector_tests[] = {
    {"server uses vectors", vector_server},
    {"client uses vectors", vector_client},
    {"both use vectors", vector_both},
    {"both use vectors in one space", vector_both_one_space},
    {"both use vectors, other segment bases", vector_both_bases},
    {"queued call, server uses vectors", vector_queued},
    {"queued call, both use vectors", vector_queued_both},
    {"call with a buffer, both use vectors", vector_buffered},
    {"call with a buffer, client uses vectors", vector_buffered_client},
    {"queued call with a buffer, server uses vectors", vector_buffered_queued},
    {"client without vectors", client_without},
    {"vectors over a wait", over_wait},
    {"vectors over a fault", over_fault},
    {"registers over interrupts", preempted},
    {"segment registers", selectors},
    {"vectors of a thread started anew", started_anew},
    {"vectors of a thread made anew", made_anew},
};
GROUP("registers", vector_tests);
