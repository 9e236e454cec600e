/* SPDX-License-Identifier: BSD-2-Clause */
/* CNode: a table of slots, and what its holder may do with them. */
#include "kernel/cap/invoke.h"
#include "kernel/cap/object.h"
#include "kernel/object/vspace.h"

bool slot_derivable(const struct slot *slot)
{
    static const uint8_t derivable[OBJECT_COUNT] = {
#define OBJECT(number, NAME, name, smallest, largest, derivable, doc) [number] = derivable,
#define RIGHT(OBJECT, NAME, bit, doc)
#include "kernel/abi/objects.def"
#undef OBJECT
#undef RIGHT
    };
    return derivable[slot->type];
}

err_t cnode_copy(struct invocation *call)
{
    err_t error;
    struct slot *source = call->cap[1];
    struct slot *slot = invocation_destination(call, call->self, call->arg[0], 1, &error);
    if (!slot)
        return error;
    if (!slot_derivable(source))
        return invocation_error(call, ERROR_NOT_DERIVABLE, 2);

    slot_derive(source, slot, (unsigned)call->arg[2] & RIGHT_ALL, source->badge);
    return 0;
}

err_t cnode_fetch(struct invocation *call)
{
    err_t error;
    uint64_t count = cnode_slot_count(call->cap[1]);
    struct slot *slot = invocation_destination(call, call->self, call->arg[0], 1, &error);
    if (!slot)
        return error;
    if (call->arg[2] >= count)
        return invocation_error(call, ERROR_OUT_OF_RANGE, 3);
    struct slot *source = cnode_slots(call->cap[1]) + (call->arg[2] & (count - 1));
    if (slot_empty(source) || (source->flags & SLOT_DYING))
        return invocation_error(call, ERROR_INVALID_CAPABILITY, 3);
    if (!slot_derivable(source))
        return invocation_error(call, ERROR_NOT_DERIVABLE, 3);

    slot_derive(source, slot, (unsigned)call->arg[3] & RIGHT_ALL, source->badge);
    return 0;
}

err_t cnode_mint(struct invocation *call)
{
    err_t error;
    struct slot *source = call->cap[1];
    uint64_t badge = call->arg[3];
    struct slot *slot = invocation_destination(call, call->self, call->arg[0], 1, &error);
    if (!slot)
        return error;
    if ((source->type != OBJECT_ENDPOINT && source->type != OBJECT_NOTIFICATION) || source->badge)
        return invocation_error(call, ERROR_NOT_DERIVABLE, 2);
    if (badge == 0 || badge > 0xffffffff)
        return invocation_error(call, ERROR_OUT_OF_RANGE, 4);

    slot_derive(source, slot, (unsigned)call->arg[2] & RIGHT_ALL, (uint32_t)badge);
    return 0;
}

err_t cnode_move(struct invocation *call)
{
    err_t error;
    struct slot *slot = invocation_destination(call, call->self, call->arg[0], 1, &error);
    if (!slot)
        return error;
    if (call->cap[1]->type == OBJECT_CPU && slot_is_original(call->cap[1]) && call->cap[1]->first)
        return invocation_error(call, ERROR_WRONG_STATE,
                                2); /* what derives from it names its slot */
    derive_move(call->cap[1], slot);
    mapping_moved(slot);
    return 0;
}

/* Slot `index` of this table, for operations that take it as it is. */
static struct slot *slot_at(const struct invocation *call, err_t *error)
{
    if (call->arg[0] >= cnode_slot_count(call->self)) {
        *error = invocation_error(call, ERROR_OUT_OF_RANGE, 1);
        return NULL;
    }
    return cnode_slots(call->self) + (call->arg[0] & (cnode_slot_count(call->self) - 1));
}

err_t cnode_delete(struct invocation *call)
{
    err_t error;
    unsigned steps = INVOCATION_STEPS;
    struct slot *slot = slot_at(call, &error);
    if (!slot)
        return error;
    return slot_delete(slot, &steps) ? 0 : RESTART;
}

err_t cnode_revoke(struct invocation *call)
{
    err_t error;
    unsigned steps = INVOCATION_STEPS;
    struct slot *slot = slot_at(call, &error);
    if (!slot)
        return error;
    if (slot_empty(slot) || (slot->flags & SLOT_DYING))
        return ERR(ERROR_INVALID_CAPABILITY, 1, 0, BLAME_CALLER);
    return slot_revoke(slot, &steps) ? 0 : RESTART;
}

err_t cnode_inspect(struct invocation *call)
{
    err_t error;
    const struct slot *slot = slot_at(call, &error);
    if (!slot)
        return error;
    bool empty = slot_empty(slot) || (slot->flags & SLOT_DYING);
    call->result[0] =
        empty ? 0 : slot->type | (uint64_t)slot->rights << 8 | (uint64_t)slot->size_bits << 24;
    call->result[1] = empty ? 0 : slot->badge;
    return 0;
}

err_t cnode_identify(struct invocation *call)
{
    const struct slot *slot = call->cap[0], *endpoint = call->cap[1];
    if (slot->type != OBJECT_ENDPOINT || slot->object != endpoint->object)
        return invocation_error(call, ERROR_WRONG_TYPE, 1);
    call->result[0] = slot->badge;
    return 0;
}
