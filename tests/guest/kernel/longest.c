/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations on as much as a hostile program may come by: ten thousand capabilities, mappings or
 * objects, a gigabyte. The kernel must do each in short steps. `make irqoff` measures how short;
 * here it's seen that they are done.
 */

#include "tests/guest/kernel/flood.h"
#include "tests/guest/kernel/probe.h"

#define MANY 10000
#define ROW 256 /* the most that one retype makes */

static bool all_empty(cap_t first, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (!case_is_empty(first + CAP_OF(i)))
            return false;
    return true;
}

/* ---- Derived capabilities ---- */

/* Of `source`, and every second of one that was derived from it. */
static cap_t derive_many(cap_t source)
{
    cap_t middle = case_copy(source, RIGHT_ALL);
    uint32_t slot = case_slots(MANY);

    for (unsigned i = 0; i < MANY; i++)
        OK(cnode_copy, own.cnode, slot + i, i % 2 ? source : middle, RIGHT_ALL);
    return middle;
}

static void revoke_derived(enum object_type type)
{
    cap_t source = case_make(type, 0), first = derive_many(source);

    OK(cnode_revoke, own.cnode, CAP_INDEX(source));
    EXPECT(all_empty(first, MANY + 1));
    EXPECT_EQUAL(case_inspect(source).type, type);
}

static void revoke_endpoints(void)
{
    revoke_derived(OBJECT_ENDPOINT);
}

static void revoke_frames(void)
{
    revoke_derived(OBJECT_FRAME);
}

static void delete_original(void)
{
    cap_t source = case_make(OBJECT_NOTIFICATION, 0), first = derive_many(source);

    OK(cnode_delete, own.cnode, CAP_INDEX(source));
    EXPECT(all_empty(first, MANY + 1));
}

/* Each derived from the one before. */
static void revoke_chain(void)
{
    cap_t source = case_make(OBJECT_CNODE, 0);
    uint32_t slot = case_slots(MANY);

    for (unsigned i = 0; i < MANY; i++)
        OK(cnode_copy, own.cnode, slot + i, i ? CAP_OF(slot + i - 1) : source, RIGHT_ALL);
    OK(cnode_revoke, own.cnode, CAP_INDEX(source));
    EXPECT(all_empty(CAP_OF(slot), MANY));
}

/* ---- Mappings ---- */

/* Copies of a Frame, each mapped at a page of its own. */
static cap_t map_many(cap_t vspace, cap_t frame)
{
    uint32_t slot = case_slots(MANY);

    for (unsigned i = 0; i < MANY; i++) {
        OK(cnode_copy, own.cnode, slot + i, frame, RIGHT_ALL);
        OK(frame_map, CAP_OF(slot + i), vspace, AT + i * PAGE, 0, PAGE, RW);
    }
    return CAP_OF(slot);
}

static void mapped_revoked(void)
{
    cap_t vspace = case_make(OBJECT_VSPACE, 18), frame = case_make(OBJECT_FRAME, 12);
    cap_t first = map_many(vspace, frame);

    EXPECT_EQUAL(tables_used(vspace), 2 + (MANY + 511) / 512);
    OK(cnode_revoke, own.cnode, CAP_INDEX(frame));
    EXPECT(all_empty(first, MANY));
    EXPECT_EQUAL(tables_used(vspace), 0);
}

/* The space, or memory for its tables, goes: the Frames forget that they were mapped. */
static void mapped_space_destroyed(bool space)
{
    cap_t vspace = case_make(OBJECT_VSPACE, 18), frame = case_make(OBJECT_FRAME, 12);
    cap_t tables = case_make(OBJECT_FRAME, 12);
    OK(vspace_supply, vspace, tables);
    cap_t first = map_many(vspace, frame);

    OK(cnode_delete, own.cnode, CAP_INDEX(space ? vspace : tables));
    for (unsigned i = 0; i < MANY; i++)
        FAILS(NOT_MAPPED, 0, FRAME, frame_unmap, first + CAP_OF(i), 0, PAGE);
}

static void mapped_space_deleted(void)
{
    mapped_space_destroyed(true);
}

static void mapped_tables_deleted(void)
{
    mapped_space_destroyed(false);
}

/* Two thousand Frames are given for tables, one by one. */
static void supplies(void)
{
    cap_t vspace = case_make(OBJECT_VSPACE, 15), first = case_make_row(OBJECT_FRAME, 12, 2000);
    uint64_t before = tables_free(vspace);

    for (unsigned i = 0; i < 2000; i++)
        OK(vspace_supply, vspace, first + CAP_OF(i));
    EXPECT_EQUAL(tables_free(vspace), before + 2000);
    OK(cnode_delete, own.cnode, CAP_INDEX(vspace));
    EXPECT_EQUAL(case_inspect(first).type, OBJECT_TABLES);
    OK(vspace_supply, case_make(OBJECT_VSPACE, 15), case_make(OBJECT_FRAME, 12));
}

