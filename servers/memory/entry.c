/* SPDX-License-Identifier: BSD-2-Clause */
/* Which page is where: faults, copies on write, and the same for many pages at once. */
#include "libsys/invoke.h"
#include "servers/memory/object.h"
#include "servers/memory/space.h"

#define LARGE (2ull << 20)
#define BLOCK_MASK (BLOCK_ENTRIES - 1)

uint64_t faults_served;

static unsigned index_of(uint64_t address)
{
    return (unsigned)(address >> PAGE_SHIFT) & BLOCK_MASK;
}

static uint64_t object_index(const struct region *region, uint64_t address)
{
    return (region->offset + (address - region->start)) >> PAGE_SHIFT;
}

static void entry_set(struct block *block, unsigned i, page_t page, struct mapping *mapping)
{
    block->page[i] = page;
    block->mapping[i] = mapping;
    mapping->pages++;
}

/* ---- choosing a page ------------------------------------------------------------------------- */

/* The page that continues what lies beside `address` through this mapping, if it's free. */
static page_t take_in_line(const struct mapping *mapping, uint64_t address)
{
    page_t page = mapping ? page_of((void *)(address - mapping->shift)) : 0;
    return mapping && chunk_of(page) == mapping->chunk ? page_take_at(page) : 0;
}

/* A page for an entry, and the mapping it's in line with, or null. */
static page_t take_beside(const struct region *region, const struct block *block, unsigned i,
                          struct mapping **mapping)
{
    uint64_t address = entry_address(block, i);
    const struct block *side = block;
    unsigned beside = i - 1;
    page_t page;
    if (i == 0) {
        side = address > region->start ? block_find(region, block->number - 1) : NULL;
        beside = BLOCK_MASK;
    }
    *mapping = side ? side->mapping[beside] : NULL;
    if ((page = take_in_line(*mapping, address)))
        return page;
    side = block;
    beside = i + 1;
    if (i == BLOCK_MASK) {
        side = address + PAGE < region->end ? block_find(region, block->number + 1) : NULL;
        beside = 0;
    }
    *mapping = side ? side->mapping[beside] : NULL;
    if ((page = take_in_line(*mapping, address)))
        return page;
    *mapping = NULL;
    return page_take_in_group(i, block->number % 32, region->end - region->start >= LARGE);
}

/* A page for an entry, and its mapping; in line with its neighbours if that can be. */
static err_t take_page(const struct region *region, const struct block *block, unsigned i,
                       page_t *page, struct mapping **mapping)
{
    *page = take_beside(region, block, i, mapping);
    if (UNLIKELY(!*page))
        return RPC_NO_MEMORY;
    err_t error =
        *mapping ? 0 : mapping_get(region->space, *page, entry_address(block, i), mapping);
    if (UNLIKELY(error))
        page_put(*page);
    return error;
}

/* The same, paid by the space. */
static err_t take_own(const struct region *region, const struct block *block, unsigned i,
                      page_t *page, struct mapping **mapping)
{
    err_t error = account_charge(&region->space->account, PAGE);
    if (UNLIKELY(error))
        return error;
    error = take_page(region, block, i, page, mapping);
    if (UNLIKELY(error))
        account_return(&region->space->account, PAGE);
    return error;
}

static void own_set(struct region *region, struct block *block, unsigned i)
{
    block->own |= (uint16_t)(1u << i);
    block->writable |= (uint16_t)(1u << i);
    region->space->own_pages++;
}

static err_t map_entries(const struct region *region, const struct block *block, unsigned first,
                         unsigned count)
{
    struct run run = {
        .mapping = block->mapping[first],
        .address = entry_address(block, first),
        .bytes = count * PAGE,
        .access = entry_access(region, block, first),
    };
    return run_map(&run);
}

/* Empty an entry whose page isn't mapped (any more). */
static void entry_forget(struct region *region, struct block *block, unsigned i)
{
    uint16_t bit = (uint16_t)(1u << i);
    struct mapping *mapping = block->mapping[i];
    page_put(block->page[i]);
    block->page[i] = 0;
    block->mapping[i] = NULL;
    if (block->own & bit) {
        account_return(&region->space->account, PAGE);
        region->space->own_pages--;
    }
    block->own &= (uint16_t)~bit;
    block->writable &= (uint16_t)~bit;
    mapping->pages--;
    mapping_drop_unused(mapping);
}

