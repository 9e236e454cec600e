/* SPDX-License-Identifier: BSD-2-Clause */
/* hosted: delete and revoke, whole and in steps with others' work between. */
#include "tests/host/hosted/unit.h"

#include <string.h>

#define TABLE_BITS 10 /* 16 slots */
#define FIRST 32      /* a free slot */

/* Move the root CNode's slot into another table. */
static void move_into(unsigned cnode, unsigned index, unsigned from)
{
    REQUIRE(INVOKE(cnode, cnode_move, index, CAP_OF(from)) == 0);
}

static void chain_of_untypeds(void)
{
    unsigned from = ROOT_UNTYPED, depth = 0;
    for (unsigned bits = 19; bits >= 12; bits--, depth++, from = FIRST + depth - 1)
        unit_make_from(from, OBJECT_UNTYPED, bits, FIRST + depth);
    unit_make_from(from, OBJECT_ENDPOINT, 8, FIRST + depth);
    REQUIRE(unit_delete(FIRST + depth - 1) == 0);
    REQUIRE(slot_empty(root_slot(FIRST + depth)));
    REQUIRE(unit_revoke(ROOT_UNTYPED) == 0);
    REQUIRE(slot_empty(root_slot(FIRST)) && root_slot(ROOT_UNTYPED)->used == 0);
}

static void too_deep(void)
{
    unsigned from = ROOT_UNTYPED;
    for (unsigned depth = 0; depth < 32; depth++, from = FIRST + depth - 1)
        unit_make_from(from, OBJECT_UNTYPED, 20, FIRST + depth);
    err_t error = INVOKE(from, untyped_retype, CAP_OF(ROOT_CNODE), 100, 1, OBJECT_UNTYPED, 10);
    REQUIRE(error == ERR(ERROR_TOO_DEEP, 0, OBJECT_UNTYPED, BLAME_CALLER));
    unit_make_from(from, OBJECT_NOTIFICATION, 7, 100);
    REQUIRE(unit_delete(FIRST) == 0);
    REQUIRE(slot_empty(root_slot(100)));
}

/* Children of a deleted copy are its parent's; and of the original nothing is left. */
static void middle_of_tree(void)
{
    unit_make(OBJECT_ENDPOINT, 8, FIRST);
    unit_copy(FIRST, FIRST + 1, 7);
    unit_mint(FIRST + 1, FIRST + 2, 5, 77);
    unit_copy(FIRST + 2, FIRST + 3, 1);
    unit_copy(FIRST + 1, FIRST + 4, 2);
    REQUIRE(unit_delete(FIRST + 1) == 0);
    REQUIRE(root_slot(FIRST + 3)->badge == 77 && root_slot(FIRST + 3)->rights == 1);
    REQUIRE(unit_revoke(FIRST + 2) == 0);
    REQUIRE(slot_empty(root_slot(FIRST + 3)) && !slot_empty(root_slot(FIRST + 2)));
    REQUIRE(unit_revoke(FIRST) == 0);
    REQUIRE(slot_empty(root_slot(FIRST + 2)) && slot_empty(root_slot(FIRST + 4)));
    REQUIRE(!slot_empty(root_slot(FIRST)));
}

/* A table made of an Untyped whose capability it holds. */
static void table_with_its_own_untyped(void)
{
    for (unsigned by_delete = 0; by_delete < 2; by_delete++) {
        unit_make(OBJECT_UNTYPED, 14, FIRST);
        unit_make_from(FIRST, OBJECT_CNODE, TABLE_BITS, FIRST + 1);
        unit_make_from(FIRST, OBJECT_ENDPOINT, 8, FIRST + 2);
        unit_copy(FIRST + 1, FIRST + 3, 255);
        move_into(FIRST + 1, 5, FIRST);
        move_into(FIRST + 1, 6, FIRST + 1);
        err_t error =
            by_delete ? INVOKE(FIRST + 3, cnode_delete, 5) : INVOKE(FIRST + 3, cnode_revoke, 5);
        REQUIRE(error == 0);
        REQUIRE(slot_empty(root_slot(FIRST + 2)) && slot_empty(root_slot(FIRST + 3)));
        REQUIRE(unit_revoke(ROOT_UNTYPED) == 0);
    }
}

