/* SPDX-License-Identifier: BSD-2-Clause */
#include "servers/memory/space.h"

#include "libsys/handle.h"
#include "servers/memory/object.h"
#include "servers/memory/places.h"
#include "servers/memory/record.h"

#define KIND_SPACE 1u
#define SPACE_BYTES RECORD_BYTES(sizeof(struct space))

static struct places places;
static uint32_t spaces, empties; /* all; of them those that are kept */

uint32_t space_count(void)
{
    return spaces - empties;
}

struct space *space_of(uint32_t badge)
{
    return handle_kind(badge) == KIND_SPACE ? places_find(&places, badge) : NULL;
}

cap_t space_endpoint(const struct space *space)
{
    return places_endpoint(&places, space->badge);
}

/* ---- beginning and end ----------------------------------------------------------------------- */

static struct space *make(uint64_t low, uint64_t high)
{
    struct space *space = record_take(sizeof *space);
    if (!space)
        return NULL;
    space->badge = places_take(&places, KIND_SPACE, space);
    if (!space->badge) {
        record_give(space);
        return NULL;
    }
    space->low = low;
    space->high = high;
    place_init(space);
    spaces++;
    return space;
}

static void unmake(struct space *space)
{
    places_give(&places, space->badge);
    account_return(&space->account, SPACE_BYTES);
    empties -= space->kept;
    record_give(space);
    spaces--;
}

err_t space_create(uint32_t group, uint64_t quota, struct space **made)
{
    return space_create_child(NULL, group, quota, made);
}

err_t space_create_child(const struct space *parent, uint32_t group, uint64_t quota,
                         struct space **made)
{
    if (group >= GROUPS)
        return RPC_OUT_OF_RANGE;
    struct space *space = make(USER_LOW, USER_HIGH);
    if (!space)
        return RPC_NO_MEMORY;
    space->account.parent = account_of_group(group);
    err_t error = account_charge(&space->account, SPACE_BYTES);
    if (error) {
        space->account.used = SPACE_BYTES;
        space->account.parent = NULL;
        unmake(space);
        return error;
    }
    space->account.quota = quota;
    error = tables_make(space, parent);
    if (error) {
        unmake(space);
        return error;
    }
    *made = space;
    return 0;
}

err_t space_attach(cap_t vspace, uint64_t low, uint64_t length, struct space **made)
{
    if (low % PAGE || length % PAGE || low < USER_LOW || low >= USER_HIGH || length == 0 ||
        length > USER_HIGH - low)
        return RPC_OUT_OF_RANGE;
    struct space *space = make(low, low + length);
    if (!space)
        return RPC_NO_MEMORY;
    space->account.used = SPACE_BYTES;
    space->vspace = vspace;
    space->resident = true;
    *made = space;
    return 0;
}

/* The region's pages and records; what was mapped is unmapped already. */
static void release_region(struct region *region)
{
    struct space *space = region->space;
    while (region->blocks) {
        struct block *block = region->blocks;
        region->blocks = block->next;
        for (unsigned i = 0; i < BLOCK_ENTRIES; i++)
            if (block->page[i])
                page_put(block->page[i]);
        block_free(block);
        account_return(&space->account, RECORD_BYTES(sizeof *block));
    }
    if (region->object)
        object_leave(region);
    region_free(region);
}

/* All regions, lowest first, without keeping the tree. */
static void release_regions(struct space *space)
{
    struct region *region = space->root;
    while (region) {
        struct region *left = region->left;
        if (left) {
            region->left = left->right;
            left->right = region;
            region = left;
        } else {
            struct region *right = region->right;
            release_region(region);
            region = right;
        }
    }
    space->root = space->recent = NULL;
}

static void release_all(struct space *space)
{
    mapping_drop_all(space);
    release_regions(space);
    account_return(&space->account, space->own_pages * PAGE);
    space->own_pages = 0;
    while (space->objects)
        object_orphan(space->objects);
}

void space_clear(struct space *space)
{
    release_all(space);
    space->large = false;
    space->faults = 0;
    place_init(space);
    empties += !space->kept;
    space->kept = true;
}

err_t space_empty(struct space *space)
{
    if (!tables_may_stay(space))
        return RPC_TOO_LARGE;
    space_clear(space);
    return 0;
}

