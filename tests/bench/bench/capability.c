/* SPDX-License-Identifier: BSD-2-Clause */
/* Making objects, and copying, moving, deleting and revoking capabilities. */

#include "libsys/invoke.h"
#include "tests/bench/bench/bench.h"
#include "tests/bench/bench/sample.h"

#define FEW_PASSES 24 /* of the operations that take long */
#define FEWER_PASSES 9
#define NOTIFICATION_BITS 7

static unsigned type_at(uint32_t slot)
{
    struct cap_description what;

    bench_check("inspect", inspect(CAP_OF(slot), &what));
    return what.type;
}

static void expect_empty(uint32_t slot)
{
    bench_expect("the slot is empty again", type_at(slot) == OBJECT_NULL);
}

static void expect_notification(uint32_t slot)
{
    bench_expect("the slot has the new capability", type_at(slot) == OBJECT_NOTIFICATION);
}

static void delete_slot(uint32_t slot)
{
    bench_check("cnode_delete", cnode_delete(bench.cnode, slot));
}

static void measure_retype(uint32_t slot)
{
    cap_t untyped = bench_untyped();

    for (unsigned i = 0; i < PASSES; i++) {
        err_t error;
        MEASURE(REGION_RETYPE, error = untyped_retype(untyped, bench.cnode, slot, 1,
                                                      OBJECT_NOTIFICATION, NOTIFICATION_BITS));
        bench_check("untyped_retype", error);
        expect_notification(slot);
        delete_slot(slot);
    }
}

static void measure_copy(cap_t source, uint32_t slot, uint32_t other)
{
    for (unsigned i = 0; i < PASSES; i++) {
        err_t error;
        MEASURE(REGION_COPY, error = cnode_copy(bench.cnode, slot, source, RIGHT_ALL));
        bench_check("cnode_copy", error);
        expect_notification(slot);
        MEASURE(REGION_MOVE, error = cnode_move(bench.cnode, other, CAP_OF(slot)));
        bench_check("cnode_move", error);
        expect_notification(other);
        expect_empty(slot);
        MEASURE(REGION_DELETE, error = cnode_delete(bench.cnode, other));
        bench_check("cnode_delete", error);
        expect_empty(other);
    }
}

static void measure_mint(cap_t source, uint32_t slot)
{
    for (unsigned i = 0; i < PASSES; i++) {
        err_t error;
        MEASURE(REGION_MINT, error = cnode_mint(bench.cnode, slot, source, RIGHT_ALL, i + 1));
        bench_check("cnode_mint", error);
        expect_notification(slot);
        delete_slot(slot);
    }
}

/* ---- Revoke ---------------------------------------------------------------------------------- */

static void derive_many(cap_t source, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        bench_check("cnode_copy", cnode_copy(bench.cnode, bench.bulk + i, source, RIGHT_ALL));
}

static void expect_revoked(err_t error, uint32_t count)
{
    bench_check("cnode_revoke", error);
    for (uint32_t i = 0; i < count; i++)
        expect_empty(bench.bulk + i);
}

static void measure_revoke(cap_t source)
{
    uint32_t slot = CAP_INDEX(source);
    err_t error;

    for (unsigned i = 0; i < PASSES; i++) {
        derive_many(source, 1);
        MEASURE(REGION_REVOKE_1, error = cnode_revoke(bench.cnode, slot));
        expect_revoked(error, 1);
    }
    for (unsigned i = 0; i < FEW_PASSES; i++) {
        derive_many(source, 100);
        MEASURE(REGION_REVOKE_100, error = cnode_revoke(bench.cnode, slot));
        expect_revoked(error, 100);
    }
    for (unsigned i = 0; i < FEWER_PASSES; i++) {
        derive_many(source, BULK_SLOTS);
        MEASURE(REGION_REVOKE_10000, error = cnode_revoke(bench.cnode, slot));
        expect_revoked(error, BULK_SLOTS);
    }
}

void capability_measure(void)
{
    cap_t source = bench_make(OBJECT_NOTIFICATION, NOTIFICATION_BITS);
    uint32_t slot = bench_slot(), other = bench_slot();

    measure_retype(slot);
    measure_copy(source, slot, other);
    measure_mint(source, slot);
    measure_revoke(source);
}