/* The largest: what was written there before must not become a table. */
static void supply_large(void)
{
    struct process *process = process_make();
    cap_t frame = make_numbered(21, 0x1000), page = make_numbered(12, 77);
    uint64_t before = tables_free(process->vspace);

    OK(vspace_supply, process->vspace, frame);
    EXPECT_EQUAL(tables_free(process->vspace), before + 512);
    prober_make(process);
    OK(frame_map, page, process->vspace, AT + HUGE + 5 * PAGE, 0, PAGE, ACCESS_READ);
    expect_word(AT + HUGE + 5 * PAGE, 77);
    expect_no_read(AT + HUGE, 0);
    expect_no_read(AT + HUGE + LARGE, 0);
    OK(cnode_delete, own.cnode, CAP_INDEX(frame)); /* what was mapped with its help goes too */
    FAILS(NOT_MAPPED, 0, FRAME, frame_unmap, page, 0, PAGE);
    EXPECT_EQUAL(tables_free(process->vspace) + tables_used(process->vspace), 0);
}

/* Of 16 MiB, nearly all of it for tables. */
static void large_space(void)
{
    cap_t vspace = case_make(OBJECT_VSPACE, 24), frame = case_make(OBJECT_FRAME, 12);

    EXPECT_EQUAL(tables_free(vspace), (16 << 20) / PAGE - 2);
    OK(frame_map, frame, vspace, AT, 0, PAGE, RW);
    EXPECT_EQUAL(tables_free(vspace), (16 << 20) / PAGE - 2 - 3);
    OK(cnode_delete, own.cnode, CAP_INDEX(vspace));
}

/* ---- Objects ---- */

/* As many of each kind as one operation makes. */
static void retype_rows(void)
{
    static const enum object_type types[] = {
        OBJECT_UNTYPED,      OBJECT_CNODE,         OBJECT_FRAME, OBJECT_THREAD, OBJECT_ENDPOINT,
        OBJECT_NOTIFICATION, OBJECT_SCHED_CONTEXT, OBJECT_REPLY, OBJECT_VSPACE};

    cap_t untyped = case_make(OBJECT_UNTYPED, 23);
    uint32_t slot = case_slots(ROW);

    for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        unsigned bits = object_size_bits(types[i]);
        OK(untyped_retype, untyped, own.cnode, slot, ROW, types[i], bits < 15 ? bits : 15);
        EXPECT_EQUAL(case_inspect(CAP_OF(slot)).type, types[i]);
        EXPECT_EQUAL(case_inspect(CAP_OF(slot + ROW - 1)).type, types[i]);
        OK(cnode_revoke, own.cnode, CAP_INDEX(untyped));
        EXPECT(all_empty(CAP_OF(slot), ROW));
    }
}

/* ---- Chains of deaths ---- */

/* Tables each of which has the next one's capability, the last one `content`. The first. */
static cap_t table_chain(cap_t untyped, unsigned count, cap_t content)
{
    cap_t before = case_make_from(untyped), first = case_make_row(OBJECT_CNODE, 10, count);

    (void)case_make_from(before);
    OK(cnode_move, first + CAP_OF(count - 1), 0, content);
    for (unsigned i = count - 1; i > 0; i--)
        OK(cnode_move, first + CAP_OF(i - 1), 0, first + CAP_OF(i));
    return first;
}

static void nested_tables(void)
{
    cap_t untyped = case_make(OBJECT_UNTYPED, 24), reply = case_make(OBJECT_REPLY, 0);
    cap_t first = table_chain(untyped, MANY, reply);

    OK(cnode_delete, own.cnode, CAP_INDEX(first));
    EXPECT(case_is_empty(first));
    OK(cnode_revoke, own.cnode, CAP_INDEX(untyped));
}

/* The last has the Untyped that all are made of: when its turn comes, they are dying already. The
 * others that were made of it stand behind them. */
static void nested_in_itself(void)
{
    cap_t outer = case_make(OBJECT_UNTYPED, 24), untyped = CAP_OF(case_slot());
    OK(untyped_retype, outer, own.cnode, CAP_INDEX(untyped), 1, OBJECT_UNTYPED, 24);
    cap_t before = case_make_from(untyped), others = case_make_row(OBJECT_NOTIFICATION, 0, 500);
    (void)case_make_from(before);
    cap_t first = table_chain(untyped, MANY, untyped);

    OK(cnode_delete, own.cnode, CAP_INDEX(first));
    EXPECT(all_empty(others, 500) && case_is_empty(first));
    OK(cnode_revoke, own.cnode, CAP_INDEX(outer));
}

