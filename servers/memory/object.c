/* SPDX-License-Identifier: BSD-2-Clause */
#include "servers/memory/object.h"

#include "servers/memory/places.h"
#include "servers/memory/record.h"

#define SIZE_MAX_BYTES (1ull << 46)

static struct places places;
static uint32_t objects;

uint32_t object_count(void)
{
    return objects;
}

struct object *object_of(uint32_t badge)
{
    uint32_t kind = handle_kind(badge);
    return kind == KIND_OBJECT || kind == KIND_OBJECT_READ ? places_find(&places, badge) : NULL;
}

cap_t object_endpoint(const struct object *object)
{
    return places_endpoint(&places, object->badge);
}

/* ---- pages ----------------------------------------------------------------------------------- */

page_t object_peek(const struct object *object, uint64_t index, struct block **cache)
{
    uint64_t number = index / BLOCK_ENTRIES;
    if (index >= object->size >> PAGE_SHIFT)
        return 0;
    if (!*cache || (*cache)->number != number)
        *cache = block_find(object, number);
    return *cache ? (*cache)->page[index % BLOCK_ENTRIES] : 0;
}

static err_t object_block(struct object *object, uint64_t number, struct block **block)
{
    *block = block_find(object, number);
    if (*block)
        return 0;
    err_t error = account_charge(object->payer, RECORD_BYTES(BLOCK_BYTES_OBJECT));
    if (error)
        return error;
    *block = block_make(object, number, BLOCK_BYTES_OBJECT);
    if (!*block) {
        account_return(object->payer, RECORD_BYTES(BLOCK_BYTES_OBJECT));
        return RPC_NO_MEMORY;
    }
    (*block)->next = object->blocks;
    object->blocks = *block;
    return 0;
}

/* A page in line with the one before it, if that's there. */
static page_t take_beside(const struct object *object, const struct block *block, unsigned i)
{
    page_t page = i > 0 && block->page[i - 1] ? page_take_at(block->page[i - 1] + 1) : 0;
    bool large = object->size >= 2ull << 20;
    return page ? page : page_take_in_group(i, block->number % 32, large);
}

err_t object_page(struct object *object, uint64_t index, page_t *page)
{
    unsigned i = index % BLOCK_ENTRIES;
    struct block *block;
    if (index >= object->size >> PAGE_SHIFT)
        return RPC_OUT_OF_RANGE;
    err_t error = object_block(object, index / BLOCK_ENTRIES, &block);
    if (error)
        return error;
    *page = block->page[i];
    if (*page)
        return 0;
    error = account_charge(object->payer, PAGE);
    if (error)
        return error;
    *page = block->page[i] = take_beside(object, block, i);
    if (!*page) {
        account_return(object->payer, PAGE);
        return RPC_NO_MEMORY;
    }
    page_zero(*page);
    return 0;
}

/* Put pages from `first` on; blocks that have none then go. */
static void cut_pages(struct object *object, uint64_t first)
{
    struct block **link = &object->blocks, *block;
    while ((block = *link)) {
        bool empty = true;
        for (unsigned i = 0; i < BLOCK_ENTRIES; i++) {
            if (block->page[i] && block->number * BLOCK_ENTRIES + i >= first) {
                page_put(block->page[i]);
                block->page[i] = 0;
                account_return(object->payer, PAGE);
            }
            empty &= !block->page[i];
        }
        if (empty) {
            *link = block->next;
            block_free(block);
            account_return(object->payer, RECORD_BYTES(BLOCK_BYTES_OBJECT));
        } else {
            link = &block->next;
        }
    }
}

/* ---- beginning and end ----------------------------------------------------------------------- */

static err_t make(struct account *payer, uint64_t size, struct object **made)
{
    err_t error = account_charge(payer, RECORD_BYTES(sizeof **made));
    if (error)
        return error;
    struct object *object = record_take(sizeof *object);
    uint32_t badge = object ? places_take(&places, KIND_OBJECT, object) : 0;
    if (!badge) {
        if (object)
            record_give(object);
        account_return(payer, RECORD_BYTES(sizeof *object));
        return RPC_NO_MEMORY;
    }
    object->payer = payer;
    object->size = size;
    object->badge = badge;
    objects++;
    *made = object;
    return 0;
}

static void leave_maker(struct object *object)
{
    struct space *maker = object->maker;
    if (!maker)
        return;
    if (object->previous_made)
        object->previous_made->next_made = object->next_made;
    else
        maker->objects = object->next_made;
    if (object->next_made)
        object->next_made->previous_made = object->previous_made;
    object->next_made = object->previous_made = NULL;
    maker->object_count--;
    object->maker = NULL;
}

static void end(struct object *object)
{
    leave_maker(object);
    cut_pages(object, 0);
    account_return(object->payer, RECORD_BYTES(sizeof *object));
    places_give(&places, object->badge);
    objects--;
    record_give(object);
}

static void end_if_unused(struct object *object)
{
    if (object->closed && !object->regions && object->users == 0)
        end(object);
}