err_t space_begin_again(struct space *space)
{
    if (space->root || space->mappings || space->objects || !space->tables)
        return RPC_BUSY;
    empties -= space->kept;
    space->kept = false;
    return 0;
}

void space_destroy(struct space *space)
{
    release_all(space);
    if (space->tables)
        tables_free(space);
    else
        kernel_slot_give(space->vspace);
    unmake(space);
}

/* ---- unmap ----------------------------------------------------------------------------------- */

static bool range_is_good(const struct space *space, uint64_t address, uint64_t length)
{
    return address % PAGE == 0 && length % PAGE == 0 && length > 0 && address >= space->low &&
           address < space->high && length <= space->high - address;
}

static void region_end(struct region *region)
{
    struct space *space = region->space;
    region_clear(region, region->start, region->end);
    if (space->cursor == region->start)
        space->cursor = region->end;
    region_remove(region);
    release_region(region);
}

/* Regions are split so that none reaches over an end of the range. */
static err_t cut_out(struct space *space, uint64_t start, uint64_t end)
{
    err_t error = 0;
    struct region *region = region_above(space, start);
    if (region && region->start < start)
        error = region_split(region, start);
    region = error ? NULL : region_above(space, end - 1);
    if (region && region->start < end && region->end > end)
        error = region_split(region, end);
    return error;
}

err_t space_unmap(struct space *space, uint64_t address, uint64_t length)
{
    uint64_t end = address + length;
    struct region *region;
    if (!range_is_good(space, address, length))
        return RPC_OUT_OF_RANGE;
    err_t error = cut_out(space, address, end);
    if (error)
        return error;
    tables_reserve(space);
    while ((region = region_above(space, address)) && region->start < end)
        region_end(region);
    return 0;
}

/* ---- map ------------------------------------------------------------------------------------- */

static err_t check_map(const struct space *space, const struct map_request *request)
{
    const struct object *object = request->object;
    uint32_t access = request->access;
    if (request->length == 0 || request->length % PAGE ||
        request->length > space->high - space->low)
        return RPC_OUT_OF_RANGE;
    if ((access & MEMORY_WRITE) && (access & MEMORY_EXECUTE))
        return MEMORY_ERROR_WRITE_AND_EXECUTE;
    if ((access & (MEMORY_WRITE | MEMORY_EXECUTE)) && !(access & MEMORY_READ))
        return RPC_OUT_OF_RANGE;
    if ((access & MEMORY_FIXED) && !range_is_good(space, request->address, request->length))
        return MEMORY_ERROR_NO_SPACE;
    if (!object)
        return 0;
    if (request->offset % PAGE || request->offset > object->size ||
        request->length > object->size - request->offset)
        return RPC_OUT_OF_RANGE;
    if (request->read_only && (access & MEMORY_WRITE) && !(access & MEMORY_PRIVATE))
        return RPC_DENIED;
    return 0;
}

static err_t find_place(struct space *space, const struct map_request *request, uint64_t *at)
{
    uint64_t length = request->length;
    if (!(request->access & MEMORY_FIXED)) {
        *at = place_choose(space, request->address & ~(PAGE - 1), length);
        return *at ? 0 : MEMORY_ERROR_NO_SPACE;
    }
    *at = request->address;
    if ((request->access & MEMORY_NO_REPLACE) && region_overlapping(space, *at, *at + length))
        return MEMORY_ERROR_OVERLAP;
    return 0;
}

/* Anonymous memory that continues the region before it becomes a part of that. */
static bool extend_before(struct space *space, const struct map_request *request, uint64_t at)
{
    struct region *before = at > space->low ? region_at(space, at - 1) : NULL;
    uint32_t kept = request->access & (REGION_ACCESS | REGION_KINDS);
    if (!before || request->object || before->object || before->end != at ||
        before->access != kept || (kept & MEMORY_GROWS_DOWN))
        return false;
    before->end += request->length;
    return true;
}

static void fill_in(struct region *region, const struct map_request *request, uint64_t at)
{
    region->start = at;
    region->end = at + request->length;
    region->access = request->access & (REGION_ACCESS | REGION_KINDS);
    region->allowed = request->read_only && !(request->access & MEMORY_PRIVATE) ? 0 : MEMORY_WRITE;
    region->offset = request->offset;
}

