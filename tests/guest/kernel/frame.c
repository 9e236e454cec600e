/* SPDX-License-Identifier: BSD-2-Clause */
/* Mapping, protecting, unmapping: what is refused; and the memory of page tables. */

#include "tests/guest/kernel/probe.h"

/* ---- Errors ---- */

#define MAP(address, offset, length, access) \
    frame_map, frame, vspace, address, offset, length, access

/* What no Frame of 16 KiB may be asked for. */
static void map_refused(cap_t frame, cap_t vspace)
{
    cap_t readable = case_copy(frame, RIGHT_FRAME_READ);
    cap_t writable = case_copy(frame, RIGHT_FRAME_WRITE);

    FAILS(MISALIGNED, 3, NOTHING, MAP(AT, 1, PAGE, RW));
    FAILS(MISALIGNED, 3, NOTHING, MAP(AT, 2048, PAGE, RW));
    FAILS(MISALIGNED, 4, NOTHING, MAP(AT, 0, PAGE + 8, RW));
    FAILS(MISALIGNED, 2, NOTHING, MAP(AT + 8, 0, PAGE, RW));
    FAILS(OUT_OF_RANGE, 3, NOTHING, MAP(AT, 4 * PAGE, PAGE, RW));
    FAILS(OUT_OF_RANGE, 3, NOTHING, MAP(AT, 1ull << 63, PAGE, RW));
    FAILS(OUT_OF_RANGE, 3, NOTHING, MAP(AT, -PAGE, PAGE, RW));
    FAILS(OUT_OF_RANGE, 4, NOTHING, MAP(AT, 0, 0, RW));
    FAILS(OUT_OF_RANGE, 4, NOTHING, MAP(AT, 0, 5 * PAGE, RW));
    FAILS(OUT_OF_RANGE, 4, NOTHING, MAP(AT, 3 * PAGE, 2 * PAGE, RW));
    FAILS(OUT_OF_RANGE, 4, NOTHING, MAP(AT, PAGE, -PAGE, RW));
    FAILS(OUT_OF_RANGE, 5, NOTHING, MAP(AT, 0, PAGE, 0));
    FAILS(OUT_OF_RANGE, 5, NOTHING, MAP(AT, 0, PAGE, ACCESS_WRITE));
    FAILS(OUT_OF_RANGE, 5, NOTHING, MAP(AT, 0, PAGE, ACCESS_EXECUTE));
    FAILS(OUT_OF_RANGE, 5, NOTHING, MAP(AT, 0, PAGE, 16 | ACCESS_READ));
    FAILS(OUT_OF_RANGE, 5, NOTHING, MAP(AT, 0, PAGE, 1ull << 63 | ACCESS_READ));
    FAILS(OUT_OF_RANGE, 5, NOTHING, MAP(AT, 0, PAGE, ACCESS_COMBINE | ACCESS_READ));
    FAILS(WRITE_AND_EXECUTE, 5, NOTHING, MAP(AT, 0, PAGE, RW | ACCESS_EXECUTE));
    FAILS(MISSING_RIGHT, 5, NOTHING, frame_map, readable, vspace, AT, 0, PAGE, RW);
    FAILS(MISSING_RIGHT, 5, NOTHING, frame_map, readable, vspace, AT, 0, PAGE,
          ACCESS_READ | ACCESS_EXECUTE);
    FAILS(MISSING_RIGHT, 5, NOTHING, frame_map, writable, vspace, AT, 0, PAGE, ACCESS_READ);
    /* Nowhere near the kernel, the hole, the null page. */
    static const uint64_t forbidden[] = {0,
                                         LIMIT,
                                         1ull << 47,
                                         (1ull << 47) + PAGE,
                                         1ull << 48,
                                         1ull << 63,
                                         0xffff800000000000,
                                         0xffffff8000000000,
                                         0xffffff8040000000,
                                         0xffffffff80000000,
                                         -PAGE};
    for (unsigned i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++)
        FAILS(OUT_OF_RANGE, 2, NOTHING, MAP(forbidden[i], 0, PAGE, RW));
    FAILS(OUT_OF_RANGE, 2, NOTHING, MAP(LIMIT - PAGE, 0, 2 * PAGE, RW));
}

