/* SPDX-License-Identifier: BSD-2-Clause */
/* sources: servers/name/names.c */
/* Namespaces: what each has, what goes with what, and counts over a long random history. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libsys/handle.h"
#include "servers/name/names.h"

static struct names names;
static int failures;

static void report(const char *name, bool good)
{
    printf(good ? "ok name: %s\n" : "not ok name: %s: not so\n", name);
    failures += !good;
}

#define ROOT (&names.space[0])
#define ROOT_BADGE handle_badge(NAMES_PUBLISHER, 1, 0)

static uint32_t publish(struct names_space *space, const char *name)
{
    uint32_t service = NAMES_NONE;

    return names_publish(&names, space, name, &service) ? NAMES_NONE : service;
}

static bool text(void)
{
    char large[NAME_MAX + 2] = {0};

    memset(large, 'x', NAME_MAX + 1);
    bool too_long = names_valid(large);
    large[NAME_MAX] = 0;
    return names_valid("a") && names_valid("dev/tty.0-A_z") && names_valid(large) && !too_long &&
           !names_valid("") && !names_valid("a b") && !names_valid("a\n") && !names_valid("\xc3") &&
           names_match("a", "a") && !names_match("a", "ab") && !names_match("ab", "a") &&
           names_match("a/", "a/b") && names_match("a/", "a/") && !names_match("a/", "ab") &&
           !names_match("", "a");
}

static bool publishing(void)
{
    names_init(&names);
    uint32_t a = publish(ROOT, "a"), b = publish(ROOT, "b");
    return a != NAMES_NONE && b != NAMES_NONE && names_find(&names, ROOT, "a") == a &&
           names_find(&names, ROOT, "c") == NAMES_NONE && publish(ROOT, "a") == NAMES_NONE &&
           names_nth(&names, ROOT, 0) == a && names_nth(&names, ROOT, 1) == b &&
           names_nth(&names, ROOT, 2) == NAMES_NONE && names_withdraw(&names, ROOT, a) &&
           names_nth(&names, ROOT, 0) == b && publish(ROOT, "a") != NAMES_NONE &&
           strcmp(names.service[names_nth(&names, ROOT, 1)].name, "a") == 0;
}

/* A copy has what was there, and not what comes; an empty one has nothing. */
static bool copies(void)
{
    names_init(&names);
    uint32_t a = publish(ROOT, "a");
    uint32_t badge = names_create(&names, ROOT, false, false);
    struct names_space *copy = names_space(&names, badge);
    struct names_space *empty = names_space(&names, names_create(&names, ROOT, true, true));
    uint32_t b = publish(ROOT, "b"), other = publish(empty, "a");
    return !names_may_publish(badge) && names_find(&names, copy, "a") == a &&
           names_find(&names, copy, "b") == NAMES_NONE && names_find(&names, empty, "a") == other &&
           other != a && !names_withdraw(&names, copy, a) && names_find(&names, ROOT, "a") == a &&
           names_withdraw(&names, ROOT, b) && names_withdraw(&names, ROOT, a);
}

static bool withdrawn_at_home(void)
{
    names_init(&names);
    uint32_t a = publish(ROOT, "a");
    struct names_space *copy = names_space(&names, names_create(&names, ROOT, false, false));
    return names_withdraw(&names, ROOT, a) && names_find(&names, copy, "a") == NAMES_NONE &&
           names.count == 0;
}

/* The two that the manifest gives have nothing of each other. */
static bool given(void)
{
    names_init(&names);
    struct names_space *users = names_space(&names, handle_badge(NAMES_READER, 1, 1));
    uint32_t a = publish(ROOT, "a"), other = users ? publish(users, "a") : NAMES_NONE;
    return other != NAMES_NONE && other != a && names_withdraw(&names, users, other) &&
           names_find(&names, ROOT, "a") == a && names_nth(&names, users, 0) == NAMES_NONE;
}

