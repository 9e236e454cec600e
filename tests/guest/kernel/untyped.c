/* SPDX-License-Identifier: BSD-2-Clause */
/* Untyped memory and tables of capabilities: what they give, refuse, and take back. */

#include "tests/guest/kernel/runner.h"

#define WINDOW 0x38000000ull /* where the runner looks at Frames */

static uint64_t free_of(cap_t untyped)
{
    uint64_t address, bytes, free, device;

    OK(untyped_info, untyped, &address, &bytes, &free, &device);
    return free;
}

/* ---- Retype ---- */

static void retype_errors(void)
{
    cap_t untyped = case_make(OBJECT_UNTYPED, 14), table = case_make(OBJECT_CNODE, 10);
    uint32_t slot = case_slots(2);

#define RETYPE(cnode, index, count, type, bits) \
    untyped_retype, untyped, cnode, index, count, type, bits
    FAILS(OUT_OF_RANGE, 3, NOTHING, RETYPE(own.cnode, slot, 0, OBJECT_FRAME, 12));
    FAILS(OUT_OF_RANGE, 3, NOTHING, RETYPE(own.cnode, slot, 257, OBJECT_FRAME, 12));
    FAILS(OUT_OF_RANGE, 3, NOTHING, RETYPE(own.cnode, slot, -1ull, OBJECT_FRAME, 12));
    FAILS(WRONG_TYPE, 4, NOTHING, RETYPE(own.cnode, slot, 1, OBJECT_NULL, 12));
    FAILS(WRONG_TYPE, 4, NOTHING, RETYPE(own.cnode, slot, 1, OBJECT_CPU, 12));
    FAILS(WRONG_TYPE, 4, NOTHING, RETYPE(own.cnode, slot, 1, OBJECT_PLATFORM, 12));
    FAILS(WRONG_TYPE, 4, NOTHING, RETYPE(own.cnode, slot, 1, OBJECT_IRQ_HANDLER, 12));
    FAILS(WRONG_TYPE, 4, NOTHING, RETYPE(own.cnode, slot, 1, OBJECT_IO_PORT, 12));
    FAILS(WRONG_TYPE, 4, NOTHING, RETYPE(own.cnode, slot, 1, OBJECT_TABLES, 12));
    FAILS(WRONG_TYPE, 4, NOTHING, RETYPE(own.cnode, slot, 1, OBJECT_COUNT, 12));
    FAILS(WRONG_TYPE, 4, NOTHING, RETYPE(own.cnode, slot, 1, 1ull << 32 | OBJECT_FRAME, 12));
    FAILS(WRONG_TYPE, 4, NOTHING, RETYPE(own.cnode, slot, 1, -1ull, 12));
    FAILS(OUT_OF_RANGE, 2, NOTHING, RETYPE(own.cnode, 1ull << 32, 1, OBJECT_FRAME, 12));
    FAILS(OUT_OF_RANGE, 2, NOTHING, RETYPE(own.cnode, -1ull, 2, OBJECT_FRAME, 12));
    FAILS(OUT_OF_RANGE, 2, NOTHING, RETYPE(table, 16, 1, OBJECT_FRAME, 12));
    FAILS(OUT_OF_RANGE, 2, NOTHING, RETYPE(table, 15, 2, OBJECT_FRAME, 12));
    FAILS(OCCUPIED, 2, NOTHING, RETYPE(own.cnode, CAP_INDEX(untyped), 1, OBJECT_FRAME, 12));
    FAILS(OCCUPIED, 2, NOTHING, RETYPE(own.cnode, CAP_INDEX(untyped) - 1, 2, OBJECT_FRAME, 12));
    FAILS(NO_MEMORY, 0, UNTYPED, RETYPE(own.cnode, slot, 1, OBJECT_FRAME, 15));
    FAILS(NO_MEMORY, 0, UNTYPED, RETYPE(table, 1, 5, OBJECT_FRAME, 12));
    FAILS(NO_MEMORY, 0, UNTYPED, RETYPE(table, 1, 15, OBJECT_UNTYPED, 46));
    EXPECT_EQUAL(free_of(untyped), 1 << 14);
    EXPECT(case_is_empty(CAP_OF(slot)) && case_is_empty(CAP_OF(slot + 1)));
    OK(RETYPE(own.cnode, slot, 1, OBJECT_NOTIFICATION, 7));
    EXPECT_EQUAL(free_of(untyped), (1 << 14) - 128);
    FAILS(NO_MEMORY, 0, UNTYPED, RETYPE(table, 1, 4, OBJECT_FRAME, 12));
    OK(RETYPE(table, 1, 3, OBJECT_FRAME, 12)); /* what alignment skips is lost */
    EXPECT_EQUAL(free_of(untyped), 0);
    FAILS(NO_MEMORY, 0, UNTYPED, RETYPE(own.cnode, slot + 1, 1, OBJECT_REPLY, 6));
#undef RETYPE
}

