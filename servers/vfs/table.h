/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Things with handles: found by badge, as libsys/handle.h makes them. Handles of a chunk's places
 * derive from one copy of the endpoint. A place whose generations are used up is left alone until
 * all of its chunk are; then their handles are taken back, and all begin anew.
 */
#ifndef SERVERS_VFS_TABLE_H
#define SERVERS_VFS_TABLE_H

#include <stddef.h>

#include "kernel/abi/types.h"
#include "libsys/handle.h"

#define TABLE_CHUNK 128u

struct table_place {
    void *thing; /* null: free */
    uint32_t generation;
    uint32_t next_free;
};

struct table {
    uint32_t kind;
    uint32_t places; /* that there are */
    uint32_t free;   /* 1 + the first one; 0: none */
    struct table_place *chunk[HANDLE_PLACES / TABLE_CHUNK];
    cap_t endpoint[HANDLE_PLACES / TABLE_CHUNK];
    uint8_t used_up[HANDLE_PLACES / TABLE_CHUNK]; /* so many of these places */
};

/* The new thing's badge; 0: no memory, or too many. */
uint32_t table_insert(struct table *table, void *thing);
/* The badge names nothing from now on. */
void table_remove(struct table *table, uint32_t badge);

/* What the handle with this badge is made of. */
static inline cap_t table_endpoint(const struct table *table, uint32_t badge)
{
    return table->endpoint[handle_index(badge) / TABLE_CHUNK];
}

static inline struct table_place *table_place(const struct table *table, uint32_t index)
{
    return &table->chunk[index / TABLE_CHUNK][index % TABLE_CHUNK];
}

/* Null: the badge names nothing here. */
static inline void *table_lookup(const struct table *table, uint32_t badge)
{
    uint32_t index = handle_index(badge);

    if (index >= table->places)
        return NULL;
    const struct table_place *place = table_place(table, index);
    return handle_badge(table->kind, place->generation, index) == badge ? place->thing : NULL;
}

#endif
