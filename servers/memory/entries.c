/* SPDX-License-Identifier: BSD-2-Clause */
/* All entries of a region at once: they go, or their access changes. Neighbours go in one run. */
#include "servers/memory/space.h"

/* Count off and put an entry's page; what is left is to unmap it. */
static void entry_take_out(struct block *block, unsigned i)
{
    block->mapping[i]->pages--;
    page_put(block->page[i]);
    block->page[i] = 0;
    block->mapping[i] = NULL;
}

static uint64_t clear_block(struct block *block, uint64_t start, uint64_t end, struct run *run)
{
    uint64_t owned = 0;
    for (unsigned i = 0; i < BLOCK_ENTRIES; i++) {
        uint64_t at = entry_address(block, i);
        if (!block->page[i] || at < start || at >= end)
            continue;
        if (!run_continues(run, block->mapping[i], at, 0)) {
            if (run->mapping)
                run_unmap(run);
            *run = (struct run){block->mapping[i], at, 0, 0};
        }
        run->bytes += PAGE;
        owned += block->own >> i & 1;
        entry_take_out(block, i);
        block->own &= (uint16_t) ~(1u << i);
        block->writable &= (uint16_t) ~(1u << i);
    }
    return owned;
}

void region_clear(struct region *region, uint64_t start, uint64_t end)
{
    struct run run = {0};
    uint64_t owned = 0;
    for (struct block *block = region->blocks; block; block = block->next)
        owned += clear_block(block, start, end, &run);
    if (run.mapping)
        run_unmap(&run);
    region->space->own_pages -= owned;
    account_return(&region->space->account, owned * PAGE);
}

void region_access_changed(struct region *region)
{
    struct run run = {0};
    for (struct block *block = region->blocks; block; block = block->next) {
        for (unsigned i = 0; i < BLOCK_ENTRIES; i++) {
            if (!block->page[i])
                continue;
            if (!region_is_private(region) || entry_is_sole(block, i))
                block->writable |= (uint16_t)(1u << i);
            unsigned access = entry_access(region, block, i);
            if (!run_continues(&run, block->mapping[i], entry_address(block, i), access)) {
                if (run.mapping)
                    run_protect(&run);
                run = (struct run){block->mapping[i], entry_address(block, i), 0, access};
            }
            run.bytes += PAGE;
        }
    }
    if (run.mapping)
        run_protect(&run);
}
