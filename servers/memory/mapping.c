/* SPDX-License-Identifier: BSD-2-Clause */
#include "libsys/invoke.h"
#include "servers/memory/record.h"
#include "servers/memory/space.h"

#define BUCKETS 2048u
#define LARGE (2ull << 20)

static struct mapping *table[BUCKETS];

static struct mapping **bucket_of(const struct space *space, const struct chunk *chunk,
                                  uint64_t shift)
{
    uint64_t key = (uint64_t)space / 64 * 0x9e3779b97f4a7c15ull + (shift >> PAGE_SHIFT) +
                   chunk->number * 0x632be5abull;
    return &table[(key ^ key >> 19) % BUCKETS];
}

static struct mapping *find(const struct space *space, const struct chunk *chunk, uint64_t shift)
{
    struct mapping *mapping = *bucket_of(space, chunk, shift);
    while (mapping &&
           (mapping->shift != shift || mapping->space != space || mapping->chunk != chunk))
        mapping = mapping->hash_next;
    return mapping;
}

/*
 * Each takes a slot of the server's table. So that nobody uses them all up, a process has at most
 * half of them (FULL: that's nobody else's fault), and all processes leave an eighth for servers,
 * page tables and faults.
 */
static err_t check_another(const struct space *space)
{
    const struct slots *slots = kernel_slots();
    uint32_t most = slots->more ? KERNEL_SLOTS_MAX : slots->end, taken = slots->end - slots->free;
    if (space->resident)
        return 0;
    if (space->mapping_count >= most / 2)
        return RPC_FULL;
    return taken < most - most / 8 ? 0 : RPC_NO_MEMORY;
}

/* ---- capabilities that map ------------------------------------------------------------------- */

#define KEPT_MAX 128 /* of all chunks */

static uint32_t kept_count;

/* One that was kept, with nothing mapped by it, or a new one. */
static cap_t cap_take(struct chunk *chunk)
{
    if (chunk->kept_count == 0)
        return kernel_copy(chunk->frame, RIGHT_ALL);
    kept_count--;
    return chunk->kept[--chunk->kept_count];
}

static void cap_give(struct chunk *chunk, cap_t cap)
{
    bool keep = chunk->kept_count < CHUNK_KEPT && kept_count < KEPT_MAX;
    err_t error = keep ? frame_unmap(cap, chunk->offset, chunk->bytes) : 0;
    if (!keep || (error && ERR_CODE(error) != ERROR_NOT_MAPPED)) {
        kernel_slot_give(cap);
        return;
    }
    kept_count++;
    chunk->kept[chunk->kept_count++] = cap;
}

/* ---- mappings -------------------------------------------------------------------------------- */

static err_t make(struct space *space, struct chunk *chunk, uint64_t shift, struct mapping **made)
{
    err_t error = check_another(space);
    if (!error)
        error = account_charge(&space->account, RECORD_BYTES(sizeof **made));
    if (error)
        return error;
    struct mapping *mapping = record_take(sizeof *mapping);
    cap_t cap = mapping ? cap_take(chunk) : 0;
    if (!cap) {
        if (mapping)
            record_give(mapping);
        account_return(&space->account, RECORD_BYTES(sizeof *mapping));
        return RPC_NO_MEMORY;
    }
    struct mapping **bucket = bucket_of(space, chunk, shift);
    *mapping = (struct mapping){
        .hash_next = *bucket,
        .next = space->mappings,
        .space = space,
        .chunk = chunk,
        .shift = shift,
        .cap = cap,
    };
    *bucket = mapping;
    if (space->mappings)
        space->mappings->previous = mapping;
    space->mappings = mapping;
    space->mapping_count++;
    *made = mapping;
    return 0;
}

err_t mapping_get(struct space *space, page_t page, uint64_t address, struct mapping **mapping)
{
    struct chunk *chunk = chunk_of(page);
    uint64_t shift = address - (uint64_t)page_data(page);
    *mapping = find(space, chunk, shift);
    return *mapping ? 0 : make(space, chunk, shift, mapping);
}

static void drop(struct mapping *mapping)
{
    struct mapping **link = bucket_of(mapping->space, mapping->chunk, mapping->shift);
    while (*link != mapping)
        link = &(*link)->hash_next;
    *link = mapping->hash_next;
    if (mapping->previous)
        mapping->previous->next = mapping->next;
    else
        mapping->space->mappings = mapping->next;
    if (mapping->next)
        mapping->next->previous = mapping->previous;
    cap_give(mapping->chunk, mapping->cap);
    mapping->space->mapping_count--;
    account_return(&mapping->space->account, RECORD_BYTES(sizeof *mapping));
    record_give(mapping);
}

void mapping_drop_unused(struct mapping *mapping)
{
    if (mapping->pages == 0)
        drop(mapping);
}

void mapping_drop_all(struct space *space)
{
    while (space->mappings)
        drop(space->mappings);
}

void mapping_renew(struct mapping *mapping)
{
    uint32_t index = CAP_INDEX(mapping->cap);
    if (cnode_delete(kernel_cnode(), index) ||
        cnode_copy(kernel_cnode(), index, mapping->chunk->frame, RIGHT_ALL))
        __builtin_trap(); /* a slot of the server's own, and a Frame that it holds */
}

/* ---- runs ------------------------------------------------------------------------------------ */

static uint64_t offset_of(const struct run *run)
{
    return run->address - run->mapping->shift + run->mapping->chunk->to_offset;
}

err_t run_map(const struct run *run)
{
    struct mapping *mapping = run->mapping;
    struct space *space = mapping->space;
    if (run->access == 0)
        return 0; /* it's mapped when the region becomes accessible, and is touched */
    if (run->bytes >= LARGE)
        space->large = true;
    for (;;) {
        err_t error = frame_map(mapping->cap, space->vspace, run->address, offset_of(run),
                                run->bytes, run->access);
        if (LIKELY(!error))
            return 0;
        if (ERR_CODE(error) != ERROR_NO_TABLES)
            return RPC_INTERNAL;
        /* What lies before the place that needs a table may be mapped already. */
        if (run->bytes > PAGE)
            (void)!frame_unmap(mapping->cap, offset_of(run), run->bytes);
        error = tables_feed(space);
        if (error)
            return error;
    }
}

/*
 * Only splitting a large page takes tables; tables_reserve has seen to it that there are some. If
 * not, the whole mapping is made anew. Nothing may be allocated here: pages that are being unmapped
 * count as free already.
 */
static void renew_after(const struct run *run, err_t error)
{
    if (error && ERR_CODE(error) != ERROR_NOT_MAPPED)
        mapping_renew(run->mapping);
}

void run_protect(const struct run *run)
{
    renew_after(run, frame_protect(run->mapping->cap, offset_of(run), run->bytes, run->access));
}

void run_unmap(const struct run *run)
{
    if (run->mapping->pages == 0)
        drop(run->mapping);
    else
        renew_after(run, frame_unmap(run->mapping->cap, offset_of(run), run->bytes));
}
