/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory objects: pages that several spaces can map. A page is made when it's first needed, and its
 * maker's account pays. An object lives until its maker has closed it (or ended) and no region of
 * it is left.
 */
#ifndef SERVERS_MEMORY_OBJECT_H
#define SERVERS_MEMORY_OBJECT_H

#include "servers/memory/space.h"

struct object {
    struct block *blocks;
    struct region *regions; /* that map it, by object_next */
    struct space *maker;    /* null: it ended, or it's a boot module */
    struct account *payer;
    struct object *next_made, *previous_made; /* of its maker */
    uint64_t size;                            /* bytes */
    uint32_t badge;                           /* of a handle that may write */
    uint32_t users;                           /* that aren't regions: windows, the module */
    bool contiguous, closed;
};

/* Kinds of an object's handles: may write, may read. */
#define KIND_OBJECT 2u
#define KIND_OBJECT_READ 5u

MUST_USE err_t object_create(struct space *maker, uint64_t size, uint32_t flags,
                             struct object **object, uint64_t *physical);
/* What its handles are made of. */
cap_t object_endpoint(const struct object *object);
/* What a handle names; null: nothing. */
struct object *object_of(uint32_t badge);
MUST_USE err_t object_resize(struct object *object, uint64_t size);
/* Its maker lets it go. */
void object_close(struct object *object);
/* Its maker ends: what others still map is paid by the maker's group then. */
void object_orphan(struct object *object);
/* One user less that isn't a region. */
void object_put(struct object *object);
uint32_t object_count(void);

/* A boot module's Frames, in a row, as an object that is never written. */
MUST_USE err_t object_adopt(cap_t first, uint32_t count, uint64_t size, struct object **object);

/* The page at a position in pages, if it's there; `cache` is a block found before, or null. */
page_t object_peek(const struct object *object, uint64_t index, struct block **cache);
/* The same, made if it isn't there. OUT_OF_RANGE: beyond the object's end. */
MUST_USE err_t object_page(struct object *object, uint64_t index, page_t *page);

/* A region maps it now, or no longer. */
void object_join(struct object *object, struct region *region);
void object_leave(struct region *region);

#endif
