/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/object/vspace.h"

#include "kernel/cap/invoke.h"
#include "kernel/debug/assert.h"
#include "kernel/lib/string.h"

#define CR3_NO_FLUSH (1ull << 63)

uint64_t vspace_kernel_cr3(void)
{
    return pagetable_kernel_cr3();
}

void vspace_init(struct vspace *vspace, unsigned size_bits)
{
    unsigned pcid = pcid_allocate();
    vspace->root[KERNEL_ROOT_INDEX] = kmap_root_entry();
    vspace->cr3 = phys_of(vspace->root) | pcid | (pcid ? CR3_NO_FLUSH : 0);
    table_pool_add(&vspace->pool, &vspace->pool.clean, (char *)vspace + VSPACE_BYTES,
                   ((1ull << size_bits) - VSPACE_BYTES) / PAGE_SIZE);
}

/* What leads to this slot in its list. */
static ref_t *mapping_link(const struct slot *slot)
{
    struct vspace *vspace = ref_pointer(slot->vspace);
    if (slot->map_prev)
        return &slot_of(slot->map_prev)->map_next;
    return slot->type == OBJECT_FRAME ? &vspace->mappings : &vspace->supplies;
}

void mapping_moved(struct slot *slot)
{
    if ((slot->type != OBJECT_FRAME && slot->type != OBJECT_TABLES) || !slot->vspace)
        return;
    *mapping_link(slot) = ref_of(slot);
    if (slot->map_next)
        slot_of(slot->map_next)->map_prev = ref_of(slot);
}

void mapping_forget(struct slot *slot)
{
    *mapping_link(slot) = slot->map_next;
    if (slot->map_next)
        slot_of(slot->map_next)->map_prev = slot->map_prev;
    slot->vspace = slot->map_prev = slot->map_next = 0;
}

/* The slot, whose vspace is set, goes at the front of one of the two lists. */
static void mapping_remember(struct slot *slot, ref_t *list)
{
    slot->map_prev = 0;
    slot->map_next = *list;
    if (*list)
        slot_of(*list)->map_prev = ref_of(slot);
    *list = ref_of(slot);
}

/* Pages of a pool may be anywhere in the tree; so the whole tree goes at once, before all else: 256
 * entries, and that again at each restart. */
static void lose_tables(struct vspace *vspace)
{
    memset(vspace->root, 0, 256 * sizeof vspace->root[0]);
    vspace->pool = (struct table_pool){0};
    pagetable_flush(vspace);
}

/* Its PCID is no other's before all have forgotten what was translated with it. */
bool vspace_destroy(struct vspace *vspace, unsigned *steps)
{
    if (!vspace->ending) {
        lose_tables(vspace);
        pagetable_leave(vspace);
        vspace->ending = vspace->stale | 1;
    }
    if (!grace_passed(vspace->ending & ~1u))
        return false;
    while (vspace->mappings || vspace->supplies) {
        if (!steps_take(steps, 1))
            return false;
        mapping_forget(slot_of(vspace->mappings ? vspace->mappings : vspace->supplies));
    }
    pcid_free((unsigned)vspace->cr3 & 0xfff);
    return true;
}

bool tables_release(struct slot *slot, unsigned *steps)
{
    if (!slot->vspace)
        return true;
    struct vspace *vspace = ref_pointer(slot->vspace);
    lose_tables(vspace);
    while (vspace->mappings) {
        if (!steps_take(steps, 1))
            return false;
        mapping_forget(slot_of(vspace->mappings));
    }
    mapping_forget(slot);
    return true;
}

err_t vspace_info(struct invocation *call)
{
    const struct vspace *vspace = ref_pointer(call->self->object);
    call->result[0] = vspace->pool.free_count;
    call->result[1] = vspace->pool.used_count;
    return 0;
}

err_t vspace_supply(struct invocation *call)
{
    struct vspace *vspace = ref_pointer(call->self->object);
    struct slot *frame = call->cap[0];
    if (frame->flags & SLOT_DEVICE)
        return invocation_error(call, ERROR_DEVICE_MEMORY, 1);
    if (!slot_is_original(frame) || frame->first)
        return invocation_error(call, ERROR_NOT_DERIVABLE, 1);
    if (frame->vspace)
        return invocation_error(call, ERROR_BOUND, 1);
    if (frame->size_bits > 21)
        return invocation_error(call, ERROR_OUT_OF_RANGE, 1);

    /* Its holder may have written there. */
    table_pool_add(&vspace->pool, &vspace->pool.dirty, ref_pointer(frame->object),
                   1ull << (frame->size_bits - PAGE_BITS));
    frame->type = OBJECT_TABLES;
    frame->vspace = call->self->object;
    mapping_remember(frame, &vspace->supplies);
    return 0;
}