/* The sizes that each type accepts. */
static void retype_sizes(void)
{
    static const uint8_t sizes[OBJECT_COUNT][2] = {
#define OBJECT(number, NAME, name, smallest, largest, derivable, doc) \
    [number] = {smallest, largest},
#define RIGHT(OBJECT, NAME, bit, doc)
#include "kernel/abi/objects.def"
#undef OBJECT
#undef RIGHT
    };
    uint32_t slot = case_slot();

    for (enum object_type type = 1; type < OBJECT_COUNT; type++) {
        if (!sizes[type][1])
            continue;
        unsigned least = type == OBJECT_ENDPOINT ? object_size_bits(type) : sizes[type][0];
        FAILS(OUT_OF_RANGE, 5, NOTHING, untyped_retype, case_untyped, own.cnode, slot, 1, type,
              least - 1);
        FAILS(OUT_OF_RANGE, 5, NOTHING, untyped_retype, case_untyped, own.cnode, slot, 1, type,
              sizes[type][1] + 1);
        FAILS(OUT_OF_RANGE, 5, NOTHING, untyped_retype, case_untyped, own.cnode, slot, 1, type, 64);
        FAILS(OUT_OF_RANGE, 5, NOTHING, untyped_retype, case_untyped, own.cnode, slot, 1, type,
              1ull << 32 | least);
        OK(untyped_retype, case_untyped, own.cnode, slot, 1, type, least);
        EXPECT_EQUAL(case_inspect(CAP_OF(slot)).type, type);
        EXPECT_EQUAL(case_inspect(CAP_OF(slot)).size_bits, least);
        OK(cnode_delete, own.cnode, slot);
    }
}

/* Untypeds in Untypeds, to the last that is allowed. */
static void retype_depth(void)
{
    cap_t at = case_untyped;
    uint32_t slot;
    unsigned depth = 0;
    err_t error;

    for (;; depth++) {
        slot = case_slot();
        error = untyped_retype(at, own.cnode, slot, 1, OBJECT_UNTYPED, 12);
        if (error || depth == 40)
            break;
        at = CAP_OF(slot);
    }
    coverage_note(INDEX_untyped_retype, error);
    EXPECT_ERROR(error, TOO_DEEP, 0, UNTYPED);
    EXPECT(depth >= 24 && depth < 32);
    OK(untyped_retype, at, own.cnode, slot, 1, OBJECT_FRAME, 12);
}

static void check_zero(cap_t frame, uint64_t bytes)
{
    const uint64_t *words = (const uint64_t *)WINDOW;
    cap_t copy = case_map(frame, WINDOW, ACCESS_READ);

    for (uint64_t i = 0; i < bytes / 8; i++)
        if (words[i])
            FAIL("0x%lx at offset 0x%lx of new memory", words[i], i * 8);
    OK(frame_unmap, copy, 0, bytes);
}

