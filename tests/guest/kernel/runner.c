/* SPDX-License-Identifier: BSD-2-Clause */
/* See runner.h. */

#include "tests/guest/kernel/runner.h"

#include "kernel/abi/bootinfo.h"
#include "libsys/program.h"
#include "tests/guest/kernel/image.h"
#include "tests/guest/kernel/pit.h"

#define FLAG_QUIET 1u
#define FLAG_TICK 2u
#define TICKS_MAX 200 /* of 50 ms */
#define ARENA_BITS 18
#define PROCESSES_MAX TASKS_MAX

struct task tasks[TASKS_MAX];

static struct process processes[PROCESSES_MAX];
static unsigned task_count, process_count;
static cap_t arena;

static struct {
    cap_t endpoint, faults;   /* the original, and the copy that victims' derive from */
    cap_t notification, tick; /* bound to the endpoint; what the timer sets */
    cap_t go, quiet;          /* what the quiet thread waits for, and what it signals */
    bool armed;               /* the quiet thread has been told to tell */
    uint32_t flags;           /* signals of a case */
} runner;

static uint64_t quiet_stack[64] __attribute__((aligned(16)));

/* ---- The quiet thread: it runs when nobody else can ---- */

static _Noreturn void quiet_main(void)
{
    for (;;) {
        uint64_t flags;
        if (notification_wait(runner.go, &flags) || signal_flags(runner.quiet))
            __builtin_trap();
    }
}

static void quiet_start(void)
{
    cap_t thread = lasting_make(OBJECT_THREAD, 0), sched = lasting_make(OBJECT_SCHED_CONTEXT, 0);

    runner.go = lasting_make(OBJECT_NOTIFICATION, 0);
    OK(sched_context_configure, sched, own.cpu, PRIORITY_QUIET, 0);
    OK(thread_set_space, thread, own.cnode, own.vspace);
    OK(thread_set_sched, thread, sched);
    OK(thread_start, thread, (uint64_t)quiet_main, (uint64_t)(quiet_stack + 63), 0, 0);
}

static cap_t lasting_mint(cap_t source, uint32_t badge)
{
    uint32_t slot = lasting_slot();

    OK(cnode_mint, own.cnode, slot, source, RIGHT_ALL, badge);
    return CAP_OF(slot);
}

static cap_t go_signal;

void runner_init(void)
{
    OK(sched_context_configure, own.time, own.cpu, PRIORITY_RUNNER, 0);
    runner.endpoint = lasting_make(OBJECT_ENDPOINT, 0);
    runner.faults = CAP_OF(lasting_slot());
    runner.notification = lasting_make(OBJECT_NOTIFICATION, 0);
    runner.quiet = lasting_mint(runner.notification, FLAG_QUIET);
    runner.tick = lasting_mint(runner.notification, FLAG_TICK);
    OK(thread_set_endpoint, own.thread, runner.endpoint);
    OK(notification_bind, runner.notification, runner.endpoint);
    quiet_start();
    go_signal = lasting_mint(runner.go, 1);
    image_init();
}

void runner_begin(void)
{
    memory_begin();
    task_count = process_count = 0;
    runner.flags = 0;
    OK(cnode_copy, own.cnode, CAP_INDEX(runner.faults), runner.endpoint, RIGHT_ALL);
    OK(irq_bind, own.timer, runner.tick);
    arena = case_make(OBJECT_FRAME, ARENA_BITS);
    case_map(arena, ARENA_ADDRESS, ACCESS_READ | ACCESS_WRITE);
    *(uint64_t *)ARENA_ADDRESS = ARENA_WORD;
}

void runner_end(void)
{
    OK(irq_bind, own.timer, 0);
    OK(cnode_revoke, own.cnode, CAP_INDEX(runner.faults));
    OK(cnode_delete, own.cnode, CAP_INDEX(runner.faults));
    memory_end();
}

/* ---- Processes ---- */

static struct process *process_new(void)
{
    if (process_count == PROCESSES_MAX)
        FAIL("too many processes");
    struct process *process = &processes[process_count++];
    process->cnode = case_make(OBJECT_CNODE, CAP_SHIFT + 6);
    process->next_slot = 1;
    process->memory = case_make_from(0);
    case_make_from(process->memory);
    return process;
}