err_t vspace_set_domain(struct invocation *call)
{
    struct vspace *vspace = ref_pointer(call->self->object);
    if (call->arg[0] > UINT32_MAX)
        return invocation_error(call, ERROR_OUT_OF_RANGE, 1);
    if (!slot_is_original(call->self) || call->self->first)
        return invocation_error(call, ERROR_WRONG_STATE, 0);
    vspace->domain = (uint32_t)call->arg[0];
    return 0;
}

/* ---- frames ---- */

#define FRAME_PAGE_MASK ((1ull << 36) - 1)

/* The bit field alone would lose what shifting moves beyond its width. */
static paddr_t frame_address(const struct slot *slot)
{
    return (paddr_t)slot->frame_page << PAGE_BITS;
}

/* The part of `call`'s frame from `offset` on, as mapped or to be mapped. */
static struct page_range range_of(const struct slot *slot, uint64_t offset, uint64_t bytes)
{
    struct page_range range = {
        .address = ((slot->map_page + (offset >> PAGE_BITS)) & FRAME_PAGE_MASK) << PAGE_BITS,
        .physical = frame_address(slot) + offset,
        .bytes = bytes,
    };
    return range;
}

static err_t check_part(const struct invocation *call, uint64_t offset, uint64_t length,
                        unsigned argument)
{
    uint64_t size = 1ull << call->self->size_bits;
    if (offset % PAGE_SIZE)
        return invocation_error(call, ERROR_MISALIGNED, argument);
    if (length % PAGE_SIZE)
        return invocation_error(call, ERROR_MISALIGNED, argument + 1);
    if (offset >= size)
        return invocation_error(call, ERROR_OUT_OF_RANGE, argument);
    if (length == 0 || length > size - offset)
        return invocation_error(call, ERROR_OUT_OF_RANGE, argument + 1);
    return 0;
}

static err_t check_access(const struct invocation *call, uint64_t access, unsigned argument)
{
    const struct slot *frame = call->self;
    if (access & ~(uint64_t)(ACCESS_READ | ACCESS_WRITE | ACCESS_EXECUTE | ACCESS_COMBINE))
        return invocation_error(call, ERROR_OUT_OF_RANGE, argument);
    if (!(access & ACCESS_READ) && access)
        return invocation_error(call, ERROR_OUT_OF_RANGE, argument);
    if ((access & ACCESS_WRITE) && (access & ACCESS_EXECUTE))
        return invocation_error(call, ERROR_WRITE_AND_EXECUTE, argument);
    if (access & (ACCESS_READ | ACCESS_WRITE | ACCESS_EXECUTE) & ~frame->rights)
        return invocation_error(call, ERROR_MISSING_RIGHT, argument);
    if ((access & ACCESS_COMBINE) && !(frame->flags & SLOT_DEVICE))
        return invocation_error(call, ERROR_OUT_OF_RANGE, argument);
    return 0;
}

_Static_assert((int)ACCESS_READ == RIGHT_FRAME_READ && (int)ACCESS_WRITE == RIGHT_FRAME_WRITE &&
                   (int)ACCESS_EXECUTE == RIGHT_FRAME_EXECUTE,
               "check_access compares them");

static void window_extend(struct slot *frame, uint64_t offset, uint64_t bytes)
{
    uint64_t low = offset >> PAGE_BITS, high = (offset + bytes) >> PAGE_BITS;
    if (low < frame->low || frame->low == frame->high)
        frame->low = low;
    if (high > frame->high)
        frame->high = high;
}

