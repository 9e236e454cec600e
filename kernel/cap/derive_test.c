/* SPDX-License-Identifier: BSD-2-Clause */
/* hosted: capabilities copied, minted, moved and looked at through the CNode's operations. */
#include "tests/host/hosted/unit.h"

#define FIRST 32
#define TABLE 40

static err_t error_of(enum error_code code, unsigned argument, enum object_type type)
{
    return ERR(code, argument, type, BLAME_CALLER);
}

static void copies(void)
{
    unit_make(OBJECT_ENDPOINT, 8, FIRST);
    unit_copy(FIRST, FIRST + 1, RIGHT_ENDPOINT_CALL | RIGHT_ENDPOINT_RECEIVE);
    unit_copy(FIRST + 1, FIRST + 2, RIGHT_ENDPOINT_CALL | RIGHT_ENDPOINT_TRANSFER);
    REQUIRE(root_slot(FIRST + 2)->rights == RIGHT_ENDPOINT_CALL);
    REQUIRE(INVOKE(ROOT_CNODE, cnode_copy, FIRST + 2, CAP_OF(FIRST), 255) ==
            error_of(ERROR_OCCUPIED, 1, 0));
    REQUIRE(INVOKE(ROOT_CNODE, cnode_copy, ROOT_SLOTS, CAP_OF(FIRST), 255) ==
            error_of(ERROR_OUT_OF_RANGE, 1, 0));
    REQUIRE(INVOKE(ROOT_CNODE, cnode_copy, 100, CAP_OF(101), 255) ==
            error_of(ERROR_INVALID_CAPABILITY, 2, 0));
    REQUIRE(INVOKE(ROOT_CNODE, cnode_copy, 100, CAP_OF(FIRST) + 8, 255) ==
            error_of(ERROR_OUT_OF_RANGE, 2, 0));
    REQUIRE(INVOKE(ROOT_CNODE, cnode_copy, 100, CAP_OF(ROOT_UNTYPED), 255) ==
            error_of(ERROR_NOT_DERIVABLE, 2, 0));
}

/* A badge is given once, and its bearer can't change it. */
static void badges(void)
{
    unit_make(OBJECT_ENDPOINT, 8, FIRST);
    unit_mint(FIRST, FIRST + 1, 255, 0xffffffff);
    unit_copy(FIRST + 1, FIRST + 2, 255);
    REQUIRE(root_slot(FIRST + 2)->badge == 0xffffffff);
    REQUIRE(INVOKE(ROOT_CNODE, cnode_mint, 100, CAP_OF(FIRST + 1), 255, 1) ==
            error_of(ERROR_NOT_DERIVABLE, 2, 0));
    REQUIRE(INVOKE(ROOT_CNODE, cnode_mint, 100, CAP_OF(FIRST), 255, 0) ==
            error_of(ERROR_OUT_OF_RANGE, 4, 0));
    REQUIRE(INVOKE(ROOT_CNODE, cnode_mint, 100, CAP_OF(FIRST), 255, 1ull << 32) ==
            error_of(ERROR_OUT_OF_RANGE, 4, 0));
    REQUIRE(INVOKE(ROOT_CNODE, cnode_mint, 100, CAP_OF(ROOT_CPU), 255, 1) ==
            error_of(ERROR_NOT_DERIVABLE, 2, 0));
    REQUIRE(INVOKE(ROOT_CNODE, cnode_identify, CAP_OF(FIRST + 2), CAP_OF(FIRST)) == 0);
    REQUIRE(machine.user.word[0] == 0xffffffff);
    REQUIRE(INVOKE(ROOT_CNODE, cnode_identify, CAP_OF(ROOT_CPU), CAP_OF(FIRST)) ==
            error_of(ERROR_WRONG_TYPE, 1, 0));
    REQUIRE(INVOKE(ROOT_CNODE, cnode_inspect, FIRST + 1) == 0);
    REQUIRE((machine.user.word[0] & 0xffff) == (OBJECT_ENDPOINT | 0xff00));
}

