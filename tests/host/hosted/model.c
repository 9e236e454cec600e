/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/host/hosted/model.h"

#include <stdlib.h>
#include <string.h>

/* --- reading the kernel's state --- */

static void read_extra(struct model_cap *cap, const struct slot *slot)
{
    if (slot->flags & SLOT_EMBEDDED) {
        cap->owner = slot->owner;
        cap->role = slot->role;
        return;
    }
    if (slot->type == OBJECT_UNTYPED) {
        cap->used = slot->used;
        cap->depth = slot->depth;
    }
    if (slot->type == OBJECT_FRAME || slot->type == OBJECT_TABLES) {
        cap->frame_page = slot->frame_page;
        cap->vspace = slot->vspace;
    }
    if (slot->type == OBJECT_FRAME && slot->vspace) {
        cap->map_page = slot->map_page;
        cap->low = slot->low;
        cap->high = slot->high;
    }
}

static int compare_at(const void *a, const void *b)
{
    const struct model_cap *one = a, *other = b;
    return one->at < other->at ? -1 : one->at > other->at;
}

static void copy_translations(struct translations *to, const struct translations *from)
{
    to->count = 0;
    for (unsigned i = 0; i < from->count; i++)
        translations_append(to, from->list[i]);
}

static void read_spaces(struct model *model)
{
    model->space_count = 0;
    for (unsigned i = 1; i < seen.cap_count; i++) {
        const struct slot *slot = seen.cap[i].slot;
        if (slot->type != OBJECT_VSPACE || !slot_is_original(slot))
            continue;
        struct model_space *space = &model->space[model->space_count++];
        space->vspace = slot->object;
        copy_translations(&space->must, seen_tables(ref_pointer(slot->object)));
    }
}

void model_read(struct model *model)
{
    model->count = 0;
    model->changing = 0;
    for (unsigned i = 1; i < seen.cap_count; i++) {
        const struct slot *slot = seen.cap[i].slot;
        struct model_cap *cap = &model->cap[model->count++];
        *cap = (struct model_cap){
            .at = ref_of(slot),
            .parent = ref_of(seen.cap[seen.cap[i].parent].slot),
            .object = slot->object,
            .type = slot->type,
            .rights = slot->rights,
            .size_bits = slot->size_bits,
            .original = slot_is_original(slot),
            .device = slot->flags & SLOT_DEVICE,
            .dying = slot->flags & SLOT_DYING,
            .badge = slot->badge,
        };
        read_extra(cap, slot);
    }
    model->sorted = model->count;
    qsort(model->cap, model->count, sizeof model->cap[0], compare_at);
    read_spaces(model);
}

void model_copy(struct model *to, const struct model *from)
{
    to->count = from->count;
    to->sorted = from->sorted;
    to->changing = 0;
    memcpy(to->cap, from->cap, from->count * sizeof from->cap[0]);
    to->space_count = from->space_count;
    for (unsigned i = 0; i < from->space_count; i++) {
        to->space[i].vspace = from->space[i].vspace;
        copy_translations(&to->space[i].must, &from->space[i].must);
    }
}

struct model_cap *model_at(struct model *model, ref_t at)
{
    struct model_cap key = {.at = at};
    for (unsigned i = model->sorted; i < model->count; i++)
        if (model->cap[i].at == at)
            return &model->cap[i];
    struct model_cap *found =
        bsearch(&key, model->cap, model->sorted, sizeof model->cap[0], compare_at);
    return found && found->fate != FATE_GOES ? found : NULL;
}

struct model_cap *model_slot(struct model *model, const struct slot *slot)
{
    return model_at(model, ref_of(slot));
}

/* --- what comes --- */

struct model_cap *model_derive(struct model *model, const struct model_cap *from, ref_t at)
{
    struct model_cap *cap = &model->cap[model->count++];
    *cap = *from;
    cap->at = at;
    cap->parent = from->at;
    cap->fate = FATE_COMES;
    cap->original = cap->dying = false;
    cap->owner = cap->role = 0;
    cap->vspace = 0;
    cap->map_page = cap->low = cap->high = cap->used = cap->depth = 0;
    return cap;
}

