/* SPDX-License-Identifier: BSD-2-Clause */
/* sources: servers/vfs/contents.c */
/* sources: tests/host/vfs/stand_in.c servers/vfs/ramfs.c servers/vfs/entry.c servers/vfs/node.c */
/* sources: servers/vfs/view.c servers/vfs/client.c servers/vfs/table.c servers/vfs/device.c */
/* sources: servers/vfs/descriptors.c servers/vfs/open_file.c servers/vfs/pipe.c */
/* sources: servers/vfs/wait.c */
/* The bytes of a file against an array, in a random history with refusals. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "servers/vfs/contents.h"
#include "libsys/vfs_protocol.h"
#include "tests/host/vfs/stand_in.h"

#define MOST 300000u

static uint8_t archive[3 * PAGE_BYTES], model[MOST], data[MOST];
static uint64_t model_size;
static int failures;

static void report(const char *name, bool good)
{
    printf(good ? "ok vfs contents: %s\n" : "not ok vfs contents: %s: not so\n", name);
    failures += !good;
}

static bool same(const struct contents *contents)
{
    const uint8_t *at;

    return contents->size == model_size && contents_at(contents, 0, MOST, &at) == model_size &&
           (model_size == 0 || memcmp(at, model, model_size) == 0) &&
           contents_at(contents, model_size, 1, &at) == 0 &&
           contents_at(contents, UINT64_MAX, 1, &at) == 0;
}

static void model_grow(uint64_t size)
{
    if (size > model_size)
        memset(model + model_size, 0, size - model_size);
    model_size = size > model_size ? size : model_size;
}

static uint64_t any_size(void)
{
    static const uint32_t range[] = {20, 600, 9000, 70000, MOST / 2};

    return (uint64_t)rand() % range[rand() % 5];
}

static bool step(struct contents *contents, struct budget *budget)
{
    uint64_t offset = any_size(), count = any_size();
    cap_t object;
    err_t error;

    memset(data, rand(), count);
    for (uint64_t i = 0; i < count; i += 1 + (uint64_t)rand() % 1000)
        data[i] = (uint8_t)rand();
    switch (rand() % 5) {
    case 0:
        error = contents_resize(contents, budget, offset);
        if (!error) {
            model_grow(offset);
            model_size = offset;
        }
        return !error || stand_in_refused();
    case 1:
        error = contents_share(contents, budget, (enum share)(rand() % 3), &object);
        return (!error && object) || stand_in_refused();
    case 2:
        contents_settle(contents, budget);
        return true;
    default:
        error = contents_write(contents, budget, offset, data, count);
        if (!error && count) {
            model_grow(offset + count);
            memcpy(model + offset, data, count);
        }
        return !error || stand_in_refused();
    }
}

static bool history(bool from_archive, bool refusing)
{
    struct contents contents = {0};
    struct budget budget = {.limit = UINT64_MAX};
    long pieces = stand_in_pieces();
    bool good = true;

    model_size = from_archive ? 5000 : 0;
    if (from_archive)
        contents_set_archive(&contents, archive, model_size);
    memcpy(model, archive, model_size);
    for (int i = 0; i < 120 && good; i++) {
        stand_in_refuse(refusing && rand() % 3 == 0 ? 1 + (unsigned)rand() % 3 : 0);
        good = step(&contents, &budget) && same(&contents);
    }
    stand_in_refuse(0);
    contents_end(&contents, &budget);
    return good && budget.used == 0 && stand_in_pieces() == pieces && stand_in_objects() == 0;
}

static bool histories(bool from_archive, bool refusing)
{
    for (int i = 0; i < 40; i++) {
        srand((unsigned)i);
        if (!history(from_archive, refusing))
            return false;
    }
    return true;
}

static bool limits(void)
{
    struct contents contents = {0};
    struct budget budget = {.limit = 5000};
    bool good = contents_write(&contents, &budget, 0, data, 4000) == 0 &&
                contents_write(&contents, &budget, 0, data, 6000) == VFS_ERROR_NO_ROOM &&
                contents.size == 4000 &&
                contents_write(&contents, &budget, UINT64_MAX - 1, data, 4) == RPC_OUT_OF_RANGE &&
                contents_resize(&contents, &budget, UINT64_MAX) == RPC_OUT_OF_RANGE &&
                contents_resize(&contents, &budget, CONTENTS_MAX) == VFS_ERROR_NO_ROOM;

    contents_end(&contents, &budget);
    return good && budget.used == 0;
}

/* What a client wrote behind the end of an object's last page isn't seen when the file grows. */
static bool behind_the_end(void)
{
    struct contents contents = {0};
    struct budget budget = {.limit = UINT64_MAX};
    const uint8_t *at;
    cap_t object;
    bool good = contents_write(&contents, &budget, 0, "x", 1) == 0 &&
                contents_share(&contents, &budget, SHARE_TO_WRITE, &object) == 0;

    contents.data[100] = 'y';
    good = good && contents_resize(&contents, &budget, 200) == 0 &&
           contents_at(&contents, 0, 200, &at) == 200 && at[0] == 'x' && at[100] == 0;
    contents_end(&contents, &budget);
    return good;
}

/* A program that runs keeps its object; who mapped the file sees changes in his. */
static bool running(void)
{
    struct contents contents = {0};
    struct budget budget = {.limit = UINT64_MAX};
    cap_t object;
    bool good = contents_write(&contents, &budget, 0, "program", 7) == 0 &&
                contents_share(&contents, &budget, SHARE_AS_PROGRAM, &object) == 0;
    good = good && contents_resize(&contents, &budget, 0) == 0 && contents.backing == NULL &&
           contents_write(&contents, &budget, 0, "another", 7) == 0 &&
           contents_share(&contents, &budget, SHARE_AS_PROGRAM, &object) == 0;
    struct backing *before = contents.backing;
    const uint8_t *old = contents.data;
    good = good && contents_write(&contents, &budget, 0, "A", 1) == 0 &&
           contents.backing != before && contents.data != old && contents.data[1] == 'n';
    good = good && contents_share(&contents, &budget, SHARE_TO_READ, &object) == 0 &&
           contents_share(&contents, &budget, SHARE_AS_PROGRAM, &object) == 0;
    before = contents.backing;
    good = good && contents_write(&contents, &budget, 0, "B", 1) == 0 &&
           contents_resize(&contents, &budget, 0) == 0 && contents.backing == before;
    contents_end(&contents, &budget);
    return good && budget.used == 0 && stand_in_objects() == 0;
}

int main(void)
{
    for (size_t i = 0; i < sizeof(archive); i++)
        archive[i] = (uint8_t)(i * 31 >> 2);
    report("a random history", histories(false, false));
    report("of a file of the archive", histories(true, false));
    report("with refusals", histories(true, true));
    report("limits", limits());
    report("what lies behind the end", behind_the_end());
    report("a program that runs", running());
    return failures != 0;
}
