/* SPDX-License-Identifier: BSD-2-Clause */
/* The model's Untyped, CNode, Frame and VSpace. */
#include "tests/host/hosted/model_operations.h"

ref_t model_destination(const struct model_call *call, const struct model_cap *cnode,
                        uint64_t index, unsigned argument, err_t *error)
{
    *error = 0;
    if (index >= model_slots(cnode))
        *error = model_error(call, ERROR_OUT_OF_RANGE, argument);
    else if (model_at(call->model, cnode->object + (ref_t)index))
        *error = model_error(call, ERROR_OCCUPIED, argument);
    return cnode->object + (ref_t)index;
}

struct model_cap *model_original(const struct model_call *call, const struct model_cap *parent,
                                 ref_t at, enum object_type type, unsigned size_bits)
{
    struct model_cap *cap = &call->model->cap[call->model->count++];
    *cap = (struct model_cap){.at = at,
                              .parent = parent->at,
                              .type = type,
                              .rights = RIGHT_ALL,
                              .size_bits = (uint8_t)size_bits,
                              .fate = FATE_COMES,
                              .original = true};
    return cap;
}

/* --- Untyped --- */

static bool size_fits(uint64_t type, uint64_t size_bits)
{
    unsigned smallest = 0, largest = 0;
    switch (type) {
#define OBJECT(number, NAME, name, least, most, derivable, doc) \
    case number:                                                \
        smallest = least, largest = most;                       \
        break;
#define RIGHT(OBJECT, NAME, bit, doc)
#include "kernel/abi/objects.def"
#undef OBJECT
#undef RIGHT
    }
    if (type == OBJECT_ENDPOINT)
        smallest = endpoint_size_bits();
    return size_bits >= smallest && size_bits <= largest;
}

static bool made_by_retype(uint64_t type)
{
    return (type >= OBJECT_UNTYPED && type <= OBJECT_SCHED_CONTEXT);
}

static err_t retype_error(const struct model_call *call)
{
    uint64_t index = call->word[1], count = call->word[2];
    uint64_t slots = model_slots(call->cap[0]);
    if (count < 1 || count > 256)
        return model_error(call, ERROR_OUT_OF_RANGE, 3);
    if (!made_by_retype(call->word[3]))
        return model_error(call, ERROR_WRONG_TYPE, 4);
    if (!size_fits(call->word[3], call->word[4]))
        return model_error(call, ERROR_OUT_OF_RANGE, 5);
    if (call->word[3] == OBJECT_UNTYPED && call->self->depth == 32)
        return model_error(call, ERROR_TOO_DEEP, 0);
    if (index >= slots || count > slots - index)
        return model_error(call, ERROR_OUT_OF_RANGE, 2);
    for (uint64_t i = 0; i < count; i++)
        if (model_at(call->model, call->cap[0]->object + (ref_t)(index + i)))
            return model_error(call, ERROR_OCCUPIED, 2);
    return 0;
}

err_t model_untyped_retype(struct model_call *call)
{
    err_t error = retype_error(call);
    if (error)
        return error;
    uint64_t size = 1ull << call->word[4], room = 1ull << call->self->size_bits;
    uint64_t begin = (call->self->used + size - 1) / size * size;
    if (begin > room || call->word[2] > (room - begin) / size)
        return model_error(call, ERROR_NO_MEMORY, 0);
    for (uint64_t i = 0; i < call->word[2]; i++) {
        struct model_cap *cap =
            model_original(call, call->self, call->cap[0]->object + (ref_t)(call->word[1] + i),
                           (enum object_type)call->word[3], (unsigned)call->word[4]);
        uint64_t at = begin + i * size;
        cap->object = call->self->object + (ref_t)(at / 64);
        if (cap->type == OBJECT_FRAME)
            cap->frame_page = ((uint64_t)model_object(cap) - PHYS_BASE) >> PAGE_BITS;
    }
    call->self->used = begin + call->word[2] * size;
    return 0;
}

err_t model_untyped_info(struct model_call *call)
{
    (void)call;
    return 0;
}

/* --- CNode --- */

static bool derivable(const struct model_cap *cap)
{
    return cap->type != OBJECT_UNTYPED && cap->type != OBJECT_TABLES;
}

err_t model_cnode_copy(struct model_call *call)
{
    err_t error;
    ref_t at = model_destination(call, call->self, call->word[0], 1, &error);
    if (error)
        return error;
    if (!derivable(call->cap[1]))
        return model_error(call, ERROR_NOT_DERIVABLE, 2);
    model_derive(call->model, call->cap[1], at)->rights &= (uint8_t)call->word[2];
    return 0;
}

