/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kernel did against what was foretold. */
#include "tests/host/hosted/model.h"

/* The capability foretold for this slot, be it that it goes. */
static struct model_cap *foretold_at(struct model *foretold, ref_t at)
{
    struct model_cap *found = model_at(foretold, at);
    for (unsigned i = 0; !found && i < foretold->count; i++)
        if (foretold->cap[i].at == at)
            found = &foretold->cap[i];
    return found;
}

/* Nearest of the foretold ancestors that is there after. */
static ref_t foretold_parent(struct model *foretold, struct model *after,
                             const struct model_cap *cap)
{
    ref_t parent = cap->parent;
    while (parent != ref_of(hosted_root.ancestor) && !model_at(after, parent)) {
        const struct model_cap *gone = foretold_at(foretold, parent);
        EXPECT(gone, "model: a parent was never there");
        parent = gone->parent;
    }
    return parent;
}

static void compare_cap(const struct model_cap *want, const struct model_cap *have)
{
    EXPECT(want->type == have->type && want->size_bits == have->size_bits &&
               want->original == have->original && want->device == have->device,
           "slot %x holds type %u, %u bits, original %u, device %u; the model says %u %u %u %u",
           have->at, have->type, have->size_bits, have->original, have->device, want->type,
           want->size_bits, want->original, want->device);
    EXPECT(want->any_object || want->object == have->object,
           "slot %x, type %u, names object %x; the model says %x", have->at, have->type,
           have->object, want->object);
    EXPECT(want->rights == have->rights && want->badge == have->badge,
           "slot %x, type %u, has rights %x, badge %x; the model says %x, %x", have->at, have->type,
           have->rights, have->badge, want->rights, want->badge);
    EXPECT(want->owner == have->owner && want->role == have->role,
           "binding %x is in %x for %u; the model says %x, %u", have->at, have->owner, have->role,
           want->owner, want->role);
}

static void compare_details(const struct model_cap *want, const struct model_cap *have)
{
    if (have->type == OBJECT_UNTYPED && !have->dying)
        EXPECT(want->used == have->used, "Untyped %x has used %lx; the model says %lx", have->at,
               have->used, want->used);
    if (have->owner || (have->type != OBJECT_FRAME && have->type != OBJECT_TABLES))
        return;
    EXPECT(want->frame_page == have->frame_page, "Frame %x is at %lx; the model says %lx", have->at,
           have->frame_page, want->frame_page);
    EXPECT(want->unsure ||
               (want->vspace == have->vspace &&
                (!have->vspace || have->type == OBJECT_TABLES || want->map_page == have->map_page)),
           "Frame %x is mapped in %x from page %lx; the model says %x, %lx", have->at, have->vspace,
           have->map_page, want->vspace, want->map_page);
}

static void compare_present(struct model *foretold, struct model *after, bool partly)
{
    for (unsigned i = 0; i < after->count; i++) {
        const struct model_cap *have = &after->cap[i];
        const struct model_cap *want = foretold_at(foretold, have->at);
        EXPECT(want, "slot %x, type %u: the model has nothing there", have->at, have->type);
        EXPECT(partly || want->fate != FATE_GOES, "slot %x, type %u: it should have gone", have->at,
               have->type);
        compare_cap(want, have);
        EXPECT(have->parent == foretold_parent(foretold, after, want),
               "slot %x, type %u, derives from %x; the model says %x", have->at, have->type,
               have->parent, foretold_parent(foretold, after, want));
        if (!partly && want->fate != FATE_MAY_GO)
            compare_details(want, have);
    }
}

static void compare_absent(struct model *foretold, struct model *after, bool partly)
{
    for (unsigned i = 0; i < foretold->count; i++) {
        const struct model_cap *want = &foretold->cap[i];
        bool must = want->fate == FATE_STAYS || (want->fate == FATE_COMES && !partly);
        EXPECT(!must || model_at(after, want->at), "slot %x, type %u: it should be there", want->at,
               want->type);
    }
}

/* Pages outside of what changes must be as they were. */
static void outside(struct translations *to, const struct translations *from,
                    const struct model *foretold, ref_t vspace)
{
    uint64_t begin = foretold->first, end = begin + foretold->pages;
    to->count = 0;
    for (unsigned i = 0; i < from->count; i++) {
        struct translation left = from->list[i], right = left;
        uint64_t left_end = left.page + left.count;
        if (foretold->changing != vspace || left.page >= end || left_end <= begin) {
            translations_append(to, left);
            continue;
        }
        if (left.page < begin) {
            left.count = begin - left.page;
            translations_append(to, left);
        }
        if (left_end > end) {
            right.page = end;
            right.physical += end - from->list[i].page;
            right.count = left_end - end;
            translations_append(to, right);
        }
    }
}

static void compare_pages(struct model *foretold, struct model *after, bool partly)
{
    static struct translations must, have;
    uint64_t page;
    for (unsigned i = 0; i < after->space_count; i++) {
        ref_t vspace = after->space[i].vspace;
        const struct translations *want = NULL, *all = &after->space[i].must;
        for (unsigned j = 0; j < foretold->space_count; j++)
            if (foretold->space[j].vspace == vspace)
                want = &foretold->space[j].must;
        if (!want)
            continue;
        if (partly) {
            outside(&must, want, foretold, vspace);
            outside(&have, all, foretold, vspace);
            want = &must, all = &have;
        }
        EXPECT(translations_within(want, all, &page),
               "page %lx isn't mapped any more as the model says", page);
        if (foretold->changing == vspace)
            EXPECT(translations_within(all, want, &page), "page %lx is mapped; not by the model",
                   page);
    }
}

void model_compare(struct model *foretold, struct model *after, bool partly)
{
    compare_present(foretold, after, partly);
    compare_absent(foretold, after, partly);
    compare_pages(foretold, after, partly);
}
