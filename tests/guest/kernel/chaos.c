/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random system calls of many threads, which have all kinds of capabilities of each other's
 * objects, preempt each other, fault, call, kill, revoke. After each round everything must be gone,
 * to the last byte and slot.
 *
 * A round depends on its seed, and on when interrupts come: a failure may need some tries to be
 * seen again. The program's arguments "chaos N" run N rounds instead.
 */

#include "tests/guest/kernel/chaos.h"

#include "libsys/format.h"
#include "libsys/print.h"
#include "libsys/program.h"
#include "tests/guest/kernel/runner.h"

#define ROUNDS 12
#define STIRS 100
#define PROCESSES 3
#define THREADS 9
#define SHARED 24 /* objects that are shared by all */

static uint64_t tally[OPERATION_COUNT + 1][2];
static uint64_t states[THREAD_FAULTED + 1]; /* that threads were found in */
static uint64_t seed;
static uint64_t state;
static cap_t shared[SHARED];
static struct process *process[PROCESSES];

static uint64_t pick(uint64_t below)
{
    return chaos_random(&state) % below;
}

/* "everywhere": victims on all CPUs. Not yet without a mistake: some rounds fail. */
static cap_t any_cpu(void)
{
    uint64_t number = test_argument("everywhere") ? pick(program_info()->cpu_running) : 0;

    return number ? own.cpus + CAP_OF(number - 1) : own.cpu;
}

static void shared_make(void)
{
    static const enum object_type types[] = {
        OBJECT_ENDPOINT, OBJECT_NOTIFICATION,  OBJECT_FRAME, OBJECT_REPLY,
        OBJECT_THREAD,   OBJECT_SCHED_CONTEXT, OBJECT_FRAME, OBJECT_NOTIFICATION};

    for (unsigned i = 0; i < SHARED; i++)
        shared[i] = case_make(types[i % 8], 0);
}

/* Fill what is empty in a process's table. Its own table, space and threads are among it. */
static void deal(struct process *to)
{
    cap_t cpu = CAP_OF(case_slot());

    OK(cpu_limit, any_cpu(), own.cnode, CAP_INDEX(cpu), 40, 1000000);
    for (uint32_t slot = 1; slot < CHAOS_EMPTY; slot++) {
        cap_t source = shared[pick(SHARED)];
        unsigned rights = pick(4) ? RIGHT_ALL : (unsigned)pick(8);
        switch (slot) {
        case 1:
            (void)!cnode_copy(to->cnode, slot, to->cnode, RIGHT_ALL);
            continue;
        case 2:
            (void)!cnode_copy(to->cnode, slot, to->vspace, RIGHT_ALL);
            continue;
        case 3:
            (void)!cnode_copy(to->cnode, slot, cpu, RIGHT_ALL);
            continue;
        case 4:
            (void)!cnode_copy(to->cnode, slot, process[pick(PROCESSES)]->cnode, RIGHT_ALL);
            continue;
        case 5:
        case 6:
            (void)!cnode_copy(to->cnode, slot, tasks[pick(THREADS)].thread, RIGHT_ALL);
            continue;
        case 7:
        case 8:
            (void)!untyped_retype(case_untyped, to->cnode, slot, 1, OBJECT_UNTYPED, 17);
            continue;
        default:
            break;
        }
        if (pick(3) == 0)
            (void)!cnode_mint(to->cnode, slot, source, rights, 1 + pick(1000));
        else
            (void)!cnode_copy(to->cnode, slot, source, rights);
    }
}

static void thread_begin(unsigned i)
{
    struct task *task = &tasks[i];

    task->area->data[CHAOS_SERVES] = i % 2;
    task->area->data[CHAOS_RANDOM] = 1 + chaos_random(&state);
    (void)!thread_suspend(task->thread);
    (void)!thread_set_sched(task->thread, 0);
    (void)!sched_context_configure(task->sched, any_cpu(), 10 + pick(40), 10000 + pick(40000));
    if (i % 2 && pick(2))
        (void)!thread_set_endpoint(task->thread, shared[pick(3) * 8]);
    (void)!thread_set_space(task->thread, task->process->cnode, task->process->vspace);
    (void)!thread_set_sched(task->thread, task->sched);
    if (i % 2)
        (void)!thread_set_endpoint(task->thread, shared[pick(3) * 8]);
    (void)!thread_start(task->thread, (uint64_t)chaos_victim, (uint64_t)task->area + AREA_BYTES - 8,
                        (uint64_t)&task->area->canary, (uint64_t)task->area);
}

static void threads_make(void)
{
    for (unsigned i = 0; i < THREADS; i++) {
        struct process *home = process[i % PROCESSES];
        struct task *task = i % 4 == 1 ? task_make_vector(home, 20) : task_make(home, 20);
        if (i % 4 == 1)
            task_use_vectors(task);
        OK(sched_context_configure, task->sched, own.cpu, 10 + pick(40), 10000 + pick(40000));
        OK(thread_set_fault, task->thread, i % 2 ? shared[0] : 0);
    }
}

/* Whoever stands still, for whatever reason, is set going again. */
static void stir(void)
{
    for (unsigned i = 0; i < THREADS; i++) {
        uint64_t what, callee, vector;
        if (thread_info(tasks[i].thread, &what, &callee, &vector))
            continue;
        states[what]++;
        if (what != THREAD_READY && pick(4))
            thread_begin(i);
    }
    for (unsigned i = 0; i < PROCESSES; i++)
        deal(process[i]);
    if (pick(4) == 0)
        (void)!cnode_revoke(own.cnode, CAP_INDEX(shared[pick(SHARED)]));
}

static void round_run(void)
{
    case_need(4 << 20);
    state = seed * 0x9e3779b97f4a7c15ull + 1;
    for (unsigned i = 0; i < PROCESSES; i++)
        process[i] = process_make();
    shared_make();
    threads_make();
    for (unsigned i = 0; i < PROCESSES; i++)
        deal(process[i]);
    for (unsigned i = 0; i < THREADS; i++)
        thread_begin(i);
    for (unsigned i = 0; i < STIRS; i++) {
        runner_sleep(200 + (uint32_t)pick(300));
        stir();
    }
    for (unsigned i = 0; i <= OPERATION_COUNT; i++)
        for (unsigned k = 0; k < 2; k++)
            tally[i][k] += CHAOS_TALLY[i][k];
}

void chaos_rounds(void)
{
    uint64_t rounds = test_number("chaos", ROUNDS);

    for (seed = 1; seed <= rounds; seed++) {
        char name[24];
        format_buffer(name, sizeof(name), "round %lu", seed);
        const struct test test = {name, round_run};
        test_run("chaos", &test);
    }
    if (rounds != ROUNDS)
        for (unsigned i = 0; i <= THREAD_FAULTED; i++)
            print("chaos: state %u %lu times\n", i, states[i]);
    if (rounds != ROUNDS)
        for (enum operation_index i = 0; i <= OPERATION_COUNT; i++)
            print("chaos: %-24s %8lu done %8lu refused\n",
                  i < OPERATION_COUNT ? operations[i].name : "other calls", tally[i][0],
                  tally[i][1]);
}
