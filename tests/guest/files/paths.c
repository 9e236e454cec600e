/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations that make, move and take names away, and what each refuses. */
#include "libsys/string.h"
#include "tests/guest/files/test.h"

static struct actor actor, user; /* user 0, and another */
static char text[384];
static uint32_t number, bytes;
static uint64_t wide, wide2, wide3;
static cap_t slot;

/* An operation on a path, or on a good path and this one. */
typedef err_t operation(const struct rpc_client *rpc, const char *path);

static err_t make(const struct rpc_client *rpc, const char *path)
{
    return vfs_open(rpc, path, OPEN_WRITE | OPEN_CREATE, 0644, 9, slot, &number, &bytes);
}

static err_t make_directory(const struct rpc_client *rpc, const char *path)
{
    return vfs_make_directory(rpc, path, 0755);
}

static err_t unlink(const struct rpc_client *rpc, const char *path)
{
    return vfs_unlink(rpc, path, false);
}

static err_t rename_from(const struct rpc_client *rpc, const char *path)
{
    return vfs_rename(rpc, path, "/tmp/new");
}

static err_t rename_to(const struct rpc_client *rpc, const char *path)
{
    return vfs_rename(rpc, "/tmp/own", path);
}

static err_t link_from(const struct rpc_client *rpc, const char *path)
{
    return vfs_link(rpc, path, "/tmp/new");
}

static err_t link_to(const struct rpc_client *rpc, const char *path)
{
    return vfs_link(rpc, "/tmp/own", path);
}

static err_t symlink(const struct rpc_client *rpc, const char *path)
{
    return vfs_symlink(rpc, "anything", path);
}

static err_t read_link(const struct rpc_client *rpc, const char *path)
{
    return vfs_read_link(rpc, path, text, sizeof(text), &bytes);
}

static err_t mount(const struct rpc_client *rpc, const char *path)
{
    (void)rpc;
    return vfs_mount_memory(&actor.vfs, path, 65536);
}

static err_t unmount(const struct rpc_client *rpc, const char *path)
{
    (void)rpc;
    return vfs_unmount(&actor.vfs, path);
}

static err_t program_find(const struct rpc_client *rpc, const char *path)
{
    (void)rpc;
    return vfs_program_find(&authority, user.badge, path, &wide, &wide2, &wide3, &number, &bytes);
}

/* ---- Wherever a path leads ------------------------------------------------------------------- */

#define LONG_NAME                                                                           \
    "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn" \
    "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn" \
    "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"

#define FOR_USER_0 1  /* who else asks is refused for that */
#define SHORT_PATHS 2 /* none has room for a name of 256 bytes */

static const struct {
    const char *name;
    operation *operate;
    unsigned kind;
} operations[] = {
    {"making a file", make, 0},
    {"making a directory", make_directory, 0},
    {"unlinking", unlink, 0},
    {"renaming", rename_from, SHORT_PATHS},
    {"renaming to", rename_to, SHORT_PATHS},
    {"linking", link_from, SHORT_PATHS},
    {"linking to", link_to, SHORT_PATHS},
    {"a symbolic link", symlink, SHORT_PATHS},
    {"reading a link", read_link, 0},
    {"mounting", mount, FOR_USER_0},
    {"unmounting", unmount, FOR_USER_0},
    {"finding a program", program_find, 0},
};

static void everywhere(void)
{
    for (unsigned i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        operation *operate = operations[i].operate;
        const struct rpc_client *rpc = &user.vfs;
        bool good = operate(rpc, "/none/x") == RPC_NOT_FOUND &&
                    operate(rpc, "/etc/motd/x") == VFS_ERROR_NOT_A_DIRECTORY &&
                    operate(rpc, "/tmp/loop/x") == VFS_ERROR_LOOP;
        if (operations[i].kind != FOR_USER_0)
            good = good && operate(rpc, "/tmp/shut/x") == RPC_DENIED;
        if (operations[i].kind != SHORT_PATHS)
            good = good && operate(rpc, "/" LONG_NAME) == VFS_ERROR_NAME_TOO_LONG;
        CHECK(operations[i].name, good);
    }
}

/* ---- Each ------------------------------------------------------------------------------------ */

