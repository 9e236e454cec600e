/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file server and its memory server without any memory left: each operation that needs some says
 * so, and afterwards all is as before.
 */
#include "libsys/invoke.h"
#include "libsys/process.h"
#include "libsys/string.h"
#include "tests/guest/files/test.h"

#define PAGE 4096ull
#define HOG_ADDRESS 0x58000000ull
#define TRIES 400 /* of one operation: pieces of pages that are there already are used up first */
#define BARE 40   /* clients that nothing was done with, and empty directories */

static struct actor actor, full; /* the second has many descriptors */
static struct actor bare[BARE];
static cap_t slot, other_slot, bell, object;
static uint32_t number, bytes;
static uint64_t wide, wide2, wide3;

typedef err_t operation(uint32_t i);

/* Again and again, until it can't be done. */
static void check_scarce(const char *name, operation *operate)
{
    err_t error = 0;

    for (uint32_t i = 0; i < TRIES && !error; i++)
        error = operate(i);
    check_result(name, error, RPC_NO_MEMORY);
}

/* A name that differs from others by a number. */
static char *name_of(char *name, uint32_t i)
{
    char *digits = name + strlen(name) - 3;

    digits[0] = (char)('0' + i / 100);
    digits[1] = (char)('0' + i / 10 % 10);
    digits[2] = (char)('0' + i % 10);
    return name;
}

/* ---- Operations ------------------------------------------------------------------------------ */

static err_t polls(uint32_t i)
{
    err_t error = vfs_pipe(&actor.vfs, 4 + 2 * i, 5 + 2 * i, 0, slot, other_slot);
    struct rpc_client reader = {slot, &actor.context};

    if (error)
        return RPC_INTERNAL; /* that should be possible still */
    for (int n = 0; n < 8 && !error; n++)
        error = file_poll(&reader, FILE_READABLE, bell, &number);
    slot_clear(slot);
    slot_clear(other_slot);
    return error;
}

static err_t publish_one(uint32_t i)
{
    char name[] = "device000";

    return publish(&publisher, name_of(name, i), FILE_KIND_CHARACTER, 1, 0600);
}

static err_t open(uint32_t i)
{
    err_t error = vfs_open(&full.vfs, "/dev/null", OPEN_READ, 0, i, slot, &number, &bytes);

    slot_clear(slot);
    return error;
}

static err_t duplicate(uint32_t i)
{
    return vfs_duplicate(actor.vfs.cap, 0, 1007 - i);
}

static err_t adopt(uint32_t i)
{
    return vfs_adopt(&bare[i % BARE].vfs, actor.file[0], 1007);
}

static err_t pipe(uint32_t i)
{
    err_t error = vfs_pipe(&full.vfs, 2 * i, 2 * i + 1, 0, slot, other_slot);

    slot_clear(slot);
    slot_clear(other_slot);
    return error;
}

static err_t client_create(uint32_t i)
{
    err_t error = vfs_client_create(&authority, 0, NULL, 0, slot, &wide);

    (void)i;
    slot_clear(slot);
    return error;
}

static err_t client_fork(uint32_t i)
{
    err_t error = vfs_client_fork(&authority, full.badge, slot, &wide);

    (void)i;
    slot_clear(slot);
    return error;
}

static err_t change_root(uint32_t i)
{
    return vfs_change_root(&bare[i % BARE].vfs, "/");
}

static err_t mount_memory(uint32_t i)
{
    char name[] = "/tmp/m000";

    return vfs_mount_memory(&actor.vfs, name_of(name, i % BARE), 65536);
}

static err_t open_terminal(uint32_t i)
{
    err_t error = vfs_open_terminal(&authority, bare[BARE - 1 - i % BARE].badge, 3, slot);

    slot_clear(slot);
    return error;
}

static err_t set_window(uint32_t i)
{
    (void)i;
    return vfs_set_window(&actor.vfs, object);
}

static err_t program(uint32_t i)
{
    (void)i;
    return vfs_program(&authority, actor.badge, "/tmp/program", slot, &wide, &wide2, &wide3,
                       &number);
}

static err_t map(uint32_t i)
{
    struct rpc_client file = actor_file(&actor, 0);

    (void)i;
    return file_map(&file, MEMORY_READ, slot, &wide);
}

/* A pipe that nothing was written to has no ring yet. */
static err_t write(uint32_t i)
{
    struct rpc_client end = actor_file(&actor, 2);

    (void)i;
    return file_write(&end, FILE_POSITION, FILE_NO_WAIT, 0, "x", 1, &bytes);
}

/* ---- Using it up ----------------------------------------------------------------------------- */

