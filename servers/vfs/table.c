/* SPDX-License-Identifier: BSD-2-Clause */
/* See table.h. */

#include "servers/vfs/table.h"

#include <stdbool.h>
#include "servers/vfs/heap.h"

static bool grow(struct table *table)
{
    uint32_t bytes = TABLE_CHUNK * (uint32_t)sizeof(struct table_place);

    if (table->places == HANDLE_PLACES)
        return false;
    struct table_place *chunk = heap_take_zeroed(bytes);
    if (!chunk)
        return false;
    table->chunk[table->places / TABLE_CHUNK] = chunk;
    for (uint32_t i = TABLE_CHUNK; i > 0; i--) {
        chunk[i - 1].next_free = table->free;
        table->free = table->places + i;
    }
    table->places += TABLE_CHUNK;
    return true;
}

uint32_t table_insert(struct table *table, void *thing)
{
    if (table->free == 0 && !grow(table))
        return 0;
    uint32_t index = table->free - 1;
    struct table_place *place = table_place(table, index);
    table->free = place->next_free;
    place->thing = thing;
    place->generation = handle_next(place->generation);
    return handle_badge(table->kind, place->generation, index);
}

void table_remove(struct table *table, uint32_t badge)
{
    uint32_t index = handle_index(badge);
    struct table_place *place = table_place(table, index);

    place->thing = NULL;
    place->next_free = table->free;
    table->free = index + 1;
}
