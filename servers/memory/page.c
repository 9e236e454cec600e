/* SPDX-License-Identifier: BSD-2-Clause */
#include "servers/memory/page.h"

#include "libsys/invoke.h"
#include "libsys/rpc.h"

#define CHUNK_BITS_MIN 16
#define TABLES_BITS 14     /* page tables for the server's own space, at a time */
#define HALF 0xffffffffull /* the groups of 2 MiB */

struct chunk *chunk_table[CHUNKS_MAX];

/* `wide`: with a group that is wholly free; `narrow`: with free pages, and none such. */
static struct chunk wide = {.next = &wide, .previous = &wide};
static struct chunk narrow = {.next = &narrow, .previous = &narrow};

static cap_t own_vspace;
static uint64_t reserved;
static uint32_t chunk_count = 1; /* page number 0 is none */
static uint64_t pages_total;
uint64_t pages_free_now;

void page_init(cap_t vspace, uint64_t reserve)
{
    own_vspace = vspace;
    reserved = reserve;
}

static void list_leave(struct chunk *chunk)
{
    if (!chunk->next)
        return;
    chunk->next->previous = chunk->previous;
    chunk->previous->next = chunk->next;
    chunk->next = chunk->previous = NULL;
}

static void list_join(struct chunk *list, struct chunk *chunk)
{
    list_leave(chunk);
    chunk->next = list->next;
    chunk->previous = list;
    list->next->previous = chunk;
    list->next = chunk;
}

/* ---- chunks ---------------------------------------------------------------------------------- */

/* Pages from `first` on are free and zero. */
static void chunk_open(struct chunk *chunk, uint32_t first, uint32_t pages)
{
    for (uint32_t i = first; i < pages; i++) {
        uint32_t group = i / GROUP_PAGES;
        chunk->free[group] |= (uint16_t)(1u << i % GROUP_PAGES);
        chunk->some |= 1ull << group;
        if (chunk->free[group] == 0xffff)
            chunk->whole |= 1ull << group;
    }
    for (uint32_t group = 0; group < CHUNK_GROUPS; group++)
        chunk->zero[group] = chunk->free[group];
    chunk->free_count = pages - first;
    pages_total += pages;
    pages_free_now += chunk->free_count;
    list_join(chunk->whole ? &wide : &narrow, chunk);
}

/* Into this server's own space, which gets memory for more page tables when it needs them. */
static bool map_here(cap_t frame, uint64_t address, uint64_t offset, uint64_t bytes,
                     unsigned access)
{
    struct kernel_object tables;
    for (;;) {
        err_t error = frame_map(frame, own_vspace, address, offset, bytes, access);
        if (ERR_CODE(error) != ERROR_NO_TABLES)
            return !error;
        if (kernel_make(OBJECT_FRAME, TABLES_BITS, &tables))
            return false;
        if (vspace_supply(own_vspace, tables.cap)) {
            kernel_free(&tables);
            return false;
        }
        /* What lies before the place that needs a table may be mapped already. */
        (void)!frame_unmap(frame, offset, bytes);
    }
}

/* A Frame becomes the next chunk. Its first pages hold what is known of it. */
static bool chunk_make(unsigned bits)
{
    struct kernel_object object;
    uint64_t address = DIRECT + ((uint64_t)chunk_count << CHUNK_SHIFT), physical = 0, ignored;
    struct chunk *chunk = (struct chunk *)address;
    if (chunk_count == CHUNKS_MAX || kernel_left() < reserved + (1ull << bits) ||
        kernel_make(OBJECT_FRAME, bits, &object))
        return false;
    if (untyped_info(object.untyped, &physical, &ignored, &ignored, &ignored) ||
        !map_here(object.cap, address, 0, 1ull << bits, ACCESS_READ | ACCESS_WRITE)) {
        kernel_free(&object);
        return false;
    }
    uint32_t pages = 1u << (bits - PAGE_SHIFT);
    uint32_t header =
        (uint32_t)((offsetof(struct chunk, holders) + pages * sizeof(uint32_t) + PAGE - 1) >>
                   PAGE_SHIFT);
    chunk->frame = object.cap;
    chunk->number = chunk_count;
    chunk->to_offset = -address;
    chunk->bytes = 1ull << bits;
    chunk->object = object;
    chunk->physical = physical;
    chunk_table[chunk_count++] = chunk;
    chunk_open(chunk, header, pages);
    return true;
}

static bool pool_grow(void)
{
    for (unsigned bits = CHUNK_SHIFT; bits >= CHUNK_BITS_MIN; bits--)
        if (chunk_make(bits))
            return true;
    return false;
}

page_t page_adopt(cap_t frame, uint64_t offset, uint32_t pages)
{
    uint64_t address = DIRECT + ((uint64_t)chunk_count << CHUNK_SHIFT);
    page_t record[2] = {page_take(), 0};
    cap_t copy = kernel_copy(frame, RIGHT_FRAME_READ);
    /* What is known of it takes a little more than a page. */
    if (record[0])
        record[1] = page_take_at(record[0] + 1);
    if (!record[1] || !copy || chunk_count == CHUNKS_MAX || pages > CHUNK_PAGES ||
        !map_here(copy, address, offset, pages * PAGE, ACCESS_READ)) {
        kernel_slot_give(copy);
        for (int i = 0; i < 2; i++)
            if (record[i])
                page_put(record[i]);
        return 0;
    }
    struct chunk *chunk = page_data(record[0]);
    page_zero(record[0]);
    page_zero(record[1]);
    chunk->frame = frame;
    chunk->number = chunk_count;
    chunk->to_offset = offset - address;
    chunk->offset = offset;
    chunk->bytes = pages * PAGE;
    for (uint32_t i = 0; i < pages; i++)
        chunk->holders[i] = 1;
    chunk_table[chunk_count++] = chunk;
    return chunk->number * CHUNK_PAGES;
}

