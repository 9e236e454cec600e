/* SPDX-License-Identifier: BSD-2-Clause */
/* Things with handles: found by badge, as libsys/handle.h makes them. */
#ifndef SERVERS_VFS_TABLE_H
#define SERVERS_VFS_TABLE_H

#include <stddef.h>

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
};

/* The new thing's badge; 0: no memory, or too many. */
uint32_t table_insert(struct table *table, void *thing);
/* The badge names nothing from now on. */
void table_remove(struct table *table, uint32_t badge);

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