void model_bind(struct model *model, const struct model_cap *from, const struct slot *slot,
                const void *owner, enum binding_role role)
{
    struct model_cap *cap = model_derive(model, from, ref_of(slot));
    cap->owner = ref_of(owner);
    cap->role = role;
    cap->frame_page = 0;
}

/* --- what goes --- */

static bool within(const struct model_cap *object, ref_t ref)
{
    if (!object->object || object->size_bits < CAP_SHIFT)
        return false;
    return ref >= object->object && ref - object->object < 1u << (object->size_bits - CAP_SHIFT);
}

/* Whether the end of one original is the end of this capability too. */
static bool falls_with(const struct model_cap *ended, const struct model_cap *cap)
{
    if (cap->parent == ended->at)
        return true;
    if (cap->owner) /* an Untyped's first object is at the same place */
        return cap->owner == ended->object && ended->type != OBJECT_UNTYPED;
    return ended->type == OBJECT_CNODE && within(ended, cap->at);
}

/* How far a capability's end goes: it alone, or all that derives from it. */
enum extent { EXTENT_NONE, EXTENT_ALONE, EXTENT_TREE };

static uint8_t extent[CAPS_MAX];

static bool reach(unsigned i, enum extent how_far)
{
    if (extent[i] >= how_far)
        return false;
    extent[i] = (uint8_t)how_far;
    return true;
}

/* What falls with capability `i`, a step further. */
static bool spread_from(struct model *model, unsigned i)
{
    const struct model_cap *cap = &model->cap[i];
    bool more = false;
    for (unsigned j = 0; j < model->count; j++) {
        const struct model_cap *other = &model->cap[j];
        if (i == j || other->dying)
            continue; /* dying: for whoever ends it (model_others_may_end) */
        if (extent[i] == EXTENT_TREE && other->parent == cap->at)
            more |= reach(j, EXTENT_TREE);
        else if (cap->original && falls_with(cap, other))
            more |= reach(j, other->original ? EXTENT_TREE : EXTENT_ALONE);
    }
    return more;
}

static void spread(struct model *model)
{
    bool more = true;
    while (more) {
        more = false;
        for (unsigned i = 0; i < model->count; i++)
            if (extent[i])
                more |= spread_from(model, i);
    }
}

static void remove_pages(struct translations *set, struct translation range, uint64_t flags)
{
    struct translations old = *set;
    *set = (struct translations){0};
    for (unsigned i = 0; i < old.count; i++) {
        struct translation left = old.list[i], middle, right;
        uint64_t begin = left.page > range.page ? left.page : range.page;
        uint64_t end = left.page + left.count, range_end = range.page + range.count;
        end = end < range_end ? end : range_end;
        if (begin >= end || left.physical - left.page != range.physical - range.page) {
            translations_append(set, left);
            continue;
        }
        uint64_t offset = begin - left.page;
        middle = (struct translation){begin, end - begin, left.physical + offset, flags};
        right = (struct translation){end, left.page + left.count - end,
                                     left.physical + (end - left.page), left.flags};
        left.count = offset;
        if (left.count)
            translations_append(set, left);
        if (flags)
            translations_append(set, middle);
        if (right.count)
            translations_append(set, right);
    }
    free(old.list);
}

struct translations *model_pages(struct model *model, ref_t vspace)
{
    for (unsigned i = 0; i < model->space_count; i++)
        if (model->space[i].vspace == vspace)
            return &model->space[i].must;
    hosted_fail("model: no space %x", vspace);
}

void model_change_pages(struct model *model, ref_t vspace, struct translation range, uint64_t flags)
{
    remove_pages(model_pages(model, vspace), range, flags);
}

static int compare_page(const void *a, const void *b)
{
    const struct translation *one = a, *other = b;
    return one->page < other->page ? -1 : one->page > other->page;
}