/* A thousand Untypeds in one, each with a table and a Notification. */
static void wide(void)
{
    cap_t outer = case_make(OBJECT_UNTYPED, 23), before = case_make_from(outer);
    cap_t inner = case_make_row(OBJECT_UNTYPED, 12, 1000);

    for (unsigned i = 0; i < 1000; i++) {
        (void)case_make_from(inner + CAP_OF(i));
        cap_t table = case_make(OBJECT_CNODE, 10);
        OK(cnode_move, table, 3, case_make(OBJECT_NOTIFICATION, 0));
    }
    (void)case_make_from(before);
    OK(cnode_revoke, own.cnode, CAP_INDEX(outer));
    EXPECT(all_empty(inner, 1000));
}

/* One table of many slots, each with an object. */
static void large_table(void)
{
    cap_t table = case_make(OBJECT_CNODE, 20);

    for (unsigned i = 0; i < MANY; i += 250)
        OK(untyped_retype, case_untyped, table, i, 250, OBJECT_REPLY, 6);
    OK(cnode_delete, own.cnode, CAP_INDEX(table));
    EXPECT(case_is_empty(table));
}

/* ---- A gigabyte ---- */

static uint64_t word_at(uint64_t address)
{
    return *(volatile uint64_t *)address;
}

/* In 4 KiB pages; 2 MiB; 1 GiB, where the processor has them. */
static void map_all(cap_t frame, uint64_t address)
{
    OK(frame_map, frame, own.vspace, address, 0, HUGE, RW);
    EXPECT_EQUAL(word_at(address), 0);
    *(volatile uint64_t *)(address + PAGE) = address;
    OK(frame_protect, frame, 0, HUGE, ACCESS_READ);
    EXPECT_EQUAL(word_at(address + PAGE), address);
    OK(frame_protect, frame, PAGE, HUGE - 3 * PAGE, RW); /* splits a large page at each end */
    *(volatile uint64_t *)(address + PAGE) = 0;
    EXPECT_EQUAL(word_at(address + HUGE - PAGE), 0);
    OK(frame_unmap, frame, HUGE / 2, PAGE);
    EXPECT_EQUAL(word_at(address + HUGE / 2 + PAGE), 0);
    OK(frame_unmap, frame, 0, HUGE);
}

static void gigabyte(void)
{
    cap_t frame = CAP_OF(case_slot());

    OK(untyped_retype, own.gigabyte, own.cnode, CAP_INDEX(frame), 1, OBJECT_FRAME, 30);
    map_all(frame, 4 * HUGE + PAGE);
    map_all(frame, 4 * HUGE + LARGE);
    map_all(frame, 4 * HUGE);
    for (unsigned i = 0; i < 3; i++) { /* all at once, and then it goes */
        cap_t copy = case_copy(frame, RIGHT_ALL);
        OK(frame_map, copy, own.vspace, (4 + 2 * i) * HUGE + (i == 1 ? LARGE : i * PAGE), 0, HUGE,
           RW);
    }
    OK(cnode_revoke, own.cnode, CAP_INDEX(own.gigabyte));
    EXPECT(case_is_empty(frame));
}

/* ---- Interrupts ---- */

/* The same, with interrupts that come as fast as the timer can. */
static void flooded(void)
{
    flood_begin();
    revoke_endpoints();
    mapped_revoked();
    supplies();
    large_table();
    for (uint64_t i = 0; i < 100000000 && flood_interrupts() < 100; i++)
        OK(cnode_delete, own.cnode, case_slots(0)); /* where time isn't counted in instructions */
    flood_end();
    EXPECT(flood_interrupts() >= 100);
}

static const struct test longest_tests[] = {
    {"ten thousand derived Endpoints", revoke_endpoints},
    {"ten thousand derived Frames", revoke_frames},
    {"ten thousand go with the original", delete_original},
    {"ten thousand, each of the one before", revoke_chain},
    {"ten thousand mappings revoked", mapped_revoked},
    {"ten thousand mappings, space deleted", mapped_space_deleted},
    {"ten thousand mappings, tables deleted", mapped_tables_deleted},
    {"two thousand supplies", supplies},
    {"a supply of 2 MiB", supply_large},
    {"a space of 16 MiB", large_space},
    {"rows of objects", retype_rows},
    {"tables in tables", nested_tables},
    {"tables around their own memory", nested_in_itself},
    {"a thousand Untypeds", wide},
    {"a large table", large_table},
    {"a gigabyte", gigabyte},
    {"a flood of interrupts", flooded},
};
GROUP("longest", longest_tests);
