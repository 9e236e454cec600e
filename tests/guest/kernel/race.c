/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Long operations that are interrupted half-way: the one who began is killed, or goes on later, and
 * somebody else meanwhile destroys what the operation works on, or what it stands on.
 */

#include "tests/guest/kernel/pair.h"
#include "tests/guest/kernel/probe.h"
#include "tests/guest/kernel/time.h"

#define TRIES 8
#define COPIES 2000

static unsigned halfway; /* how often an operation was interrupted before its end */
static unsigned try;     /* how often the case was tried: when the interrupt comes depends on it */

/* A victim that executes one operation, until a short time later the timer interrupts it. */
static struct task *interrupted(struct process *process, cap_t handle, uint64_t tag, uint64_t word0,
                                uint64_t word1, uint64_t word2, uint64_t word3)
{
    struct task *task = task_make(process, PRIORITY_USUAL);

    step_operation(task, handle, tag, word0, word1, word2, word3);
    task_run(task);
    runner_sleep(20 + 60 * try);
    halfway += task->report.count == 0;
    return task;
}

/* The Untyped that the next objects are made of, for a part of the case that is destroyed. */
static cap_t part_begin(unsigned bits)
{
    cap_t part = case_make(OBJECT_UNTYPED, bits);

    (void)case_make_from(part);
    return part;
}

static void part_end(void)
{
    (void)case_make_from(0);
}

static unsigned filled(cap_t table, unsigned slots)
{
    unsigned count = 0;
    uint64_t what, badge;

    for (unsigned i = 0; i < slots; i++) {
        OK(cnode_inspect, table, i, &what, &badge);
        count += what != 0;
    }
    return count;
}

/* Make and destroy things where something was destroyed: does anything still lead there? */
static void churn(cap_t part)
{
    uint32_t slot = case_slots(8);

    for (unsigned i = 0; i < 3; i++) {
        OK(cnode_revoke, own.cnode, CAP_INDEX(part));
        OK(untyped_retype, part, own.cnode, slot, 4, OBJECT_CNODE, 12);
        OK(untyped_retype, part, own.cnode, slot + 4, 4, OBJECT_NOTIFICATION, 7);
        for (unsigned k = 0; k < 60; k++)
            OK(cnode_copy, CAP_OF(slot + k % 4), k, CAP_OF(slot + 4 + k % 3), RIGHT_ALL);
        OK(cnode_delete, own.cnode, slot + 1);
        OK(cnode_delete, own.cnode, slot + 4);
    }
    OK(cnode_revoke, own.cnode, CAP_INDEX(part));
}

/* ---- Revoke ---- */

/* Its thousands of copies are half gone when the one who revokes is killed; another goes on. */
static void revoke_taken_over(void)
{
    for (try = 0; try < TRIES; try++) {
        cap_t tables = case_make_row(OBJECT_CNODE, 16, 2), endpoint = case_make(OBJECT_ENDPOINT, 0);
        struct process *process = process_make();
        for (unsigned i = 0; i < COPIES; i++)
            OK(cnode_copy, tables + CAP_OF(i % 2), i / 2, endpoint, RIGHT_ALL);
        OK(cnode_move, process->cnode, 40, endpoint);
        cap_t table = process_give(process, process->cnode, RIGHT_ALL, 0);
        struct task *task = interrupted(process, table, OP_cnode_revoke, 40, 0, 0, 0);
        if (try % 2)
            OK(cnode_delete, own.cnode, CAP_INDEX(task->thread));
        OK(cnode_revoke, process->cnode, 40);
        settle();
        EXPECT_EQUAL(filled(tables, 1024), 0);
        EXPECT_EQUAL(filled(tables + CAP_OF(1), 1024), 0);
        runner_end();
        runner_begin();
    }
}

