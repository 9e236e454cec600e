/* SPDX-License-Identifier: BSD-2-Clause */
/* hosted: memory that becomes objects, and comes back. */
#include "tests/host/hosted/unit.h"

#include <string.h>

#define FIRST 32

static err_t retype(unsigned slot, uint64_t count, uint64_t type, uint64_t size_bits)
{
    return INVOKE(ROOT_UNTYPED, untyped_retype, CAP_OF(ROOT_CNODE), slot, count, type, size_bits);
}

static err_t own_error(enum error_code code, unsigned argument)
{
    return ERR(code, argument, argument ? 0 : OBJECT_UNTYPED,
               code == ERROR_NO_MEMORY ? BLAME_RESOURCE : BLAME_CALLER);
}

static void refusals(void)
{
    const uint64_t used = root_slot(ROOT_UNTYPED)->used;
    REQUIRE(retype(FIRST, 0, OBJECT_REPLY, 6) == own_error(ERROR_OUT_OF_RANGE, 3));
    REQUIRE(retype(FIRST, 257, OBJECT_REPLY, 6) == own_error(ERROR_OUT_OF_RANGE, 3));
    REQUIRE(retype(FIRST, 1, OBJECT_NULL, 6) == own_error(ERROR_WRONG_TYPE, 4));
    REQUIRE(retype(FIRST, 1, OBJECT_CPU, 6) == own_error(ERROR_WRONG_TYPE, 4));
    REQUIRE(retype(FIRST, 1, 1ull << 40, 6) == own_error(ERROR_WRONG_TYPE, 4));
    REQUIRE(retype(FIRST, 1, OBJECT_REPLY, 5) == own_error(ERROR_OUT_OF_RANGE, 5));
    REQUIRE(retype(FIRST, 1, OBJECT_FRAME, 37) == own_error(ERROR_OUT_OF_RANGE, 5));
    REQUIRE(retype(FIRST, 1, OBJECT_FRAME, 21) == own_error(ERROR_NO_MEMORY, 0));
    REQUIRE(retype(FIRST, 250, OBJECT_REPLY, 6) == own_error(ERROR_OUT_OF_RANGE, 2));
    REQUIRE(retype(ROOT_FREE - 2, 3, OBJECT_REPLY, 6) == own_error(ERROR_OCCUPIED, 2));
    REQUIRE(INVOKE(ROOT_UNTYPED, untyped_retype, CAP_OF(ROOT_CPU), FIRST, 1, OBJECT_REPLY, 6) ==
            ERR(ERROR_WRONG_TYPE, 1, OBJECT_CPU, BLAME_CALLER));
    REQUIRE(root_slot(ROOT_UNTYPED)->used == used && slot_empty(root_slot(FIRST)));
}

static void to_the_last_byte(void)
{
    REQUIRE(retype(FIRST, 1, OBJECT_FRAME, 19) == 0);
    REQUIRE(retype(FIRST + 1, 2, OBJECT_FRAME, 18) == 0);
    REQUIRE(retype(FIRST + 3, 1, OBJECT_REPLY, 6) == own_error(ERROR_NO_MEMORY, 0));
    REQUIRE(INVOKE(ROOT_UNTYPED, untyped_info, 0) == 0 && machine.user.word[2] == 0);
    REQUIRE(unit_delete(FIRST) == 0);
    REQUIRE(retype(FIRST, 1, OBJECT_REPLY, 6) == own_error(ERROR_NO_MEMORY, 0));
}

static void aligned(void)
{
    REQUIRE(retype(FIRST, 3, OBJECT_REPLY, 6) == 0);
    REQUIRE(retype(FIRST + 3, 1, OBJECT_VSPACE, 15) == 0);
    REQUIRE(root_slot(FIRST + 3)->object == root_slot(FIRST)->object + (1 << 15) / 64);
}

/* Whatever its last owner wrote there, memory begins anew as zero. */
static void zeroed(void)
{
    for (unsigned i = 0; i < 3; i++) {
        REQUIRE(retype(FIRST, 1, OBJECT_FRAME, 16) == 0);
        char *memory = ref_pointer(root_slot(FIRST)->object);
        for (unsigned j = 0; j < 1 << 16; j++)
            REQUIRE(memory[j] == 0);
        memset(memory, 0xff, 1 << 16);
        REQUIRE(unit_revoke(ROOT_UNTYPED) == 0);
        REQUIRE(retype(FIRST, 1, OBJECT_CNODE, 14) == 0);
        REQUIRE(retype(FIRST + 1, 16, OBJECT_THREAD, 10) == 0);
        REQUIRE(unit_revoke(ROOT_UNTYPED) == 0);
    }
}

/* A retype that's stopped half-way has made what it has made; others go on behind it. */
static void stopped_half_way(void)
{
    REQUIRE(
        INVOKE_ONCE(ROOT_UNTYPED, untyped_retype, CAP_OF(ROOT_CNODE), FIRST, 8, OBJECT_FRAME, 13));
    machine.user.rip += 2;
    unsigned made = 0;
    while (!slot_empty(root_slot(FIRST + made)))
        made++;
    REQUIRE(made > 0 && made < 8);
    REQUIRE(retype(100, 1, OBJECT_UNTYPED, 12) == 0);
    REQUIRE(retype(FIRST + made, 1, OBJECT_REPLY, 6) == 0);
    REQUIRE(
        INVOKE_ONCE(ROOT_UNTYPED, untyped_retype, CAP_OF(ROOT_CNODE), 101, 1, OBJECT_FRAME, 17));
    machine.user.rip += 2;
    unit_make_from(100, OBJECT_NOTIFICATION, 7, 102);
    REQUIRE(retype(101, 4, OBJECT_THREAD, 10) == own_error(ERROR_OCCUPIED, 2));
    REQUIRE(retype(103, 4, OBJECT_THREAD, 10) == 0);
}

int main(void)
{
    unit_run("untyped: what retype refuses", refusals);
    unit_run("untyped: to the last byte", to_the_last_byte);
    unit_run("untyped: objects are aligned to their size", aligned);
    unit_run("untyped: memory begins as zero", zeroed);
    unit_run("untyped: a retype that stops half-way", stopped_half_way);
    return unit_end();
}
