/* SPDX-License-Identifier: BSD-2-Clause */
/* See names.h. */

#include "servers/name/names.h"

#include "libsys/handle.h"
#include "libsys/string.h"

void names_init(struct names *names)
{
    memset(names, 0, sizeof(*names));
    for (uint32_t i = 0; i < NAMES_GIVEN; i++)
        names->space[i] = (struct names_space){.generation = 1, .is_used = true};
}

static bool is_valid(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_' || c == '/';
}

bool names_valid(const char *name)
{
    uint32_t length = 0;

    while (length <= NAME_MAX && is_valid(name[length]))
        length++;
    return name[length] == 0 && length > 0 && length <= NAME_MAX;
}

bool names_match(const char *pattern, const char *name)
{
    uint32_t i = 0;

    while (pattern[i] && pattern[i] == name[i])
        i++;
    return pattern[i] == 0 && (name[i] == 0 || (i > 0 && pattern[i - 1] == '/'));
}

struct names_space *names_space(struct names *names, uint32_t badge)
{
    uint32_t kind = handle_kind(badge), index = handle_index(badge);

    if ((kind != NAMES_PUBLISHER && kind != NAMES_READER) || index >= NAMES_SPACES)
        return NULL;
    struct names_space *space = &names->space[index];
    return space->is_used && space->generation == handle_generation(badge) ? space : NULL;
}

static uint32_t index_of(const struct names *names, const struct names_space *space)
{
    return (uint32_t)(space - names->space);
}

uint32_t names_find(const struct names *names, const struct names_space *space, const char *name)
{
    for (uint32_t i = 0; i < NAMES_SERVICES; i++)
        if (space->has[i] && string_equal(names->service[i].name, name))
            return i;
    return NAMES_NONE;
}

err_t names_publish(struct names *names, struct names_space *space, const char *name,
                    uint32_t *service)
{
    uint32_t place = 0;

    if (names_find(names, space, name) != NAMES_NONE)
        return RPC_EXISTS;
    while (place < NAMES_SERVICES && names->service[place].spaces > 0)
        place++;
    if (place == NAMES_SERVICES)
        return RPC_FULL;
    names->service[place] = (struct names_service){.home = index_of(names, space), .spaces = 1};
    memcpy(names->service[place].name, name, strlen(name) + 1);
    space->has[place] = true;
    names->order[names->count++] = place;
    *service = place;
    return 0;
}

/* It isn't in the table any more. */
static void service_end(struct names *names, uint32_t service)
{
    uint32_t at = 0;

    while (names->order[at] != service)
        at++;
    names->count--;
    memmove(&names->order[at], &names->order[at + 1],
            (names->count - at) * sizeof(names->order[0]));
}

static bool space_forget(struct names *names, struct names_space *space, uint32_t service)
{
    space->has[service] = false;
    if (--names->service[service].spaces > 0)
        return false;
    service_end(names, service);
    return true;
}

bool names_withdraw(struct names *names, struct names_space *space, uint32_t service)
{
    if (names->service[service].home != index_of(names, space))
        return space_forget(names, space, service);
    for (uint32_t i = 0; i < NAMES_SPACES; i++)
        if (names->space[i].is_used && names->space[i].has[service])
            (void)space_forget(names, &names->space[i], service);
    return true;
}

uint32_t names_nth(const struct names *names, const struct names_space *space, uint32_t index)
{
    for (uint32_t i = 0; i < names->count; i++)
        if (space->has[names->order[i]] && index-- == 0)
            return names->order[i];
    return NAMES_NONE;
}

uint32_t names_family(const struct names *names, const struct names_space *space)
{
    uint32_t index = index_of(names, space);

    while (index >= NAMES_GIVEN)
        index = names->space[index].parent;
    return index;
}

bool names_may(const uint32_t used[NAMES_GIVEN], uint32_t family, uint32_t most)
{
    uint32_t kept = 0, sum = 0;

    for (uint32_t i = 0; i < NAMES_GIVEN; i++) {
        sum += used[i];
        if (i != family && used[i] < most / 4)
            kept += most / 4 - used[i];
    }
    return sum + kept < most;
}

static bool may_create(const struct names *names, const struct names_space *from)
{
    uint32_t used[NAMES_GIVEN] = {0};

    for (uint32_t i = NAMES_GIVEN; i < NAMES_SPACES; i++)
        if (names->space[i].is_used)
            used[names_family(names, &names->space[i])]++;
    return names_may(used, names_family(names, from), NAMES_SPACES - NAMES_GIVEN);
}

uint32_t names_create(struct names *names, const struct names_space *from, bool empty, bool publish)
{
    uint32_t index = NAMES_GIVEN;

    while (index < NAMES_SPACES && names->space[index].is_used)
        index++;
    if (index == NAMES_SPACES || !may_create(names, from))
        return 0;
    struct names_space *space = &names->space[index];
    *space = (struct names_space){.generation = handle_next(space->generation),
                                  .is_used = true,
                                  .parent = index_of(names, from)};
    for (uint32_t i = 0; i < NAMES_SERVICES && !empty; i++) {
        space->has[i] = from->has[i];
        names->service[i].spaces += from->has[i];
    }
    return handle_badge(publish ? NAMES_PUBLISHER : NAMES_READER, space->generation, index);
}

/* Services at home there are at home at the parent's, as far as that has them; else nowhere. */
uint32_t names_destroy(struct names *names, struct names_space *space, uint32_t *gone)
{
    uint32_t index = index_of(names, space), count = 0;

    for (uint32_t i = 0; i < NAMES_SERVICES; i++) {
        if (names->service[i].spaces > 0 && names->service[i].home == index)
            names->service[i].home =
                names->space[space->parent].has[i] ? space->parent : NAMES_SPACES;
        if (space->has[i] && space_forget(names, space, i))
            gone[count++] = i;
    }
    for (uint32_t i = 0; i < NAMES_SPACES; i++)
        if (names->space[i].is_used && names->space[i].parent == index)
            names->space[i].parent = space->parent;
    space->is_used = false;
    return count;
}
