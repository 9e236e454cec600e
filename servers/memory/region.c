/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The regions of a space are a treap: a search tree by address in which each node's random priority
 * is above those below it, so that its depth is logarithmic whatever the order of insertions.
 */
#include "servers/memory/object.h"
#include "servers/memory/random.h"
#include "servers/memory/record.h"
#include "servers/memory/space.h"

struct region *region_above(const struct space *space, uint64_t address)
{
    struct region *found = NULL, *region = space->root;
    while (region) {
        if (region->end > address) {
            found = region;
            region = region->left;
        } else {
            region = region->right;
        }
    }
    return found;
}

struct region *region_at(struct space *space, uint64_t address)
{
    struct region *region = space->recent;
    if (LIKELY(region && address >= region->start && address < region->end))
        return region;
    region = region_above(space, address);
    if (!region || region->start > address)
        return NULL;
    space->recent = region;
    return region;
}

static uint64_t lowest_of(const struct region *region)
{
    return region->access & MEMORY_GROWS_DOWN ? region->start - PAGE : region->start;
}

struct region *region_overlapping(const struct space *space, uint64_t start, uint64_t end)
{
    struct region *region = region_above(space, start);
    return region && lowest_of(region) < end ? region : NULL;
}

void region_insert(struct region *region)
{
    struct region **link = &region->space->root;
    while (*link && (*link)->priority >= region->priority)
        link = region->start < (*link)->start ? &(*link)->left : &(*link)->right;

    /* What was here goes below, to both sides. */
    struct region *rest = *link, **left = &region->left, **right = &region->right;
    *link = region;
    while (rest) {
        if (rest->start < region->start) {
            *left = rest;
            left = &rest->right;
        } else {
            *right = rest;
            right = &rest->left;
        }
        rest = rest->start < region->start ? rest->right : rest->left;
    }
    *left = *right = NULL;
}

void region_remove(struct region *region)
{
    struct region **link = &region->space->root, *left = region->left, *right = region->right;
    while (*link != region)
        link = region->start < (*link)->start ? &(*link)->left : &(*link)->right;
    while (left && right) {
        if (left->priority > right->priority) {
            *link = left;
            link = &left->right;
            left = left->right;
        } else {
            *link = right;
            link = &right->left;
            right = right->left;
        }
    }
    *link = left ? left : right;
    if (region->space->recent == region)
        region->space->recent = NULL;
}

struct region *region_make(struct space *space, err_t *error)
{
    *error = account_charge(&space->account, RECORD_BYTES(sizeof(struct region)));
    if (*error)
        return NULL;
    struct region *region = record_take(sizeof *region);
    if (!region) {
        account_return(&space->account, RECORD_BYTES(sizeof *region));
        *error = RPC_NO_MEMORY;
        return NULL;
    }
    region->space = space;
    region->priority = (uint32_t)random_next();
    space->regions++;
    return region;
}

void region_free(struct region *region)
{
    account_return(&region->space->account, RECORD_BYTES(sizeof *region));
    region->space->regions--;
    record_give(region);
}

/* ---- its blocks ------------------------------------------------------------------------------ */

static void append(struct region *region, struct block *block)
{
    block->next = NULL;
    if (region->blocks_end)
        region->blocks_end->next = block;
    else
        region->blocks = block;
    region->blocks_end = block;
}

err_t region_block(struct region *region, uint64_t address, struct block **block)
{
    uint64_t number = address >> BLOCK_SHIFT;
    *block = region->blocks_end && region->blocks_end->number == number
                 ? region->blocks_end
                 : block_find(region, number);
    if (*block)
        return 0;
    err_t error = account_charge(&region->space->account, RECORD_BYTES(sizeof **block));
    if (error)
        return error;
    *block = block_make(region, number, sizeof **block);
    if (!*block) {
        account_return(&region->space->account, RECORD_BYTES(sizeof **block));
        return RPC_NO_MEMORY;
    }
    append(region, *block);
    return 0;
}

/* Entries of `from` at and above index `first` go to `to`. */
static void move_entries(struct block *from, struct block *to, unsigned first)
{
    uint16_t mask = (uint16_t)(0xffffu << first);
    for (unsigned i = first; i < BLOCK_ENTRIES; i++) {
        to->page[i] = from->page[i];
        to->mapping[i] = from->mapping[i];
        from->page[i] = 0;
        from->mapping[i] = NULL;
    }
    to->writable = from->writable & mask;
    to->own = from->own & mask;
    from->writable &= (uint16_t)~mask;
    from->own &= (uint16_t)~mask;
}

/* Blocks of `region` from number `first` on become those of `upper`. */
static void move_blocks(struct region *region, struct region *upper, uint64_t first)
{
    struct block *block = region->blocks;
    region->blocks = region->blocks_end = NULL;
    while (block) {
        struct block *next = block->next;
        if (block->number >= first)
            block_give(block, upper);
        append(block->number >= first ? upper : region, block);
        block = next;
    }
}

err_t region_split(struct region *region, uint64_t address)
{
    err_t error;
    struct region *upper = region_make(region->space, &error);
    unsigned index = address >> PAGE_SHIFT & (BLOCK_ENTRIES - 1);
    struct block *across = index ? block_find(region, address >> BLOCK_SHIFT) : NULL, *part;
    if (!upper)
        return error;
    if (across) {
        error = region_block(upper, address, &part);
        if (error) {
            region_free(upper);
            return error;
        }
        move_entries(across, part, index);
    }
    move_blocks(region, upper, (address + (1ull << BLOCK_SHIFT) - 1) >> BLOCK_SHIFT);
    upper->start = address;
    upper->end = region->end;
    upper->access = region->access & ~(uint32_t)MEMORY_GROWS_DOWN;
    upper->allowed = region->allowed;
    upper->offset = region->offset + (address - region->start);
    region->end = address;
    if (region->object)
        object_join(region->object, upper);
    region_insert(upper);
    return 0;
}
