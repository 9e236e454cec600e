/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults, served by a pager that is a program like others: what it gets, and what the thread that
 * faulted has when it goes on.
 */

#include "tests/guest/kernel/await.h"
#include "tests/guest/kernel/pair.h"

#define PAGER_BADGE 88

/* A pager and a thread that faults with something in every register. */
struct paged {
    struct pair pair; /* the server is the pager; the client faults */
    struct step *wait, *answer;
    cap_t frame;
};

static struct paged paged_make(unsigned flags)
{
    struct paged made = {.pair = pair_make(flags)};
    struct task *pager = made.pair.server, *task = made.pair.client;

    made.wait = step_add(pager, SYSCALL_REPLY_WAIT, 0);
    made.answer = step_add(pager, SYSCALL_REPLY_WAIT, 0);
    made.frame = case_make(OBJECT_FRAME, 12);
    OK(thread_set_fault, task->thread, case_mint(made.pair.endpoint, RIGHT_ALL, PAGER_BADGE));
    step_add(task, 0x1111, 0x2222);
    task->area->count = 0; /* it's for its registers only */
    return made;
}

/* What the pager received is what the ABI says, and nothing else. */
static void expect_fault_message(const struct paged *made)
{
    const struct step *wait = made->wait;

    EXPECT_EQUAL(step_result(wait), RECEIVE_FAULT);
    EXPECT_EQUAL(wait->out[R_RDX], PAGER_BADGE);
    EXPECT_EQUAL(wait->out[R_R15], TAG(FAULT_PAGE, 0, 0));
    EXPECT_EQUAL(wait->out[R_RDI], victim_fault_all_at);
    EXPECT_EQUAL(wait->out[R_RSI], AREA_HOLE);
    EXPECT_EQUAL(wait->out[R_R8], 0);
    EXPECT_EQUAL(wait->out[R_R9], (uint64_t)made->pair.client->area + AREA_BYTES);
    EXPECT_EQUAL(wait->out[R_R10] & ~0x10000ull, 0x202);
    EXPECT_EQUAL(wait->out[R_R12] | wait->out[R_R13] | wait->out[R_R14], 0);
    expect_clean(made->pair.server, wait);
}