/*
 * What the next functions do together, where it's simple: the entry's left neighbour is there, and
 * the page behind its page is free. False: nothing was done.
 */
static inline bool fill_quick(struct region *region, struct block *block, unsigned i)
{
    struct mapping *mapping = i > 0 ? block->mapping[i - 1] : NULL;
    if (UNLIKELY(!mapping))
        return false;
    struct chunk *chunk = mapping->chunk;
    page_t page = block->page[i - 1] + 1;
    uint32_t place = page % CHUNK_PAGES;
    if (UNLIKELY(!(block->own >> (i - 1) & 1) || place == 0 ||
                 account_charge(&region->space->account, PAGE)))
        return false;
    if (UNLIKELY(!page_take_quick(chunk, place))) {
        account_return(&region->space->account, PAGE);
        return false;
    }
    unsigned bit = 1u << place % GROUP_PAGES;
    if (chunk->zero[place / GROUP_PAGES] & bit)
        chunk->zero[place / GROUP_PAGES] &= (uint16_t)~bit;
    else
        words_zero(page_data(page), PAGE);
    entry_set(block, i, page, mapping);
    own_set(region, block, i);
    return true;
}

/* ---- one entry ------------------------------------------------------------------------------- */

/* An anonymous page: zero, the space's own. */
static err_t fill_anonymous(struct region *region, struct block *block, unsigned i, bool map)
{
    struct mapping *mapping;
    page_t page = 0;
    err_t error;
    if (!fill_quick(region, block, i)) {
        error = take_own(region, block, i, &page, &mapping);
        if (UNLIKELY(error))
            return error;
        page_zero(page);
        entry_set(block, i, page, mapping);
        own_set(region, block, i);
    }
    error = map ? map_entries(region, block, i, 1) : 0;
    if (UNLIKELY(error))
        entry_forget(region, block, i);
    return error;
}

err_t entry_fill_copy(const struct region *region, struct block *block, unsigned i, page_t from)
{
    struct mapping *mapping;
    page_t page;
    err_t error = take_page(region, block, i, &page, &mapping);
    if (error)
        return error;
    page_fill(page);
    words_copy(page_data(page), page_data(from), PAGE);
    entry_set(block, i, page, mapping);
    block->own |= (uint16_t)(1u << i);
    block->writable |= (uint16_t)(1u << i);
    return map_entries(region, block, i, 1);
}

/* A private copy of a page of the region's object. */
static err_t fill_copy(struct region *region, struct block *block, unsigned i)
{
    struct mapping *mapping;
    page_t from, page = 0;
    err_t error = object_page(region->object, object_index(region, entry_address(block, i)), &from);
    if (!error)
        error = take_own(region, block, i, &page, &mapping);
    if (error)
        return error;
    page_fill(page);
    words_copy(page_data(page), page_data(from), PAGE);
    entry_set(block, i, page, mapping);
    own_set(region, block, i);
    error = map_entries(region, block, i, 1);
    if (error)
        entry_forget(region, block, i);
    return error;
}

/* Entries from `first` to `end` could be mapped with entry i: they continue its page, in line. */
static void line_of(const struct region *region, const struct block *block, unsigned i, page_t page,
                    unsigned *first, unsigned *end)
{
    uint64_t index = object_index(region, entry_address(block, i));
    struct block *cache = NULL;
    *first = i;
    *end = i + 1;
    while (*first > 0 && entry_address(block, *first) > region->start && !block->page[*first - 1] &&
           object_peek(region->object, index - (i - *first + 1), &cache) == page - (i - *first + 1))
        --*first;
    while (*end < BLOCK_ENTRIES && entry_address(block, *end) < region->end && !block->page[*end] &&
           object_peek(region->object, index + (*end - i), &cache) == page + (*end - i))
        ++*end;
    /* The chunk's Frame ends there. */
    while (chunk_of(page - (i - *first)) != chunk_of(page))
        ++*first;
    while (chunk_of(page + (*end - 1 - i)) != chunk_of(page))
        --*end;
}