static void tables_in_tables(void)
{
    enum { DEEP = 40 };
    for (unsigned i = 0; i < DEEP; i++)
        unit_make(OBJECT_CNODE, TABLE_BITS, FIRST + i);
    unit_make(OBJECT_ENDPOINT, 8, FIRST + DEEP);
    unit_copy(FIRST + DEEP, FIRST + DEEP + 1, 255);
    for (unsigned i = DEEP; i > 0; i--)
        move_into(FIRST + i - 1, i % 16, FIRST + i);
    REQUIRE(!slot_empty(root_slot(FIRST + DEEP + 1)));
    REQUIRE(unit_delete(FIRST) == 0);
    REQUIRE(slot_empty(root_slot(FIRST + DEEP + 1)));
}

/* A table that holds itself, and copies of itself. */
static void table_in_itself(void)
{
    unit_make(OBJECT_CNODE, TABLE_BITS, FIRST);
    unit_copy(FIRST, FIRST + 1, 255);
    unit_copy(FIRST, FIRST + 2, 255);
    move_into(FIRST + 1, 3, FIRST + 2);
    move_into(FIRST + 1, 4, FIRST);
    REQUIRE(INVOKE(FIRST + 1, cnode_delete, 4) == 0);
    REQUIRE(slot_empty(root_slot(FIRST + 1)));
}

/* Fill the rest of a table with copies, so that destroying it takes steps. */
static void fill(unsigned cnode, unsigned first, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        REQUIRE(INVOKE(cnode, cnode_copy, first + i, CAP_OF(ROOT_CPU), 255) == 0);
}

/*
 * Two tables of different Untypeds hold each other. While one of them is being destroyed, and with
 * it the other, somebody else revokes the Untypeds and uses their memory again. Where the steps end
 * depends on how much else there is to destroy.
 */
static void tables_in_each_other(void)
{
    for (unsigned extra = 0; extra < 80; extra++) {
        unit_make(OBJECT_UNTYPED, 14, FIRST);
        unit_make(OBJECT_UNTYPED, 14, FIRST + 1);
        unit_make_from(FIRST, OBJECT_CNODE, 13, FIRST + 2);
        unit_make_from(FIRST + 1, OBJECT_CNODE, 13, FIRST + 3);
        unit_copy(FIRST + 2, FIRST + 4, 255);
        unit_copy(FIRST + 3, FIRST + 5, 255);
        fill(FIRST + 2, 40, extra);
        move_into(FIRST + 4, 1, FIRST + 3);
        move_into(FIRST + 5, 2, FIRST + 2);
        if (INVOKE_ONCE(FIRST + 5, cnode_delete, 2)) {
            machine.user.rip += 2; /* it's never finished by whoever began it */
            while (!slot_empty(root_slot(FIRST + 5)) && INVOKE_ONCE(FIRST + 5, cnode_delete, 2))
                machine.user.rip += 2;
        }
        REQUIRE(unit_revoke(FIRST + 1) == 0);
        unit_make_from(FIRST + 1, OBJECT_FRAME, 13, FIRST + 6);
        memset(ref_pointer(root_slot(FIRST + 6)->object), 0xff, 1 << 13);
        REQUIRE(unit_revoke(FIRST) == 0);
        unit_make_from(FIRST, OBJECT_FRAME, 13, FIRST + 7);
        REQUIRE(unit_revoke(ROOT_UNTYPED) == 0);
        hosted_end();
        hosted_boot();
    }
}

