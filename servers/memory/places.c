/* SPDX-License-Identifier: BSD-2-Clause */
#include "servers/memory/places.h"

#include "servers/memory/page.h"

_Static_assert(PLACES_EACH * sizeof(struct place) == PAGE, "a part is a page");

static struct place *place_at(const struct places *places, uint32_t index)
{
    return &places->part[index / PLACES_EACH][index % PLACES_EACH];
}

static bool grow(struct places *places)
{
    page_t page = places->count < HANDLE_PLACES ? page_take() : 0;
    if (!page)
        return false;
    page_zero(page);
    places->part[places->count / PLACES_EACH] = page_data(page);
    for (uint32_t i = PLACES_EACH; i-- > 0;) {
        struct place *place = (struct place *)page_data(page) + i;
        place->generation = 1;
        place->next_free = places->first_free;
        places->first_free = places->count + i + 1;
    }
    places->count += PLACES_EACH;
    return true;
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
    place->generation = handle_next(place->generation);
    place->next_free = places->first_free;
    places->first_free = handle_index(badge) + 1;
}
