/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A copy of a space. Private pages are held by both and writable by neither, until one writes; what
 * is shared stays shared. Page tables are changed in ranges: one operation for all pages in a row
 * that are mapped through the same capability.
 */
#include "servers/memory/object.h"
#include "servers/memory/record.h"
#include "servers/memory/space.h"

struct copying {
    struct space *child;
    struct run close;           /* of the parent: becomes read-only */
    struct run map;             /* of the child */
    const struct mapping *from; /* the child's counterpart of this one … */
    struct mapping *to;         /* … is that */
};

static void flush_close(struct copying *copying)
{
    if (copying->close.mapping)
        run_protect(&copying->close);
    copying->close.mapping = NULL;
}

static err_t flush_map(struct copying *copying)
{
    err_t error = copying->map.mapping ? run_map(&copying->map) : 0;
    copying->map.mapping = NULL;
    return error;
}

/* The parent's page is no longer writable. */
static void add_close(struct copying *copying, struct mapping *mapping, uint64_t at,
                      unsigned access)
{
    if (!run_continues(&copying->close, mapping, at, access)) {
        flush_close(copying);
        copying->close = (struct run){mapping, at, 0, access};
    }
    copying->close.bytes += PAGE;
}

static err_t add_map(struct copying *copying, struct mapping *mapping, uint64_t at, unsigned access)
{
    err_t error = 0;
    if (!run_continues(&copying->map, mapping, at, access)) {
        error = flush_map(copying);
        copying->map = (struct run){mapping, at, 0, access};
    }
    copying->map.bytes += PAGE;
    return error;
}

static err_t counterpart(struct copying *copying, const struct mapping *from, page_t page,
                         uint64_t at)
{
    if (copying->from == from)
        return 0;
    copying->from = NULL;
    err_t error = mapping_get(copying->child, page, at, &copying->to);
    if (!error)
        copying->from = from;
    return error;
}

static err_t copy_entry(struct copying *copying, const struct region *region, struct block *from,
                        struct block *to, unsigned i)
{
    uint64_t at = from->number << BLOCK_SHIFT | (uint64_t)i << PAGE_SHIFT;
    uint16_t bit = (uint16_t)(1u << i);
    err_t error = counterpart(copying, from->mapping[i], from->page[i], at);
    if (error)
        return error;
    if (region_is_private(region) && (from->writable & bit)) {
        from->writable &= (uint16_t)~bit;
        if (region->access & MEMORY_WRITE)
            add_close(copying, from->mapping[i], at, entry_access(region, from, i));
    }
    page_hold(from->page[i]);
    to->page[i] = from->page[i];
    to->mapping[i] = copying->to;
    to->mapping[i]->pages++;
    to->writable |= from->writable & bit;
    to->own |= from->own & bit;
    return add_map(copying, copying->to, at, entry_access(region, from, i));
}

static err_t copy_block(struct copying *copying, const struct region *region, struct block *from,
                        struct region *child)
{
    uint64_t own = 0;
    struct block *to;
    for (unsigned mask = from->own; mask; mask &= mask - 1)
        own++;
    err_t error = account_charge(&copying->child->account, own * PAGE);
    if (error)
        return error;
    error = region_block(child, from->number << BLOCK_SHIFT, &to);
    for (unsigned i = 0; i < BLOCK_ENTRIES && !error; i++)
        if (from->page[i])
            error = copy_entry(copying, region, from, to, i);
    /* Destroying the child gives back what own_pages says; after an error not all are there. */
    copying->child->own_pages += own;
    return error;
}

static err_t copy_region(struct copying *copying, const struct region *region)
{
    err_t error;
    struct region *child = region_make(copying->child, &error);
    if (!child)
        return error;
    child->start = region->start;
    child->end = region->end;
    child->access = region->access;
    child->allowed = region->allowed;
    child->offset = region->offset;
    if (region->object)
        object_join(region->object, child);
    region_insert(child);
    for (struct block *block = region->blocks; block && !error; block = block->next)
        error = copy_block(copying, region, block, child);
    return error;
}

err_t space_fork(struct space *parent, uint32_t group, uint64_t quota, struct space **made)
{
    struct copying copying = {0};
    if (parent->resident)
        return RPC_BAD_HANDLE;
    err_t error = space_create(group, quota, &copying.child);
    if (error)
        return error;
    copying.child->cursor = parent->cursor;
    tables_reserve(parent);
    for (const struct region *region = region_above(parent, 0); region && !error;
         region = region_above(parent, region->end))
        if (!(region->access & MEMORY_NO_FORK))
            error = copy_region(&copying, region);
    flush_close(&copying);
    if (!error)
        error = flush_map(&copying);
    if (error)
        space_destroy(copying.child);
    else
        *made = copying.child;
    return error;
}
