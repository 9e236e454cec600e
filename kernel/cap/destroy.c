/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Delete and revoke.
 *
 * Deleting a derived capability unmaps what it mapped and takes it out of the tree. Deleting an
 * original ends its object, after all that derives from it. Two kinds of original nest: the memory
 * of an Untyped (or what the Platform gave out) is other originals, and a CNode holds capabilities,
 * originals among them. What is being destroyed of these stands on a stack, linked through the
 * slots, so that there is no recursion and a restart goes on where the last step ended:
 *
 *        a CNode ◀─below─ an Untyped in it ◀─below─ a CNode in that ◀── dying_top
 *
 * An original that's on the stack is DYING: lookups find its slot empty, and a scan that comes to
 * it again (an Untyped's slot may lie in a CNode made of its own memory) passes it over. So its
 * slot may lie in a table that has ended before it. That's why there is one stack for all: whoever
 * deletes also ends what others began and left, and memory is given out again only when the stack
 * is empty.
 */
#include "kernel/cap/invoke.h"
#include "kernel/cap/object.h"
#include "kernel/cpu/grace.h"
#include "kernel/debug/assert.h"

static ref_t dying_top; /* 0: nothing is being destroyed */

static bool nests(const struct slot *slot)
{
    return slot_is_original(slot) && (slot->type == OBJECT_UNTYPED || slot->type == OBJECT_CNODE ||
                                      slot->type == OBJECT_PLATFORM || slot->type == OBJECT_CPU);
}

static void slot_clear(struct slot *slot)
{
    slot->call = 0;
    derive_remove(slot);
    *slot = (struct slot){0};
}

void slot_unbind(struct slot *slot)
{
    if (slot_empty(slot))
        return;
    binding_end(slot);
    slot_clear(slot);
}

/* What the end of a capability costs, but for what it does in steps of its own. */
static unsigned finish_steps(const struct slot *slot)
{
    if (slot->flags & SLOT_EMBEDDED)
        return 16; /* a thread may stop, and what it did for others with it */
    if (!slot_is_original(slot))
        return 4;
    return slot->type == OBJECT_THREAD ? 32 : slot->type == OBJECT_VSPACE ? 12 : 4;
}

/* End what the capability holds, and the object if it's the original, and empty the slot. */
static bool finish(struct slot *slot, unsigned *steps)
{
    if (!steps_take(steps, finish_steps(slot)))
        return false;
    if (cpu_running > 1 && !object_is_here(slot))
        return false;
    if (slot->flags & SLOT_EMBEDDED)
        binding_end(slot);
    else if (!capability_end(slot, steps))
        return false;
    else if (slot_is_original(slot) && !object_end(slot, steps))
        return false;
    slot_clear(slot);
    return true;
}

/* An original whose children are all derived. */
static bool finish_original(struct slot *slot, unsigned *steps)
{
    while (slot->first) {
        if (!finish(slot_of(slot->first), steps))
            return false;
    }
    return finish(slot, steps);
}

static void push_dying(struct slot *slot)
{
    slot->flags |= SLOT_DYING;
    slot->progress = 0;
    slot->passed_by = 0;
    slot->dying_below = dying_top;
    dying_top = ref_of(slot);
}

/*
 * The first child that isn't on the stack itself; null with `*done` false: more steps. Those on the
 * stack go to the end of the list, once each: new children come at its beginning.
 */
static struct slot *living_child(struct slot *parent, unsigned *steps, bool *done)
{
    *done = true;
    while (parent->first) {
        struct slot *child = slot_of(parent->first);
        if (!(child->flags & SLOT_DYING))
            return child;
        if (child->passed_by == ref_of(parent))
            return NULL;
        if (!steps_take(steps, 1)) {
            *done = false;
            return NULL;
        }
        child->passed_by = ref_of(parent);
        derive_first_to_end(parent);
    }
    return NULL;
}

/* The next capability in a dying CNode that isn't on the stack; likewise. */
static struct slot *living_content(struct slot *cnode, unsigned *steps, bool *done)
{
    struct slot *slots = cnode_slots(cnode), *end = slots + cnode_slot_count(cnode);
    struct slot *slot = slots + cnode->progress;
    *done = true;
    while (slot < end && (slot_empty(slot) || (slot->flags & SLOT_DYING))) {
        slot++;
        if ((uint64_t)slot % (8 * sizeof *slot) == 0 && !steps_take(steps, 1)) {
            *done = false;
            break;
        }
    }
    cnode->progress = (uint32_t)(slot - slots);
    return *done && slot < end ? slot : NULL;
}

/* One move of the stack: something smaller goes, or the top itself. */
static bool destroy_top(unsigned *steps)
{
    struct slot *top = slot_of(dying_top);
    bool done;
    struct slot *victim = living_child(top, steps, &done);
    if (!victim && done && top->type == OBJECT_CNODE)
        victim = living_content(top, steps, &done);
    if (!done)
        return false;
    if (!victim) {
        ref_t below = top->dying_below;
        if (!finish(top, steps))
            return false;
        dying_top = below;
        return true;
    }
    if (nests(victim)) {
        push_dying(victim);
        return steps_take(steps, 1);
    }
    return slot_is_original(victim) ? finish_original(victim, steps) : finish(victim, steps);
}

bool slot_delete(struct slot *slot, unsigned *steps)
{
    if (slot_empty(slot))
        return true;
    if (!slot_is_original(slot))
        return finish(slot, steps);
    if (!nests(slot))
        return finish_original(slot, steps);
    if (!(slot->flags & SLOT_DYING))
        push_dying(slot);
    while (!slot_empty(slot)) {
        if (!destroy_top(steps))
            return false;
    }
    return true;
}

/* A derived capability that holds nothing and that nothing derives from. */
static bool is_plain_leaf(const struct slot *slot)
{
    return !(slot->flags & (SLOT_ORIGINAL | SLOT_EMBEDDED)) && !slot->first &&
           (slot->type != OBJECT_FRAME || !slot->vspace);
}

/* Take such children from the front of the list, one after the other, without looking back. */
static bool drop_leaves(struct slot *parent, unsigned *steps)
{
    struct slot *child = slot_of(parent->first);
    unsigned left = *steps * 2; /* two make a step */
    bool last = false;
    while (left > 0 && !last && is_plain_leaf(child)) {
        struct slot *next = slot_of(child->next);
        last = child->flags & SLOT_LAST;
        *child = (struct slot){0};
        child = next;
        left--;
    }
    *steps = left / 2;
    if (last) {
        parent->first = parent->last = 0;
        return true;
    }
    parent->first = ref_of(child);
    child->prev = ref_of(parent);
    child->flags |= SLOT_FIRST;
    return *steps > 0;
}

bool slot_revoke(struct slot *slot, unsigned *steps)
{
    while (slot->first) {
        if (!drop_leaves(slot, steps))
            return false;
        if (slot->first && !slot_delete(slot_of(slot->first), steps))
            return false;
    }
    if (slot->type == OBJECT_UNTYPED) {
        while (dying_top) {
            if (!destroy_top(steps))
                return false;
        }
        if (!grace_both(&slot->progress)) /* nobody has the address of what was there */
            return false;
        slot->used = slot->zeroed = 0; /* whoever had the memory has written there */
    }
    return true;
}
