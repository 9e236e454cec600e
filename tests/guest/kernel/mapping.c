/* SPDX-License-Identifier: BSD-2-Clause */
/* What is mapped is there, with the access given, and gone when unmapped; in pages of each size. */

#include "tests/guest/kernel/probe.h"

/* ---- What is there ---- */

static void access(void)
{
    struct process *process = process_make();
    cap_t frame = make_numbered(14, 100);

    prober_make(process);
    expect_no_read(AT, 0);
    OK(frame_map, frame, process->vspace, AT, 0, 4 * PAGE, RW);
    expect_word(AT, 100);
    expect_word(AT + 3 * PAGE, 103);
    expect_no_read(AT + 4 * PAGE, 0);
    expect_write(AT + PAGE, 55);
    expect_word(AT + PAGE, 55);
    expect_no_execute(AT);
    OK(frame_protect, frame, PAGE, PAGE, ACCESS_READ);
    expect_no_write(AT + PAGE, FAULT_PRESENT | FAULT_WRITE);
    expect_word(AT + PAGE, 55);
    expect_write(AT, 1);
    expect_write(AT + 2 * PAGE, 2);
    OK(frame_protect, frame, 0, 4 * PAGE, 0);
    for (unsigned i = 0; i < 4; i++) {
        expect_no_read(AT + i * PAGE, FAULT_PRESENT);
        expect_no_write(AT + i * PAGE, FAULT_PRESENT | FAULT_WRITE);
        expect_no_execute(AT + i * PAGE);
    }
    OK(frame_protect, frame, PAGE, 2 * PAGE, ACCESS_READ);
    expect_word(AT + PAGE, 55);
    expect_no_read(AT, FAULT_PRESENT);
    OK(frame_unmap, frame, 2 * PAGE, PAGE);
    expect_no_read(AT + 2 * PAGE, 0);
    expect_word(AT + PAGE, 55);
    OK(frame_unmap, frame, 0, 4 * PAGE);
    for (unsigned i = 0; i < 4; i++)
        expect_no_read(AT + i * PAGE, 0);
}

/* Code in a Frame of one's own is executed where that is allowed, and not written there. */
static void execute(void)
{
    struct process *process = process_make();
    cap_t frame = case_make(OBJECT_FRAME, 12), copy = case_map(frame, AT, RW);
    uint8_t *code = (uint8_t *)AT;
    uint64_t value = 0;

    static const uint8_t report[] = {0xb8, 0x01, 0x10, 0, 0, 0x0f, 0x05, 0x0f, 0x0b};
    for (unsigned i = 0; i < sizeof(report); i++) /* mov $REPORT_VALUE, %eax; syscall; ud2 */
        code[i] = report[i];
    OK(cnode_delete, own.cnode, CAP_INDEX(copy));
    prober_make(process);
    OK(frame_map, frame, process->vspace, AT, 0, PAGE, RW);
    expect_no_execute(AT);
    OK(frame_protect, frame, 0, PAGE, ACCESS_READ | ACCESS_EXECUTE);
    EXPECT(probe(victim_jump, AT, &value));
    expect_no_write(AT, FAULT_PRESENT | FAULT_WRITE);
    OK(frame_protect, frame, 0, PAGE, RW);
    expect_no_execute(AT);
    expect_write(AT, 0);
}

/* One Frame in two spaces, and twice in one: each sees what the other writes. */
static void shared(void)
{
    struct process *a = process_make(), *b = process_make();
    cap_t frame = make_numbered(13, 20);

    process_map(a, frame, AT, RW);
    process_map(a, frame, AT + HUGE / 2, ACCESS_READ);
    cap_t in_b = process_map(b, frame, AT + PAGE, RW);
    prober_make(a);
    expect_write(AT + PAGE, 91);
    expect_word(AT + HUGE / 2 + PAGE, 91);
    struct task *in_a = prober;
    prober_make(b);
    expect_word(AT + 2 * PAGE, 91);
    expect_write(AT + PAGE, 92);
    OK(cnode_delete, own.cnode, CAP_INDEX(in_b));
    expect_no_read(AT + PAGE, 0);
    prober = in_a;
    expect_word(AT, 92);
    OK(cnode_delete, own.cnode, CAP_INDEX(frame)); /* the original: it's gone everywhere */
    expect_no_read(AT, 0);
    expect_no_read(AT + HUGE / 2, 0);
}

/* ---- Large pages ---- */

static cap_t large_frame(unsigned bits)
{
    return make_numbered(bits, 1000);
}