err_t model_cnode_fetch(struct model_call *call)
{
    err_t error;
    ref_t at = model_destination(call, call->self, call->word[0], 1, &error);
    if (error)
        return error;
    if (call->word[2] >= model_slots(call->cap[1]))
        return model_error(call, ERROR_OUT_OF_RANGE, 3);
    const struct model_cap *source =
        model_at(call->model, call->cap[1]->object + (ref_t)call->word[2]);
    if (!source || source->dying)
        return model_error(call, ERROR_INVALID_CAPABILITY, 3);
    if (!derivable(source))
        return model_error(call, ERROR_NOT_DERIVABLE, 3);
    model_derive(call->model, source, at)->rights &= (uint8_t)call->word[3];
    return 0;
}

err_t model_cnode_mint(struct model_call *call)
{
    err_t error;
    const struct model_cap *source = call->cap[1];
    ref_t at = model_destination(call, call->self, call->word[0], 1, &error);
    if (error)
        return error;
    if ((source->type != OBJECT_ENDPOINT && source->type != OBJECT_NOTIFICATION) || source->badge)
        return model_error(call, ERROR_NOT_DERIVABLE, 2);
    if (call->word[3] < 1 || call->word[3] > UINT32_MAX)
        return model_error(call, ERROR_OUT_OF_RANGE, 4);
    struct model_cap *cap = model_derive(call->model, source, at);
    cap->rights &= (uint8_t)call->word[2];
    cap->badge = (uint32_t)call->word[3];
    return 0;
}

err_t model_cnode_move(struct model_call *call)
{
    err_t error;
    ref_t at = model_destination(call, call->self, call->word[0], 1, &error);
    if (error)
        return error;
    bool account = call->cap[1]->type == OBJECT_CPU && call->cap[1]->original;
    for (unsigned i = 0; account && i < call->model->count; i++)
        if (call->model->cap[i].parent == call->cap[1]->at)
            return model_error(call, ERROR_WRONG_STATE, 2);
    model_move(call->model, call->cap[1], at);
    return 0;
}

static struct model_cap *indexed(const struct model_call *call, err_t *error)
{
    bool inside = call->word[0] < model_slots(call->self);
    *error = inside ? 0 : model_error(call, ERROR_OUT_OF_RANGE, 1);
    return inside ? model_at(call->model, call->self->object + (ref_t)call->word[0]) : NULL;
}

err_t model_cnode_delete(struct model_call *call)
{
    err_t error;
    struct model_cap *cap = indexed(call, &error);
    if (cap)
        model_delete(call->model, cap);
    return error;
}

err_t model_cnode_revoke(struct model_call *call)
{
    err_t error;
    struct model_cap *cap = indexed(call, &error);
    if (error)
        return error;
    if (!cap || cap->dying)
        return ERR(ERROR_INVALID_CAPABILITY, 1, 0, BLAME_CALLER);
    model_revoke(call->model, cap);
    return 0;
}

err_t model_cnode_inspect(struct model_call *call)
{
    err_t error;
    indexed(call, &error);
    return error;
}

err_t model_cnode_identify(struct model_call *call)
{
    if (call->cap[0]->type != OBJECT_ENDPOINT || call->cap[0]->object != call->cap[1]->object)
        return model_error(call, ERROR_WRONG_TYPE, 1);
    return 0;
}

/* --- VSpace and Frame --- */

err_t model_vspace_info(struct model_call *call)
{
    (void)call;
    return 0;
}

static bool has_children(const struct model *model, const struct model_cap *cap)
{
    for (unsigned i = 0; i < model->count; i++)
        if (model->cap[i].parent == cap->at)
            return true;
    return false;
}

err_t model_vspace_supply(struct model_call *call)
{
    struct model_cap *frame = call->cap[0];
    if (frame->device)
        return model_error(call, ERROR_DEVICE_MEMORY, 1);
    if (!frame->original || has_children(call->model, frame))
        return model_error(call, ERROR_NOT_DERIVABLE, 1);
    if (frame->vspace)
        return model_error(call, ERROR_BOUND, 1);
    if (frame->size_bits > 21)
        return model_error(call, ERROR_OUT_OF_RANGE, 1);
    frame->type = OBJECT_TABLES;
    frame->vspace = call->self->object;
    return 0;
}

err_t model_vspace_set_domain(struct model_call *call)
{
    if (call->word[0] > UINT32_MAX)
        return model_error(call, ERROR_OUT_OF_RANGE, 1);
    if (!call->self->original || has_children(call->model, call->self))
        return model_error(call, ERROR_WRONG_STATE, 0);
    return 0;
}

static err_t part_error(const struct model_call *call, uint64_t offset, uint64_t length,
                        unsigned argument)
{
    uint64_t size = 1ull << call->self->size_bits;
    if (offset % PAGE_SIZE)
        return model_error(call, ERROR_MISALIGNED, argument);
    if (length % PAGE_SIZE)
        return model_error(call, ERROR_MISALIGNED, argument + 1);
    if (offset >= size)
        return model_error(call, ERROR_OUT_OF_RANGE, argument);
    if (length == 0 || length > size - offset)
        return model_error(call, ERROR_OUT_OF_RANGE, argument + 1);
    return 0;
}