/* The object's page; `around`: and those beside it that are there too. */
static err_t fill_shared(struct region *region, struct block *block, unsigned i, bool around)
{
    struct mapping *mapping;
    unsigned first = i, end = i + 1;
    page_t page;
    err_t error = object_page(region->object, object_index(region, entry_address(block, i)), &page);
    if (!error)
        error = mapping_get(region->space, page, entry_address(block, i), &mapping);
    if (error)
        return error;
    if (around)
        line_of(region, block, i, page, &first, &end);
    for (unsigned j = first; j < end; j++) {
        page_hold(page - i + j);
        entry_set(block, j, page - i + j, mapping);
        if (!region_is_private(region))
            block->writable |= (uint16_t)(1u << j);
    }
    error = map_entries(region, block, first, end - first);
    for (unsigned j = first; error && j < end; j++)
        entry_forget(region, block, j);
    return error;
}

static err_t entry_fill(struct region *region, struct block *block, unsigned i, bool write,
                        bool around)
{
    if (!region->object)
        return fill_anonymous(region, block, i, true);
    if (write && (region->access & MEMORY_PRIVATE))
        return fill_copy(region, block, i);
    return fill_shared(region, block, i, around);
}

/* Another page with the same contents takes the place of one that others hold too. */
static err_t entry_copy(struct region *region, struct block *block, unsigned i)
{
    bool owned = block->own >> i & 1;
    struct run old = {block->mapping[i], entry_address(block, i), PAGE, 0};
    struct mapping *mapping;
    page_t page = 0, from = block->page[i];
    /* A page that is shared is paid for already. */
    err_t error = owned ? take_page(region, block, i, &page, &mapping)
                        : take_own(region, block, i, &page, &mapping);
    if (error)
        return error;
    page_fill(page);
    words_copy(page_data(page), page_data(from), PAGE);
    mapping->pages++;
    old.mapping->pages--;
    run_unmap(&old);
    page_put(from);
    block->page[i] = page;
    block->mapping[i] = mapping;
    if (!owned)
        region->space->own_pages++;
    block->own |= (uint16_t)(1u << i);
    block->writable |= (uint16_t)(1u << i);
    error = map_entries(region, block, i, 1);
    if (error)
        entry_forget(region, block, i);
    return error;
}

static bool can_open(const struct block *block, unsigned i, const struct mapping *mapping)
{
    return block->mapping[i] == mapping && !(block->writable >> i & 1) && entry_is_sole(block, i);
}

/* Make an entry writable whose page nobody else has, and with it those beside it. */
static void entry_open(struct region *region, struct block *block, unsigned i)
{
    const struct mapping *mapping = block->mapping[i];
    unsigned first = i, end = i + 1;
    while (first > 0 && can_open(block, first - 1, mapping))
        first--;
    while (end < BLOCK_ENTRIES && can_open(block, end, mapping))
        end++;
    block->writable |= (uint16_t)((1u << end) - (1u << first));
    struct run run = {block->mapping[i], entry_address(block, first), (end - first) * PAGE,
                      entry_access(region, block, i)};
    run_protect(&run);
}

/* The entry is present; it shall be written. */
static err_t entry_own(struct region *region, struct block *block, unsigned i)
{
    if (region_is_private(region) && !entry_is_sole(block, i))
        return entry_copy(region, block, i);
    if (!(block->writable >> i & 1))
        entry_open(region, block, i);
    return 0;
}

/* The page table may have lost it; or another thread was faster, and it's there. */
static err_t entry_again(const struct region *region, const struct block *block, unsigned i)
{
    err_t error = map_entries(region, block, i, 1);
    return error == RPC_INTERNAL ? 0 : error;
}

static inline uint32_t access_needed(uint64_t code)
{
    return code & FAULT_WRITE ? MEMORY_WRITE : code & FAULT_FETCH ? MEMORY_EXECUTE : MEMORY_READ;
}

err_t space_fault(struct space *space, uint64_t address, uint64_t code, bool around)
{
    struct region *region = region_at(space, address);
    uint32_t needed = access_needed(code);
    struct block *block;
    unsigned i = index_of(address);
    if (!region)
        return MEMORY_ERROR_NOT_MAPPED;
    if (!(region->access & needed))
        return RPC_DENIED;
    err_t error = region_block(region, address, &block);
    if (UNLIKELY(error))
        return error;
    space->faults++;
    faults_served++;
    if (LIKELY(!block->page[i]))
        return entry_fill(region, block, i, code & FAULT_WRITE, around);
    if ((code & FAULT_WRITE) && !(block->writable >> i & 1))
        return entry_own(region, block, i);
    return entry_again(region, block, i);
}

