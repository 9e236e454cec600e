/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The derivation tree and memory. Every non-empty slot is reached from the ancestor exactly once;
 * it lies in a live table or object; what it names is live; originals are inside their Untyped and
 * apart from each other. What isn't alive is poisoned: whoever touches it is found by the
 * sanitizer.
 */
#include "tests/host/hosted/check.h"

#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>

struct seen seen;

static uint32_t reached[ARENA_GRANULES]; /* by the walk of this number */
static uint32_t walk_number;

static struct slot *checked_slot(ref_t ref)
{
    EXPECT(granule_of(ref) < ARENA_GRANULES, "a link leads out of memory: %x", ref);
    return slot_of(ref);
}

bool seen_slot(const struct slot *slot)
{
    size_t granule = granule_of(ref_of(slot));
    return granule < ARENA_GRANULES && reached[granule] == walk_number;
}

static unsigned note_cap(struct slot *slot, unsigned parent)
{
    size_t granule = granule_of(ref_of(slot));
    EXPECT(reached[granule] != walk_number, "slot %lx is in the tree twice", granule);
    EXPECT(seen.cap_count < CAPS_MAX, "more capabilities than the test has room for");
    reached[granule] = walk_number;
    seen.cap[seen.cap_count] = (struct seen_cap){slot, parent};
    return seen.cap_count++;
}

/* The first child, or the next sibling of this or of the nearest ancestor that has one; 0: the
 * end. */
static unsigned walk_on(unsigned at)
{
    struct slot *slot = seen.cap[at].slot;
    if (slot->first) {
        struct slot *child = checked_slot(slot->first);
        EXPECT((child->flags & SLOT_FIRST) && child->prev == ref_of(slot),
               "a first child doesn't lead back to its parent");
        return note_cap(child, at);
    }
    EXPECT(!slot->last, "a last child, but no first");
    while (at) {
        slot = seen.cap[at].slot;
        if (!(slot->flags & SLOT_LAST)) {
            struct slot *next = checked_slot(slot->next);
            EXPECT(next->prev == ref_of(slot) && !(next->flags & SLOT_FIRST),
                   "a sibling doesn't lead back");
            return note_cap(next, seen.cap[at].parent);
        }
        at = seen.cap[at].parent;
        EXPECT(slot->next == ref_of(seen.cap[at].slot) && seen.cap[at].slot->last == ref_of(slot),
               "a last child and its parent don't agree");
    }
    return 0;
}

static void walk_tree(void)
{
    walk_number++;
    seen.cap_count = 0;
    unsigned at = note_cap(hosted_root.ancestor, 0);
    do
        at = walk_on(at);
    while (at);
}

/* --- what a capability says --- */

static bool has_memory(const struct slot *slot)
{
    switch ((enum object_type)slot->type) {
    case OBJECT_UNTYPED:
    case OBJECT_CNODE:
    case OBJECT_VSPACE:
    case OBJECT_FRAME:
    case OBJECT_THREAD:
    case OBJECT_ENDPOINT:
    case OBJECT_REPLY:
    case OBJECT_NOTIFICATION:
    case OBJECT_SCHED_CONTEXT:
    case OBJECT_TABLES:
        return !(slot->flags & SLOT_DEVICE);
    default:
        return false;
    }
}

static uint64_t begin_of(const struct slot *slot)
{
    return granule_of(slot->object);
}

static uint64_t end_of(const struct slot *slot)
{
    return begin_of(slot) + (1ull << (slot->size_bits - CAP_SHIFT));
}

static void check_original(const struct slot *slot, const struct slot *parent)
{
    if (!has_memory(slot)) {
        EXPECT(parent == hosted_root.ancestor || parent->type == OBJECT_PLATFORM ||
                   (parent->type == OBJECT_CPU && slot->type == OBJECT_CPU),
               "an original of type %u derives from type %u", slot->type, parent->type);
        return;
    }
    uint64_t size = 1ull << slot->size_bits, address = begin_of(slot) * 64;
    EXPECT(address % size == 0 && address + size <= ARENA_BYTES,
           "type %u at %lx isn't aligned to its %lu bytes", slot->type, address, size);
    if (slot->type == OBJECT_FRAME)
        EXPECT(slot->frame_page == address >> PAGE_BITS, "a Frame's page isn't its object's");
    if (slot->type == OBJECT_UNTYPED && !(slot->flags & SLOT_DYING)) {
        EXPECT(slot->used <= size && slot->zeroed <= size, "an Untyped's marks are behind its end");
        EXPECT(slot->depth == (parent->type == OBJECT_UNTYPED ? parent->depth + 1 : 0),
               "an Untyped's depth is %u", slot->depth);
        const char *memory = ref_pointer(slot->object);
        for (uint64_t i = slot->used; i < slot->zeroed; i += 8)
            EXPECT(*(const uint64_t *)(memory + i) == 0, "memory called zero isn't");
    }
    if (parent == hosted_root.ancestor)
        return;
    EXPECT(parent->type == OBJECT_UNTYPED && slot_is_original(parent),
           "an object of type %u derives from type %u", slot->type, parent->type);
    EXPECT(begin_of(slot) >= begin_of(parent) && end_of(slot) <= end_of(parent),
           "an object lies outside its Untyped");
    EXPECT((parent->flags & SLOT_DYING) || end_of(slot) <= begin_of(parent) + parent->used / 64,
           "an object lies in memory that its Untyped calls unused");
}