/* The same where page tables are missing and where they are: a single page may take another way. */
static void map_errors(void)
{
    cap_t vspace = case_make(OBJECT_VSPACE, 0), frame = case_make(OBJECT_FRAME, 14);
    cap_t second = case_copy(frame, RIGHT_ALL), other = case_make(OBJECT_VSPACE, 0);

    map_refused(frame, vspace);
    EXPECT_EQUAL(tables_used(vspace), 0);
    OK(frame_map, second, vspace, AT + 64 * PAGE, 0, PAGE, RW);
    map_refused(frame, vspace);
    OK(frame_unmap, second, 0, PAGE);
    EXPECT_EQUAL(tables_used(vspace), 0);

    OK(MAP(AT, PAGE, PAGE, RW));
    FAILS(OCCUPIED, 2, NOTHING, MAP(AT, PAGE, PAGE, RW));
    FAILS(OCCUPIED, 2, NOTHING, frame_map, second, vspace, AT, 0, PAGE, RW);
    FAILS(BOUND, 0, FRAME, MAP(AT, 2 * PAGE, PAGE, RW));
    FAILS(BOUND, 0, FRAME, MAP(AT + PAGE, 0, PAGE, RW));
    FAILS(BOUND, 0, FRAME, frame_map, frame, other, AT, PAGE, PAGE, RW);
    OK(MAP(AT + 2 * PAGE, 3 * PAGE, PAGE, RW)); /* in line */
    OK(frame_map, second, other, AT, 0, 4 * PAGE, RW);
#undef MAP
}

/* A range that meets something: what comes before it, in other page tables, stays. */
static void map_partly_occupied(void)
{
    struct process *process = process_make();
    cap_t small = make_numbered(12, 7), large = case_make(OBJECT_FRAME, 22);

    prober_make(process);
    OK(frame_map, small, process->vspace, AT + 700 * PAGE, 0, PAGE, ACCESS_READ);
    uint64_t used = tables_used(process->vspace);
    FAILS(OCCUPIED, 2, NOTHING, frame_map, large, process->vspace, AT, 0, 2 * LARGE, ACCESS_READ);
    expect_word(AT + 700 * PAGE, 7);
    expect_word(AT + 511 * PAGE, 0);
    expect_no_read(AT + 512 * PAGE, 0);
    expect_no_read(AT + 699 * PAGE, 0);
    OK(frame_unmap, large, 0, 2 * LARGE);
    EXPECT_EQUAL(tables_used(process->vspace), used);
    expect_word(AT + 700 * PAGE, 7);
    FAILS(NOT_MAPPED, 0, FRAME, frame_unmap, large, 0, PAGE);
}

static void change_errors(void)
{
    cap_t vspace = case_make(OBJECT_VSPACE, 0), frame = case_make(OBJECT_FRAME, 14);
    cap_t readable = case_copy(frame, RIGHT_FRAME_READ);

    FAILS(NOT_MAPPED, 0, FRAME, frame_protect, frame, 0, PAGE, ACCESS_READ);
    FAILS(NOT_MAPPED, 0, FRAME, frame_unmap, frame, 0, PAGE);
    OK(frame_map, frame, vspace, AT, 0, 4 * PAGE, RW);
    OK(frame_map, readable, vspace, AT + 16 * PAGE, 0, 4 * PAGE, ACCESS_READ);
    FAILS(MISALIGNED, 1, NOTHING, frame_protect, frame, 1, PAGE, ACCESS_READ);
    FAILS(MISALIGNED, 2, NOTHING, frame_protect, frame, 0, 1, ACCESS_READ);
    FAILS(OUT_OF_RANGE, 1, NOTHING, frame_protect, frame, 4 * PAGE, PAGE, ACCESS_READ);
    FAILS(OUT_OF_RANGE, 2, NOTHING, frame_protect, frame, 3 * PAGE, 2 * PAGE, ACCESS_READ);
    FAILS(OUT_OF_RANGE, 2, NOTHING, frame_protect, frame, 0, 0, ACCESS_READ);
    FAILS(OUT_OF_RANGE, 3, NOTHING, frame_protect, frame, 0, PAGE, ACCESS_WRITE);
    FAILS(OUT_OF_RANGE, 3, NOTHING, frame_protect, frame, 0, PAGE, 32);
    FAILS(WRITE_AND_EXECUTE, 3, NOTHING, frame_protect, frame, 0, PAGE, 7);
    FAILS(MISSING_RIGHT, 3, NOTHING, frame_protect, readable, 0, PAGE, RW);
    FAILS(MISALIGNED, 1, NOTHING, frame_unmap, frame, 4095, PAGE);
    FAILS(MISALIGNED, 2, NOTHING, frame_unmap, frame, 0, 4095);
    FAILS(OUT_OF_RANGE, 1, NOTHING, frame_unmap, frame, 1ull << 40, PAGE);
    FAILS(OUT_OF_RANGE, 2, NOTHING, frame_unmap, frame, 0, 8 * PAGE);
    OK(frame_unmap, frame, 0, 4 * PAGE);
    FAILS(NOT_MAPPED, 0, FRAME, frame_unmap, frame, 0, PAGE);
    OK(frame_unmap, readable, 0, 4 * PAGE);
    EXPECT_EQUAL(tables_used(vspace), 0);
}

