/* SPDX-License-Identifier: BSD-2-Clause */
/* See table.h. */

#include "servers/vfs/table.h"

#include <stdbool.h>
#include "servers/vfs/backing.h"
#include "servers/vfs/server.h"

#define CHUNK_BYTES (TABLE_CHUNK * sizeof(struct table_place))
#define CHUNKS_AT_ONCE 8u

/* Chunks never end. So they lie apart: among what does each would keep an area of it. */
static struct table_place *chunks;
static uint32_t chunks_left;

static struct table_place *chunk_take(void)
{
    if (chunks_left == 0) {
        chunks = backing_take(CHUNKS_AT_ONCE * CHUNK_BYTES);
        chunks_left = chunks ? CHUNKS_AT_ONCE : 0;
    }
    return chunks_left > 0 ? &chunks[--chunks_left * TABLE_CHUNK] : NULL;
}

/* All places of a chunk are free, and nobody has a handle of any. */
static void chunk_begin(struct table *table, uint32_t number)
{
    for (uint32_t i = TABLE_CHUNK; i > 0; i--) {
        table->chunk[number][i - 1] = (struct table_place){.next_free = table->free};
        table->free = number * TABLE_CHUNK + i;
    }
    table->used_up[number] = 0;
}

static bool grow(struct table *table)
{
    uint32_t number = table->places / TABLE_CHUNK;

    if (table->places == HANDLE_PLACES)
        return false;
    struct table_place *chunk = chunk_take();
    table->endpoint[number] = chunk ? server_endpoint_copy() : 0;
    if (!table->endpoint[number]) {
        chunks_left += chunk != NULL; /* the last one that was taken */
        return false;
    }
    table->chunk[number] = chunk;
    chunk_begin(table, number);
    table->places += TABLE_CHUNK;
    return true;
}

/* A place whose generations are used up. With the last of its chunk all begin anew. */
static void use_up(struct table *table, uint32_t number)
{
    if (++table->used_up[number] < TABLE_CHUNK)
        return;
    server_endpoint_revoke(table->endpoint[number]);
    chunk_begin(table, number);
}

uint32_t table_insert(struct table *table, void *thing)
{
    if (table->free == 0 && !grow(table))
        return 0;
    uint32_t index = table->free - 1;
    struct table_place *place = table_place(table, index);
    table->free = place->next_free;
    place->thing = thing;
    place->generation++;
    return handle_badge(table->kind, place->generation, index);
}

void table_remove(struct table *table, uint32_t badge)
{
    uint32_t index = handle_index(badge);
    struct table_place *place = table_place(table, index);

    place->thing = NULL;
    if (place->generation == HANDLE_GENERATION_LAST) {
        use_up(table, index / TABLE_CHUNK);
        return;
    }
    place->next_free = table->free;
    table->free = index + 1;
}