/* Two revoke at the same time, in turns of some microseconds. */
static void revoke_twice(void)
{
    time_need_fast();
    struct process *process = process_make();
    cap_t tables = case_make_row(OBJECT_CNODE, 16, 2), endpoint = case_make(OBJECT_ENDPOINT, 0);
    struct task *task[2];

    for (unsigned i = 0; i < COPIES; i++)
        OK(cnode_copy, tables + CAP_OF(i % 2), i / 2, endpoint, RIGHT_ALL);
    OK(cnode_move, process->cnode, 40, endpoint);
    cap_t table = process_give(process, process->cnode, RIGHT_ALL, 0);
    for (unsigned i = 0; i < 2; i++) {
        task[i] = task_make(process, PRIORITY_USUAL);
        OK(sched_context_configure, task[i]->sched, own.cpu, PRIORITY_USUAL, 10000);
        step_operation(task[i], table, i ? OP_cnode_delete : OP_cnode_revoke, 40, 0, 0, 0);
        task_run(task[i]);
    }
    settle();
    for (unsigned i = 0; i < 2; i++)
        expect_done(task[i]);
    EXPECT_EQUAL(filled(tables, 1024) + filled(tables + CAP_OF(1), 1024), 0);
    EXPECT_EQUAL(task[1]->area->step[0].flags & 1, 0);
}

/* ---- Destroying what contains the half destroyed ---- */

/* Something large, made of `part`, whose capability lies in a slot of the process's table. */
static void large_make(cap_t part, struct process *process, uint32_t slot)
{
    uint32_t inner = case_slots(4);

    OK(untyped_retype, part, own.cnode, inner, 1, OBJECT_UNTYPED, 19);
    cap_t untyped = CAP_OF(inner);
    OK(untyped_retype, untyped, own.cnode, inner + 1, 2, OBJECT_CNODE, 16);
    for (unsigned i = 0; i < 1000; i += 250) {
        OK(untyped_retype, untyped, CAP_OF(inner + 1), i, 250, OBJECT_NOTIFICATION, 7);
        OK(untyped_retype, untyped, CAP_OF(inner + 2), i, 250, OBJECT_REPLY, 6);
    }
    OK(cnode_move, CAP_OF(inner + 1), 1010, CAP_OF(inner + 2));
    OK(cnode_move, process->cnode, 41, CAP_OF(inner + 1));
    OK(cnode_move, process->cnode, slot, untyped);
}

/* The table in which the capability of what is being destroyed lies goes, with its owner. */
static void table_of_dying(bool kill)
{
    for (try = 0; try < TRIES; try++) {
        cap_t part = case_make(OBJECT_UNTYPED, 20), around = part_begin(20);
        struct process *process = process_make();
        part_end();
        large_make(part, process, 40);
        cap_t table = process_give(process, process->cnode, RIGHT_ALL, 0);
        struct task *task = interrupted(process, table, OP_cnode_delete, 40, 0, 0, 0);
        if (kill)
            OK(cnode_delete, own.cnode, CAP_INDEX(task->thread));
        OK(cnode_delete, own.cnode, CAP_INDEX(process->cnode));
        settle();
        OK(cnode_revoke, own.cnode, CAP_INDEX(around));
        churn(around);
        churn(part);
        runner_end();
        runner_begin();
    }
}

static void table_of_dying_killed(void)
{
    table_of_dying(true);
}

static void table_of_dying_alive(void)
{
    table_of_dying(false);
}

/* The memory that the half destroyed is made of is revoked by somebody else. */
static void memory_of_dying(void)
{
    for (try = 0; try < TRIES; try++) {
        cap_t part = case_make(OBJECT_UNTYPED, 20);
        struct process *process = process_make();
        large_make(part, process, 40);
        cap_t table = process_give(process, process->cnode, RIGHT_ALL, 0);
        (void)interrupted(process, table, OP_cnode_delete, try % 2 ? 40 : 41, 0, 0, 0);
        OK(cnode_revoke, own.cnode, CAP_INDEX(part));
        settle();
        churn(part);
        EXPECT_EQUAL(filled(process->cnode, 64) > 0, true);
        runner_end();
        runner_begin();
    }
}

