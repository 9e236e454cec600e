/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/object/cpu.h"

#include "kernel/cap/invoke.h"

bool cpu_can_give(const struct slot *pool, uint32_t share, uint32_t before)
{
    return share <= pool->share - pool->given + before;
}

void cpu_end(struct slot *original)
{
    if (original->pool && original->share != SHARE_ALL)
        slot_of(original->pool)->given -= original->share;
}

err_t cpu_info(struct invocation *call)
{
    const struct slot *pool = cpu_pool(call->self);
    uint32_t share = pool->share, given = pool->given;
    call->result[0] = call->self->object;
    call->result[1] = call->self->badge;
    call->result[2] = timer_khz();
    call->result[3] = share;
    call->result[4] = share - given;
    return 0;
}

err_t cpu_limit(struct invocation *call)
{
    err_t error;
    struct slot *slot = invocation_destination(call, call->cap[0], call->arg[1], 2, &error);
    struct slot *pool = cpu_pool(call->self);
    uint64_t priority = call->arg[2], share = call->arg[3];
    if (!slot)
        return error;
    if (priority > call->self->badge)
        return invocation_error(call, ERROR_OUT_OF_RANGE, 3);
    if (share == 0 || share > SHARE_ALL)
        return invocation_error(call, ERROR_OUT_OF_RANGE, 4);
    if (share == SHARE_ALL ? pool->share != SHARE_ALL : !cpu_can_give(pool, (uint32_t)share, 0))
        return invocation_error(call, ERROR_NO_SHARE, 0);

    slot_make_original(pool, slot, OBJECT_CPU, ref_pointer(pool->object), 0);
    slot->badge = (uint32_t)priority;
    slot->share = (uint32_t)share;
    slot->pool = ref_of(pool);
    if (share != SHARE_ALL)
        pool->given += (uint32_t)share;
    return 0;
}