/* Where both ends are aligned, no tables of small pages are used. */
static void large_pages(void)
{
    struct process *process = process_make();
    cap_t frame = large_frame(22);
    uint64_t before = tables_used(process->vspace);

    prober_make(process);
    OK(frame_map, frame, process->vspace, AT + HUGE, 0, 2 * LARGE, RW);
    EXPECT_EQUAL(tables_used(process->vspace), before + 1);
    expect_word(AT + HUGE, 1000);
    expect_word(AT + HUGE + LARGE - PAGE, 1511);
    expect_word(AT + HUGE + LARGE, 1512);
    expect_word(AT + HUGE + 2 * LARGE - PAGE, 2023);
    expect_no_read(AT + HUGE + 2 * LARGE, 0);

    /* A page of its middle made read-only, another unmapped: splits the page once. */
    OK(frame_protect, frame, 5 * PAGE, PAGE, ACCESS_READ);
    OK(frame_unmap, frame, 7 * PAGE, PAGE);
    EXPECT_EQUAL(tables_used(process->vspace), before + 2);
    expect_no_write(AT + HUGE + 5 * PAGE, FAULT_PRESENT | FAULT_WRITE);
    expect_no_read(AT + HUGE + 7 * PAGE, 0);
    expect_word(AT + HUGE + 6 * PAGE, 1006);
    expect_write(AT + HUGE + 4 * PAGE, 1);
    expect_write(AT + HUGE + 6 * PAGE, 1);
    expect_write(AT + HUGE + 8 * PAGE, 1);
    expect_word(AT + HUGE + LARGE, 1512);
    OK(frame_map, frame, process->vspace, AT + HUGE + 7 * PAGE, 7 * PAGE, PAGE, ACCESS_READ);
    expect_word(AT + HUGE + 7 * PAGE, 1007);
    OK(frame_unmap, frame, 0, LARGE);
    EXPECT_EQUAL(tables_used(process->vspace), before + 1);
    expect_no_read(AT + HUGE + 6 * PAGE, 0);
    expect_word(AT + HUGE + LARGE, 1512);
    OK(frame_unmap, frame, LARGE, LARGE);
    EXPECT_EQUAL(tables_used(process->vspace), before);
}

/* What is left of a large page when a hole is cut into it has the access that it had. */
static void large_access(void)
{
    static const unsigned accesses[] = {ACCESS_READ, ACCESS_READ | ACCESS_EXECUTE, 0};
    struct process *process = process_make();
    cap_t frame = large_frame(21);

    prober_make(process);
    for (unsigned i = 0; i < 3; i++) {
        OK(frame_map, frame, process->vspace, AT + HUGE, 0, LARGE, RW);
        OK(frame_protect, frame, 0, LARGE, accesses[i]);
        OK(frame_unmap, frame, 9 * PAGE, PAGE);
        for (unsigned page = 8; page < 11; page += 2) {
            expect_no_write(AT + HUGE + page * PAGE, FAULT_PRESENT | FAULT_WRITE);
            if (accesses[i])
                expect_word(AT + HUGE + page * PAGE, 1000 + page);
            else
                expect_no_read(AT + HUGE + page * PAGE, FAULT_PRESENT);
            if (!(accesses[i] & ACCESS_EXECUTE))
                expect_no_execute(AT + HUGE + page * PAGE);
        }
        expect_no_read(AT + HUGE + 9 * PAGE, 0);
        OK(frame_unmap, frame, 0, LARGE);
    }
}

/* ---- Changes to the space that one runs in ---- */

/* A thread touches memory and takes it away from itself: it hasn't got it any more. */
static void change_own(uint64_t operation, uint64_t offset, uint64_t length, uint64_t bits)
{
    struct process *process = process_make();
    struct task *task = task_make(process, PRIORITY_USUAL);
    cap_t frame = bits < 20 ? make_numbered((unsigned)bits, 1) : large_frame((unsigned)bits);

    OK(frame_map, frame, process->vspace, AT + HUGE, 0, 1ull << bits, RW);
    OK(cnode_move, process->cnode, 40, frame);
    task->area->data[0] = AT + HUGE + offset;
    task->area->data[1] = CAP_OF(40);
    task->area->data[2] = operation;
    task->area->data[3] = offset;
    task->area->data[4] = length;
    task_start(task, victim_change_read);
    settle();
    expect_page_fault(task, AT + HUGE + offset, operation == OP_frame_unmap ? 0 : FAULT_PRESENT);
}

