/* SPDX-License-Identifier: BSD-2-Clause */
#include "servers/memory/places.h"

#include "servers/memory/page.h"

_Static_assert(PLACES_EACH * sizeof(struct place) == PAGE, "a part is a page");

static struct place *place_at(const struct places *places, uint32_t index)
{
    return &places->part[index / PLACES_EACH][index % PLACES_EACH];
}

/* All places of a part are free, and nobody has a handle of any. */
static void part_begin(struct places *places, uint32_t part)
{
    for (uint32_t i = PLACES_EACH; i-- > 0;) {
        places->part[part][i] = (struct place){.generation = 1, .next_free = places->first_free};
        places->first_free = part * PLACES_EACH + i + 1;
    }
    places->used_up[part] = 0;
}

static bool grow(struct places *places)
{
    uint32_t part = places->count / PLACES_EACH;
    page_t page = places->count < HANDLE_PLACES ? page_take() : 0;
    if (!page)
        return false;
    if (kernel_endpoint_copy(&places->endpoint[part])) {
        page_put(page);
        return false;
    }
    page_fill(page);
    places->part[part] = page_data(page);
    part_begin(places, part);
    places->count += PLACES_EACH;
    return true;
}

/* A place whose generations are used up. With the last of its part all begin anew. */
static void use_up(struct places *places, uint32_t part)
{
    if (++places->used_up[part] < PLACES_EACH)
        return;
    kernel_revoke(places->endpoint[part]);
    part_begin(places, part);
}

uint32_t places_take(struct places *places, uint32_t kind, void *thing)
{
    if (!places->first_free && !grow(places))
        return 0;
    uint32_t index = places->first_free - 1;
    struct place *place = place_at(places, index);
    places->first_free = place->next_free;
    place->thing = thing;
    return handle_badge(kind, place->generation, index);
}

void places_give(struct places *places, uint32_t badge)
{
    struct place *place = place_at(places, handle_index(badge));
    place->thing = NULL;
    if (place->generation == HANDLE_GENERATION_LAST) {
        place->generation = 0; /* no handle has that */
        use_up(places, handle_index(badge) / PLACES_EACH);
        return;
    }
    place->generation++;
    place->next_free = places->first_free;
    places->first_free = handle_index(badge) + 1;
}
