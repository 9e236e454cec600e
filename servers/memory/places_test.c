/* SPDX-License-Identifier: BSD-2-Clause */
/* sources: servers/memory/places.c */
/* Places by their handles: no badge means another thing before those of its part are taken back. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "servers/memory/page.h"
#include "servers/memory/places.h"

#define KIND 2u
#define PAGES 64u
#define KEPT 3u /* things that stay */

static struct places places;
static uint32_t pages, revoked, copies;
static int failures;

static void report(const char *name, bool good)
{
    printf(good ? "ok memory places: %s\n" : "not ok memory places: %s: not so\n", name);
    failures += !good;
}

page_t page_take(void)
{
    return pages < PAGES ? ++pages : 0;
}

void page_put(page_t page)
{
    (void)page;
    pages--;
}

void page_fill(page_t page)
{
    (void)page;
}

err_t kernel_endpoint_copy(cap_t *copy)
{
    *copy = CAP_OF(++copies);
    return 0;
}

void kernel_revoke(cap_t cap)
{
    revoked += cap == CAP_OF(1);
}

static bool takes_and_gives(void)
{
    int things[600];
    uint32_t badge[600];
    bool good = true;

    for (int i = 0; i < 600; i++)
        badge[i] = places_take(&places, KIND, &things[i]);
    for (int i = 0; i < 600; i++)
        good = good && badge[i] && places_find(&places, badge[i]) == &things[i] &&
               places_endpoint(&places, badge[i]) == CAP_OF(1 + handle_index(badge[i]) / 256);
    for (int i = 0; i < 600; i++) {
        places_give(&places, badge[i]);
        good = good && !places_find(&places, badge[i]);
    }
    return good && copies == 3;
}

/* Each badge is given once, until all of its part were, and were revoked. */
static bool used_up(void)
{
    static uint8_t given[HANDLE_PLACES][(HANDLE_GENERATION_LAST + 8) / 8];
    bool good = true;
    int thing;

    memset(&places, 0, sizeof(places));
    revoked = copies = 0;
    for (uint32_t uses = 0; good && revoked == 0 && uses < 2 * 256 * HANDLE_GENERATION_LAST;
         uses++) {
        uint32_t badge = places_take(&places, KIND, &thing);
        uint32_t index = handle_index(badge), generation = handle_generation(badge);
        good = badge && !(given[index][generation / 8] >> generation % 8 & 1);
        given[index][generation / 8] |= (uint8_t)(1u << generation % 8);
        places_give(&places, badge);
    }
    uint32_t badge = places_take(&places, KIND, &thing);
    return good && revoked == 1 && handle_generation(badge) == 1 && places.count == 256;
}

/* What still is there isn't taken back. */
static bool kept(void)
{
    int things[KEPT], thing;
    uint32_t badge[KEPT];
    bool good = true;

    memset(&places, 0, sizeof(places));
    revoked = copies = 0;
    for (uint32_t i = 0; i < KEPT; i++)
        badge[i] = places_take(&places, KIND, &things[i]);
    for (uint32_t uses = 0; uses < 256 * HANDLE_GENERATION_LAST; uses++)
        places_give(&places, places_take(&places, KIND, &thing));
    for (uint32_t i = 0; i < KEPT; i++)
        good = good && places_find(&places, badge[i]) == &things[i];
    return good && revoked == 0 && places.count == 512;
}

int main(void)
{
    void *memory = mmap((void *)DIRECT, (PAGES + 1) * PAGE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

    if (memory != (void *)DIRECT)
        return 1;
    report("things by their handles", takes_and_gives());
    report("each badge once", used_up());
    report("what is there stays", kept());
    return failures != 0;
}