/* New objects are zero, also in memory that was something else before: written, or the kernel's. */
static void retype_zeroed(void)
{
    cap_t untyped = case_make(OBJECT_UNTYPED, 18);
    uint32_t slot = case_slot();
    uint64_t *words = (uint64_t *)WINDOW;

    OK(untyped_retype, untyped, own.cnode, slot, 1, OBJECT_FRAME, 18);
    check_zero(CAP_OF(slot), 1 << 18);
    cap_t copy = case_map(CAP_OF(slot), WINDOW, ACCESS_READ | ACCESS_WRITE);
    for (unsigned i = 0; i < (1 << 18) / 8; i++)
        words[i] = -1ull;
    (void)copy;
    OK(cnode_revoke, own.cnode, CAP_INDEX(untyped));
    EXPECT(case_is_empty(CAP_OF(slot)));
    OK(untyped_retype, untyped, own.cnode, slot, 1, OBJECT_FRAME, 17);
    check_zero(CAP_OF(slot), 1 << 17);
    OK(cnode_revoke, own.cnode, CAP_INDEX(untyped));
    OK(untyped_retype, untyped, own.cnode, slot, 1, OBJECT_VSPACE, 17);
    cap_t second = CAP_OF(case_slot());
    OK(untyped_retype, untyped, own.cnode, CAP_INDEX(second), 1, OBJECT_CNODE, 16);
    for (unsigned i = 0; i < 1024; i++) {
        struct message message = {.tag = OP_cnode_copy, .word = {i, own.cnode, RIGHT_ALL}};
        EXPECT_NO_ERROR(call(second, &message));
    }
    OK(cnode_revoke, own.cnode, CAP_INDEX(untyped));
    OK(untyped_retype, untyped, own.cnode, slot, 1, OBJECT_FRAME, 18);
    check_zero(CAP_OF(slot), 1 << 18);
}

/* As many objects as one operation makes, which takes many steps. */
static void retype_many(void)
{
    cap_t table = case_make(OBJECT_CNODE, 16);
    uint64_t before = case_free(), what, badge;

    case_need(1 << 20);
    OK(untyped_retype, case_untyped, table, 0, 256, OBJECT_FRAME, 12);
    EXPECT_EQUAL(case_free() + (256 << 12) + ((before - (256 << 12)) & 4095), before);
    for (unsigned i = 0; i < 256; i++) {
        OK(cnode_inspect, table, i, &what, &badge);
        EXPECT_EQUAL(what & 0xff0000ff, 12u << 24 | OBJECT_FRAME);
    }
    OK(cnode_delete, own.cnode, CAP_INDEX(table));
}

static void info(void)
{
    uint64_t address, bytes, free, device;
    cap_t untyped = case_make(OBJECT_UNTYPED, 20);

    OK(untyped_info, untyped, &address, &bytes, &free, &device);
    EXPECT_EQUAL(bytes, 1 << 20);
    EXPECT_EQUAL(free, 1 << 20);
    EXPECT_EQUAL(device, 0);
    EXPECT_EQUAL(address & ((1 << 20) - 1), 0);
    EXPECT(address != 0);
}

/* ---- CNodes ---- */

/* Slot 3 of the table is taken, slot 4 is empty. */
static void fetch_errors(cap_t table, cap_t untyped)
{
    uint32_t taken = CAP_INDEX(case_copy(table, RIGHT_ALL)), slot = case_slot();

    FAILS(OUT_OF_RANGE, 1, NOTHING, cnode_fetch, table, 16, own.cnode, taken, RIGHT_ALL);
    FAILS(OCCUPIED, 1, NOTHING, cnode_fetch, table, 3, own.cnode, taken, RIGHT_ALL);
    FAILS(OUT_OF_RANGE, 3, NOTHING, cnode_fetch, own.cnode, slot, table, 16, RIGHT_ALL);
    FAILS(OUT_OF_RANGE, 3, NOTHING, cnode_fetch, own.cnode, slot, table, 1ull << 32, RIGHT_ALL);
    FAILS(INVALID_CAPABILITY, 3, NOTHING, cnode_fetch, own.cnode, slot, table, 4, RIGHT_ALL);
    FAILS(NOT_DERIVABLE, 3, NOTHING, cnode_fetch, table, 4, own.cnode, CAP_INDEX(untyped),
          RIGHT_ALL);
    FAILS(INVALID_CAPABILITY, 3, NOTHING, cnode_fetch, table, 4, table, 4, RIGHT_ALL);
}