/* Physically contiguous: all pages are there from the beginning. */
static err_t fill_contiguous(struct object *object, uint64_t *physical)
{
    uint32_t pages = (uint32_t)(object->size >> PAGE_SHIFT);
    err_t error = account_charge(object->payer, object->size);
    if (error)
        return error;
    page_t first = page_take_row(pages);
    if (!first) {
        account_return(object->payer, object->size);
        return RPC_NO_MEMORY;
    }
    uint32_t done = 0;
    for (struct block *block; done < pages && !error; done++) {
        error = object_block(object, done / BLOCK_ENTRIES, &block);
        if (error)
            break;
        page_zero(first + done);
        block->page[done % BLOCK_ENTRIES] = first + done;
    }
    for (; done < pages; done++) {
        page_put(first + done);
        account_return(object->payer, PAGE);
    }
    *physical = page_physical(first);
    return error;
}

err_t object_create(struct space *maker, uint64_t size, uint32_t flags, struct object **object,
                    uint64_t *physical)
{
    *physical = 0;
    if (size % PAGE || size > SIZE_MAX_BYTES || (flags & ~(uint32_t)OBJECT_CONTIGUOUS))
        return RPC_OUT_OF_RANGE;
    if (flags && (size == 0 || size > (CHUNK_PAGES - GROUP_PAGES) * PAGE))
        return RPC_OUT_OF_RANGE;
    err_t error = make(&maker->account, size, object);
    if (!error && flags) {
        (*object)->contiguous = true;
        error = fill_contiguous(*object, physical);
        if (error)
            end(*object);
    }
    if (error)
        return error;
    (*object)->maker = maker;
    (*object)->next_made = maker->objects;
    if (maker->objects)
        maker->objects->previous_made = *object;
    maker->objects = *object;
    maker->object_count++;
    return 0;
}

void object_close(struct object *object)
{
    object->closed = true;
    end_if_unused(object);
}

void object_orphan(struct object *object)
{
    object->payer = object->maker->account.parent;
    leave_maker(object);
    object_close(object);
}

void object_put(struct object *object)
{
    object->users--;
    end_if_unused(object);
}

/* A server would fault where it reads what was cut off. */
static bool server_maps(const struct object *object)
{
    for (const struct region *region = object->regions; region; region = region->object_next)
        if (region->space->resident && region->space != object->maker)
            return true;
    return false;
}

err_t object_resize(struct object *object, uint64_t size)
{
    if (size % PAGE || size > SIZE_MAX_BYTES || object->contiguous)
        return RPC_OUT_OF_RANGE;
    if (size < object->size && server_maps(object))
        return RPC_BUSY;
    object->size = size;
    for (struct region *region = object->regions; region; region = region->object_next) {
        uint64_t bytes = size > region->offset ? size - region->offset : 0;
        if (bytes >= region->end - region->start)
            continue; /* none of it is cut off */
        tables_reserve(region->space);
        region_clear(region, region->start + bytes, region->end);
    }
    cut_pages(object, size >> PAGE_SHIFT);
    return 0;
}

/* Frames of up to 4 MiB each are one chunk, larger ones several. */
static err_t adopt_frame(struct object *object, cap_t frame, uint64_t *index)
{
    struct cap_description what;
    if (inspect(frame, &what) || what.type != OBJECT_FRAME)
        return RPC_NOT_FOUND;
    uint64_t bytes = 1ull << what.size_bits;
    for (uint64_t offset = 0; offset < bytes; offset += CHUNK_PAGES * PAGE) {
        uint64_t left = bytes - offset;
        uint32_t pages = left < CHUNK_PAGES * PAGE ? (uint32_t)(left / PAGE) : CHUNK_PAGES;
        page_t first = page_adopt(frame, offset, pages);
        if (!first)
            return RPC_NO_MEMORY;
        for (uint32_t i = 0; i<pages && * index<object->size>> PAGE_SHIFT; i++, ++*index) {
            struct block *block;
            err_t error = object_block(object, *index / BLOCK_ENTRIES, &block);
            if (error)
                return error;
            block->page[*index % BLOCK_ENTRIES] = first + i;
        }
    }
    return 0;
}

err_t object_adopt(cap_t first, uint32_t count, uint64_t size, struct object **object)
{
    uint64_t index = 0;
    err_t error = make(NULL, (size + PAGE - 1) & ~(PAGE - 1), object);
    for (uint32_t i = 0; i < count && !error; i++)
        error = adopt_frame(*object, first + CAP_OF(i), &index);
    if (!error)
        (*object)->users = 1;
    return error;
}

/* ---- regions --------------------------------------------------------------------------------- */

void object_join(struct object *object, struct region *region)
{
    region->object = object;
    region->object_previous = NULL;
    region->object_next = object->regions;
    if (object->regions)
        object->regions->object_previous = region;
    object->regions = region;
}

void object_leave(struct region *region)
{
    struct object *object = region->object;
    if (region->object_previous)
        region->object_previous->object_next = region->object_next;
    else
        object->regions = region->object_next;
    if (region->object_next)
        region->object_next->object_previous = region->object_previous;
    region->object = NULL;
    end_if_unused(object);
}
