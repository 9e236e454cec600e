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
    const uint64_t *written;    /* FORK_WRITTEN addresses whose pages are copied at once */
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

/* The parent's pages are no longer writable. */
static void add_close(struct copying *copying, const struct run *run)
{
    if (!run_continues(&copying->close, run->mapping, run->address, run->access)) {
        flush_close(copying);
        copying->close = *run;
    } else {
        copying->close.bytes += run->bytes;
    }
}

static err_t add_map(struct copying *copying, const struct run *run)
{
    err_t error = 0;
    if (!run_continues(&copying->map, run->mapping, run->address, run->access)) {
        error = flush_map(copying);
        copying->map = *run;
    } else {
        copying->map.bytes += run->bytes;
    }
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

/* Entries `first` to `end` of a block, present and mapped through the same capability. */
static err_t copy_entries(struct copying *copying, const struct region *region, struct block *from,
                          struct block *to, unsigned first, unsigned end)
{
    uint64_t at = from->number << BLOCK_SHIFT | (uint64_t)first << PAGE_SHIFT;
    uint16_t mask = (uint16_t)((1u << end) - (1u << first));
    struct mapping *mapping = from->mapping[first];
    err_t error = counterpart(copying, mapping, from->page[first], at);
    if (error)
        return error;
    uint32_t *holders = &mapping->chunk->holders[from->page[first] % CHUNK_PAGES];
    for (unsigned i = first; i < end; i++) {
        holders[i - first]++;
        to->page[i] = from->page[i];
        to->mapping[i] = copying->to;
    }
    copying->to->pages += end - first;
    to->own |= from->own & mask;
    struct run run = {mapping, at, (end - first) * PAGE, region->access & REGION_ACCESS};
    if (region_is_private(region)) {
        run.access &= ~(unsigned)MEMORY_WRITE;
        if ((from->writable & mask) && (region->access & MEMORY_WRITE))
            add_close(copying, &run);
        from->writable &= (uint16_t)~mask;
    } else {
        to->writable |= from->writable & mask;
    }
    run.mapping = copying->to;
    return add_map(copying, &run);
}

/* Of the block's entries that are the parent's own, those that both will write to soon. */
static unsigned entries_written(const struct copying *copying, const struct region *region,
                                const struct block *block)
{
    unsigned mask = 0;
    for (unsigned i = 0; i < FORK_WRITTEN; i++)
        if (copying->written[i] >> BLOCK_SHIFT == block->number)
            mask |= 1u << (copying->written[i] >> PAGE_SHIFT) % BLOCK_ENTRIES;
    return region_is_private(region) && (region->access & MEMORY_WRITE) ? mask & block->own : 0;
}

static err_t copy_block(struct copying *copying, const struct region *region, struct block *from,
                        struct region *child)
{
    unsigned written = entries_written(copying, region, from);
    uint64_t own = 0;
    struct block *to;
    for (unsigned mask = from->own; mask; mask &= mask - 1)
        own++;
    err_t error = account_charge(&copying->child->account, own * PAGE);
    if (error)
        return error;
    error = region_block(child, from->number << BLOCK_SHIFT, &to);
    for (unsigned first = 0, end; first < BLOCK_ENTRIES && !error; first = end) {
        end = first + 1;
        if (written >> first & 1) {
            error = entry_fill_copy(child, to, first, from->page[first]);
            continue;
        }
        while (end < BLOCK_ENTRIES && from->mapping[end] == from->mapping[first] &&
               !(written >> end & 1))
            end++;
        if (from->page[first])
            error = copy_entries(copying, region, from, to, first, end);
    }
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

err_t space_fork_into(struct space *parent, const uint64_t written[FORK_WRITTEN],
                      struct space *child)
{
    struct copying copying = {.child = child, .written = written};
    err_t error = 0;
    child->cursor = parent->cursor;
    tables_reserve(parent);
    for (const struct region *region = region_above(parent, 0); region && !error;
         region = region_above(parent, region->end))
        if (!(region->access & MEMORY_NO_FORK))
            error = copy_region(&copying, region);
    flush_close(&copying);
    return error ? error : flush_map(&copying);
}

err_t space_fork(struct space *parent, uint32_t group, uint64_t quota,
                 const uint64_t written[FORK_WRITTEN], struct space **made)
{
    if (parent->resident)
        return RPC_BAD_HANDLE;
    err_t error = space_create_child(parent, group, quota, made);
    if (error)
        return error;
    error = space_fork_into(parent, written, *made);
    if (error)
        space_destroy(*made);
    return error;
}
