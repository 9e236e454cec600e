/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A long random history of spaces (map, unmap, protect, fork, read, write, objects, ends) against a
 * simple model, with and without memory being refused; and after each step that what the server
 * notes, what the page tables hold and what accounts say agree.
 *
 * sources: servers/memory/kernel.c servers/memory/page.c servers/memory/record.c
 * sources: servers/memory/account.c servers/memory/places.c servers/memory/random.c
 * sources: servers/memory/block.c servers/memory/region.c servers/memory/mapping.c
 * sources: servers/memory/tables.c servers/memory/space.c servers/memory/place.c
 * sources: servers/memory/entry.c servers/memory/entries.c servers/memory/fork.c
 * sources: servers/memory/object.c
 * sources: libsys/slots.c libsys/memory.c tests/host/paging/kernel.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "servers/memory/object.h"
#include "servers/memory/random.h"
#include "servers/memory/record.h"
#include "servers/memory/space.h"
#include "tests/host/paging/kernel.h"

#define SPACES 6
#define OBJECTS 4
#define OBJECT_PAGES 64u
#define PAGES 512u /* of the window that the history uses */
#define RAM (16ull << 20)
#define STEPS 60000

/* What a page of a space should be. */
struct expected {
    bool mapped, private;
    uint32_t access;
    int object;     /* -1: anonymous, or a private copy */
    uint32_t index; /* page of the object */
    uint64_t value; /* where object is -1 */
    int source;     /* the object behind a private copy; -1 */
    uint32_t source_index;
};

struct model_space {
    struct space *space; /* null: there is none */
    struct expected page[PAGES];
};

struct model_object {
    struct object *object;
    uint32_t pages;
    uint64_t value[OBJECT_PAGES];
};

static struct model_space spaces[SPACES];
static struct model_object objects[OBJECTS];
static struct space *maker; /* of all objects */
static unsigned long step;
static bool refusing;

static void require(bool good, const char *what)
{
    if (good)
        return;
    printf("not ok history: step %lu: %s\n", step, what);
    exit(1);
}

static uint32_t pick(uint32_t below)
{
    return (uint32_t)rand() % below;
}

/* Success, or a refusal where memory is refused. */
static bool done(err_t error, const char *what)
{
    require(!error || (refusing && error == RPC_NO_MEMORY), what);
    return !error;
}

static uint64_t address_of(uint32_t page)
{
    return WINDOW_BASE + page * PAGE;
}

/* ---- what must agree ------------------------------------------------------------------------- */

static uint64_t check_block(const struct region *region, const struct block *block, uint32_t *pages)
{
    uint64_t own = 0;
    for (unsigned i = 0; i < BLOCK_ENTRIES; i++) {
        page_t page = block->page[i];
        unsigned access = 0;
        uint64_t at = block->number << BLOCK_SHIFT | (uint64_t)i << PAGE_SHIFT;
        if (!page)
            continue;
        require(at >= region->start && at < region->end, "an entry lies in its region");
        require(page_holders(page) > 0, "a page that is mapped is held");
        void *there = host_page(region->space->vspace, at, &access);
        if (there) {
            ++*pages;
            require(memcmp(there, page_data(page), 8) == 0, "the page table has the entry's page");
            require(!(access & ~region->access), "no more access than the region's");
            require(!(access & ACCESS_WRITE) || !region_is_private(region) ||
                        page_holders(page) == 1,
                    "what others hold too isn't writable");
        }
        own += block->own >> i & 1;
    }
    return own;
}

static void check_space(const struct space *space)
{
    uint64_t own = 0, records = 0, last = 0;
    uint32_t pages = 0;
    for (const struct region *region = region_above(space, 0); region;
         region = region_above(space, region->end)) {
        require(region->start >= last && region->end > region->start, "regions are apart");
        last = region->end;
        records += RECORD_BYTES(sizeof *region);
        for (const struct block *block = region->blocks; block; block = block->next) {
            own += check_block(region, block, &pages);
            records += RECORD_BYTES(sizeof *block);
        }
    }
    for (const struct mapping *mapping = space->mappings; mapping; mapping = mapping->next)
        records += RECORD_BYTES(sizeof *mapping);
    require(own == space->own_pages, "own pages are counted");
    require(host_mapped(space->vspace) <= pages + 0u + WINDOW_PAGES, "pages are counted");
    require(space->account.used ==
                own * PAGE + records + space->table_bytes + RECORD_BYTES(sizeof *space),
            "the account is exact");
}

/* ---- access ---------------------------------------------------------------------------------- */