static void made(void)
{
    const struct rpc_client *rpc = &actor.vfs;

    check_result("a file that must be new",
                 vfs_open(rpc, "/tmp/own", OPEN_READ | OPEN_CREATE | OPEN_EXCLUSIVE, 0, 9, slot,
                          &number, &bytes),
                 RPC_EXISTS);
    check_result("writing to a directory",
                 vfs_open(rpc, "/tmp/full", OPEN_WRITE, 0, 9, slot, &number, &bytes),
                 VFS_ERROR_IS_A_DIRECTORY);
    check_result("a directory that is there", vfs_make_directory(rpc, "/tmp", 0755), RPC_EXISTS);
    check_result("a link that is there", vfs_symlink(rpc, "x", "/tmp/own"), RPC_EXISTS);
    check_result("a link to what is there", vfs_link(rpc, "/tmp/own", "/tmp/full"), RPC_EXISTS);
    check_result("a link to a directory", vfs_link(rpc, "/tmp/full", "/tmp/new"), RPC_DENIED);
    check_result("a link to another file system", vfs_link(rpc, "/tmp/own", "/tmp/m/new"),
                 VFS_ERROR_CROSS_DEVICE);
    check_result("running a directory", program_find(rpc, "/tmp/full"), VFS_ERROR_IS_A_DIRECTORY);
    check_result(
        "its object too",
        vfs_program(&authority, user.badge, "/tmp/full", slot, &wide, &wide2, &wide3, &number),
        VFS_ERROR_IS_A_DIRECTORY);
    check_result("running by who may not",
                 vfs_program_find(&user.vfs, user.badge, "/bin/tool", &wide, &wide2, &wide3,
                                  &number, &bytes),
                 RPC_DENIED);
    check_result(
        "running for nobody",
        vfs_program_find(&authority, 1, "/bin/tool", &wide, &wide2, &wide3, &number, &bytes),
        RPC_BAD_HANDLE);
    check_result("its object too",
                 vfs_program(&authority, 1, "/bin/tool", slot, &wide, &wide2, &wide3, &number),
                 RPC_BAD_HANDLE);
}

static void taken_away(void)
{
    const struct rpc_client *rpc = &actor.vfs;

    check_result("unlinking a directory", vfs_unlink(rpc, "/tmp/full", false),
                 VFS_ERROR_IS_A_DIRECTORY);
    check_result("removing a file", vfs_unlink(rpc, "/tmp/own", true), VFS_ERROR_NOT_A_DIRECTORY);
    check_result("removing what isn't empty", vfs_unlink(rpc, "/tmp/full", true),
                 VFS_ERROR_NOT_EMPTY);
    check_result("removing the root", vfs_unlink(rpc, "/", true), RPC_BUSY);
    check_result("unlinking another's in a sticky directory",
                 vfs_unlink(&user.vfs, "/tmp/others", false), RPC_DENIED);
}

static void moved(void)
{
    const struct rpc_client *rpc = &actor.vfs;

    check_result("a file over a directory", vfs_rename(rpc, "/tmp/own", "/tmp/full"),
                 VFS_ERROR_IS_A_DIRECTORY);
    check_result("a directory over a file", vfs_rename(rpc, "/tmp/full", "/tmp/own"),
                 VFS_ERROR_NOT_A_DIRECTORY);
    check_result("a directory over one that isn't empty", vfs_rename(rpc, "/etc", "/tmp/full"),
                 VFS_ERROR_NOT_EMPTY);
    check_result("a directory into itself", vfs_rename(rpc, "/tmp/full", "/tmp/full/x"),
                 RPC_OUT_OF_RANGE);
    check_result("to another file system", vfs_rename(rpc, "/tmp/own", "/tmp/m/new"),
                 VFS_ERROR_CROSS_DEVICE);
    check_result("where something is mounted", vfs_rename(rpc, "/tmp/m", "/tmp/new"), RPC_BUSY);
}

static void mounted(void)
{
    check_result("on a file", mount(NULL, "/tmp/own"), VFS_ERROR_NOT_A_DIRECTORY);
    check_result("where something lies", mount(NULL, "/tmp/full"), RPC_BUSY);
    check_result("unmounting what isn't mounted", unmount(NULL, "/tmp/full"), RPC_NOT_FOUND);
    check_result("unmounting by another", vfs_unmount(&user.vfs, "/tmp/m"), RPC_DENIED);
}