static err_t access_error(const struct model_call *call, uint64_t access, unsigned argument)
{
    unsigned rights = call->self->rights;
    if (access > 15 || (access && !(access & ACCESS_READ)))
        return model_error(call, ERROR_OUT_OF_RANGE, argument);
    if (access & ACCESS_WRITE && access & ACCESS_EXECUTE)
        return model_error(call, ERROR_WRITE_AND_EXECUTE, argument);
    if (access & ~rights & (ACCESS_READ | ACCESS_WRITE | ACCESS_EXECUTE))
        return model_error(call, ERROR_MISSING_RIGHT, argument);
    if (access & ACCESS_COMBINE && !call->self->device)
        return model_error(call, ERROR_OUT_OF_RANGE, argument);
    return 0;
}

static uint64_t flags_of(const struct model_call *call, uint64_t access)
{
    uint64_t flags = PTE_PRESENT;
    if (!(access & ACCESS_EXECUTE))
        flags |= PTE_NX;
    if (!access)
        return flags;
    flags |= PTE_USER | (access & ACCESS_WRITE ? PTE_WRITE : 0);
    if (call->self->device)
        flags |= access & ACCESS_COMBINE ? PTE_WRITE_COMBINING : PTE_UNCACHED;
    return flags;
}

static void note_change(const struct model_call *call, ref_t vspace,
                        const struct translation *range)
{
    call->model->changing = vspace;
    call->model->first = range->page;
    call->model->pages = range->count;
}

static bool overlaps(const struct model_call *call, ref_t vspace, const struct translation *range)
{
    const struct translations *set = model_pages(call->model, vspace);
    for (unsigned i = 0; i < set->count; i++)
        if (set->list[i].page < range->page + range->count &&
            range->page < set->list[i].page + set->list[i].count)
            return true;
    return false;
}

/* A pool so full that no step can want for tables. */
static bool tables_may_lack(ref_t vspace)
{
    return ((struct vspace *)ref_pointer(vspace))->pool.free_count < 5;
}

err_t model_frame_map(struct model_call *call)
{
    uint64_t address = call->word[1], offset = call->word[2], length = call->word[3];
    uint64_t access = call->word[4], map_page = (address - offset) >> PAGE_BITS & 0xfffffffff;
    ref_t vspace = call->cap[0]->object;
    err_t error = part_error(call, offset, length, 3);
    if (!error)
        error = access_error(call, access, 5);
    if (error)
        return error;
    if (address % PAGE_SIZE)
        return model_error(call, ERROR_MISALIGNED, 2);
    if (address < PAGE_SIZE || address >= USER_LIMIT || length > USER_LIMIT - address)
        return model_error(call, ERROR_OUT_OF_RANGE, 2);
    if (call->self->vspace && (call->self->vspace != vspace || call->self->map_page != map_page))
        return model_error(call, ERROR_BOUND, 0);
    if (!access)
        return model_error(call, ERROR_OUT_OF_RANGE, 5);
    struct translation range = {address >> PAGE_BITS, length >> PAGE_BITS,
                                call->self->frame_page + (offset >> PAGE_BITS),
                                flags_of(call, access)};
    if (tables_may_lack(vspace))
        call->possible = model_error(call, ERROR_NO_TABLES, 1);
    note_change(call, vspace, &range);
    if (overlaps(call, vspace, &range))
        return model_error(call, ERROR_OCCUPIED, 2);
    model_add_pages(call->model, vspace, range);
    call->self->vspace = vspace;
    call->self->map_page = map_page;
    return 0;
}

/* Protect, or unmap with flags 0, what lies in the window. */
static err_t change(struct model_call *call, uint64_t flags)
{
    uint64_t first = call->word[0] >> PAGE_BITS, count = call->word[1] >> PAGE_BITS;
    struct model_cap *self = call->self;
    err_t error = part_error(call, call->word[0], call->word[1], 1);
    if (error)
        return error;
    if (!self->vspace)
        return model_error(call, ERROR_NOT_MAPPED, 0);
    uint64_t begin = first > self->low ? first : self->low;
    uint64_t end = first + count < self->high ? first + count : self->high;
    if (begin >= end)
        return 0; /* beside its window */
    struct translation range = {(self->map_page + begin) % (1ull << 36), end - begin,
                                self->frame_page + begin, 0};
    if (tables_may_lack(self->vspace))
        call->possible = model_error(call, ERROR_NO_TABLES, 0);
    note_change(call, self->vspace, &range);
    model_change_pages(call->model, self->vspace, range, flags);
    if (!flags && first <= self->low && first + count >= self->high)
        self->vspace = 0;
    return 0;
}

err_t model_frame_protect(struct model_call *call)
{
    err_t error = access_error(call, call->word[2], 3);
    return error ? error : change(call, flags_of(call, call->word[2]));
}

err_t model_frame_unmap(struct model_call *call)
{
    return change(call, 0);
}

err_t model_frame_info(struct model_call *call)
{
    (void)call;
    return 0;
}