/* It goes on: with what it reads, and all else as it was. */
static void expect_goes_on(const struct paged *made)
{
    static const struct {
        enum step_register step;
        enum register_number number;
    } kept[] = {{R_RDX, REGISTER_RDX}, {R_RDI, REGISTER_RDI}, {R_RSI, REGISTER_RSI},
                {R_R8, REGISTER_R8},   {R_R9, REGISTER_R9},   {R_R10, REGISTER_R10},
                {R_R12, REGISTER_R12}, {R_R13, REGISTER_R13}, {R_R14, REGISTER_R14},
                {R_R15, REGISTER_R15}, {R_RBX, REGISTER_RBX}, {R_RBP, REGISTER_RBP},
                {R_RCX, REGISTER_RCX}, {R_R11, REGISTER_R11}};
    const struct task *task = made->pair.client;

    await_address(task, victim_hold_at);
    EXPECT_EQUAL(task_register(task, REGISTER_RAX), 0);
    for (unsigned i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
        EXPECT_EQUAL(task_register(task, kept[i].number), task->area->step[0].in[kept[i].step]);
    EXPECT_EQUAL(task_register(task, REGISTER_FS_BASE), &task->area->canary);
}

/* The pager answers only when the runner lets it, since it doesn't map by itself here. */
static void serve(unsigned flags, bool direct)
{
    struct paged made = paged_make(flags);
    struct task *pager = made.pair.server, *task = made.pair.client;

    pager->area->count = 1;
    if (direct) {
        task_run(pager);
        settle();
        task_start(task, victim_fault_all);
    } else {
        task_start(task, victim_fault_all);
        settle();
        EXPECT_EQUAL(task_state(task), THREAD_FAULTED);
        task_run(pager);
    }
    settle();
    expect_fault_message(&made);
    EXPECT_EQUAL(task_state(task), THREAD_FAULTED);
    process_map(task->process, made.frame, AREA_HOLE, ACCESS_READ);
    pager->area->count = 2;
    task_continue(pager);
    expect_goes_on(&made);
    EXPECT_EQUAL(task_state(pager), THREAD_IDLE);
}

static void direct_plain(void)
{
    serve(0, true);
}

static void direct_one_space(void)
{
    serve(PAIR_ONE_SPACE, true);
}

static void direct_bases(void)
{
    serve(PAIR_BASES, true);
}

static void direct_flags(void)
{
    serve(PAIR_RFLAGS, true);
}

static void direct_pager_vector(void)
{
    serve(PAIR_SERVER_VECTOR, true);
}

static void direct_vector(void)
{
    serve(PAIR_CLIENT_VECTOR, true);
}

static void direct_both_vector(void)
{
    serve(PAIR_CLIENT_VECTOR | PAIR_SERVER_VECTOR, true);
}

static void queued_plain(void)
{
    serve(0, false);
}

static void queued_vector(void)
{
    serve(PAIR_CLIENT_VECTOR | PAIR_SERVER_VECTOR, false);
}

/* The pager maps and answers by itself: nothing comes between the fault and going on. */
static void serve_at_once(unsigned flags)
{
    struct paged made = paged_make(flags);
    struct task *pager = made.pair.server, *task = made.pair.client;
    cap_t frame = process_give(pager->process, made.frame, RIGHT_ALL, 0);
    cap_t space = process_give(pager->process, task->process->vspace, RIGHT_ALL, 0);

    pager->area->count = 1;
    struct step *map = step_operation(pager, frame, OP_frame_map, space, AREA_HOLE, 0, 4096);
    map->in[R_R10] = ACCESS_READ;
    step_add(pager, SYSCALL_REPLY_WAIT, 0);
    task_run(pager);
    settle();
    task_start(task, victim_fault_all);
    expect_goes_on(&made);
    expect_fault_message(&made);
    EXPECT_STEP_OK(map);
    EXPECT_EQUAL(task_state(pager), THREAD_IDLE);
}

static void at_once_plain(void)
{
    serve_at_once(0);
}

static void at_once_one_space(void)
{
    serve_at_once(PAIR_ONE_SPACE);
}

static void at_once_bases(void)
{
    serve_at_once(PAIR_BASES);
}

static void at_once_vector(void)
{
    serve_at_once(PAIR_CLIENT_VECTOR | PAIR_SERVER_VECTOR);
}

/* The pager sets registers of the thread before it answers, and moves it elsewhere. */
static void registers_set(void)
{
    struct paged made = paged_make(0);
    struct task *pager = made.pair.server, *task = made.pair.client;

    pager->area->count = 1;
    task_run(pager);
    settle();
    task_start(task, victim_fault_all);
    settle();
    expect_fault_message(&made);
    OK(thread_write_registers, task->thread, REGISTER_RIP, 1, (uint64_t)victim_fault_all_after, 0,
       0, 0);
    OK(thread_write_registers, task->thread, REGISTER_RAX, 1, 0, 0, 0, 0);
    pager->area->count = 2;
    task_continue(pager);
    expect_goes_on(&made);
}

/* The thread is killed, or the pager, while the fault is served. */
static void killed_served(void)
{
    struct paged made = paged_make(0);
    struct task *pager = made.pair.server, *task = made.pair.client;

    pager->area->count = 1;
    task_run(pager);
    settle();
    task_start(task, victim_fault_all);
    settle();
    OK(cnode_delete, own.cnode, CAP_INDEX(task->thread));
    pager->area->count = 2;
    task_continue(pager);
    settle();
    EXPECT_EQUAL(task_state(pager), THREAD_IDLE);
}

static void pager_killed(void)
{
    struct paged made = paged_make(0);
    struct task *pager = made.pair.server, *task = made.pair.client;

    pager->area->count = 1;
    task_run(pager);
    settle();
    task_start(task, victim_fault_all);
    settle();
    OK(cnode_delete, own.cnode, CAP_INDEX(pager->thread));
    settle();
    EXPECT_EQUAL(task_state(task), THREAD_STOPPED);
    process_map(task->process, made.frame, AREA_HOLE, ACCESS_READ);
    OK(thread_resume, task->thread);
    expect_goes_on(&made);
}

/* A server that faults while it works for a client: the client waits for both. */
static void server_faults(unsigned flags)
{
    struct pair pair = pair_make(flags);
    struct step *request = step_add(pair.client, SYSCALL_CALL, pair.handle);
    cap_t frame = case_make(OBJECT_FRAME, 12);
    struct task *pager = task_make(process_make(), PRIORITY_LOW);
    cap_t faults = case_make(OBJECT_ENDPOINT, 0);

    step_add(pager, SYSCALL_REPLY_WAIT, 0);
    task_serve(pager, faults);
    OK(thread_set_fault, pair.server->thread, case_mint(faults, RIGHT_ALL, PAGER_BADGE));
    request->in[R_RDI] = (uint64_t)pair.server->area;
    task_run(pager);
    settle();
    if (flags & PAIR_PASSIVE) {
        pair.server->area->data[0] = AREA_HOLE;
        task_start(pair.server, victim_read_data);
    } else {
        step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
        pair.server->area->data[0] = AREA_HOLE;
        task_start(pair.server, victim_serve_read);
    }
    settle();
    task_run(pair.client);
    settle();
    EXPECT_EQUAL(task_state(pair.client), THREAD_CALLING);
    EXPECT_EQUAL(task_state(pair.server), THREAD_FAULTED);
    EXPECT_EQUAL(pager->area->step[0].out[R_RSI], AREA_HOLE);
    process_map(pair.server->process, frame, AREA_HOLE, ACCESS_READ);
    step_add(pager, SYSCALL_REPLY_WAIT, 0);
    task_continue(pager);
    settle();
    /* It ends with an unknown system call, which goes to the pager, too. */
    EXPECT_EQUAL(pager->area->step[1].out[R_R15], TAG(FAULT_SYSCALL, 0, 0));
    EXPECT_EQUAL(pager->area->step[1].out[R_R8], REPORT_VALUE);
    expect_clean(pager, &pager->area->step[1]);
    OK(cnode_delete, own.cnode, CAP_INDEX(pair.server->thread));
    settle();
    expect_done(pair.client);
    EXPECT_STEP(request, OUTCOME_UNKNOWN, 0, THREAD);
}

static void server_faults_active(void)
{
    server_faults(0);
}

static void server_faults_passive(void)
{
    server_faults(PAIR_PASSIVE);
}

static const struct test fault_tests[] = {
    {"to an idle pager", direct_plain},
    {"to an idle pager in one space", direct_one_space},
    {"to an idle pager, other segment bases", direct_bases},
    {"to an idle pager, all flags set", direct_flags},
    {"to a pager that uses vectors", direct_pager_vector},
    {"of a thread that uses vectors", direct_vector},
    {"both use vectors", direct_both_vector},
    {"answered at once", at_once_plain},
    {"answered at once in one space", at_once_one_space},
    {"answered at once, other segment bases", at_once_bases},
    {"answered at once, both use vectors", at_once_vector},
    {"queued", queued_plain},
    {"queued, both use vectors", queued_vector},
    {"registers set by the pager", registers_set},
    {"thread deleted while served", killed_served},
    {"pager deleted while it serves", pager_killed},
    {"of a server", server_faults_active},
    {"of a passive server", server_faults_passive},
};
GROUP("fault", fault_tests);