cap_t process_map(struct process *process, cap_t frame, uint64_t address, unsigned access)
{
    cap_t copy = case_copy(frame, RIGHT_ALL);

    OK(frame_map, copy, process->vspace, address, 0, 1ull << case_inspect(frame).size_bits, access);
    return copy;
}

struct process *process_make(void)
{
    struct process *process = process_new();

    process->vspace = case_make(OBJECT_VSPACE, 16);
    image_map(process->vspace);
    process->arena = process_map(process, arena, ARENA_ADDRESS, ACCESS_READ | ACCESS_WRITE);
    return process;
}

struct process *process_make_apart(void)
{
    cap_t memory = case_make(OBJECT_UNTYPED, 18);

    case_make_from(memory);
    struct process *process = process_make();
    case_make_from(0);
    return process;
}

struct process *process_beside(struct process *other)
{
    struct process *process = process_new();

    process->vspace = other->vspace;
    process->arena = other->arena;
    return process;
}

cap_t process_give(struct process *process, cap_t source, unsigned rights, uint32_t badge)
{
    uint32_t slot = process->next_slot++;

    if (badge)
        OK(cnode_mint, process->cnode, slot, source, rights, badge);
    else
        OK(cnode_copy, process->cnode, slot, source, rights);
    return CAP_OF(slot);
}

/* ---- Tasks ---- */

static struct task *task_new(struct process *process, unsigned thread_bits)
{
    if (task_count == TASKS_MAX)
        FAIL("too many tasks");
    struct task *task = &tasks[task_count];
    cap_t before = case_make_from(process->memory);
    *task = (struct task){.id = ++task_count, .process = process};
    task->area =
        (struct area *)(ARENA_ADDRESS + AREA_FIRST + (uint64_t)(task->id - 1) * AREA_BYTES);
    task->area->canary = 0xca00 + task->id;
    task->thread = case_make(OBJECT_THREAD, thread_bits);
    task->reply = case_make(OBJECT_REPLY, 0);
    task->fault = case_mint(runner.faults, RIGHT_ENDPOINT_CALL, task->id);
    OK(thread_set_space, task->thread, process->cnode, process->vspace);
    OK(thread_set_fault, task->thread, task->fault);
    OK(thread_set_buffer, task->thread, arena, (uint64_t)task->area - ARENA_ADDRESS);
    case_make_from(before);
    return task;
}

cap_t time_make(unsigned priority)
{
    cap_t sched = case_make(OBJECT_SCHED_CONTEXT, 0);

    OK(sched_context_configure, sched, own.cpu, priority, 0);
    return sched;
}

static void task_give_time(struct task *task, unsigned priority)
{
    task->priority = priority;
    task->sched = time_make(priority);
    OK(thread_set_sched, task->thread, task->sched);
}

struct task *task_make(struct process *process, unsigned priority)
{
    struct task *task = task_new(process, program_info()->thread_bits);

    task_give_time(task, priority);
    return task;
}

struct task *task_make_vector(struct process *process, unsigned priority)
{
    struct task *task = task_new(process, program_info()->thread_vector_bits);

    task_give_time(task, priority);
    return task;
}

void task_use_vectors(struct task *task)
{
    task->area->flags |= AREA_VECTOR_LOAD | AREA_VECTOR_STORE;
    if (program_info()->features & BOOT_FEATURE_AVX)
        task->area->flags |= AREA_AVX;
    for (unsigned i = 0; i < 16; i++)
        for (unsigned k = 0; k < 4; k++)
            task->area->vector_in[i][k] = 0x7ec7000000 + task->id * 0x10000 + i * 16 + k;
}

struct task *task_make_passive(struct process *process, cap_t endpoint)
{
    struct task *task = task_new(process, program_info()->thread_bits);

    task_serve(task, endpoint);
    return task;
}

void task_serve(struct task *task, cap_t endpoint)
{
    OK(thread_set_endpoint, task->thread, endpoint);
}

void task_start(struct task *task, void (*entry)(void))
{
    task->report = (struct report){0};
    task->waits = false;
    OK(thread_start, task->thread, (uint64_t)entry, (uint64_t)task->area + AREA_BYTES,
       (uint64_t)&task->area->canary, (uint64_t)task->area);
}