static uint64_t *value_of(struct model_space *model, uint32_t page)
{
    struct expected *expected = &model->page[page];
    return expected->object < 0 ? &expected->value
                                : &objects[expected->object].value[expected->index];
}

static bool beyond_end(const struct expected *expected)
{
    int source = expected->object >= 0 ? expected->object : expected->source;
    uint32_t index = expected->object >= 0 ? expected->index : expected->source_index;
    return source >= 0 && index >= objects[source].pages;
}

/* The page as the space's thread reaches it, after the faults that takes. */
static err_t touch(const struct space *space, uint32_t page, bool write, uint64_t **place)
{
    for (int tries = 0; tries < 3; tries++) {
        unsigned access = 0;
        *place = host_page(space->vspace, address_of(page), &access);
        if (*place && (!write || (access & ACCESS_WRITE)))
            return 0;
        uint64_t code = (*place ? FAULT_PRESENT : 0) | (write ? FAULT_WRITE : 0);
        err_t error = space_fault((struct space *)space, address_of(page), code, true);
        if (error)
            return error;
    }
    require(false, "a fault that is served lets the access through");
    return 0;
}

static void do_access(struct model_space *model)
{
    uint32_t page = pick(PAGES);
    bool write = pick(2);
    struct expected *expected = &model->page[page];
    uint32_t needed = write ? MEMORY_WRITE : MEMORY_READ;
    bool good = expected->mapped && (expected->access & needed) && !beyond_end(expected);
    uint64_t *place;
    err_t error = touch(model->space, page, write, &place);
    if (!good) {
        require(error == MEMORY_ERROR_NOT_MAPPED || error == RPC_OUT_OF_RANGE ||
                    error == RPC_DENIED || (refusing && error == RPC_NO_MEMORY),
                "an access that isn't allowed is refused");
        return;
    }
    if (!done(error, "an access that is allowed"))
        return;
    require(*place == *value_of(model, page), "the value is what was written last");
    if (!write)
        return;
    if (expected->private && expected->object >= 0) {
        expected->source = expected->object;
        expected->source_index = expected->index;
        expected->object = -1;
    }
    *place = *value_of(model, page) = ((uint64_t)rand() << 20) + page;
}

/* ---- operations ------------------------------------------------------------------------------ */

static void forget(struct model_space *model, uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count; i++)
        model->page[i] = (struct expected){.object = -1, .source = -1};
}

static void pick_range(uint32_t *first, uint32_t *count)
{
    *first = pick(PAGES);
    *count = 1 + pick(pick(4) ? 20 : 200);
    if (*count > PAGES - *first)
        *count = PAGES - *first;
}

static void do_unmap(struct model_space *model)
{
    uint32_t first, count;
    pick_range(&first, &count);
    if (done(space_unmap(model->space, address_of(first), count * PAGE), "unmap"))
        forget(model, first, count);
}

static void do_map(struct model_space *model)
{
    static const uint32_t kinds[] = {MEMORY_READ, MEMORY_READ | MEMORY_WRITE,
                                     MEMORY_READ | MEMORY_WRITE | MEMORY_PRIVATE,
                                     MEMORY_READ | MEMORY_EXECUTE | MEMORY_PRIVATE};
    uint32_t first, count, kind = kinds[pick(4)];
    int object = pick(2) ? (int)pick(OBJECTS) : -1;
    uint64_t mapped;
    pick_range(&first, &count);
    if (object >= 0 && (!objects[object].object || objects[object].pages == 0))
        object = -1;
    uint32_t offset = object >= 0 ? pick(objects[object].pages) : 0;
    if (object >= 0 && count > objects[object].pages - offset)
        count = objects[object].pages - offset;
    if (!done(space_unmap(model->space, address_of(first), count * PAGE), "unmap before map"))
        return;
    forget(model, first, count);
    struct map_request request = {
        .object = object >= 0 ? objects[object].object : NULL,
        .address = address_of(first),
        .length = count * PAGE,
        .offset = offset * PAGE,
        .access = kind | MEMORY_FIXED | (pick(4) ? 0 : MEMORY_POPULATE),
    };
    if (!done(space_map(model->space, &request, &mapped), "map"))
        return;
    for (uint32_t i = 0; i < count; i++)
        model->page[first + i] = (struct expected){
            .mapped = true,
            .private = object < 0 || (kind & MEMORY_PRIVATE),
            .access = kind & 7,
            .object = object,
            .index = offset + i,
            .source = -1,
        };
}

