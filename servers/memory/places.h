/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which thing a handle means: a table of places, by the index in its badge (libsys/handle.h). It
 * grows by pages of the pool, each with a copy of the endpoint that the handles of its places
 * derive from. A place whose generations are used up is left alone until all of its page are, and
 * nothing is in them: then their handles are taken back, and all begin anew.
 */
#ifndef SERVERS_MEMORY_PLACES_H
#define SERVERS_MEMORY_PLACES_H

#include "libsys/handle.h"
#include "libsys/syscall.h"

#define PLACES_EACH 256u

struct place {
    void *thing; /* null: free */
    uint32_t generation;
    uint32_t next_free; /* index + 1 */
};

struct places {
    struct place *part[HANDLE_PLACES / PLACES_EACH];
    cap_t endpoint[HANDLE_PLACES / PLACES_EACH];   /* 0: none is needed */
    uint16_t used_up[HANDLE_PLACES / PLACES_EACH]; /* so many of these places */
    uint32_t count;                                /* places that exist */
    uint32_t first_free;                           /* index + 1; 0: none */
};

/* What has this index and generation; null: nothing, or not any more. */
SYSCALL_INLINE void *places_find(const struct places *places, uint32_t badge)
{
    uint32_t index = handle_index(badge);
    if (UNLIKELY(index >= places->count))
        return NULL;
    const struct place *place = &places->part[index / PLACES_EACH][index % PLACES_EACH];
    return LIKELY(place->generation == handle_generation(badge)) ? place->thing : NULL;
}

/* A place for `thing`, and its handle's badge of that kind; 0: no memory, or too many. */
uint32_t places_take(struct places *places, uint32_t kind, void *thing);
/* What its handle is to derive from; 0: the endpoint itself. */
static inline cap_t places_endpoint(const struct places *places, uint32_t badge)
{
    return places->endpoint[handle_index(badge) / PLACES_EACH];
}
/* Handles of it name nothing from now on. */
void places_give(struct places *places, uint32_t badge);

#endif