static void cnode_errors(void)
{
    cap_t table = case_make(OBJECT_CNODE, 10), untyped = case_make(OBJECT_UNTYPED, 12);
    cap_t endpoint = case_make(OBJECT_ENDPOINT, 0), badged = case_mint(endpoint, RIGHT_ALL, 5);
    cap_t frame = case_make(OBJECT_FRAME, 12), tables = case_make(OBJECT_FRAME, 12);
    uint64_t badge;

    OK(vspace_supply, case_make(OBJECT_VSPACE, 0), tables);
    OK(cnode_copy, table, 3, endpoint, RIGHT_ALL);
    FAILS(OUT_OF_RANGE, 1, NOTHING, cnode_copy, table, 16, endpoint, RIGHT_ALL);
    FAILS(OUT_OF_RANGE, 1, NOTHING, cnode_copy, table, -1ull, endpoint, RIGHT_ALL);
    FAILS(OCCUPIED, 1, NOTHING, cnode_copy, table, 3, endpoint, RIGHT_ALL);
    FAILS(NOT_DERIVABLE, 2, UNTYPED, cnode_copy, table, 4, untyped, RIGHT_ALL);
    FAILS(NOT_DERIVABLE, 2, TABLES, cnode_copy, table, 4, tables, RIGHT_ALL);
    FAILS(OUT_OF_RANGE, 1, NOTHING, cnode_mint, table, 16, endpoint, RIGHT_ALL, 1);
    FAILS(OCCUPIED, 1, NOTHING, cnode_mint, table, 3, endpoint, RIGHT_ALL, 1);
    FAILS(NOT_DERIVABLE, 2, FRAME, cnode_mint, table, 4, frame, RIGHT_ALL, 1);
    FAILS(NOT_DERIVABLE, 2, ENDPOINT, cnode_mint, table, 4, badged, RIGHT_ALL, 1);
    FAILS(OUT_OF_RANGE, 4, NOTHING, cnode_mint, table, 4, endpoint, RIGHT_ALL, 0);
    FAILS(OUT_OF_RANGE, 4, NOTHING, cnode_mint, table, 4, endpoint, RIGHT_ALL, 1ull << 32);
    FAILS(OUT_OF_RANGE, 4, NOTHING, cnode_mint, table, 4, endpoint, RIGHT_ALL, 1ull << 32 | 7);
    fetch_errors(table, untyped);
    FAILS(OUT_OF_RANGE, 1, NOTHING, cnode_move, table, 16, endpoint);
    FAILS(OCCUPIED, 1, NOTHING, cnode_move, table, 3, endpoint);
    FAILS(OCCUPIED, 1, NOTHING, cnode_move, own.cnode, CAP_INDEX(endpoint), endpoint);
    FAILS(OUT_OF_RANGE, 1, NOTHING, cnode_delete, table, 16);
    FAILS(OUT_OF_RANGE, 1, NOTHING, cnode_revoke, table, 16);
    FAILS(INVALID_CAPABILITY, 1, NOTHING, cnode_revoke, table, 4);
    FAILS(WRONG_TYPE, 1, NOTHING, cnode_identify, own.cnode, frame, endpoint, &badge);
    FAILS(WRONG_TYPE, 1, NOTHING, cnode_identify, own.cnode, case_make(OBJECT_ENDPOINT, 0),
          endpoint, &badge);
    OK(cnode_delete, table, 4); /* empty already */
}

static unsigned type_in(cap_t table, uint32_t index)
{
    uint64_t what, badge;

    OK(cnode_inspect, table, index, &what, &badge);
    return what & 0xff;
}