void task_run(struct task *task)
{
    task_start(task, victim_script);
}

unsigned task_state(const struct task *task)
{
    uint64_t state, callee, vector;

    OK(thread_info, task->thread, &state, &callee, &vector);
    return (unsigned)state;
}

uint64_t task_register(const struct task *task, enum register_number number)
{
    uint64_t r[8];

    OK(thread_read_registers, task->thread, number, 1, &r[0], &r[1], &r[2], &r[3], &r[4], &r[5],
       &r[6], &r[7]);
    return r[0];
}

/* ---- What happens ---- */

static void receive_fault(uint32_t badge, const struct message *message)
{
    if (badge < 1 || badge > task_count)
        FAIL("a fault of nobody: badge %u", badge);
    struct task *task = &tasks[badge - 1];
    task->report = (struct report){
        .count = task->report.count + 1,
        .fault = (enum fault)TAG_LABEL(message->tag),
        .ip = message->word[0],
        .address = message->word[1],
        .code = message->word[2],
        .sp = message->word[3],
        .flags = message->word[4],
    };
    task->waits = true;
    EXPECT_EQUAL(message->word[5] | message->word[6] | message->word[7], 0);
    EXPECT_EQUAL(message->tag, TAG(task->report.fault, 0, 0));
    EXPECT_NO_ERROR(detach(task->reply));
}

/*
 * One message. True when the quiet thread has said that nobody can run. With ticks, the timer's are
 * counted and end the case if there are too many; without, true also when the timer was due.
 */
static bool receive(unsigned *ticks)
{
    struct message message = {0};
    uint32_t badge;
    err_t kind = reply_wait(&message, &badge);

    if (kind == RECEIVE_FAULT) {
        receive_fault(badge, &message);
        return false;
    }
    if (kind != RECEIVE_NOTIFICATION)
        FAIL("the runner received 0x%x with badge %u", kind, badge);
    bool quiet = message.word[0] & FLAG_QUIET;
    runner.armed = runner.armed && !quiet;
    runner.flags |= (uint32_t)message.word[0] & ~(FLAG_QUIET | FLAG_TICK);
    if (!(message.word[0] & FLAG_TICK))
        return quiet;
    if (!ticks) /* a tick that was due before the runner began to sleep doesn't wake it */
        return quiet || pit_over();
    if (++*ticks == TICKS_MAX)
        FAIL("no end: a victim runs on and on");
    pit_once(50000);
    return quiet;
}

static void quiet_arm(void)
{
    if (!runner.armed)
        EXPECT_NO_ERROR(signal_flags(go_signal));
    runner.armed = true;
    pit_once(50000);
}

void settle(void)
{
    unsigned ticks = 0;

    quiet_arm();
    while (!receive(&ticks))
        ;
}

void await_flag_alone(uint32_t flag)
{
    unsigned ticks = 0;

    while (!(runner.flags & flag))
        (void)receive(&ticks);
}

void runner_sleep(uint32_t microseconds)
{
    quiet_arm();
    pit_once(microseconds);
    while (!receive(NULL))
        ;
}

cap_t runner_signal(uint32_t flag)
{
    return case_mint(runner.notification, RIGHT_NOTIFICATION_SIGNAL, flag);
}

uint32_t take_flags(void)
{
    uint32_t flags = runner.flags;
    runner.flags = 0;
    return flags;
}

bool await_flag(uint32_t flag)
{
    unsigned ticks = 0;

    quiet_arm();
    while (!(runner.flags & flag))
        if (receive(&ticks))
            return false;
    return true;
}

void task_continue(struct task *task)
{
    struct message message = {0};

    EXPECT(task->waits);
    task->waits = false;
    task->report.count = 0;
    EXPECT_NO_ERROR(call(task->reply, &message));
}

/* ---- Scripts ---- */

struct step *step_add(struct task *task, uint64_t number, uint64_t handle)
{
    struct area *area = task->area;

    if (area->count == STEPS_MAX)
        FAIL("too many steps");
    struct step *step = &area->step[area->count++];
    for (unsigned i = 0; i < R_COUNT; i++)
        step->in[i] = 0x5ec7e7000000 + ((uint64_t)task->id << 16) + (area->count << 8) + i;
    step->in[R_RAX] = number;
    if (number != SYSCALL_REPLY_WAIT && number != SYSCALL_REPLY_WAIT_BUFFER)
        step->in[R_RDX] = handle;
    step->in[R_R15] = TAG(0x7a60 + task->id, 0, 0);
    return step;
}

