/* SPDX-License-Identifier: BSD-2-Clause */
/* See table.h. */

#include "libsys/table.h"

#include "libsys/invoke.h"
#include "libsys/program.h"

#define FACTOR_BITS 2 /* four times as large */

static struct {
    cap_t cnode, parent;
    uint32_t most;
    err_t (*memory)(unsigned bits, cap_t *untyped);
} table;

/* A Cpu that gave of its share can't move; a copy gives of the same. */
static void slot_move(cap_t to, uint32_t slot)
{
    if (CAP_OF(slot) == table.cnode)
        (void)!cnode_copy(to, slot, to, RIGHT_ALL);
    else if (CAP_OF(slot) == table.parent ||
             ERR_CODE(cnode_move(to, slot, CAP_OF(slot))) == ERROR_WRONG_STATE)
        (void)!cnode_copy(to, slot, CAP_OF(slot), RIGHT_ALL);
}

/* Empty ones fail to move. */
static void slots_move(const struct slots *slots, cap_t to)
{
    for (uint32_t i = 1; i < slots->end; i++)
        if (CAP_OF(i) != to && (i < slots->first || slots->used[i / 64] >> i % 64 & 1))
            slot_move(to, i);
}

/* Nothing can fail here but by a mistake of ours, and then nothing would be left to go on with. */
static void table_change(cap_t to)
{
    struct message message = {.tag = TAG(PARENT_TABLE, 0, 0), .word = {CAP_INDEX(to)}};

    if (call(table.parent, &message) || message.word[0])
        __builtin_trap();
}

static bool table_more(struct slots *slots)
{
    uint32_t end = slots->end << FACTOR_BITS < table.most ? slots->end << FACTOR_BITS : table.most;
    unsigned bits = 31u - (unsigned)__builtin_clz(end) + CAP_SHIFT;
    uint32_t slot = end > slots->end ? slots_take(slots, 1) : 0;
    cap_t untyped;

    if (!slot)
        return false;
    if (table.memory(bits, &untyped) ||
        untyped_retype(untyped, table.cnode, slot, 1, OBJECT_CNODE, bits)) {
        slots_give(slots, slot, 1);
        return false;
    }
    slots_move(slots, CAP_OF(slot));
    table_change(CAP_OF(slot));
    slots_give(slots, slot, 1);
    slots_extend(slots, end);
    return true;
}

void table_grows(struct slots *slots, uint32_t most, err_t (*memory)(unsigned bits, cap_t *untyped))
{
    table.cnode = program_cap("cnode");
    table.parent = program_cap("parent");
    table.most = most;
    table.memory = memory;
    slots->more = table.parent ? table_more : NULL;
}