static void change_own_pages(void)
{
    change_own(OP_frame_unmap, PAGE, PAGE, 14);
    change_own(OP_frame_unmap, 0, 4 * PAGE, 14);
    change_own(OP_frame_protect, 3 * PAGE, PAGE, 14);
    change_own(OP_frame_unmap, 3 * PAGE, 60 * PAGE, 18); /* more than are flushed one by one */
    change_own(OP_frame_protect, 30 * PAGE, 30 * PAGE, 18);
}

static void change_own_large(void)
{
    change_own(OP_frame_unmap, 0, LARGE, 21);
    change_own(OP_frame_unmap, 7 * PAGE, PAGE, 21);
    change_own(OP_frame_protect, 7 * PAGE, PAGE, 21);
}

/* Its page tables go: it has nothing at all any more, from the next instruction on. */
static void tables_own(void)
{
    struct process *process = process_make();
    struct task *task = task_make(process, PRIORITY_USUAL);
    cap_t supply = case_make(OBJECT_FRAME, 12);
    cap_t table = process_give(process, process->cnode, RIGHT_ALL, 0);

    OK(vspace_supply, process->vspace, supply);
    OK(cnode_move, process->cnode, 40, supply);
    step_operation(task, table, OP_cnode_delete, 40, 0, 0, 0);
    task_run(task);
    settle();
    expect_page_fault(task, (uint64_t)step_return, FAULT_FETCH);
}

/* Not aligned to each other: all in small pages, over the borders of tables. */
static void unaligned(void)
{
    struct process *process = process_make();
    cap_t frame = large_frame(22);

    prober_make(process);
    OK(frame_map, frame, process->vspace, AT + HUGE - 3 * PAGE, 0, 2 * LARGE, ACCESS_READ);
    expect_word(AT + HUGE - 3 * PAGE, 1000);
    expect_word(AT + HUGE - PAGE, 1002);
    expect_word(AT + HUGE, 1003);
    expect_word(AT + HUGE + LARGE, 1515);
    expect_word(AT + HUGE + 2 * LARGE - 4 * PAGE, 2023);
    expect_no_read(AT + HUGE + 2 * LARGE - 3 * PAGE, 0);
    expect_no_read(AT + HUGE - 4 * PAGE, 0);
    OK(frame_unmap, frame, 2 * PAGE, 2 * PAGE);
    expect_word(AT + HUGE - 2 * PAGE, 1001);
    expect_no_read(AT + HUGE - PAGE, 0);
    expect_no_read(AT + HUGE, 0);
    expect_word(AT + HUGE + PAGE, 1004);
}

/* Small and large pages in one range: up to the border, large ones, and the rest. */
static void mixed(void)
{
    struct process *process = process_make();
    cap_t frame = large_frame(22);
    uint64_t before = tables_used(process->vspace);

    prober_make(process);
    OK(frame_map, frame, process->vspace, AT + HUGE + LARGE - 2 * PAGE, LARGE - 2 * PAGE,
       LARGE + 2 * PAGE, RW);
    EXPECT_EQUAL(tables_used(process->vspace), before + 2);
    expect_word(AT + HUGE + LARGE - 2 * PAGE, 1510);
    expect_word(AT + HUGE + LARGE, 1512);
    expect_word(AT + HUGE + 2 * LARGE - PAGE, 2023);
    OK(frame_protect, frame, LARGE - PAGE, 2 * PAGE, ACCESS_READ);
    expect_no_write(AT + HUGE + LARGE - PAGE, FAULT_PRESENT | FAULT_WRITE);
    expect_no_write(AT + HUGE + LARGE, FAULT_PRESENT | FAULT_WRITE);
    expect_write(AT + HUGE + LARGE + PAGE, 3);
    OK(cnode_delete, own.cnode, CAP_INDEX(frame));
    EXPECT_EQUAL(tables_used(process->vspace), before);
}

/* A large page where small ones are already: refused, and they stay. */
static void large_over_small(void)
{
    struct process *process = process_make();
    cap_t small = make_numbered(12, 3), large = large_frame(21);

    prober_make(process);
    OK(frame_map, small, process->vspace, AT + 9 * PAGE, 0, PAGE, ACCESS_READ);
    FAILS(OCCUPIED, 2, NOTHING, frame_map, large, process->vspace, AT, 0, LARGE, RW);
    expect_word(AT + 9 * PAGE, 3);
    expect_no_read(AT, 0);
    OK(frame_unmap, small, 0, PAGE);
    OK(frame_map, large, process->vspace, AT, 0, LARGE, RW);
    expect_word(AT + 9 * PAGE, 1009);
    FAILS(OCCUPIED, 2, NOTHING, frame_map, small, process->vspace, AT + 9 * PAGE, 0, PAGE,
          ACCESS_READ);
    expect_word(AT + 9 * PAGE, 1009);
}