/* All that the memory server has left, in pieces; returns where they end. */
static uint64_t memory_use_up(void)
{
    const uint32_t access = MEMORY_READ | MEMORY_WRITE | MEMORY_FIXED | MEMORY_POPULATE;
    uint64_t at = HOG_ADDRESS, mapped;

    for (uint64_t piece = 64 * PAGE; piece >= PAGE; piece /= 4)
        while (!memory_map_anonymous(memory_self.cap, at, piece, access, &mapped))
            at += piece;
    return at;
}

/* And all pages that the file server has left. */
static void pages_use_up(void)
{
    static char much[180];
    err_t error = 0;

    memset(much, 'x', sizeof(much) - 1);
    for (char name[] = "/tmp/a000"; !error && name[5] <= 'z'; name[5]++)
        for (uint32_t i = 0; i < 1000 && !error; i++)
            error = vfs_symlink(&actor.vfs, much, name_of(name, i));
    check_result("the file server's pages", error, VFS_ERROR_NO_ROOM);
}

static void pages_give(void)
{
    err_t error = 0;

    for (char name[] = "/tmp/a000"; !error && name[5] <= 'z'; name[5]++)
        for (uint32_t i = 0; i < 1000 && !error; i++)
            error = vfs_unlink(&actor.vfs, name_of(name, i), false);
    check_result("given back", error, RPC_NOT_FOUND);
}

static void prepare(void)
{
    struct rpc_client file;
    uint64_t physical;

    actor_make(&actor);
    actor_make(&full);
    must("publishing a terminal", publish(&publisher, "term2", FILE_KIND_TERMINAL, 3, 0600));
    must("a program", vfs_open(&actor.vfs, "/tmp/program", OPEN_READ | OPEN_WRITE | OPEN_CREATE,
                               0755, 0, actor.file[0], &number, &bytes));
    file = actor_file(&actor, 0);
    must("what is in it", file_write(&file, 0, 0, 0, "#!", 2, &bytes));
    must("an empty pipe", actor_pipe(&actor, 1));
    must("room for descriptors", vfs_duplicate(actor.vfs.cap, 0, 511));
    must("one page", memory_object_create(&memory_self, PAGE, 0, object, &physical));
    for (uint32_t i = 0; i < BARE; i++) {
        char name[] = "/tmp/m000";
        must("a place to mount", vfs_make_directory(&actor.vfs, name_of(name, i), 0755));
        bare[i] = (struct actor){.context = actor.context};
        bare[i].vfs = (struct rpc_client){slot_take(), &bare[i].context};
        must("a client",
             vfs_client_create(&authority, 0, NULL, 0, bare[i].vfs.cap, &bare[i].badge));
    }
}

static void tidy(void)
{
    pages_give();
    for (uint32_t i = 0; i < BARE; i++) {
        char name[] = "/tmp/m000";
        must("a client's end", vfs_client_end(authority.cap, bare[i].badge));
        slot_drop(bare[i].vfs.cap);
        (void)!vfs_unmount(&actor.vfs, name_of(name, i));
        must("a place's end", vfs_unlink(&actor.vfs, name, true));
    }
    must("the program's end", vfs_unlink(&actor.vfs, "/tmp/program", false));
    must("closing the object", memory_object_close(&memory_self, object));
    actor_end(&full);
    actor_end(&actor);
}

void cases_scarce(void)
{
    slot = slot_take();
    other_slot = slot_take();
    bell = slot_take();
    object = slot_take();
    must("a Notification", untyped_retype(program_cap("pool"), own_table, CAP_INDEX(bell), 1,
                                          OBJECT_NOTIFICATION, 7));
    prepare();
    uint64_t end = memory_use_up();
    check_scarce("map", map);
    check_scarce("program", program);
    check_scarce("set_window", set_window);
    check_scarce("poll", polls);
    check_scarce("publish", publish_one);
    pages_use_up();
    check_scarce("write", write);
    check_scarce("open", open);
    check_scarce("pipe", pipe);
    check_scarce("duplicate", duplicate);
    check_scarce("adopt", adopt);
    check_scarce("change_root", change_root);
    check_scarce("mount_memory", mount_memory);
    check_scarce("open_terminal", open_terminal);
    check_scarce("client_fork", client_fork);
    check_scarce("client_create", client_create);
    must("memory again", memory_unmap(memory_self.cap, HOG_ADDRESS, end - HOG_ADDRESS));
    tidy();
    actor_make(&actor);
    CHECK("all goes on", actor_open(&actor, "/tmp/file", OPEN_WRITE | OPEN_CREATE, 0) == 0 &&
                             actor_put(&actor, 0, "something"));
    actor_end(&actor);
    slot_drop(bell);
    slot_drop(object);
    slot_drop(other_slot);
    slot_drop(slot);
}