/* After an error nothing of it is mapped, for which no memory may be needed: a split takes some. */
static err_t populate(struct space *space, uint64_t at, uint64_t length)
{
    struct region *region = region_at(space, at);
    err_t error = region_populate(region, at, at + length);
    if (!error)
        return 0;
    if (region->start == at) {
        (void)!space_unmap(space, at, length);
        return error;
    }
    tables_reserve(space);
    region_clear(region, at, at + length);
    region->end = at;
    return error;
}

err_t space_map(struct space *space, const struct map_request *request, uint64_t *mapped)
{
    bool now = space->resident || (request->access & MEMORY_POPULATE);
    uint64_t length = request->length;
    err_t error = check_map(space, request);
    if (!error)
        error = find_place(space, request, mapped);
    struct region *region = error ? NULL : region_make(space, &error);
    if (error)
        return error;
    if (region_overlapping(space, *mapped, *mapped + length))
        error = space_unmap(space, *mapped, length);
    if (error) {
        region_free(region);
        return error;
    }
    if (extend_before(space, request, *mapped)) {
        region_free(region);
    } else {
        fill_in(region, request, *mapped);
        if (request->object)
            object_join(request->object, region);
        region_insert(region);
        space->recent = region;
    }
    return now ? populate(space, *mapped, length) : 0;
}

/* ---- protect --------------------------------------------------------------------------------- */

static err_t check_protect(const struct space *space, uint64_t start, uint64_t end, uint32_t access)
{
    for (uint64_t at = start; at < end;) {
        const struct region *region = region_above(space, at);
        if (!region || region->start > at)
            return MEMORY_ERROR_NOT_MAPPED;
        if ((access & MEMORY_WRITE) && !(region->allowed & MEMORY_WRITE))
            return RPC_DENIED;
        at = region->end;
    }
    return 0;
}

err_t space_protect(struct space *space, uint64_t address, uint64_t length, uint32_t access)
{
    uint64_t end = address + length;
    if (!range_is_good(space, address, length) || (access & ~(uint32_t)REGION_ACCESS))
        return RPC_OUT_OF_RANGE;
    if ((access & MEMORY_WRITE) && (access & MEMORY_EXECUTE))
        return MEMORY_ERROR_WRITE_AND_EXECUTE;
    if (access && !(access & MEMORY_READ))
        return RPC_OUT_OF_RANGE;
    err_t error = check_protect(space, address, end, access);
    if (!error)
        error = cut_out(space, address, end);
    if (error)
        return error;
    tables_reserve(space);
    for (uint64_t at = address; at < end;) {
        struct region *region = region_above(space, at);
        region->access = (region->access & ~(uint32_t)REGION_ACCESS) | access;
        region_access_changed(region);
        at = region->end;
    }
    return 0;
}

/* ---- what there is --------------------------------------------------------------------------- */

/* Entries of a region that are present, and of those the ones that others hold too. */
static void count_pages(const struct region *region, uint64_t *present, uint64_t *shared)
{
    for (const struct block *block = region->blocks; block; block = block->next) {
        for (unsigned i = 0; i < BLOCK_ENTRIES; i++) {
            if (!block->page[i])
                continue;
            ++*present;
            *shared += region->object || page_holders(block->page[i]) > 1;
        }
    }
}

void space_status(const struct space *space, struct memory_status *status)
{
    uint64_t present = 0, shared = 0;
    for (const struct region *region = region_above(space, 0); region;
         region = region_above(space, region->end))
        count_pages(region, &present, &shared);
    *status = (struct memory_status){
        .total = space->account.quota,
        .used = space->account.used,
        .regions = space->regions,
        .objects = space->object_count,
        .tables = space->table_bytes,
        .faults = space->faults,
        .shared = shared * PAGE,
    };
}

err_t space_region(const struct space *space, uint64_t address, struct memory_region *result)
{
    const struct region *region = region_above(space, address);
    uint64_t present = 0, shared = 0;
    if (!region)
        return MEMORY_ERROR_NOT_MAPPED;
    count_pages(region, &present, &shared);
    *result = (struct memory_region){
        .address = region->start,
        .length = region->end - region->start,
        .access = region->access,
        .resident = present * PAGE,
        .offset = region->object ? region->offset : 0,
    };
    return 0;
}