/* Half destroyed, it is looked at, copied, moved, called: it's as good as empty. */
static void dying_used(void)
{
    for (try = 0; try < TRIES; try++) {
        cap_t part = case_make(OBJECT_UNTYPED, 20);
        struct process *process = process_make();
        uint64_t what, badge;
        large_make(part, process, 40);
        cap_t table = process_give(process, process->cnode, RIGHT_ALL, 0);
        struct task *task = interrupted(process, table, OP_cnode_delete, 40, 0, 0, 0);
        OK(cnode_inspect, process->cnode, 40, &what, &badge);
        struct task *other = task_make(process, PRIORITY_HIGH);
        step_operation(other, CAP_OF(40), OP_untyped_info, 0, 0, 0, 0);
        step_operation(other, table, OP_cnode_move, 50, CAP_OF(40), 0, 0);
        step_operation(other, table, OP_cnode_copy, 51, CAP_OF(40), 0, 0);
        step_operation(other, table, OP_cnode_revoke, 40, 0, 0, 0);
        task_run(other);
        settle();
        expect_done(other);
        if (what == 0)
            EXPECT_STEP(&other->area->step[0], INVALID_CAPABILITY, 0, NOTHING);
        expect_done(task);
        OK(cnode_inspect, process->cnode, 40, &what, &badge);
        churn(part);
        runner_end();
        runner_begin();
    }
}

/* ---- Retype ---- */

static void retype_revoked(void)
{
    for (try = 0; try < TRIES; try++) {
        struct process *process = process_make();
        cap_t part = case_make(OBJECT_UNTYPED, 20), table = case_make(OBJECT_CNODE, 16);
        OK(cnode_move, process->cnode, 40, part);
        cap_t target = process_give(process, table, RIGHT_ALL, 0);
        struct task *task = task_make(process, PRIORITY_USUAL);
        struct step *step =
            step_operation(task, CAP_OF(40), OP_untyped_retype, target, 0, 200, OBJECT_FRAME);
        step->in[R_R10] = 12;
        task_run(task);
        runner_sleep(50 + 100 * try);
        OK(cnode_revoke, process->cnode, 40);
        if (try % 2)
            OK(cnode_delete, own.cnode, CAP_INDEX(table));
        settle();
        expect_done(task);
        runner_end();
        runner_begin();
    }
}

/* ---- Mappings ---- */

/* The space, or the Frame, goes while a large range is being mapped or unmapped in small pages. */
static void mapping_destroyed(bool space)
{
    for (try = 0; try < TRIES; try++) {
        struct process *process = process_make(), *target = process_make();
        case_need(4 << 20);
        cap_t frame = case_make(OBJECT_FRAME, 21), tables = case_make(OBJECT_FRAME, 15);
        OK(vspace_supply, target->vspace, tables);
        cap_t in_space = process_give(process, target->vspace, RIGHT_ALL, 0);
        OK(cnode_move, process->cnode, 40, frame);
        struct task *task = task_make(process, PRIORITY_USUAL);
        struct step *step =
            step_operation(task, CAP_OF(40), OP_frame_map, in_space, AT + PAGE, 0, LARGE);
        step->in[R_R10] = RW;
        for (unsigned i = 0; i < 8; i++) {
            step_operation(task, CAP_OF(40), OP_frame_unmap, 0, LARGE, 0, 0);
            struct step *map =
                step_operation(task, CAP_OF(40), OP_frame_map, in_space, AT + PAGE, 0, LARGE);
            map->in[R_R10] = RW;
            if (task->area->count > STEPS_MAX - 3)
                break;
        }
        task_run(task);
        runner_sleep(20 + 30 * try);
        if (space)
            OK(cnode_delete, own.cnode, CAP_INDEX(target->vspace));
        else
            OK(cnode_delete, process->cnode, 40);
        settle();
        expect_done(task);
        runner_end();
        runner_begin();
    }
}