/* Where the frame is mapped, or is going to be, as far as this capability is concerned. */
static err_t check_place(const struct invocation *call, uint64_t address, uint64_t offset,
                         uint64_t length)
{
    const struct slot *frame = call->self;
    if (address % PAGE_SIZE)
        return invocation_error(call, ERROR_MISALIGNED, 2);
    if (address < PAGE_SIZE || address >= USER_LIMIT || length > USER_LIMIT - address)
        return invocation_error(call, ERROR_OUT_OF_RANGE, 2);
    if (frame->vspace && (frame->vspace != call->cap[0]->object ||
                          frame->map_page != (((address - offset) >> PAGE_BITS) & FRAME_PAGE_MASK)))
        return invocation_error(call, ERROR_BOUND, 0);
    return 0;
}

/* The window of this capability now has these pages too. */
static void window_open(struct slot *frame, ref_t target, uint64_t address, uint64_t offset,
                        uint64_t bytes)
{
    if (!frame->vspace) {
        struct vspace *vspace = ref_pointer(target);
        frame->vspace = target;
        frame->map_page = ((address - offset) >> PAGE_BITS) & FRAME_PAGE_MASK;
        frame->low = frame->high = 0;
        mapping_remember(frame, &vspace->mappings);
    }
    window_extend(frame, offset, bytes);
}

/*
 * A pager's usual request: one page of RAM, readable or writable or executable, in a place whose
 * table exists. Exactly what frame_map would do. False: nothing was done, because it's something
 * else.
 */
static inline bool map_one_page(struct slot *frame, ref_t target, uint64_t address, uint64_t offset,
                                uint64_t access)
{
    static const uint64_t flags_of[8] = {
#define USER_PAGE (PTE_PRESENT | PTE_ACCESSED | PTE_USER)
        [ACCESS_READ] = USER_PAGE | PTE_NX,
        [ACCESS_READ | ACCESS_WRITE] = USER_PAGE | PTE_NX | PTE_WRITE | PTE_DIRTY,
        [ACCESS_READ | ACCESS_EXECUTE] = USER_PAGE,
    };
    if (((address | offset) & (PAGE_SIZE - 1)) || address - PAGE_SIZE >= USER_LIMIT - PAGE_SIZE ||
        offset >> frame->size_bits || access >= 8 || !flags_of[access] ||
        (access & ~(uint64_t)frame->rights) || (frame->flags & SLOT_DEVICE))
        return false;
    uint64_t map_page = ((address - offset) >> PAGE_BITS) & FRAME_PAGE_MASK;
    if (frame->vspace && (frame->vspace != target || frame->map_page != map_page))
        return false;
    uint64_t physical = frame_address(frame) + offset, page = offset >> PAGE_BITS;
    if (!pagetable_map_page(((struct vspace *)ref_pointer(target))->root, address,
                            physical | flags_of[access]))
        return false;
    if (unlikely(!frame->vspace || page < frame->low))
        window_open(frame, target, address, offset, PAGE_SIZE);
    else if (page >= frame->high)
        frame->high = page + 1;
    return true;
}

static NOINLINE err_t map_range(struct invocation *call);

err_t frame_map(struct invocation *call)
{
    if (likely(call->arg[3] == PAGE_SIZE && map_one_page(call->self, call->cap[0]->object,
                                                         call->arg[1], call->arg[2], call->arg[4])))
        return 0;
    return map_range(call);
}

static err_t map_range(struct invocation *call)
{
    struct slot *frame = call->self;
    uint64_t address = call->arg[1], offset = call->arg[2], length = call->arg[3];
    uint64_t access = call->arg[4];
    err_t error = check_part(call, offset, length, 3);
    if (!error)
        error = check_access(call, access, 5);
    if (!error)
        error = check_place(call, address, offset, length);
    if (error)
        return error;
    if (!access)
        return invocation_error(call, ERROR_OUT_OF_RANGE, 5);
    ref_t target = call->cap[0]->object;
    struct vspace *vspace = ref_pointer(target);
    struct page_range range = {address, frame_address(frame) + offset, length};
    uint64_t flags = pagetable_flags((unsigned)access, frame->flags & SLOT_DEVICE);
    if (!grace_passed(vspace->stale))
        return RESTART; /* a table that was given up may be used still */
    switch (pagetable_check(vspace, &range)) {
    case RANGE_OCCUPIED:
        return invocation_error(call, ERROR_OCCUPIED, 2);
    case RANGE_NO_TABLES:
        return invocation_error(call, ERROR_NO_TABLES, 1);
    case RANGE_FREE:
        break;
    }

    pagetable_map(vspace, &range, flags);
    window_open(frame, target, address, offset, range.bytes);
    if (range.bytes == length)
        return 0;
    call->arg[1] = address + range.bytes;
    call->arg[2] = offset + range.bytes;
    call->arg[3] = length - range.bytes;
    return RESTART;
}