/* Pages of 1 GiB, of device memory that isn't there: what lies in their way is found. */
static void huge_over_large(void)
{
    cap_t vspace = case_make(OBJECT_VSPACE, 0), large = large_frame(21);
    cap_t device = case_copy(own.large, RIGHT_ALL);
    uint64_t used;

    OK(frame_map, large, vspace, 4 * HUGE, 0, LARGE, RW);
    used = tables_used(vspace);
    FAILS(OCCUPIED, 2, NOTHING, frame_map, device, vspace, 4 * HUGE, 0, HUGE, RW);
    EXPECT_EQUAL(tables_used(vspace), used);
    OK(frame_unmap, large, 0, LARGE);
    EXPECT_EQUAL(tables_used(vspace), 0);
    OK(frame_map, device, vspace, 4 * HUGE, 0, 2 * HUGE, RW);
    if (tables_used(vspace) > 1)
        test_skip("the CPU has no pages of 1 GiB");
    FAILS(OCCUPIED, 2, NOTHING, frame_map, large, vspace, 5 * HUGE, 0, LARGE, RW);
    used = tables_used(vspace);
    OK(frame_unmap, device, HUGE + LARGE + PAGE, PAGE); /* splits twice */
    EXPECT_EQUAL(tables_used(vspace), used + 2);
    FAILS(OCCUPIED, 2, NOTHING, frame_map, large, vspace, 5 * HUGE + 2 * LARGE, 0, LARGE, RW);
    cap_t page = case_make(OBJECT_FRAME, 12);
    OK(frame_map, page, vspace, 5 * HUGE + LARGE + PAGE, 0, PAGE, RW);
    OK(frame_unmap, device, 0, 2 * HUGE);
    EXPECT_EQUAL(tables_used(vspace), 3);
    OK(frame_unmap, page, 0, PAGE);
    EXPECT_EQUAL(tables_used(vspace), 0);
}

/* ---- Windows: what one capability has mapped ---- */

/* Unmapped from the ends, or as a whole: then the capability is free for another place. */
static void windows(void)
{
    struct process *process = process_make();
    cap_t frame = make_numbered(16, 1);

    prober_make(process);
    OK(frame_map, frame, process->vspace, AT, 0, 16 * PAGE, RW);
    OK(frame_unmap, frame, 0, 4 * PAGE);
    OK(frame_unmap, frame, 8 * PAGE, 8 * PAGE);
    FAILS(BOUND, 0, FRAME, frame_map, frame, process->vspace, AT + LARGE, 0, 2 * PAGE, RW);
    OK(frame_unmap, frame, 4 * PAGE, 4 * PAGE);
    OK(frame_map, frame, process->vspace, AT + LARGE, 0, 2 * PAGE, RW);
    OK(frame_unmap, frame, 0, PAGE);
    OK(frame_unmap, frame, PAGE, PAGE);
    OK(frame_map, frame, process->vspace, AT, 0, 16 * PAGE, RW);
    OK(frame_unmap, frame, 4 * PAGE, 4 * PAGE);
    OK(frame_unmap, frame, 0, 4 * PAGE);
    OK(frame_unmap, frame, 8 * PAGE, 8 * PAGE);
    OK(frame_unmap, frame, 0, 16 * PAGE);
    OK(frame_map, frame, process->vspace, AT + LARGE, 0, 2 * PAGE, RW);
    expect_word(AT + LARGE, 1);
    /* Two parts with a gap, in which another Frame lies: it isn't touched. */
    cap_t other = make_numbered(12, 77);
    OK(frame_map, frame, process->vspace, AT + LARGE + 8 * PAGE, 8 * PAGE, PAGE, RW);
    OK(frame_map, other, process->vspace, AT + LARGE + 5 * PAGE, 0, PAGE, RW);
    OK(frame_protect, frame, 0, 16 * PAGE, ACCESS_READ);
    expect_write(AT + LARGE + 5 * PAGE, 78);
    expect_no_write(AT + LARGE + 8 * PAGE, FAULT_PRESENT | FAULT_WRITE);
    OK(frame_unmap, frame, 0, 16 * PAGE);
    expect_word(AT + LARGE + 5 * PAGE, 78);
    expect_no_read(AT + LARGE + 8 * PAGE, 0);
    expect_no_read(AT + LARGE, 0);
}