static void check_badge(const struct slot *slot, const struct slot *parent)
{
    switch ((enum object_type)slot->type) {
    case OBJECT_ENDPOINT:
    case OBJECT_NOTIFICATION:
        EXPECT(parent->badge == 0 || parent->badge == slot->badge, "a badge was changed");
        break;
    case OBJECT_CPU:
        EXPECT(slot->badge <= parent->badge, "a Cpu capability's limit was raised");
        break;
    case OBJECT_IO_PORT:
        EXPECT(slot->badge == parent->badge, "a range of ports was changed");
        break;
    default:
        EXPECT(slot->badge == 0, "type %u has a badge", slot->type);
        break;
    }
}

static void check_derived(const struct slot *slot, const struct slot *parent)
{
    EXPECT(slot->type == parent->type && slot->object == parent->object,
           "a capability of type %u derives from one of type %u", slot->type, parent->type);
    EXPECT(slot->size_bits == parent->size_bits &&
               (slot->flags & SLOT_DEVICE) == (parent->flags & SLOT_DEVICE),
           "a derived capability has another size or kind");
    EXPECT(!(slot->rights & ~parent->rights), "rights %x derive from %x", slot->rights,
           parent->rights);
    if (slot->type == OBJECT_FRAME && !(slot->flags & SLOT_EMBEDDED))
        EXPECT(slot->frame_page == parent->frame_page, "a derived Frame is elsewhere");
    EXPECT(slot_derivable(slot), "type %u was derived", slot->type);
    EXPECT(!(slot->flags & SLOT_DYING), "a derived capability is dying");
    check_badge(slot, parent);
}

static void check_cap(const struct slot *slot, const struct slot *parent)
{
    EXPECT(!slot_empty(slot) && slot->type < OBJECT_COUNT, "an empty slot is in the tree");
    bool callable = slot->type == OBJECT_ENDPOINT && (slot->rights & RIGHT_ENDPOINT_CALL);
    EXPECT(slot->endpoint == (callable ? slot->object << 3 : 0),
           "a call of type %u, rights %x leads to %x", slot->type, slot->rights, slot->endpoint);
    if (slot_is_original(slot)) {
        EXPECT(!(slot->flags & SLOT_EMBEDDED), "an original binding");
        check_original(slot, parent);
    } else {
        check_derived(slot, parent);
    }
}

/* --- memory --- */

static int compare_ranges(const void *a, const void *b)
{
    const struct live_range *one = a, *other = b;
    if (one->begin != other->begin)
        return one->begin < other->begin ? -1 : 1;
    return one->end < other->end ? -1 : one->end > other->end;
}

static void note_range(uint64_t begin, uint64_t end, struct slot *slot)
{
    if (begin < end)
        seen.range[seen.range_count++] = (struct live_range){begin, end, slot};
}

static void collect_ranges(void)
{
    seen.range_count = 0;
    for (unsigned i = 1; i < seen.cap_count; i++) {
        struct slot *slot = seen.cap[i].slot;
        if (!slot_is_original(slot) || !has_memory(slot))
            continue;
        if (slot->type != OBJECT_UNTYPED)
            note_range(begin_of(slot), end_of(slot), slot);
        else
            note_range(begin_of(slot) + slot->used / 64, end_of(slot), NULL);
    }
    qsort(seen.range, seen.range_count, sizeof seen.range[0], compare_ranges);
    for (unsigned i = 1; i < seen.range_count; i++)
        EXPECT(seen.range[i - 1].end <= seen.range[i].begin, "two objects overlap at %lx",
               seen.range[i].begin * 64);
}

static const struct live_range *range_at(const void *address)
{
    uint64_t granule = ((uint64_t)address - PHYS_BASE) / 64;
    unsigned low = 0, high = seen.range_count;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (seen.range[middle].end <= granule)
            low = middle + 1;
        else
            high = middle;
    }
    bool inside = low < seen.range_count && seen.range[low].begin <= granule;
    return inside ? &seen.range[low] : NULL;
}

struct slot *seen_original_at(const void *address)
{
    const struct live_range *range = range_at(address);
    return range ? range->slot : NULL;
}

bool seen_object(const void *object, enum object_type type)
{
    const struct slot *original = seen_original_at(object);
    return original && original->type == type && ref_pointer(original->object) == object;
}

/* --- where slots lie --- */

static struct slot *thread_binding(struct thread *thread, enum binding_role role)
{
    switch (role) {
    case BINDING_THREAD_CNODE:
        return &thread->binding_cnode;
    case BINDING_THREAD_VSPACE:
        return &thread->binding_vspace;
    case BINDING_THREAD_FAULT:
        return &thread->binding_fault;
    case BINDING_THREAD_BUFFER:
        return &thread->binding_buffer;
    case BINDING_THREAD_ENDPOINT:
        return &thread->binding_endpoint;
    case BINDING_THREAD_SCHED:
        return &thread->binding_sched;
    default:
        return NULL;
    }
}