/* ---- taking and giving ----------------------------------------------------------------------- */

static page_t take(struct chunk *chunk, uint32_t group, unsigned index)
{
    uint16_t bit = (uint16_t)(1u << index);
    chunk->free[group] &= (uint16_t)~bit;
    chunk->whole &= ~(1ull << group);
    if (!chunk->free[group])
        chunk->some &= ~(1ull << group);
    if (!chunk->some)
        list_leave(chunk);
    else if (!chunk->whole)
        list_join(&narrow, chunk);
    chunk->free_count--;
    pages_free_now--;
    uint32_t place = group * GROUP_PAGES + index;
    chunk->holders[place] = 1;
    return chunk->number * CHUNK_PAGES + place;
}

page_t page_take(void)
{
    struct chunk *chunk = narrow.next;
    if (chunk == &narrow)
        chunk = wide.next;
    if (chunk == &wide)
        return pool_grow() ? page_take() : 0;
    uint64_t partly = chunk->some & ~chunk->whole;
    uint32_t group = (uint32_t)__builtin_ctzll(partly ? partly : chunk->some);
    return take(chunk, group, (unsigned)__builtin_ctz(chunk->free[group]));
}

page_t page_take_at(page_t page)
{
    struct chunk *chunk = page / CHUNK_PAGES < chunk_count ? chunk_of(page) : NULL;
    uint32_t place = page % CHUNK_PAGES, group = place / GROUP_PAGES;
    if (!chunk || !(chunk->free[group] >> place % GROUP_PAGES & 1))
        return 0;
    return take(chunk, group, place % GROUP_PAGES);
}

/* Halves of the chunk, 2 MiB each, that are wholly free: all their groups. */
static uint64_t free_halves(const struct chunk *chunk)
{
    uint64_t low = (chunk->whole & HALF) == HALF ? HALF : 0;
    return low | ((chunk->whole >> 32) == HALF ? HALF << 32 : 0);
}

static uint32_t choose_group(const struct chunk *chunk, unsigned place, bool large)
{
    uint64_t halves = free_halves(chunk), others = chunk->whole & ~halves;
    if (large && halves)
        return (uint32_t)(__builtin_ctzll(halves) & 32) + place;
    return (uint32_t)__builtin_ctzll(!large && others ? others : chunk->whole);
}

page_t page_take_in_group(unsigned index, unsigned place, bool large)
{
    if (wide.next == &wide && !pool_grow())
        return page_take();
    if (wide.next == &wide)
        return page_take();
    return take(wide.next, choose_group(wide.next, place, large), index);
}

/* The first of `count` free groups in a row; CHUNK_GROUPS: none. */
static uint32_t group_row(const struct chunk *chunk, uint32_t count)
{
    uint64_t starts = chunk->whole;
    for (uint32_t i = 1; i < count; i++)
        starts &= chunk->whole >> i;
    return starts ? (uint32_t)__builtin_ctzll(starts) : CHUNK_GROUPS;
}

page_t page_take_row(uint32_t count)
{
    uint32_t groups = (count + GROUP_PAGES - 1) / GROUP_PAGES, first = CHUNK_GROUPS;
    struct chunk *chunk = wide.next;
    for (;; chunk = chunk->next) {
        if (chunk == &wide) {
            /* A new chunk stands first in the list. */
            if (!pool_grow() || wide.next == &wide)
                return 0;
            chunk = wide.next;
            if (group_row(chunk, groups) == CHUNK_GROUPS)
                return 0;
        }
        first = group_row(chunk, groups);
        if (first < CHUNK_GROUPS)
            break;
    }
    for (uint32_t i = 0; i < count; i++)
        (void)take(chunk, first + i / GROUP_PAGES, i % GROUP_PAGES);
    return chunk->number * CHUNK_PAGES + first * GROUP_PAGES;
}

void page_put(page_t page)
{
    struct chunk *chunk = chunk_of(page);
    uint32_t place = page % CHUNK_PAGES, group = place / GROUP_PAGES;
    uint16_t bit = (uint16_t)(1u << place % GROUP_PAGES);
    if (--chunk->holders[place])
        return;
    chunk->free[group] |= bit;
    chunk->zero[group] &= (uint16_t)~bit;
    if (chunk->free[group] == 0xffff && !chunk->whole) {
        chunk->whole |= 1ull << group;
        list_join(&wide, chunk);
    } else if (chunk->free[group] == 0xffff) {
        chunk->whole |= 1ull << group;
    } else if (!chunk->some) {
        list_join(&narrow, chunk);
    }
    chunk->some |= 1ull << group;
    chunk->free_count++;
    pages_free_now++;
}

void page_fill(page_t page)
{
    uint32_t place = page % CHUNK_PAGES;
    chunk_of(page)->zero[place / GROUP_PAGES] &= (uint16_t) ~(1u << place % GROUP_PAGES);
}

void page_zero(page_t page)
{
    struct chunk *chunk = chunk_of(page);
    uint32_t place = page % CHUNK_PAGES, group = place / GROUP_PAGES;
    uint16_t bit = (uint16_t)(1u << place % GROUP_PAGES);
    if (chunk->zero[group] & bit)
        chunk->zero[group] &= (uint16_t)~bit;
    else
        words_zero(page_data(page), PAGE);
}

uint64_t page_physical(page_t page)
{
    return chunk_of(page)->physical + (uint64_t)(page % CHUNK_PAGES) * PAGE;
}

uint64_t page_bytes_total(void)
{
    return pages_total * PAGE;
}

uint64_t page_bytes_free(void)
{
    return pages_free_now * PAGE;
}