/* A part that is in line with the first, but whose start would lie outside of the user's space. */
static void window_wraps(void)
{
    struct process *process = process_make();
    cap_t frame = large_frame(21);

    prober_make(process);
    OK(frame_map, frame, process->vspace, PAGE, 16 * PAGE, PAGE, RW); /* page 0 would be at -15 */
    FAILS(BOUND, 0, FRAME, frame_map, frame, process->vspace, AT, 0, PAGE, RW);
    OK(frame_protect, frame, 0, LARGE, ACCESS_READ);
    expect_word(PAGE, 1016);
    expect_no_write(PAGE, FAULT_PRESENT | FAULT_WRITE);
    OK(frame_unmap, frame, 0, LARGE);
    expect_no_read(PAGE, 0);
    OK(frame_map, frame, process->vspace, LIMIT - PAGE, 0, PAGE, RW);
    OK(frame_protect, frame, 0, LARGE, ACCESS_READ);
    expect_word(LIMIT - PAGE, 1000);
    FAILS(OUT_OF_RANGE, 2, NOTHING, frame_map, frame, process->vspace, LIMIT, PAGE, PAGE, RW);
    OK(cnode_delete, own.cnode, CAP_INDEX(frame));
    expect_no_read(LIMIT - PAGE, 0);
}

/* Moved with its mapping; deleted while mapped; its space deleted under it. */
static void lifetimes(void)
{
    struct process *process = process_make();
    cap_t a = make_numbered(12, 1), b = make_numbered(12, 2), c = make_numbered(12, 3);
    uint32_t slot = case_slot();

    prober_make(process);
    OK(frame_map, a, process->vspace, AT, 0, PAGE, RW);
    OK(frame_map, b, process->vspace, AT + PAGE, 0, PAGE, RW);
    OK(frame_map, c, process->vspace, AT + 2 * PAGE, 0, PAGE, RW);
    OK(cnode_move, own.cnode, slot, b);
    OK(cnode_delete, own.cnode, CAP_INDEX(a));
    expect_no_read(AT, 0);
    expect_word(AT + PAGE, 2);
    OK(frame_unmap, CAP_OF(slot), 0, PAGE);
    expect_no_read(AT + PAGE, 0);
    expect_word(AT + 2 * PAGE, 3);
    OK(cnode_delete, own.cnode, CAP_INDEX(process->vspace));
    FAILS(NOT_MAPPED, 0, FRAME, frame_unmap, c, 0, PAGE);
    OK(frame_map, c, own.vspace, AT, 0, PAGE, RW);
    EXPECT_EQUAL(*(uint64_t *)AT, 3);
}

static void infos(void)
{
    uint64_t address, bytes, device;
    cap_t frame = case_make(OBJECT_FRAME, 13);

    OK(frame_info, frame, &address, &bytes, &device);
    EXPECT(address == 0 && bytes == 2 * PAGE && device == 0);
    OK(frame_info, own.screen, &address, &bytes, &device);
    EXPECT(address == 0xa0000 && bytes == 0x10000 && device == 1);
    OK(frame_map, case_copy(own.screen, RIGHT_ALL), own.vspace, AT, 0, PAGE, RW | ACCESS_COMBINE);
    OK(frame_map, case_copy(own.screen, RIGHT_ALL), own.vspace, AT + PAGE, 0, PAGE, RW);
    FAILS(OUT_OF_RANGE, 5, NOTHING, frame_map, frame, own.vspace, AT + 2 * PAGE, 0, PAGE,
          RW | ACCESS_COMBINE);
}

static const struct test mapping_tests[] = {
    {"access", access},
    {"execute", execute},
    {"shared", shared},
    {"large pages", large_pages},
    {"large pages, access", large_access},
    {"change of one's own pages", change_own_pages},
    {"change of one's own large page", change_own_large},
    {"tables of one's own", tables_own},
    {"unaligned", unaligned},
    {"small and large pages", mixed},
    {"large over small", large_over_small},
    {"huge over large", huge_over_large},
    {"windows", windows},
    {"window that wraps", window_wraps},
    {"lifetimes", lifetimes},
    {"infos", infos},
};
GROUP("mapping", mapping_tests);