static bool destroying(void)
{
    uint32_t gone[NAMES_SERVICES];

    names_init(&names);
    uint32_t middle_badge = names_create(&names, ROOT, true, true);
    struct names_space *middle = names_space(&names, middle_badge);
    uint32_t mine = publish(middle, "mine"), shared = publish(middle, "shared");
    struct names_space *last = names_space(&names, names_create(&names, middle, false, false));
    names_withdraw(&names, last, mine);
    return names_destroy(&names, middle, gone) == 1 && gone[0] == mine &&
           !names_space(&names, middle_badge) && names_find(&names, last, "shared") == shared &&
           last->parent == 0 && names_destroy(&names, last, gone) == 1 && gone[0] == shared &&
           names.count == 0;
}

static bool strangers(void)
{
    names_init(&names);
    return names_space(&names, ROOT_BADGE) == ROOT &&
           names_space(&names, handle_badge(NAMES_READER, 1, 0)) == ROOT &&
           !names_space(&names, 0) && !names_space(&names, handle_badge(3, 1, 0)) &&
           !names_space(&names, handle_badge(1, 2, 0)) &&
           !names_space(&names, handle_badge(1, 1, NAMES_GIVEN)) &&
           !names_space(&names, handle_badge(1, 1, HANDLE_PLACES - 1));
}

static bool full(void)
{
    char name[16];

    names_init(&names);
    for (int i = 0; i < NAMES_SERVICES; i++) {
        sprintf(name, "n%d", i);
        if (publish(ROOT, name) == NAMES_NONE)
            return false;
    }
    uint32_t service;
    if (names_publish(&names, ROOT, "one-more", &service) != RPC_FULL)
        return false;
    uint32_t made = 0;
    for (unsigned i = 0; i < NAMES_GIVEN; i++)
        while (names_create(&names, &names.space[i], false, true))
            made++;
    return made == NAMES_SPACES - NAMES_GIVEN;
}

/* Each service is counted as often as namespaces have it, and the order has each once. */
static bool adds_up(void)
{
    uint32_t total = 0;

    for (uint32_t i = 0; i < NAMES_SERVICES; i++) {
        uint32_t spaces = 0, listed = 0;
        for (uint32_t k = 0; k < NAMES_SPACES; k++)
            spaces += names.space[k].is_used && names.space[k].has[i];
        for (uint32_t k = 0; k < names.count; k++)
            listed += names.order[k] == i;
        if (spaces != names.service[i].spaces || listed != (spaces > 0))
            return false;
        total += spaces > 0;
    }
    return total == names.count;
}

/* The users' take all that they may: the system's can still be made, and the other way round. */
static bool shares(void)
{
    struct names_space *users = &names.space[1];
    uint32_t of_users = 0, of_root = 0, badge, made = 0;

    names_init(&names);
    while ((badge = names_create(&names, users, true, false)) != 0) {
        users = names_space(&names, badge); /* of one that was made, the same */
        of_users++;
    }
    while ((badge = names_create(&names, ROOT, true, false)) != 0) {
        made = badge;
        of_root++;
    }
    return of_users == 126 - 31 && of_root == 31 && names_family(&names, users) == 1 &&
           names_family(&names, names_space(&names, made)) == 0;
}

static bool history(void)
{
    uint32_t gone[NAMES_SERVICES];
    char name[8];

    names_init(&names);
    for (int round = 0; round < 20000; round++) {
        struct names_space *space = &names.space[rand() % 12];
        uint32_t service = (uint32_t)rand() % 40;
        if (!space->is_used)
            continue;
        sprintf(name, "n%d", rand() % 60);
        switch (rand() % 5) {
        case 0:
        case 1:
            (void)publish(space, name);
            break;
        case 2:
            if (space->has[service])
                (void)names_withdraw(&names, space, service);
            break;
        case 3:
            (void)names_create(&names, space, rand() % 4 == 0, true);
            break;
        default:
            if (space >= names.space + NAMES_GIVEN && rand() % 2)
                (void)names_destroy(&names, space, gone);
        }
        if (round % 50 == 0 && !adds_up())
            return false;
    }
    return adds_up();
}

int main(void)
{
    report("text", text());
    report("publishing", publishing());
    report("copies", copies());
    report("withdrawn at home", withdrawn_at_home());
    report("given ones", given());
    report("destroying", destroying());
    report("badges that name nothing", strangers());
    report("full", full());
    report("shares", shares());
    report("a random history", history());
    return failures != 0;
}