/*
 * Unmap (flags 0) or protect one step of a part; `*done` is how many bytes that was. What lies
 * outside of the window is passed over, and never looked at: its addresses may be anywhere, the
 * kernel's too.
 */
static err_t change_part(struct invocation *call, uint64_t flags, uint64_t *done)
{
    struct slot *frame = call->self;
    uint64_t offset = call->arg[0], length = call->arg[1];
    err_t error = check_part(call, offset, length, 1);
    if (error)
        return error;
    if (!frame->vspace)
        return invocation_error(call, ERROR_NOT_MAPPED, 0);
    struct vspace *vspace = ref_pointer(frame->vspace);
    uint64_t begin = (uint64_t)frame->low << PAGE_BITS, end = (uint64_t)frame->high << PAGE_BITS;
    begin = begin > offset ? begin : offset;
    end = end < offset + length ? end : offset + length;
    *done = length;
    if (begin >= end)
        return 0;
    struct page_range range = range_of(frame, begin, end - begin);
    if (!pagetable_can_split(vspace, &range))
        return invocation_error(call, ERROR_NO_TABLES, 0);

    uint64_t changed = pagetable_change(vspace, &range, flags);
    if (changed < end - begin)
        *done = begin - offset + changed;
    return 0;
}

/* The rest of the part is the system call's next execution. */
static err_t part_done(struct invocation *call, uint64_t done)
{
    if (done == call->arg[1])
        return 0;
    call->arg[0] += done;
    call->arg[1] -= done;
    return RESTART;
}

err_t frame_protect(struct invocation *call)
{
    uint64_t access = call->arg[2], done;
    err_t error = check_access(call, access, 3);
    if (error)
        return error;
    error = change_part(call, pagetable_flags((unsigned)access, call->self->flags & SLOT_DEVICE),
                        &done);
    return error ? error : part_done(call, done);
}

/* These pages are mapped no more; with the last the window closes. `low` can't hold a largest
 * Frame's end. */
static void window_cut(struct slot *frame, uint64_t low, uint64_t high)
{
    uint64_t first = frame->low, end = frame->high;
    if (low <= first && high > first)
        first = high < end ? high : end;
    if (high >= end && low < end)
        end = low > first ? low : first;
    if (first >= end) {
        mapping_forget(frame);
    } else {
        frame->low = first;
        frame->high = end;
    }
}

err_t frame_unmap(struct invocation *call)
{
    struct slot *frame = call->self;
    uint64_t done;
    err_t error = change_part(call, 0, &done);
    if (error)
        return error;
    window_cut(frame, call->arg[0] >> PAGE_BITS, (call->arg[0] + done) >> PAGE_BITS);
    error = part_done(call, done);
    return frame->vspace ? error : 0;
}

/*
 * A run of 512 pages is what may be done in one system call. So a window of more than a few begins
 * with a new one, before which little was done.
 */
#define FEW_PAGES 64
#define FEW_PAGES_STEPS 14
#define LITTLE_STEPS 8

bool frame_release(struct slot *slot, unsigned *steps)
{
    while (slot->vspace) {
        bool few = slot->high - slot->low <= FEW_PAGES;
        if (*steps < (few ? 1 : INVOCATION_STEPS - LITTLE_STEPS))
            return false;
        struct vspace *vspace = ref_pointer(slot->vspace);
        struct page_range range = range_of(slot, (uint64_t)slot->low << PAGE_BITS,
                                           (uint64_t)(slot->high - slot->low) << PAGE_BITS);
        uint64_t done = pagetable_change(vspace, &range, 0) >> PAGE_BITS;
        window_cut(slot, slot->low, slot->low + done);
        (void)steps_take(steps, few ? FEW_PAGES_STEPS : INVOCATION_STEPS);
    }
    return true;
}

err_t frame_info(struct invocation *call)
{
    const struct slot *frame = call->self;
    bool device = frame->flags & SLOT_DEVICE;
    call->result[0] = device ? frame_address(frame) : 0;
    call->result[1] = 1ull << frame->size_bits;
    call->result[2] = device;
    return 0;
}