/* A file system without room: what is in it took all. */
static void no_room(void)
{
    const struct rpc_client *rpc = &actor.vfs;
    err_t error = 0;

    must("a file to link", make(rpc, "/tmp/m/file"));
    must("closing it", vfs_close(rpc->cap, 9));
    slot_clear(slot);
    for (char name[] = "/tmp/m/A"; !error && name[7] <= 'Z'; name[7]++)
        error = make_directory(rpc, name);
    check_result("a directory", error, VFS_ERROR_NO_ROOM);
    check_result("a file", make(rpc, "/tmp/m/new"), VFS_ERROR_NO_ROOM);
    check_result("a symbolic link", symlink(rpc, "/tmp/m/new"), VFS_ERROR_NO_ROOM);
    error = 0;
    for (char name[] = "/tmp/m/a"; !error && name[7] <= 'z'; name[7]++)
        error = vfs_link(rpc, "/tmp/m/file", name);
    check_result("a link", error, VFS_ERROR_NO_ROOM);
    check_result("a longer name",
                 vfs_rename(rpc, "/tmp/m/file", "/tmp/m/a-name-that-takes-more-room-than-before"),
                 VFS_ERROR_NO_ROOM);
}

/* The working directory's path: of one that was removed, and of one that lies deep. */
static void where(void)
{
    static const char deep[] = "ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
                               "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd";

    must("a directory", make_directory(&actor.vfs, "/tmp/gone"));
    must("going there", vfs_change_directory(&actor.vfs, "/tmp/gone"));
    must("removing it", vfs_unlink(&actor.vfs, "/tmp/gone", true));
    check_result("where is that", vfs_directory(&actor.vfs, text, sizeof(text), &bytes),
                 RPC_NOT_FOUND);
    check_result("a file there", make(&actor.vfs, "x"), RPC_NOT_FOUND);
    must("back", vfs_change_directory(&actor.vfs, "/tmp"));
    for (int i = 0; i < 3; i++) {
        must("a deep one", make_directory(&actor.vfs, deep));
        must("going on", vfs_change_directory(&actor.vfs, deep));
    }
    check_result("where is that", vfs_directory(&actor.vfs, text, sizeof(text), &bytes),
                 VFS_ERROR_NAME_TOO_LONG);
    for (int i = 0; i < 3; i++) {
        must("back", vfs_change_directory(&actor.vfs, ".."));
        must("removing it", vfs_unlink(&actor.vfs, deep, true));
    }
    must("back at the root", vfs_change_directory(&actor.vfs, "/"));
}

static void fixtures(void)
{
    const struct rpc_client *rpc = &actor.vfs;

    must("another user", vfs_client_set_user(authority.cap, user.badge, 5, 5));
    must("a file of its own", make(&user.vfs, "/tmp/own"));
    must("closing it", vfs_close(user.vfs.cap, 9));
    slot_clear(slot);
    must("a file of user 0", make(rpc, "/tmp/others"));
    must("closing it", vfs_close(rpc->cap, 9));
    slot_clear(slot);
    must("a link to itself", vfs_symlink(rpc, "loop", "/tmp/loop"));
    must("a directory for user 0 only", vfs_make_directory(rpc, "/tmp/shut", 0700));
    must("one that isn't empty", make_directory(rpc, "/tmp/full"));
    must("what is in it", make_directory(rpc, "/tmp/full/in"));
    must("a place to mount", make_directory(rpc, "/tmp/m"));
    must("a small file system", vfs_mount_memory(rpc, "/tmp/m", 2048));
}

static void fixtures_end(void)
{
    static const char *const names[] = {"/tmp/own", "/tmp/others", "/tmp/loop"},
                             *const directories[] = {"/tmp/shut", "/tmp/full/in", "/tmp/full",
                                                     "/tmp/m"};
    const struct rpc_client *rpc = &actor.vfs;

    must("unmounting", vfs_unmount(rpc, "/tmp/m"));
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        must(names[i], vfs_unlink(rpc, names[i], false));
    for (unsigned i = 0; i < sizeof(directories) / sizeof(directories[0]); i++)
        must(directories[i], vfs_unlink(rpc, directories[i], true));
}

void cases_paths(void)
{
    slot = slot_take();
    actor_make(&actor);
    actor_make(&user);
    fixtures();
    everywhere();
    made();
    taken_away();
    moved();
    mounted();
    no_room();
    where();
    fixtures_end();
    actor_end(&user);
    actor_end(&actor);
    slot_drop(slot);
}