/*
 * The entry of a shared region, where that's simple: its page continues that of its left neighbour,
 * in the same chunk, so that it has the same mapping. False: nothing was done.
 */
static inline bool fill_shared_quick(const struct region *region, struct block *block, unsigned i)
{
    struct mapping *mapping = i > 0 ? block->mapping[i - 1] : NULL;
    struct block *cache = NULL;
    if (UNLIKELY(!mapping || block->page[i]))
        return false;
    page_t page = block->page[i - 1] + 1;
    uint64_t index = object_index(region, entry_address(block, i));
    if (UNLIKELY(page % CHUNK_PAGES == 0 || object_peek(region->object, index, &cache) != page))
        return false;
    mapping->chunk->holders[page % CHUNK_PAGES]++;
    entry_set(block, i, page, mapping);
    block->writable |= (uint16_t)(1u << i);
    return true;
}

err_t space_fault_page(struct space *space, uint64_t address, uint64_t code)
{
    struct region *region = space->recent;
    struct block *block = region ? region->blocks_end : NULL;
    unsigned i = index_of(address);
    if (UNLIKELY(!block || block->number != address >> BLOCK_SHIFT || address < region->start ||
                 address >= region->end || !region->object || region_is_private(region) ||
                 !(region->access & access_needed(code)) || !fill_shared_quick(region, block, i)))
        return space_fault(space, address, code, false);
    space->faults++;
    faults_served++;
    const struct mapping *mapping = block->mapping[i];
    uint64_t at = address & ~(PAGE - 1), offset = at - mapping->shift + mapping->chunk->to_offset;
    if (LIKELY(!frame_map(mapping->cap, space->vspace, at, offset, PAGE,
                          entry_access(region, block, i))))
        return 0;
    err_t error = map_entries(region, block, i, 1);
    if (UNLIKELY(error))
        entry_forget(region, block, i);
    return error;
}

err_t space_page(struct space *space, uint64_t address, bool write, page_t *page)
{
    struct region *region = region_at(space, address);
    struct block *block;
    unsigned i = index_of(address);
    if (!region)
        return MEMORY_ERROR_NOT_MAPPED;
    if (write && !region_is_private(region) && !(region->allowed & MEMORY_WRITE))
        return RPC_DENIED;
    err_t error = region_block(region, address, &block);
    if (!error && !block->page[i])
        error = entry_fill(region, block, i, write, true);
    else if (!error && write)
        error = entry_own(region, block, i);
    if (!error)
        *page = block->page[i];
    return error;
}

/* ---- many entries ---------------------------------------------------------------------------- */

/* Fill an entry without mapping it. */
static err_t entry_prepare(struct region *region, struct block *block, unsigned i)
{
    uint64_t address = entry_address(block, i);
    struct mapping *mapping;
    page_t page;
    if (!region->object)
        return fill_anonymous(region, block, i, false);
    err_t error = object_page(region->object, object_index(region, address), &page);
    if (!error)
        error = mapping_get(region->space, page, address, &mapping);
    if (error)
        return error;
    page_hold(page);
    entry_set(block, i, page, mapping);
    if (!region_is_private(region))
        block->writable |= (uint16_t)(1u << i);
    return 0;
}

err_t region_populate(struct region *region, uint64_t start, uint64_t end)
{
    struct run run = {0};
    struct block *block = NULL;
    err_t error = 0;
    for (uint64_t at = start; at < end && !error; at += PAGE) {
        unsigned i = index_of(at);
        if (!block || i == 0)
            error = region_block(region, at, &block);
        if (error || block->page[i])
            continue;
        error = entry_prepare(region, block, i);
        if (error)
            break;
        unsigned access = entry_access(region, block, i);
        if (!run_continues(&run, block->mapping[i], at, access)) {
            error = run.mapping ? run_map(&run) : 0;
            run = (struct run){block->mapping[i], at, 0, access};
        }
        run.bytes += PAGE;
    }
    return !error && run.mapping ? run_map(&run) : error;
}