static void do_protect(struct model_space *model)
{
    static const uint32_t accesses[] = {0, MEMORY_READ, MEMORY_READ | MEMORY_WRITE,
                                        MEMORY_READ | MEMORY_EXECUTE};
    uint32_t first, count, access = accesses[pick(4)];
    bool all = true;
    pick_range(&first, &count);
    for (uint32_t i = first; i < first + count; i++)
        all &= model->page[i].mapped;
    err_t error = space_protect(model->space, address_of(first), count * PAGE, access);
    if (!all) {
        require(error == MEMORY_ERROR_NOT_MAPPED, "protect where nothing is");
        return;
    }
    if (!done(error, "protect"))
        return;
    for (uint32_t i = first; i < first + count; i++)
        model->page[i].access = access;
}

static void do_fork(struct model_space *model)
{
    const uint64_t written[FORK_WRITTEN] = {address_of(pick(PAGES)),
                                            pick(2) ? address_of(pick(PAGES)) : 0};
    struct model_space *child = &spaces[pick(SPACES)];
    if (child->space)
        return;
    if (done(space_fork(model->space, 1, 0, written, &child->space), "fork"))
        memcpy(child->page, model->page, sizeof child->page);
    else
        child->space = NULL;
}

static void do_end(struct model_space *model)
{
    space_destroy(model->space);
    model->space = NULL;
}

static void do_create(struct model_space *model)
{
    if (!done(space_create(1, 0, &model->space), "create"))
        model->space = NULL;
    else
        forget(model, 0, PAGES);
}

static void do_resize(struct model_object *model)
{
    uint32_t pages = pick(OBJECT_PAGES + 1);
    uint64_t physical;
    if (!model->object) {
        model->pages = 0;
        if (!done(object_create(maker, 0, 0, &model->object, &physical), "an object"))
            model->object = NULL;
        return;
    }
    require(object_resize(model->object, pages * PAGE) == 0, "resize");
    for (uint32_t i = pages; i < OBJECT_PAGES; i++)
        model->value[i] = 0;
    /* Private copies of what was cut off are gone too. */
    for (int s = 0; s < SPACES; s++) {
        for (uint32_t p = 0; spaces[s].space && p < PAGES; p++) {
            struct expected *expected = &spaces[s].page[p];
            if (expected->object < 0 && expected->source == model - objects &&
                expected->source_index >= pages) {
                expected->object = expected->source;
                expected->index = expected->source_index;
                expected->source = -1;
            }
        }
    }
    model->pages = pages;
}

static void do_step(void)
{
    struct model_space *model = &spaces[pick(SPACES)];
    uint32_t what = pick(100);
    if (!model->space) {
        if (what < 30)
            do_create(model);
        return;
    }
    if (what < 70)
        do_access(model);
    else if (what < 80)
        do_map(model);
    else if (what < 86)
        do_unmap(model);
    else if (what < 92)
        do_protect(model);
    else if (what < 95)
        do_resize(&objects[pick(OBJECTS)]);
    else if (what < 98)
        do_fork(model);
    else if (what < 99)
        do_end(model);
}

static void history(const char *name)
{
    for (unsigned long i = 0; i < STEPS; i++, step++) {
        do_step();
        if (i % 16 == 0)
            for (int s = 0; s < SPACES; s++)
                if (spaces[s].space)
                    check_space(spaces[s].space);
    }
    for (int s = 0; s < SPACES; s++)
        if (spaces[s].space)
            do_end(&spaces[s]);
    for (int o = 0; o < OBJECTS; o++) {
        if (objects[o].object)
            object_close(objects[o].object);
        objects[o] = (struct model_object){0};
    }
    require(object_count() == 0 && space_count() == 1, "all is gone");
    require(account_of_group(1)->used == 0, "the group pays for nothing");
    require(maker->account.used == RECORD_BYTES(sizeof *maker) + maker->table_bytes,
            "the maker pays for nothing");
    /* What is left: a page of the table of places for spaces and objects each, and records. */
    require(page_bytes_total() - page_bytes_free() <= 2 * PAGE + record_bytes() + (96u << 10),
            "pages are free");
    printf("ok %s\n", name);
}

int main(void)
{
    srand(1);
    host_kernel_init(RAM);
    kernel_init(HOST_CNODE, HOST_FIRST_FREE, HOST_SLOTS);
    require(kernel_add(HOST_UNTYPED) == 0, "memory");
    page_init(HOST_VSPACE, 1 << 20);
    random_init(1);
    require(space_create(2, 0, &maker) == 0, "a maker");
    history("a random history");
    refusing = true;
    host_refuse_retype = 4;
    host_refuse_map = 10;
    history("with memory being refused");
    return 0;
}
