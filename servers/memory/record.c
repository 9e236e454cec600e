/* SPDX-License-Identifier: BSD-2-Clause */
#include "servers/memory/record.h"

#include "servers/memory/page.h"

#define CLASSES 3

/* At the start of a page. */
struct slab {
    struct slab *next, *previous; /* of its class, with room; both null: full */
    void *free;                   /* records that were given back, linked by their first word */
    uint16_t used, fresh;         /* records in use; the first that was never used */
    uint16_t end, class;          /* how many fit, the first one, of 64 bytes, counts: is this */
    uint32_t size;
};

static struct slab *with_room[CLASSES];
static uint64_t slab_pages;

static void slab_join(struct slab *slab)
{
    struct slab **list = &with_room[slab->class];
    slab->next = *list;
    slab->previous = NULL;
    if (*list)
        (*list)->previous = slab;
    *list = slab;
}

static void slab_leave(struct slab *slab)
{
    if (slab->previous)
        slab->previous->next = slab->next;
    else
        with_room[slab->class] = slab->next;
    if (slab->next)
        slab->next->previous = slab->previous;
    slab->next = slab->previous = NULL;
}

static struct slab *slab_make(uint32_t size, uint16_t class)
{
    page_t page = page_take();
    if (!page)
        return NULL;
    page_fill(page);
    struct slab *slab = page_data(page);
    *slab = (struct slab){.fresh = 1, .end = (uint16_t)(PAGE / size), .class = class, .size = size};
    slab_pages++;
    slab_join(slab);
    return slab;
}

void *record_take(uint32_t size)
{
    uint16_t class = size <= 64 ? 0 : size <= 128 ? 1 : 2;
    struct slab *slab = with_room[class];
    if (!slab && !(slab = slab_make(64u << class, class)))
        return NULL;
    void *record = slab->free;
    if (record)
        slab->free = *(void **)record;
    else
        record = (char *)slab + (uint64_t)slab->fresh++ * slab->size;
    slab->used++;
    if (!slab->free && slab->fresh == slab->end)
        slab_leave(slab);
    words_zero(record, slab->size);
    return record;
}

void record_give(void *record)
{
    struct slab *slab = (struct slab *)((uint64_t)record & ~(PAGE - 1));
    if (!slab->free && slab->fresh == slab->end)
        slab_join(slab);
    *(void **)record = slab->free;
    slab->free = record;
    if (--slab->used == 0) {
        slab_leave(slab);
        slab_pages--;
        page_put(page_of(slab));
    }
}

uint64_t record_bytes(void)
{
    return slab_pages * PAGE;
}
