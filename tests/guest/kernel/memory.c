/* SPDX-License-Identifier: BSD-2-Clause */
/* See memory.h. */

#include "tests/guest/kernel/memory.h"

#include "libsys/names.h"
#include "libsys/program.h"

#define LASTING_BITS 16
#define CASE_BITS_MAX 26
#define PLENTY_BITS 24 /* of memory: no case needs more but the longest */
#define RETYPE_MAX 256 /* objects made in one operation */

struct own_caps own;
cap_t case_untyped;
unsigned case_bits;
bool memory_was_short;

static cap_t lasting_untyped, make_from;
static uint32_t lasting_next, case_first, case_next;
static uint64_t tables_free, tables_used;

unsigned object_size_bits(enum object_type type)
{
    switch (type) {
    case OBJECT_CNODE:
        return 12;
    case OBJECT_VSPACE:
        return 16;
    case OBJECT_THREAD:
        return program_info()->thread_bits;
    case OBJECT_ENDPOINT:
        return program_info()->endpoint_bits;
    case OBJECT_UNTYPED:
        return 16;
    default:
        return object_bits(type);
    }
}

uint32_t lasting_slot(void)
{
    return lasting_next++;
}

cap_t lasting_make(enum object_type type, unsigned size_bits)
{
    uint32_t slot = lasting_slot();

    OK(untyped_retype, lasting_untyped, own.cnode, slot, 1, type,
       size_bits ? size_bits : object_size_bits(type));
    return CAP_OF(slot);
}

/* Half of the pool, up to a limit, is the case memory; the runner's own comes first. */
void memory_init_pool(void)
{
    unsigned pool_bits = case_inspect(own.pool).size_bits;

    lasting_next = program_info()->first_free_slot;
    lasting_untyped = CAP_OF(lasting_slot());
    case_untyped = CAP_OF(lasting_slot());
    case_bits = pool_bits - 1 < CASE_BITS_MAX ? pool_bits - 1 : CASE_BITS_MAX;
    OK(untyped_retype, own.pool, own.cnode, CAP_INDEX(lasting_untyped), 1, OBJECT_UNTYPED,
       LASTING_BITS);
    OK(untyped_retype, own.pool, own.cnode, CAP_INDEX(case_untyped), 1, OBJECT_UNTYPED, case_bits);
}

uint32_t case_slots(uint32_t count)
{
    uint32_t slot = case_next;

    if (count > (1u << program_info()->cnode_bits) - case_next)
        FAIL("the runner's table is too small");
    case_next += count;
    return slot;
}

void case_slots_back(uint32_t count)
{
    case_next -= count;
}

uint32_t case_slot(void)
{
    return case_slots(1);
}

cap_t case_make_from(cap_t untyped)
{
    cap_t before = make_from;

    make_from = untyped;
    return before;
}

void case_need(uint64_t bytes)
{
    if (case_bits >= PLENTY_BITS || bytes <= case_free() / 2)
        return;
    memory_was_short = true;
    test_skip("too little memory");
}

cap_t case_make_row(enum object_type type, unsigned size_bits, uint32_t count)
{
    uint32_t slot = case_slots(count);
    unsigned bits = size_bits ? size_bits : object_size_bits(type);

    case_need((uint64_t)count << bits);
    for (uint32_t made = 0; made < count; made += RETYPE_MAX)
        OK(untyped_retype, make_from ? make_from : case_untyped, own.cnode, slot + made,
           count - made < RETYPE_MAX ? count - made : RETYPE_MAX, type, bits);
    return CAP_OF(slot);
}

cap_t case_make(enum object_type type, unsigned size_bits)
{
    return case_make_row(type, size_bits, 1);
}

cap_t case_copy(cap_t source, unsigned rights)
{
    uint32_t slot = case_slot();

    OK(cnode_copy, own.cnode, slot, source, rights);
    return CAP_OF(slot);
}

cap_t case_mint(cap_t source, unsigned rights, uint32_t badge)
{
    uint32_t slot = case_slot();

    OK(cnode_mint, own.cnode, slot, source, rights, badge);
    return CAP_OF(slot);
}

cap_t case_map(cap_t frame, uint64_t address, unsigned access)
{
    cap_t copy = case_copy(frame, RIGHT_ALL);

    OK(frame_map, copy, own.vspace, address, 0, 1ull << case_inspect(frame).size_bits, access);
    return copy;
}

struct cap_description case_inspect(cap_t cap)
{
    struct cap_description what;

    EXPECT_NO_ERROR(inspect(cap, &what));
    return what;
}

static uint64_t untyped_free(cap_t untyped)
{
    uint64_t address, bytes, free, device;

    OK(untyped_info, untyped, &address, &bytes, &free, &device);
    return free;
}

uint64_t case_free(void)
{
    return untyped_free(case_untyped);
}

/* The first case finds where the lasting slots end. */
void memory_begin(void)
{
    if (!case_first)
        case_first = lasting_next;
    case_next = case_first;
    make_from = 0;
    OK(vspace_info, own.vspace, &tables_free, &tables_used);
    EXPECT_EQUAL(case_free(), 1ull << case_bits);
}

/* Capabilities derived from what lasts go one by one; all else goes with its memory. */
static void delete_copies(void)
{
    for (uint32_t slot = case_first; slot < case_next; slot++)
        if (!case_is_empty(CAP_OF(slot)))
            OK(cnode_delete, own.cnode, slot);
}

static unsigned slots_in_use(void)
{
    unsigned count = 0;

    for (uint32_t slot = case_first; slot < case_next; slot++)
        count += !case_is_empty(CAP_OF(slot));
    return count;
}

void memory_end(void)
{
    uint64_t free, used;

    OK(cnode_revoke, own.cnode, CAP_INDEX(case_untyped));
    EXPECT_EQUAL(case_free(), 1ull << case_bits);
    delete_copies();
    EXPECT_EQUAL(slots_in_use(), 0);
    OK(vspace_info, own.vspace, &free, &used);
    EXPECT_EQUAL(free, tables_free);
    EXPECT_EQUAL(used, tables_used);
}