struct step *step_operation(struct task *task, cap_t handle, uint64_t tag, uint64_t word0,
                            uint64_t word1, uint64_t word2, uint64_t word3)
{
    struct step *step = step_add(task, SYSCALL_CALL, handle);

    for (unsigned i = R_RDI; i <= R_R14; i++)
        step->in[i] = 0;
    step->in[R_R15] = tag;
    step->in[R_RDI] = word0;
    step->in[R_RSI] = word1;
    step->in[R_R8] = word2;
    step->in[R_R9] = word3;
    return step;
}

err_t step_result(const struct step *step)
{
    if (!step->done)
        FAIL("the step didn't return");
    return step->flags & 1 ? (err_t)step->out[R_RAX] : 0;
}

/* What the thread set itself may stay until there's a switch. */
static void expect_bases(const struct task *task, const struct step *step)
{
    uint64_t own_base = (uint64_t)task->area + AREA_BASE;

    if (task->area->flags & AREA_BASES) {
        EXPECT(step->fs == own_base || step->fs == (uint64_t)&task->area->canary);
        EXPECT(step->gs == own_base || step->gs == 0);
    } else {
        EXPECT_EQUAL(step->fs, task->area->canary);
        EXPECT_EQUAL(step->gs, ARENA_WORD);
    }
}

void expect_clean(const struct task *task, const struct step *step)
{
    bool kind = (step->flags & 1) && !syscall_failed((err_t)step->out[R_RAX]);
    uint64_t rbp = step->out[R_RBP]; /* nothing, the FS base it was started with, or rax again */

    EXPECT_EQUAL(step->done, 1);
    EXPECT_EQUAL(step->out[R_RBX], 0);
    EXPECT(rbp == 0 || rbp == (uint64_t)&task->area->canary || rbp == step->out[R_RAX]);
    EXPECT_EQUAL(step->out[R_RCX], step_return);
    EXPECT_EQUAL(step->out[R_RAX] >> 32, 0);
    if (!kind)
        EXPECT_EQUAL(step->out[R_RDX], 0);
    EXPECT_EQUAL(step->flags & ~1ull, 0x202);
    EXPECT_EQUAL(step->out[R_R11], step->flags);
    expect_bases(task, step);
}

void expect_message(const struct step *received, const struct step *sent)
{
    EXPECT_EQUAL(received->done, 1);
    for (unsigned i = R_RDI; i <= R_R15; i++)
        EXPECT_EQUAL(received->out[i], sent->in[i]);
}

static void expect_report(struct task *task, enum fault fault)
{
    if (task->report.count != 1)
        FAIL("task %u: %u reports, the last at 0x%lx: kind %u, address 0x%lx, code 0x%lx", task->id,
             task->report.count, task->report.ip, task->report.fault, task->report.address,
             task->report.code);
    if (task->report.fault != fault)
        FAIL("task %u: fault %u at 0x%lx, not %u: address 0x%lx, code 0x%lx", task->id,
             task->report.fault, task->report.ip, fault, task->report.address, task->report.code);
}

void expect_done(struct task *task)
{
    expect_report(task, FAULT_SYSCALL);
    EXPECT_EQUAL(task->report.code, REPORT_DONE);
    EXPECT_EQUAL(task->area->next, task->area->count);
}

void expect_exception(struct task *task, unsigned vector)
{
    expect_report(task, FAULT_EXCEPTION);
    EXPECT_EQUAL(task->report.address, vector);
}

void expect_page_fault(struct task *task, uint64_t address, unsigned code)
{
    expect_report(task, FAULT_PAGE);
    EXPECT_EQUAL(task->report.address, address);
    EXPECT_EQUAL(task->report.code, code);
}

void expect_silent(const struct task *task)
{
    if (task->report.count)
        FAIL("task %u: fault %u at 0x%lx: address 0x%lx, code 0x%lx", task->id, task->report.fault,
             task->report.ip, task->report.address, task->report.code);
}
