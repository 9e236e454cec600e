/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See heap.h. A page holds pieces of one size, and a head that counts them; pages with a free piece
 * are in a list. Pieces of more than half a page are whole pages.
 */

#include "servers/vfs/heap.h"

#include "libsys/string.h"
#include "servers/vfs/pages.h"

struct free_piece {
    struct free_piece *next;
};

struct heap_page {
    struct heap_page *next, *previous; /* in the list of its size */
    struct free_piece *free;
    uint16_t used;  /* pieces */
    uint16_t fresh; /* from here on none was taken so far */
    uint32_t size;  /* index in `sizes` */
};
_Static_assert(sizeof(struct heap_page) == 32, "the rest of the page is pieces");

static const uint16_t sizes[] = {32,  48,  64,  96,  128,  160,  208, 256,
                                 336, 448, 576, 672, 1008, 1344, 2032};
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))
#define PIECE_MAX 2032u

static struct heap_page *with_free[SIZES];
static uint64_t pieces;

static uint32_t pages_of(uint32_t bytes)
{
    return (bytes + PAGE_BYTES - 1) / PAGE_BYTES;
}

static uint32_t size_of(uint32_t bytes)
{
    uint32_t i = 0;

    while (sizes[i] < bytes)
        i++;
    return i;
}

uint32_t heap_bytes(uint32_t bytes)
{
    return bytes > PIECE_MAX ? pages_of(bytes) * PAGE_BYTES : sizes[size_of(bytes)];
}

static void list_insert(struct heap_page *page)
{
    struct heap_page **head = &with_free[page->size];

    page->next = *head;
    page->previous = NULL;
    if (*head)
        (*head)->previous = page;
    *head = page;
}

static void list_remove(struct heap_page *page)
{
    if (page->next)
        page->next->previous = page->previous;
    if (page->previous)
        page->previous->next = page->next;
    else
        with_free[page->size] = page->next;
}

static bool has_free(const struct heap_page *page)
{
    return page->free || page->fresh + sizes[page->size] <= PAGE_BYTES;
}

static struct heap_page *page_make(uint32_t size)
{
    struct heap_page *page = pages_take(1);

    if (!page)
        return NULL;
    *page = (struct heap_page){.size = size, .fresh = sizeof(*page)};
    list_insert(page);
    return page;
}

static void *piece_take(uint32_t size)
{
    struct heap_page *page = with_free[size] ? with_free[size] : page_make(size);
    void *piece = page ? page->free : NULL;

    if (!page)
        return NULL;
    if (piece) {
        page->free = page->free->next;
    } else {
        piece = (uint8_t *)page + page->fresh;
        page->fresh = (uint16_t)(page->fresh + sizes[size]);
    }
    page->used++;
    if (!has_free(page))
        list_remove(page);
    return piece;
}

void *heap_take(uint32_t bytes)
{
    void *place = bytes > PIECE_MAX ? pages_take(pages_of(bytes)) : piece_take(size_of(bytes));

    pieces += place != NULL;
    return place;
}

void *heap_take_zeroed(uint32_t bytes)
{
    void *place = heap_take(bytes);

    if (place)
        memset(place, 0, bytes);
    return place;
}

static void piece_give(void *place)
{
    struct heap_page *page = (struct heap_page *)((uint64_t)place & ~(uint64_t)(PAGE_BYTES - 1));
    struct free_piece *piece = place;

    if (!has_free(page))
        list_insert(page);
    piece->next = page->free;
    page->free = piece;
    page->used--;
    if (page->used == 0) {
        list_remove(page);
        pages_give(page, 1);
    }
}

void heap_give(void *place, uint32_t bytes)
{
    if (!place)
        return;
    pieces--;
    if (bytes > PIECE_MAX)
        pages_give(place, pages_of(bytes));
    else
        piece_give(place);
}

uint64_t heap_pieces(void)
{
    return pieces;
}