/* ---- Page tables and their memory ---- */

/* The smallest pool is used up: each operation that needs a table more does nothing. */
static void no_tables(void)
{
    cap_t vspace = case_make(OBJECT_VSPACE, 15);
    uint64_t pool = tables_free(vspace);
    cap_t pages = case_make_row(OBJECT_FRAME, 12, 8), large = case_make(OBJECT_FRAME, 21);
    cap_t extra = case_make_row(OBJECT_FRAME, 12, 3);

    EXPECT_EQUAL(pool, 6);
    OK(frame_map, pages, vspace, AT, 0, PAGE, RW);                         /* three tables */
    OK(frame_map, large, vspace, AT + LARGE, 0, LARGE, RW);                /* none */
    OK(frame_map, pages + CAP_OF(1), vspace, AT + 8 * LARGE, 0, PAGE, RW); /* one */
    EXPECT_EQUAL(tables_free(vspace), 2);
    FAILS(NO_TABLES, 1, NOTHING, frame_map, pages + CAP_OF(2), vspace, 1ull << 45, 0, PAGE, RW);
    EXPECT_EQUAL(tables_free(vspace), 2);
    OK(frame_map, pages + CAP_OF(2), vspace, AT + 9 * LARGE, 0, PAGE, RW);
    OK(frame_map, pages + CAP_OF(3), vspace, AT + 10 * LARGE, 0, PAGE, RW);
    EXPECT_EQUAL(tables_free(vspace), 0);
    FAILS(NO_TABLES, 1, NOTHING, frame_map, pages + CAP_OF(4), vspace, AT + 11 * LARGE, 0, PAGE,
          RW);
    FAILS(NO_TABLES, 0, FRAME, frame_protect, large, PAGE, PAGE, ACCESS_READ);
    FAILS(NO_TABLES, 0, FRAME, frame_unmap, large, PAGE, PAGE);
    FAILS(NO_TABLES, 0, FRAME, frame_unmap, large, 0, PAGE);
    OK(frame_protect, large, 0, LARGE, ACCESS_READ);
    OK(vspace_supply, vspace, extra);
    EXPECT_EQUAL(tables_free(vspace), 1);
    OK(frame_unmap, large, PAGE, PAGE); /* a hole in the middle needs one table, not two */
    EXPECT_EQUAL(tables_free(vspace), 0);
    OK(frame_unmap, large, 0, LARGE);
    EXPECT_EQUAL(tables_free(vspace), 1);
    OK(vspace_supply, vspace, extra + CAP_OF(1));
    OK(vspace_supply, vspace, extra + CAP_OF(2));
    OK(frame_map, pages + CAP_OF(5), vspace, 1ull << 45, 0, PAGE, RW);
    EXPECT_EQUAL(tables_used(vspace), pool + 3);
}