/* What one began to destroy and another destroys for good. */
static void two_destroyers(void)
{
    for (unsigned extra = 0; extra < 80; extra++) {
        unit_make(OBJECT_UNTYPED, 15, FIRST);
        unit_make_from(FIRST, OBJECT_CNODE, 13, FIRST + 1);
        unit_make(OBJECT_CNODE, 13, FIRST + 2);
        unit_copy(FIRST + 2, FIRST + 3, 255);
        fill(FIRST + 1, 20, 60);
        fill(FIRST + 2, 20, extra);
        move_into(FIRST + 2, 1, FIRST + 1);
        if (INVOKE_ONCE(FIRST + 3, cnode_delete, 1))
            machine.user.rip += 2;
        if (INVOKE_ONCE(ROOT_CNODE, cnode_delete, FIRST + 2))
            machine.user.rip += 2;
        REQUIRE(unit_revoke(FIRST) == 0);
        unit_make_from(FIRST, OBJECT_FRAME, 13, FIRST + 5);
        memset(ref_pointer(root_slot(FIRST + 5)->object), 0xff, 1 << 13);
        REQUIRE(unit_delete(FIRST + 2) == 0);
        REQUIRE(unit_revoke(ROOT_UNTYPED) == 0);
        hosted_end();
        hosted_boot();
    }
}

/*
 * Tables, each in the one before, around the Untyped that they are made of: when its turn comes, it
 * has children that are dying already before those that aren't.
 */
static void dying_siblings(void)
{
    enum { DEEP = 30, OTHERS = 60, OTHER = FIRST + 100 };
    unit_make(OBJECT_UNTYPED, 17, FIRST);
    for (unsigned i = 0; i < OTHERS; i++)
        unit_make_from(FIRST, OBJECT_NOTIFICATION, 7, OTHER + i);
    for (unsigned i = 1; i <= DEEP; i++)
        unit_make_from(FIRST, OBJECT_CNODE, TABLE_BITS, FIRST + i);
    move_into(FIRST + DEEP, 3, FIRST);
    for (unsigned i = DEEP; i > 1; i--)
        move_into(FIRST + i - 1, i % 16, FIRST + i);
    unsigned restarts = 0;
    for (; INVOKE_ONCE(ROOT_CNODE, cnode_delete, FIRST + 1); restarts++) {
        machine.user.rip += 2;
        unit_make(OBJECT_REPLY, 6, FIRST + 90);
        REQUIRE(unit_delete(FIRST + 90) == 0);
    }
    REQUIRE(restarts >= 2 && slot_empty(root_slot(FIRST + 1)));
    for (unsigned i = 0; i < OTHERS; i++)
        REQUIRE(slot_empty(root_slot(OTHER + i)));
}

/* An Untyped that ends before its child on the stack leaves that to its own parent, which is on the
 * stack too: what else derives from that goes all the same. */
static void left_to_a_grandparent(void)
{
    enum { PARENT = FIRST, OTHER, MIDDLE, CHILD, TABLE };
    unit_make(OBJECT_UNTYPED, 16, PARENT);
    unit_make_from(PARENT, OBJECT_ENDPOINT, 8, OTHER);
    unit_make_from(PARENT, OBJECT_UNTYPED, 14, MIDDLE);
    unit_make_from(MIDDLE, OBJECT_UNTYPED, 13, CHILD);
    unit_make_from(CHILD, OBJECT_CNODE, 10, TABLE);
    REQUIRE(INVOKE(TABLE, cnode_move, 1, CAP_OF(MIDDLE)) == 0);
    REQUIRE(INVOKE(TABLE, cnode_move, 2, CAP_OF(PARENT)) == 0);
    REQUIRE(unit_delete(CHILD) == 0);
    REQUIRE(slot_empty(root_slot(TABLE)) && slot_empty(root_slot(OTHER)));
}

int main(void)
{
    unit_run("destroy: a chain of Untypeds, from its middle and from its start", chain_of_untypeds);
    unit_run("destroy: Untypeds nest 32 deep", too_deep);
    unit_run("destroy: a copy goes, and what derives from it stays", middle_of_tree);
    unit_run("destroy: a table that holds its own Untyped", table_with_its_own_untyped);
    unit_run("destroy: tables in tables in tables", tables_in_tables);
    unit_run("destroy: a table in itself", table_in_itself);
    unit_run("destroy: two tables in each other, and their memory used again",
             tables_in_each_other);
    unit_run("destroy: begun by one, ended by another", two_destroyers);
    unit_run("destroy: dying siblings before others", dying_siblings);
    unit_run("destroy: what is left to a grandparent", left_to_a_grandparent);
    return unit_end();
}