void model_add_pages(struct model *model, ref_t vspace, struct translation range)
{
    struct translations *set = model_pages(model, vspace), old = *set;
    *set = (struct translations){0};
    struct translation *all = malloc((old.count + 1) * sizeof *all);
    if (old.count)
        memcpy(all, old.list, old.count * sizeof *all);
    all[old.count] = range;
    qsort(all, old.count + 1, sizeof *all, compare_page);
    for (unsigned i = 0; i <= old.count; i++)
        translations_append(set, all[i]);
    free(all);
    free(old.list);
}

/* Nothing must be mapped there any more; or perhaps. */
static void empty_space(struct model *model, ref_t vspace, bool perhaps, bool tables)
{
    for (unsigned i = 0; i < model->count; i++) {
        struct model_cap *cap = &model->cap[i];
        if (cap->vspace != vspace || (cap->type == OBJECT_TABLES && !tables))
            continue;
        cap->unsure |= perhaps;
        if (!perhaps)
            cap->vspace = 0;
    }
    model_pages(model, vspace)->count = 0;
}

static void end_mapping(struct model *model, const struct model_cap *cap, bool perhaps)
{
    if (cap->type == OBJECT_VSPACE && cap->original)
        empty_space(model, cap->object, perhaps, true);
    if (!cap->vspace || cap->owner)
        return;
    if (cap->type == OBJECT_TABLES) {
        empty_space(model, cap->vspace, perhaps, false);
    } else if (cap->type == OBJECT_FRAME) {
        struct translation window = {(cap->map_page + cap->low) % (1ull << 36),
                                     cap->high - cap->low, cap->frame_page + cap->low, 0};
        remove_pages(model_pages(model, cap->vspace), window, 0);
    }
}

/* Those reached so far get their fate. */
static void settle(struct model *model, enum fate fate)
{
    for (unsigned i = 0; i < model->count; i++) {
        struct model_cap *cap = &model->cap[i];
        if (!extent[i] || cap->fate == FATE_GOES)
            continue;
        cap->fate = (uint8_t)fate;
        end_mapping(model, cap, fate == FATE_MAY_GO);
    }
    memset(extent, 0, model->count);
}

void model_others_may_end(struct model *model)
{
    for (unsigned i = 0; i < model->count; i++)
        if (model->cap[i].dying && model->cap[i].fate == FATE_STAYS)
            reach(i, EXTENT_TREE);
    spread(model);
    settle(model, FATE_MAY_GO);
}

static void end_cap(struct model *model, struct model_cap *cap)
{
    reach((unsigned)(cap - model->cap), cap->original ? EXTENT_TREE : EXTENT_ALONE);
    spread(model);
    settle(model, FATE_GOES);
}

void model_delete(struct model *model, struct model_cap *cap)
{
    bool nests = cap->type == OBJECT_UNTYPED || cap->type == OBJECT_CNODE ||
                 cap->type == OBJECT_PLATFORM || cap->type == OBJECT_CPU;
    end_cap(model, cap);
    if (cap->original && nests)
        model_others_may_end(model);
}

/* Without the capability itself; it may lie in what goes, though. */
void model_revoke(struct model *model, struct model_cap *cap)
{
    for (unsigned i = 0; i < model->count; i++)
        if (model->cap[i].parent == cap->at)
            reach(i, EXTENT_TREE);
    spread(model);
    settle(model, FATE_GOES);
    model_others_may_end(model);
    if (cap->type == OBJECT_UNTYPED && cap->fate == FATE_STAYS)
        cap->used = 0;
}

void model_unbind(struct model *model, ref_t owner, enum binding_role role)
{
    for (unsigned i = 0; i < model->count; i++)
        if (model->cap[i].owner == owner && model->cap[i].role == role)
            model->cap[i].fate = FATE_GOES;
}

void model_move(struct model *model, struct model_cap *cap, ref_t to)
{
    struct model_cap *moved = &model->cap[model->count++];
    *moved = *cap;
    moved->at = to;
    moved->fate = FATE_COMES;
    cap->fate = FATE_GOES;
    for (unsigned i = 0; i < model->count; i++)
        if (model->cap[i].parent == cap->at)
            model->cap[i].parent = to;
}