static void check_embedded(const struct slot *slot)
{
    void *owner = ref_pointer(slot->owner);
    const struct slot *right = NULL;
    if (slot->role == BINDING_IRQ_NOTIFICATION)
        right = &((struct irq_handler *)owner)->binding;
    else if (slot->role == BINDING_SCHED_CPU && seen_object(owner, OBJECT_SCHED_CONTEXT))
        right = &((struct sched_context *)owner)->binding_cpu;
    else if (slot->role == BINDING_NOTIFICATION_ENDPOINT && seen_object(owner, OBJECT_NOTIFICATION))
        right = &((struct notification *)owner)->binding_endpoint;
    else if (seen_object(owner, OBJECT_THREAD))
        right = thread_binding(owner, (enum binding_role)slot->role);
    EXPECT(right == slot, "a binding of role %u isn't where its owner has it", slot->role);
    EXPECT(!slot->first, "something derives from a binding");
}

/* Whether it's in no table: one that's being destroyed may outlive its own, whose memory then isn't
 * given to anyone yet. */
static bool check_place(const struct slot *slot)
{
    if (slot->flags & SLOT_EMBEDDED) {
        check_embedded(slot);
        return false;
    }
    const struct live_range *range = range_at(slot);
    if (!range && (slot->flags & SLOT_DYING))
        return true;
    EXPECT(range, "a slot of type %u lies in memory of nobody", slot->type);
    EXPECT(range->slot, "a slot of type %u lies in memory that can be given away", slot->type);
    EXPECT(range->slot->type == OBJECT_CNODE, "a slot of type %u lies in an object of type %u",
           slot->type, range->slot->type);
    return false;
}

static void check_table(const struct slot *original)
{
    const struct slot *slots = ref_pointer(original->object);
    for (uint64_t i = 0; i < 1ull << (original->size_bits - CAP_SHIFT); i++)
        EXPECT(slot_empty(&slots[i]) || seen_slot(&slots[i]),
               "slot %lu of a table, type %u, isn't in the tree", i, slots[i].type);
}

static void check_places(void)
{
    struct slot *stranded[CAPS_MAX];
    unsigned count = 0;
    for (unsigned i = 1; i < seen.cap_count; i++)
        if (check_place(seen.cap[i].slot))
            stranded[count++] = seen.cap[i].slot;
    for (unsigned i = 0; i < seen.range_count; i++)
        if (seen.range[i].slot && seen.range[i].slot->type == OBJECT_CNODE)
            check_table(seen.range[i].slot);
    for (unsigned i = 0; i < count; i++)
        note_range(granule_of(ref_of(stranded[i])), granule_of(ref_of(stranded[i])) + 1, NULL);
    qsort(seen.range, seen.range_count, sizeof seen.range[0], compare_ranges);
}

/* --- poison --- */

static struct live_range open_before[CAPS_MAX];
static unsigned open_count;

static void poison(const struct live_range *range, bool live)
{
    void *memory = (void *)(PHYS_BASE + range->begin * 64);
    if (live)
        ASAN_UNPOISON_MEMORY_REGION(memory, (range->end - range->begin) * 64);
    else if (range->begin * 64 >= hosted_boot_end())
        ASAN_POISON_MEMORY_REGION(memory, (range->end - range->begin) * 64);
}

/* Poison those of one list that the other lacks, or open them. */
static void poison_difference(const struct live_range *these, unsigned count,
                              const struct live_range *without, unsigned without_count, bool live)
{
    unsigned j = 0;
    for (unsigned i = 0; i < count; i++) {
        while (j < without_count && compare_ranges(&without[j], &these[i]) < 0)
            j++;
        if (j == without_count || compare_ranges(&without[j], &these[i]) != 0)
            poison(&these[i], live);
    }
}

static void poison_dead(void)
{
    if (open_count == 0)
        ASAN_POISON_MEMORY_REGION((void *)(PHYS_BASE + hosted_boot_end()),
                                  ARENA_BYTES - hosted_boot_end());
    poison_difference(open_before, open_count, seen.range, seen.range_count, false);
    poison_difference(seen.range, seen.range_count, open_before, open_count, true);
    memcpy(open_before, seen.range, seen.range_count * sizeof seen.range[0]);
    open_count = seen.range_count;
}

/* At boot: all memory is as good as any. */
void check_forget(void)
{
    ASAN_UNPOISON_MEMORY_REGION((void *)PHYS_BASE, ARENA_BYTES);
    open_count = 0;
}

void check_tree(void)
{
    walk_tree();
    for (unsigned i = 1; i < seen.cap_count; i++)
        check_cap(seen.cap[i].slot, seen.cap[seen.cap[i].parent].slot);
    collect_ranges();
    check_places();
    poison_dead();
}
