/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Untyped: memory that becomes objects, from its start towards its end. What was given out comes
 * back only by revoking, all of it at once; `used` says how far it got.
 *
 * Objects begin zeroed. That is done in steps, and `zeroed` remembers how far, so that a large
 * object's retype goes on where it was when its system call is executed again.
 */
#include "kernel/cap/invoke.h"
#include "kernel/cap/object.h"
#include "kernel/lib/index.h"
#include "kernel/lib/string.h"

#define COUNT_MAX 256 /* destinations that each restart looks at */
#define DEPTH_MAX 32
/* A slot names an endpoint by 32 bits of 8 bytes, so that a call needs no shift: 31 GiB. */
#define ENDPOINT_LIMIT (NULL_BASE + (1ull << 35))
#define ZERO_AT_ONCE 4096
#define ZERO_PER_STEP 400 /* bytes, eight for each instruction */
#define OBJECT_STEPS 5

static err_t check_request(const struct invocation *call)
{
    uint64_t count = call->arg[2], type = call->arg[3], size_bits = call->arg[4];
    unsigned smallest, largest;
    if (count == 0 || count > COUNT_MAX)
        return invocation_error(call, ERROR_OUT_OF_RANGE, 3);
    if (type >= OBJECT_COUNT)
        return invocation_error(call, ERROR_WRONG_TYPE, 4);
    object_sizes((enum object_type)index_within(type, OBJECT_COUNT), &smallest, &largest);
    if (largest == 0)
        return invocation_error(call, ERROR_WRONG_TYPE, 4);
    if (size_bits < smallest || size_bits > largest)
        return invocation_error(call, ERROR_OUT_OF_RANGE, 5);
    if (type == OBJECT_UNTYPED && call->self->depth == DEPTH_MAX)
        return invocation_error(call, ERROR_TOO_DEEP, 0);
    return 0;
}

static err_t check_destination(const struct invocation *call)
{
    uint64_t index = call->arg[1], count = call->arg[2];
    uint64_t slots = cnode_slot_count(call->cap[0]);
    if (index >= slots || count > slots - index)
        return invocation_error(call, ERROR_OUT_OF_RANGE, 2);
    const struct slot *slot = cnode_slots(call->cap[0]) + index, *end = slot + count;
    for (; slot < end; slot++)
        if (!slot_empty(slot))
            return invocation_error(call, ERROR_OCCUPIED, 2);
    return 0;
}

/* Zero up to `end`. False: not all yet. */
static bool zero_until(struct slot *untyped, uint64_t end, unsigned *steps)
{
    char *memory = ref_pointer(untyped->object);
    if (untyped->zeroed < untyped->used)
        untyped->zeroed = untyped->used;
    while (untyped->zeroed < end) {
        uint64_t bytes = end - untyped->zeroed;
        if (bytes > ZERO_AT_ONCE)
            bytes = ZERO_AT_ONCE;
        if (!steps_take(steps, (unsigned)bytes / ZERO_PER_STEP))
            return false;
        memset(memory + untyped->zeroed, 0, bytes);
        untyped->zeroed += bytes;
    }
    return true;
}

err_t untyped_retype(struct invocation *call)
{
    struct slot *untyped = call->self;
    err_t error = check_request(call);
    if (!error)
        error = check_destination(call);
    if (error)
        return error;
    enum object_type type = (enum object_type)call->arg[3];
    unsigned size_bits = (unsigned)call->arg[4], steps = INVOCATION_STEPS;
    uint64_t size = 1ull << size_bits, room = 1ull << untyped->size_bits;
    uint64_t at = (untyped->used + size - 1) & -size;
    if (at >= room || call->arg[2] > (room - at) >> size_bits)
        return invocation_error(call, ERROR_NO_MEMORY, 0);
    uint64_t end = (uint64_t)ref_pointer(untyped->object) + at + (call->arg[2] << size_bits);
    if (type == OBJECT_ENDPOINT && end > ENDPOINT_LIMIT)
        return invocation_error(call, ERROR_OUT_OF_RANGE, 0);

    for (; call->arg[2] > 0; at += size, call->arg[1]++, call->arg[2]--) {
        if (type != OBJECT_UNTYPED && !zero_until(untyped, at + size, &steps))
            return RESTART;
        if (!steps_take(&steps, OBJECT_STEPS))
            return RESTART;
        untyped->progress = 0; /* as far as revoking it had got */
        object_begin(untyped, cnode_slots(call->cap[0]) + call->arg[1], type,
                     (char *)ref_pointer(untyped->object) + at, size_bits);
        untyped->used = at + size;
    }
    return 0;
}

err_t untyped_info(struct invocation *call)
{
    const struct slot *untyped = call->self;
    call->result[0] = phys_of(ref_pointer(untyped->object));
    call->result[1] = 1ull << untyped->size_bits;
    call->result[2] = (1ull << untyped->size_bits) - untyped->used;
    call->result[3] = 0;
    return 0;
}