/* Rights only shrink, badges stay, and a copy of a copy ends with neither. */
static void derive(void)
{
    cap_t endpoint = case_make(OBJECT_ENDPOINT, 0);
    cap_t badged = case_mint(endpoint, RIGHT_ENDPOINT_CALL | RIGHT_ENDPOINT_TRANSFER, 0xffffffff);
    cap_t copy = case_copy(badged, RIGHT_ALL), none = case_copy(copy, 0);
    uint64_t badge;

    EXPECT_EQUAL(case_inspect(copy).rights, RIGHT_ENDPOINT_CALL | RIGHT_ENDPOINT_TRANSFER);
    EXPECT_EQUAL(case_inspect(copy).badge, 0xffffffff);
    EXPECT_EQUAL(case_inspect(none).rights, 0);
    OK(cnode_identify, own.cnode, copy, endpoint, &badge);
    EXPECT_EQUAL(badge, 0xffffffff);
    OK(cnode_identify, own.cnode, endpoint, endpoint, &badge);
    EXPECT_EQUAL(badge, 0);
    OK(cnode_copy, own.cnode, case_slot(), copy, ~0ull);
    OK(cnode_delete, own.cnode, CAP_INDEX(copy)); /* its copies stay */
    EXPECT_EQUAL(case_inspect(none).type, OBJECT_ENDPOINT);
    OK(cnode_revoke, own.cnode, CAP_INDEX(badged));
    EXPECT(case_is_empty(none));
    EXPECT_EQUAL(case_inspect(badged).type, OBJECT_ENDPOINT);
    OK(cnode_delete, own.cnode, CAP_INDEX(endpoint));
    EXPECT(case_is_empty(badged));
}

/* Copied out of one table into another, neither of them the caller's own. */
static void fetch(void)
{
    cap_t tables = case_make_row(OBJECT_CNODE, 10, 2), endpoint = case_make(OBJECT_ENDPOINT, 0);
    cap_t from = tables, to = tables + CAP_OF(1);
    uint64_t what, badge;

    OK(cnode_mint, from, 15, endpoint, RIGHT_ENDPOINT_CALL | RIGHT_ENDPOINT_TRANSFER, 77);
    OK(cnode_fetch, to, 1, from, 15, RIGHT_ENDPOINT_CALL | RIGHT_ENDPOINT_RECEIVE);
    OK(cnode_inspect, to, 1, &what, &badge);
    EXPECT_EQUAL(what & 0xffff, RIGHT_ENDPOINT_CALL << 8 | OBJECT_ENDPOINT);
    EXPECT_EQUAL(badge, 77);
    OK(cnode_fetch, to, 2, to, 1, RIGHT_ALL); /* within one table */
    OK(cnode_delete, from, 15);               /* its copies stay */
    EXPECT_EQUAL(type_in(to, 2), OBJECT_ENDPOINT);
    OK(cnode_revoke, own.cnode, CAP_INDEX(endpoint));
    EXPECT_EQUAL(type_in(to, 1), OBJECT_NULL);
    EXPECT_EQUAL(type_in(to, 2), OBJECT_NULL);
}

/* Moved, a capability keeps its place: parents revoke it, it revokes its children. */
static void move(void)
{
    cap_t table = case_make(OBJECT_CNODE, 10), endpoint = case_make(OBJECT_ENDPOINT, 0);
    cap_t middle = case_copy(endpoint, RIGHT_ALL), leaf = case_mint(middle, RIGHT_ALL, 9);
    uint64_t what, badge;

    OK(cnode_move, table, 7, middle);
    EXPECT(case_is_empty(middle));
    OK(cnode_inspect, table, 7, &what, &badge);
    EXPECT_EQUAL(what & 0xff, OBJECT_ENDPOINT);
    OK(cnode_revoke, table, 7);
    EXPECT(case_is_empty(leaf));
    OK(cnode_move, own.cnode, CAP_INDEX(leaf), endpoint); /* the original, elsewhere */
    EXPECT_EQUAL(type_in(table, 7), OBJECT_ENDPOINT);
    OK(cnode_revoke, own.cnode, CAP_INDEX(leaf));
    EXPECT_EQUAL(type_in(table, 7), OBJECT_NULL);
    OK(cnode_move, table, 1, table); /* a table into itself: reached no more, but revoked */
    EXPECT(case_is_empty(table));
}