/* Moved, a capability keeps its children, its parent and its mapping. */
static void moves(void)
{
    unit_make(OBJECT_CNODE, 10, TABLE);
    unit_make(OBJECT_FRAME, 12, FIRST);
    unit_copy(FIRST, FIRST + 1, 3);
    unit_copy(FIRST + 1, FIRST + 2, 1);
    REQUIRE(INVOKE(FIRST + 1, frame_map, CAP_OF(ROOT_VSPACE), 0x40000000, 0, 4096, 1) == 0);
    REQUIRE(INVOKE(FIRST + 2, frame_map, CAP_OF(ROOT_VSPACE), 0x50000000, 0, 4096, 1) == 0);
    REQUIRE(INVOKE(TABLE, cnode_move, 5, CAP_OF(FIRST + 1)) == 0);
    REQUIRE(slot_empty(root_slot(FIRST + 1)));
    REQUIRE(INVOKE(TABLE, cnode_move, 5, CAP_OF(FIRST + 2)) == error_of(ERROR_OCCUPIED, 1, 0));
    REQUIRE(INVOKE(TABLE, cnode_revoke, 5) == 0);
    REQUIRE(slot_empty(root_slot(FIRST + 2)) && !slot_empty(root_slot(FIRST)));
    REQUIRE(unit_revoke(FIRST) == 0);
    REQUIRE(INVOKE(TABLE, cnode_inspect, 5) == 0 && machine.user.word[0] == 0);
    REQUIRE(INVOKE(TABLE, cnode_move, 5, CAP_OF(TABLE)) == 0); /* into itself */
}

static void rights_of_tables(void)
{
    unit_copy(ROOT_CNODE, FIRST, 0);
    REQUIRE(INVOKE(FIRST, cnode_copy, 100, CAP_OF(ROOT_CPU), 255) ==
            error_of(ERROR_MISSING_RIGHT, 0, OBJECT_CNODE));
    REQUIRE(INVOKE(FIRST, cnode_delete, ROOT_CPU) ==
            error_of(ERROR_MISSING_RIGHT, 0, OBJECT_CNODE));
    REQUIRE(INVOKE(FIRST, cnode_inspect, ROOT_CPU) == 0);
    REQUIRE(machine.user.word[1] == PRIORITY_COUNT - 1);
    unit_make(OBJECT_REPLY, 6, FIRST + 1);
    REQUIRE(hosted_invoke_words(ROOT_CNODE, 63, NULL, 0) ==
            error_of(ERROR_UNKNOWN_OPERATION, 0, OBJECT_CNODE));
    REQUIRE(hosted_invoke_words(FIRST + 2, 0, NULL, 0) == error_of(ERROR_INVALID_CAPABILITY, 0, 0));
}

/* What is being destroyed is an empty slot to everyone. */
static void dying(void)
{
    unit_make(OBJECT_CNODE, 14, TABLE);
    for (unsigned i = 0; i < 100; i++)
        REQUIRE(INVOKE(TABLE, cnode_copy, i, CAP_OF(ROOT_CPU), 255) == 0);
    REQUIRE(INVOKE_ONCE(ROOT_CNODE, cnode_delete, TABLE));
    machine.user.rip += 2;
    REQUIRE(INVOKE(TABLE, cnode_inspect, 0) == error_of(ERROR_INVALID_CAPABILITY, 0, 0));
    REQUIRE(INVOKE(ROOT_CNODE, cnode_copy, 100, CAP_OF(TABLE), 255) ==
            error_of(ERROR_OUT_OF_RANGE, 2, 0));
    REQUIRE(INVOKE(ROOT_CNODE, cnode_revoke, TABLE) == error_of(ERROR_INVALID_CAPABILITY, 1, 0));
    REQUIRE(INVOKE(ROOT_CNODE, cnode_inspect, TABLE) == 0 && machine.user.word[0] == 0);
    machine.user.rip -= 2;
    hosted_syscall(SYSCALL_INSPECT, CAP_OF(TABLE), 0, NULL, 0);
    REQUIRE(machine.user.word[0] == 0 && machine.user.word[1] == 0);
    REQUIRE(INVOKE(ROOT_CNODE, cnode_copy, TABLE, CAP_OF(ROOT_CPU), 255) ==
            error_of(ERROR_OCCUPIED, 1, 0));
    REQUIRE(unit_delete(TABLE) == 0 && slot_empty(root_slot(TABLE)));
}

int main(void)
{
    unit_run("derive: copies have no more rights", copies);
    unit_run("derive: badges", badges);
    unit_run("derive: moves", moves);
    unit_run("derive: rights of tables, and operations that aren't", rights_of_tables);
    unit_run("derive: what is being destroyed", dying);
    return unit_end();
}
