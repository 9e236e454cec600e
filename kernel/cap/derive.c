/* SPDX-License-Identifier: BSD-2-Clause */
/* The derivation tree: see the drawing in slot.h. Every function here is O(1). */
#include "kernel/cap/slot.h"
#include "kernel/debug/assert.h"
#include "kernel/lib/string.h"
#include "kernel/object/cpu.h"

/* What stands left of `slot` (a sibling's next, or the parent's first) shall lead to `to`. */
static void link_left(const struct slot *slot, ref_t to)
{
    if (slot->flags & SLOT_FIRST)
        slot_of(slot->prev)->first = to;
    else
        slot_of(slot->prev)->next = to;
}

static void link_right(const struct slot *slot, ref_t to)
{
    if (slot->flags & SLOT_LAST)
        slot_of(slot->next)->last = to;
    else
        slot_of(slot->next)->prev = to;
}

void derive_insert(struct slot *parent, struct slot *child)
{
    ref_t self = ref_of(child);
    child->prev = ref_of(parent);
    child->flags |= SLOT_FIRST;
    if (parent->first) {
        struct slot *sibling = slot_of(parent->first);
        child->next = parent->first;
        sibling->prev = self;
        sibling->flags &= ~SLOT_FIRST;
    } else {
        child->next = ref_of(parent);
        child->flags |= SLOT_LAST;
        parent->last = self;
    }
    parent->first = self;
}

/* A slot without children: its neighbours meet, and inherit the end it stood at. */
static void remove_leaf(struct slot *slot)
{
    unsigned ends = slot->flags & (SLOT_FIRST | SLOT_LAST);
    if (ends == (SLOT_FIRST | SLOT_LAST)) {
        struct slot *parent = slot_of(slot->prev);
        parent->first = parent->last = 0;
        return;
    }
    link_left(slot, slot->next);
    link_right(slot, slot->prev);
    if (ends & SLOT_FIRST)
        slot_of(slot->next)->flags |= SLOT_FIRST;
    if (ends & SLOT_LAST)
        slot_of(slot->prev)->flags |= SLOT_LAST;
}

void derive_remove(struct slot *slot)
{
    if (!slot->first) {
        remove_leaf(slot);
    } else {
        struct slot *first = slot_of(slot->first), *last = slot_of(slot->last);
        link_left(slot, slot->first);
        link_right(slot, slot->last);
        first->prev = slot->prev;
        last->next = slot->next;
        first->flags = (first->flags & ~SLOT_FIRST) | (slot->flags & SLOT_FIRST);
        last->flags = (last->flags & ~SLOT_LAST) | (slot->flags & SLOT_LAST);
    }
    slot->flags &= ~(SLOT_FIRST | SLOT_LAST);
    slot->prev = slot->next = slot->first = slot->last = 0;
}

void derive_move(struct slot *from, struct slot *to)
{
    ref_t self = ref_of(to);
    *to = *from;
    link_left(from, self);
    link_right(from, self);
    if (from->first) {
        slot_of(from->first)->prev = self;
        slot_of(from->last)->next = self;
    }
    memset(from, 0, sizeof *from);
}

void derive_first_to_end(struct slot *parent)
{
    struct slot *first = slot_of(parent->first), *last = slot_of(parent->last);
    if (first == last)
        return;
    struct slot *second = slot_of(first->next);
    parent->first = ref_of(second);
    second->prev = ref_of(parent);
    second->flags |= SLOT_FIRST;
    last->next = parent->last = ref_of(first);
    last->flags &= ~SLOT_LAST;
    first->prev = ref_of(last);
    first->next = ref_of(parent);
    first->flags = (first->flags & ~SLOT_FIRST) | SLOT_LAST;
}

void slot_set_call(struct slot *slot, uint32_t badge)
{
    bool callable = slot->type == OBJECT_ENDPOINT && (slot->rights & RIGHT_ENDPOINT_CALL);
    slot->call = (uint64_t)(callable ? slot->object << 3 : 0) << 32 | badge;
}

void slot_derive(struct slot *source, struct slot *child, unsigned rights, uint32_t badge)
{
    assert(slot_empty(child) && !slot_empty(source));
    child->extra[0] = child->extra[1] = child->extra[2] = child->extra[3] = 0;
    child->object = source->object;
    child->type = source->type;
    child->rights = source->rights & rights;
    child->flags = source->flags & SLOT_DEVICE;
    child->size_bits = source->size_bits;
    child->first = child->last = 0;
    if (source->type == OBJECT_FRAME)
        child->frame_page = source->frame_page;
    if (source->type == OBJECT_CPU)
        child->pool = ref_of(cpu_pool(source));
    slot_set_call(child, badge);
    derive_insert(source, child);
}

void slot_make_original(struct slot *parent, struct slot *slot, enum object_type type, void *object,
                        unsigned size_bits)
{
    assert(slot_empty(slot));
    memset(slot, 0, sizeof *slot);
    slot->object = ref_of(object);
    slot->type = type;
    slot->rights = RIGHT_ALL;
    slot->flags = SLOT_ORIGINAL;
    slot->size_bits = size_bits;
    slot_set_call(slot, 0);
    derive_insert(parent, slot);
}