static void mapping_space(void)
{
    mapping_destroyed(true);
}

static void mapping_frame(void)
{
    mapping_destroyed(false);
}

/* A space with hundreds of mappings is half destroyed when their Frames are used elsewhere. */
static void space_half_destroyed(void)
{
    for (try = 0; try < TRIES; try++) {
        struct process *process = process_make(), *other = process_make();
        cap_t space = case_make(OBJECT_VSPACE, 16), frames = case_make_row(OBJECT_FRAME, 12, 600);
        for (unsigned i = 0; i < 600; i++)
            OK(frame_map, frames + CAP_OF(i), space, AT + i * PAGE, 0, PAGE, RW);
        OK(cnode_move, process->cnode, 40, space);
        cap_t table = process_give(process, process->cnode, RIGHT_ALL, 0);
        struct task *task = interrupted(process, table, OP_cnode_delete, 40, 0, 0, 0);
        for (unsigned i = 0; i < 600; i += 7) {
            (void)!frame_unmap(frames + CAP_OF(i), 0, PAGE);
            OK(frame_map, frames + CAP_OF(i), other->vspace, AT + i * PAGE, 0, PAGE, RW);
            OK(cnode_delete, own.cnode, CAP_INDEX(frames) + i + 1);
        }
        settle();
        expect_done(task);
        for (unsigned i = 0; i < 600; i += 7)
            OK(frame_unmap, frames + CAP_OF(i), 0, PAGE);
        runner_end();
        runner_begin();
    }
}

/* ---- Threads on the memory that goes ---- */

/* It revokes the memory of its own table, space and thread: others finish what is left. */
static void revokes_itself(void)
{
    cap_t part = part_begin(20);
    struct process *process = process_make();
    struct task *task = task_make(process, PRIORITY_USUAL);

    part_end();
    cap_t table = process_give(process, process->cnode, RIGHT_ALL, 0);
    OK(cnode_move, process->cnode, 45, part); /* and this is in the table, too */
    step_operation(task, table, OP_cnode_revoke, 45, 0, 0, 0);
    step_operation(task, table, OP_cnode_delete, 45, 0, 0, 0);
    task_run(task);
    settle();
    expect_silent(task);
}

/* Its table's memory only: it goes on, and has nothing any more. */
static void revokes_its_table(void)
{
    struct process *process = process_make();
    cap_t part = part_begin(16);
    struct process *beside = process_beside(process);

    part_end();
    beside->memory = 0; /* its task is not of that memory */
    struct task *task = task_make(beside, PRIORITY_USUAL);
    OK(cnode_move, beside->cnode, 45, part);
    cap_t table = process_give(beside, beside->cnode, RIGHT_ALL, 0);
    step_operation(task, table, OP_cnode_revoke, 45, 0, 0, 0);
    struct step *after = step_operation(task, table, OP_cnode_delete, 45, 0, 0, 0);
    task_run(task);
    settle();
    expect_done(task);
    EXPECT_STEP(after, INVALID_CAPABILITY, 0, NOTHING);
}

/* Else all of the above has tested less than it says. */
static void were_interrupted(void)
{
    EXPECT(halfway > 0);
}

static const struct test race_tests[] = {
    {"revoke, taken over", revoke_taken_over},
    {"revoke, twice at a time", revoke_twice},
    {"table of the half destroyed", table_of_dying_killed},
    {"table of the half destroyed, its destroyer lives", table_of_dying_alive},
    {"memory of the half destroyed", memory_of_dying},
    {"the half destroyed is used", dying_used},
    {"retype and revoke", retype_revoked},
    {"mapping, its space deleted", mapping_space},
    {"mapping, its Frame deleted", mapping_frame},
    {"space half destroyed", space_half_destroyed},
    {"revokes what it stands on", revokes_itself},
    {"revokes its table", revokes_its_table},
    {"some were interrupted half-way", were_interrupted},
};
GROUP("race", race_tests);