/* Ten thousand copies, of copies and of the original, go in one revoke of many steps. */
static void revoke_many(void)
{
    cap_t tables = case_make_row(OBJECT_CNODE, 16, 2);
    cap_t endpoint = case_make(OBJECT_ENDPOINT, 0), middle = case_copy(endpoint, RIGHT_ALL);

    for (unsigned i = 0; i < 2048; i++)
        OK(cnode_copy, tables + CAP_OF(i / 1024), i % 1024, i % 3 ? endpoint : middle, RIGHT_ALL);
    OK(cnode_revoke, own.cnode, CAP_INDEX(endpoint));
    for (unsigned i = 0; i < 2048; i++)
        EXPECT_EQUAL(type_in(tables + CAP_OF(i / 1024), i % 1024), OBJECT_NULL);
    EXPECT(case_is_empty(middle));
    EXPECT_EQUAL(case_inspect(endpoint).type, OBJECT_ENDPOINT);
}

/* Tables in tables, Untypeds in tables of their own memory: all goes with the outermost. */
static void nested_tables(void)
{
    cap_t outer = case_make(OBJECT_UNTYPED, 18);
    uint32_t slot = case_slots(4);

    OK(untyped_retype, outer, own.cnode, slot, 2, OBJECT_CNODE, 12);
    OK(untyped_retype, outer, own.cnode, slot + 2, 1, OBJECT_UNTYPED, 16);
    cap_t a = CAP_OF(slot), b = CAP_OF(slot + 1), inner = CAP_OF(slot + 2);
    OK(untyped_retype, inner, a, 1, 10, OBJECT_NOTIFICATION, 7);
    OK(untyped_retype, inner, b, 1, 1, OBJECT_CNODE, 12);
    OK(cnode_copy, a, 20, b, RIGHT_ALL);
    OK(cnode_copy, b, 20, a, RIGHT_ALL);
    OK(cnode_move, a, 30, inner); /* an Untyped in a table beside it */
    OK(cnode_move, b, 30, b);     /* a table in itself */
    OK(cnode_delete, own.cnode, CAP_INDEX(a));
    EXPECT(case_is_empty(a));
    OK(cnode_revoke, own.cnode, CAP_INDEX(outer));
    EXPECT_EQUAL(free_of(outer), 1 << 18);
    OK(untyped_retype, outer, own.cnode, slot, 1, OBJECT_FRAME, 18);
    check_zero(CAP_OF(slot), 1 << 18);
}

/* The Untyped's own capability lies in a table of its memory. */
static void nested_self(void)
{
    cap_t outer = case_make(OBJECT_UNTYPED, 16), inner = CAP_OF(case_slot());
    uint32_t slot = case_slot();

    OK(untyped_retype, outer, own.cnode, CAP_INDEX(inner), 1, OBJECT_UNTYPED, 14);
    OK(untyped_retype, inner, own.cnode, slot, 1, OBJECT_CNODE, 12);
    OK(cnode_move, CAP_OF(slot), 5, inner);
    OK(cnode_delete, CAP_OF(slot), 5);
    EXPECT(case_is_empty(CAP_OF(slot)));
    OK(cnode_revoke, own.cnode, CAP_INDEX(outer));
    EXPECT_EQUAL(free_of(outer), 1 << 16);
}

static const struct test untyped_tests[] = {
    {"retype: errors", retype_errors},
    {"retype: sizes", retype_sizes},
    {"retype: depth", retype_depth},
    {"retype: zeroed", retype_zeroed},
    {"retype: a row", retype_many},
    {"info", info},
    {"cnode: errors", cnode_errors},
    {"cnode: derive", derive},
    {"cnode: fetch", fetch},
    {"cnode: move", move},
    {"revoke thousands", revoke_many},
    {"tables in tables", nested_tables},
    {"an Untyped in its own table", nested_self},
};
GROUP("memory", untyped_tests);
