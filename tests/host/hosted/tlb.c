/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/host/hosted/tlb.h"

#include <stdlib.h>
#include <string.h>

#include "tests/host/hosted/hosted.h"

static struct translations cached[TLB_SPACES];

static struct translation *grow(struct translations *set)
{
    if (set->count == set->room) {
        set->room = set->room ? set->room * 2 : 16;
        set->list = realloc(set->list, set->room * sizeof *set->list);
    }
    return &set->list[set->count++];
}

void translations_append(struct translations *set, struct translation one)
{
    struct translation *last = set->count ? &set->list[set->count - 1] : NULL;
    if (last && last->page + last->count == one.page &&
        last->physical + last->count == one.physical && last->flags == one.flags)
        last->count += one.count;
    else
        *grow(set) = one;
}

bool translations_within(const struct translations *small, const struct translations *large,
                         uint64_t *page)
{
    unsigned j = 0;
    for (unsigned i = 0; i < small->count; i++) {
        struct translation rest = small->list[i];
        while (rest.count > 0) {
            while (j < large->count && large->list[j].page + large->list[j].count <= rest.page)
                j++;
            const struct translation *other = j < large->count ? &large->list[j] : NULL;
            *page = rest.page;
            if (!other || other->page > rest.page || other->flags != rest.flags ||
                other->physical - other->page != rest.physical - rest.page)
                return false;
            uint64_t same = other->page + other->count - rest.page;
            same = same < rest.count ? same : rest.count;
            rest.page += same;
            rest.physical += same;
            rest.count -= same;
        }
    }
    return true;
}

void tlb_reset(void)
{
    for (unsigned i = 0; i < TLB_SPACES; i++)
        cached[i].count = 0;
}

static struct translations *space(unsigned pcid)
{
    if (pcid >= TLB_SPACES)
        hosted_fail("PCID %u: more spaces than the test has", pcid);
    return &cached[pcid];
}

void tlb_flush(unsigned pcid)
{
    space(pcid)->count = 0;
}

void tlb_flush_page(unsigned pcid, uint64_t page)
{
    struct translations *set = space(pcid), old = *set;
    *set = (struct translations){0};
    for (unsigned i = 0; i < old.count; i++) {
        struct translation left = old.list[i], right = left;
        if (page < left.page || page >= left.page + left.count) {
            translations_append(set, left);
            continue;
        }
        left.count = page - left.page;
        right.count -= left.count + 1;
        right.page += left.count + 1;
        right.physical += left.count + 1;
        if (left.count)
            translations_append(set, left);
        if (right.count)
            translations_append(set, right);
    }
    free(old.list);
}

const struct translations *tlb_cached(unsigned pcid)
{
    return space(pcid);
}

void tlb_fill(unsigned pcid, const struct translations *tables)
{
    struct translations *set = space(pcid);
    set->count = 0;
    for (unsigned i = 0; i < tables->count; i++)
        translations_append(set, tables->list[i]);
}