static void supply_errors(void)
{
    cap_t vspace = case_make(OBJECT_VSPACE, 0), frame = case_make(OBJECT_FRAME, 12);
    cap_t copy = case_copy(frame, RIGHT_ALL), mapped = case_make(OBJECT_FRAME, 12);
    uint64_t before = tables_free(vspace);

    FAILS(NOT_DERIVABLE, 1, FRAME, vspace_supply, vspace, copy);
    FAILS(NOT_DERIVABLE, 1, FRAME, vspace_supply, vspace, frame);
    FAILS(DEVICE_MEMORY, 1, FRAME, vspace_supply, vspace, own.screen);
    OK(frame_map, mapped, own.vspace, AT, 0, PAGE, RW);
    FAILS(BOUND, 1, FRAME, vspace_supply, vspace, mapped);
    OK(frame_unmap, mapped, 0, PAGE);
    FAILS(OUT_OF_RANGE, 1, FRAME, vspace_supply, vspace, case_make(OBJECT_FRAME, 22));
    EXPECT_EQUAL(tables_free(vspace), before);
    OK(cnode_delete, own.cnode, CAP_INDEX(copy));
    OK(vspace_supply, vspace, frame);
    EXPECT_EQUAL(case_inspect(frame).type, OBJECT_TABLES);
    EXPECT_EQUAL(tables_free(vspace), before + 1);
    OK(vspace_supply, vspace, mapped);
    OK(vspace_supply, vspace, case_make(OBJECT_FRAME, 16));
    EXPECT_EQUAL(tables_free(vspace), before + 18);
}

/* A space's domain is given before anything else has to do with it. */
static void domains(void)
{
    cap_t vspace = case_make(OBJECT_VSPACE, 0);

    FAILS(OUT_OF_RANGE, 1, VSPACE, vspace_set_domain, vspace, 1ull << 32);
    OK(vspace_set_domain, vspace, 0xffffffff);
    OK(vspace_set_domain, vspace, 7);
    cap_t copy = case_copy(vspace, RIGHT_ALL);
    FAILS(WRONG_STATE, 0, VSPACE, vspace_set_domain, copy, 7);
    FAILS(WRONG_STATE, 0, VSPACE, vspace_set_domain, vspace, 7);
    OK(cnode_delete, own.cnode, CAP_INDEX(copy));
    OK(vspace_set_domain, vspace, 0);
}

/* A supplied page that the holder wrote before comes to the tables clean. */
static void supply_dirty(void)
{
    struct process *process = process_make();
    cap_t frame = case_make(OBJECT_FRAME, 12), page = make_numbered(12, 5);
    cap_t copy = case_map(frame, AT, RW);

    for (unsigned i = 0; i < 512; i++)
        ((uint64_t *)AT)[i] = 7 | (uint64_t)i << 12; /* present, writable, user */
    OK(cnode_delete, own.cnode, CAP_INDEX(copy));
    uint64_t at = AT;
    prober_make(process);
    while (tables_free(process->vspace) > 0) {
        cap_t filler = case_copy(page, RIGHT_ALL);
        OK(frame_map, filler, process->vspace, at, 0, PAGE, ACCESS_READ);
        at += LARGE;
    }
    OK(vspace_supply, process->vspace, frame);
    OK(frame_map, page, process->vspace, AT + (HUGE >> 1) + LARGE, 0, PAGE, ACCESS_READ);
    expect_word(AT + (HUGE >> 1) + LARGE, 5);
    for (unsigned i = 1; i < 512; i += 85)
        expect_no_read(AT + (HUGE >> 1) + LARGE + i * PAGE, 0);
}

/* Deleting supplied tables ends the mappings; the Frames can be mapped again elsewhere. */
static void tables_deleted(void)
{
    struct process *process = process_make(), *other = process_make();
    cap_t frame = make_numbered(12, 42), supply = case_make(OBJECT_FRAME, 14);

    prober_make(process);
    OK(vspace_supply, process->vspace, supply);
    OK(frame_map, frame, process->vspace, AT, 0, PAGE, RW);
    expect_word(AT, 42);
    OK(cnode_delete, own.cnode, CAP_INDEX(supply));
    EXPECT(!case_is_empty(frame));
    OK(thread_suspend, prober->thread);
    prober->area->data[0] = AT;
    task_start(prober, victim_read_data);
    settle();
    EXPECT_EQUAL(prober->report.fault, FAULT_PAGE);
    FAILS(NOT_MAPPED, 0, FRAME, frame_unmap, frame, 0, PAGE);
    prober_make(other);
    OK(frame_map, frame, other->vspace, AT, 0, PAGE, RW);
    expect_word(AT, 42);
}

static const struct test frame_tests[] = {
    {"map: errors", map_errors},
    {"map: range occupied in part", map_partly_occupied},
    {"protect and unmap: errors", change_errors},
    {"no tables", no_tables},
    {"domains", domains},
    {"supply: errors", supply_errors},
    {"supply of a page that was written", supply_dirty},
    {"tables deleted", tables_deleted},
};
GROUP("frame", frame_tests);
