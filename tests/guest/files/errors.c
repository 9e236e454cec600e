/* SPDX-License-Identifier: BSD-2-Clause */
/* Each operation, and what it refuses: wrong handles first, then what is wrong with the words. */
#include "libsys/string.h"
#include "tests/guest/files/test.h"

static struct actor actor, other;
static struct file_status status;
static char text[384];
static uint32_t number, bytes;
static uint64_t wide, wide2, wide3;
static cap_t slot;

/* ---- Who may call for what ------------------------------------------------------------------- */

/* Operations of clients, called by a handle that is none. */
static void client_operations(const char *name, const struct rpc_client *rpc)
{
    static const char path[] = "/etc/motd";
    struct vfs_mount mount = {0};
    err_t error[] = {
        vfs_open(rpc, path, OPEN_READ, 0, 0, slot, &number, &bytes),
        vfs_close(rpc->cap, 0),
        vfs_duplicate(rpc->cap, 0, 1),
        vfs_pipe(rpc, 0, 1, 0, slot, slot),
        vfs_adopt(rpc, actor.file[0], 1),
        vfs_status(rpc, path, 0, &status, sizeof(status), &bytes),
        vfs_access(rpc, path, 0),
        vfs_make_directory(rpc, "/tmp/x", 0755),
        vfs_unlink(rpc, path, false),
        vfs_rename(rpc, path, "/tmp/x"),
        vfs_link(rpc, path, "/tmp/x"),
        vfs_symlink(rpc, path, "/tmp/x"),
        vfs_read_link(rpc, "/etc/link", text, sizeof(text), &bytes),
        vfs_set_mode(rpc, path, 0),
        vfs_set_owner(rpc, path, 0, 0, 0),
        vfs_set_times(rpc, path, 0, 0, 0),
        vfs_change_directory(rpc, "/"),
        vfs_directory(rpc, text, sizeof(text), &bytes),
        vfs_change_root(rpc, "/"),
        vfs_mount(rpc, 0, &mount, text, sizeof(text), &bytes),
        vfs_mount_memory(rpc, "/tmp", 0),
        vfs_unmount(rpc, "/"),
        vfs_sync(rpc->cap),
        vfs_set_window(rpc, program_cap("memory")),
    };
    bool good = true;

    for (unsigned i = 0; i < sizeof(error) / sizeof(error[0]); i++)
        good = good && error[i] == RPC_BAD_HANDLE;
    CHECK(name, good);
}

static void authority_operations(const char *name, const struct rpc_client *rpc)
{
    err_t error[] = {
        vfs_client_create(rpc, 0, NULL, 0, slot, &wide),
        vfs_client_fork(rpc, actor.badge, slot, &wide),
        vfs_client_exec(rpc, actor.badge, NULL, 0),
        vfs_client_end(rpc->cap, actor.badge),
        vfs_client_set_user(rpc->cap, actor.badge, 0, 0),
        vfs_program(rpc, actor.badge, "/bin/tool", slot, &wide, &wide2, &wide3, &number),
        vfs_open_terminal(rpc, actor.badge, 1, slot),
    };
    bool good = true;

    for (unsigned i = 0; i < sizeof(error) / sizeof(error[0]); i++)
        good = good && error[i] == RPC_DENIED;
    CHECK(name, good);
}

static void file_operations(const char *name, const struct rpc_client *rpc)
{
    err_t error[] = {
        file_read(rpc, 0, 1, 0, 0, text, 1, &bytes),
        file_write(rpc, 0, 0, 0, text, 1, &bytes),
        file_seek(rpc->cap, 0, 0, &wide),
        file_status(rpc, &status),
        file_truncate(rpc->cap, 0),
        file_sync(rpc->cap),
        file_directory(rpc, 0, &wide, text, sizeof(text), &bytes),
        file_poll(rpc, 1, 0, &number),
        file_control(rpc, 1, 0, NULL, 0, text, 8, &bytes),
        file_map(rpc, MEMORY_READ, slot, &wide),
        file_set_flags(rpc->cap, 0),
        file_flags(rpc->cap, &number),
        file_set_mode(rpc->cap, 0),
        file_set_owner(rpc->cap, 0, 0),
        file_set_times(rpc->cap, 0, 0),
    };
    bool good = true;

    for (unsigned i = 0; i < sizeof(error) / sizeof(error[0]); i++)
        good = good && error[i] == RPC_BAD_HANDLE;
    CHECK(name, good);
}

static void wrong_handles(void)
{
    must("a file", actor_open(&actor, "/etc/motd", OPEN_READ, 0));
    struct rpc_client file = actor_file(&actor, 0);
    client_operations("a client's operations by an open file", &file);
    client_operations("by the authority", &authority);
    client_operations("by a publisher", &publisher);
    authority_operations("the authority's by a client", &actor.vfs);
    authority_operations("by an open file", &file);
    authority_operations("by a publisher", &publisher);
    file_operations("a file's by a client", &actor.vfs);
    file_operations("by the authority", &authority);
    check_result("publishing by a client", publish(&actor.vfs, "x", 4, 0, 0), RPC_DENIED);
    check_result("the time by a client", vfs_set_clock(actor.vfs.cap, 0, 0), RPC_DENIED);
    actor_close(&actor, 0);
    must("another", actor_open(&actor, "/etc/empty", OPEN_READ, 1));
    must("the stale handle's place is taken", actor_open(&actor, "/etc/motd", OPEN_READ, 2));
    actor_close(&actor, 1);
    actor_close(&actor, 2);
}

/* Badges of clients that are none. */
static void wrong_badges(void)
{
    static const uint64_t badge[] = {1, 0x10000000, 0x1000ffff, 0x20004000, UINT64_MAX};
    bool good = true;

    for (unsigned i = 0; i < sizeof(badge) / sizeof(badge[0]); i++)
        good = good &&
               vfs_client_create(&authority, badge[i], NULL, 0, slot, &wide) == RPC_BAD_HANDLE &&
               vfs_client_fork(&authority, badge[i], slot, &wide) == RPC_BAD_HANDLE &&
               vfs_client_exec(&authority, badge[i], NULL, 0) == RPC_BAD_HANDLE &&
               vfs_client_end(authority.cap, badge[i]) == RPC_BAD_HANDLE &&
               vfs_client_set_user(authority.cap, badge[i], 0, 0) == RPC_BAD_HANDLE &&
               vfs_open_terminal(&authority, badge[i], 1, slot) == RPC_BAD_HANDLE;
    CHECK("badges that name no client", good);
}

/* ---- Descriptors ----------------------------------------------------------------------------- */

static void descriptors(void)
{
    must("a file", actor_open(&actor, "/etc/motd", OPEN_READ, 0));
    check_result("closing what isn't open", vfs_close(actor.vfs.cap, 1), VFS_ERROR_BAD_DESCRIPTOR);
    check_result("closing out of range", vfs_close(actor.vfs.cap, 0xffffffff),
                 VFS_ERROR_BAD_DESCRIPTOR);
    check_result("a copy of what isn't open", vfs_duplicate(actor.vfs.cap, 7, 1),
                 VFS_ERROR_BAD_DESCRIPTOR);
    check_result("a copy to a number out of range", vfs_duplicate(actor.vfs.cap, 0, 1008),
                 VFS_ERROR_BAD_DESCRIPTOR);
    check_result("a copy", vfs_duplicate(actor.vfs.cap, 0, 1007), 0);
    check_result("of itself", vfs_duplicate(actor.vfs.cap, 0, 0), 0);
    check_result("opening out of range",
                 vfs_open(&actor.vfs, "/etc/motd", OPEN_READ, 0, 1008, slot, &number, &bytes),
                 VFS_ERROR_BAD_DESCRIPTOR);
    check_result("a pipe of one number", vfs_pipe(&actor.vfs, 4, 4, 0, slot, actor.file[9]),
                 VFS_ERROR_BAD_DESCRIPTOR);
    check_result("adopting a session", vfs_adopt(&actor.vfs, actor.vfs.cap, 3), RPC_BAD_HANDLE);
    check_result("adopting somebody else's", vfs_adopt(&actor.vfs, program_cap("memory"), 3),
                 RPC_BAD_HANDLE);
    check_result("adopting to a number out of range",
                 vfs_adopt(&other.vfs, actor.file[0], DESCRIPTOR_MAX), VFS_ERROR_BAD_DESCRIPTOR);
    must("closing the first", vfs_close(actor.vfs.cap, 0));
    CHECK("the copy keeps it open", actor_gets(&actor, 0, "Well"));
    must("adopting it", vfs_adopt(&other.vfs, actor.file[0], 0));
    must("closing the copy", vfs_close(actor.vfs.cap, 1007));
    CHECK("who adopted it keeps it open", actor_gets(&actor, 0, "ome\n"));
    must("closing that", vfs_close(other.vfs.cap, 0));
    struct rpc_client file = actor_file(&actor, 0);
    file_operations("after the last descriptor", &file);
}

static void children(void)
{
    static const uint8_t choose[] = {1, 255, 0, 0}, wrong[] = {9}, keep[] = {0, 0, 1};
    struct actor child;

    must("a file", actor_open(&actor, "/etc/motd", OPEN_READ, 0));
    must("another", actor_open(&actor, "/etc/empty", OPEN_READ, 1));
    check_result("a child with a file that isn't there",
                 vfs_client_create(&authority, actor.badge, wrong, 1, slot, &wide),
                 VFS_ERROR_BAD_DESCRIPTOR);
    actor_make(&child);
    must("the first's end", vfs_client_end(authority.cap, child.badge));
    slot_clear(child.vfs.cap);
    must("a child with chosen files",
         vfs_client_create(&authority, actor.badge, choose, 4, child.vfs.cap, &child.badge));
    check_result("no second", vfs_close(child.vfs.cap, 1), VFS_ERROR_BAD_DESCRIPTOR);
    check_result("a first", vfs_duplicate(child.vfs.cap, 0, 1), 0);
    must("exec", vfs_client_exec(&authority, child.badge, keep, 3));
    check_result("what exec closed", vfs_close(child.vfs.cap, 0), VFS_ERROR_BAD_DESCRIPTOR);
    check_result("what exec left out", vfs_close(child.vfs.cap, 3), VFS_ERROR_BAD_DESCRIPTOR);
    check_result("what exec kept", vfs_close(child.vfs.cap, 2), 0);
    actor_end(&child);
    actor_close(&actor, 0);
    actor_close(&actor, 1);
}

/* ---- Names ----------------------------------------------------------------------------------- */

struct expectation {
    const char *name, *path;
    err_t error;
};

static const struct expectation paths[] = {
    {"a name that isn't there", "/none", RPC_NOT_FOUND},
    {"below a file", "/etc/motd/x", VFS_ERROR_NOT_A_DIRECTORY},
    {"links in a circle", "/tmp/loop", VFS_ERROR_LOOP},
    {"a name of 256 bytes",
     "/nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
     "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
     "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn",
     VFS_ERROR_NAME_TOO_LONG},
    {"a directory that may not be searched", "/tmp/shut/x", RPC_DENIED},
};

/* Of all operations that follow a path. */
static void path_operations(const struct expectation *expected)
{
    const char *path = expected->path;
    const struct rpc_client *rpc = &other.vfs;
    err_t error[] = {
        vfs_open(rpc, path, OPEN_READ, 0, 9, slot, &number, &bytes),
        vfs_status(rpc, path, 0, &status, sizeof(status), &bytes),
        vfs_access(rpc, path, 0),
        vfs_set_mode(rpc, path, 0),
        vfs_set_owner(rpc, path, 1, 1, 0),
        vfs_set_times(rpc, path, 0, 0, 0),
        vfs_change_directory(rpc, path),
        vfs_change_root(rpc, path),
        vfs_program(&authority, other.badge, path, slot, &wide, &wide2, &wide3, &number),
    };
    bool good = true;

    for (unsigned i = 0; i < sizeof(error) / sizeof(error[0]); i++)
        good = good && error[i] == expected->error;
    CHECK(expected->name, good);
}

static void names(void)
{
    must("a link to itself", vfs_symlink(&actor.vfs, "loop", "/tmp/loop"));
    must("a directory for user 0 only", vfs_make_directory(&actor.vfs, "/tmp/shut", 0700));
    must("another user", vfs_client_set_user(authority.cap, other.badge, 5, 5));
    for (unsigned i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        path_operations(&paths[i]);
    check_result("a root for user 5", vfs_change_root(&other.vfs, "/"), RPC_DENIED);
    check_result("a mount for user 5", vfs_mount_memory(&other.vfs, "/tmp", 0), RPC_DENIED);
    check_result("reading a link that is none",
                 vfs_read_link(&other.vfs, "/etc/motd", text, sizeof(text), &bytes),
                 RPC_OUT_OF_RANGE);
    must("reading a link", vfs_read_link(&other.vfs, "/etc/link", text, sizeof(text), &bytes));
    CHECK("what it says", bytes == 4 && memcmp(text, "motd", 4) == 0);
    must("going to /etc", vfs_change_directory(&other.vfs, "etc"));
    must("where is that", vfs_directory(&other.vfs, text, sizeof(text), &bytes));
    CHECK("there", bytes == 4 && memcmp(text, "/etc", 4) == 0);
    check_result("writing to another's file", vfs_access(&other.vfs, "motd", ACCESS_MAY_WRITE),
                 RPC_DENIED);
    check_result("reading it", vfs_access(&other.vfs, "motd", ACCESS_MAY_READ), 0);
    must("unlinking the link", vfs_unlink(&actor.vfs, "/tmp/loop", false));
    must("removing the directory", vfs_unlink(&actor.vfs, "/tmp/shut", true));
}

static void mounts(void)
{
    struct vfs_mount mount = {0};

    must("a place", vfs_make_directory(&actor.vfs, "/tmp/m", 0755));
    must("a mount", vfs_mount_memory(&actor.vfs, "/tmp/m", 65536));
    must("the second one", vfs_mount(&actor.vfs, 1, &mount, text, sizeof(text), &bytes));
    CHECK("what it is",
          bytes == 19 && memcmp(text, "memory /tmp/m ramfs", 19) == 0 && mount.total == 65536);
    must("a file there", actor_open(&actor, "/tmp/m/f", OPEN_WRITE | OPEN_CREATE, 0));
    struct rpc_client file = actor_file(&actor, 0);
    check_result("more than it holds", file_truncate(file.cap, 65536), FILE_ERROR_NO_ROOM);
    check_result("less", file_truncate(file.cap, 30000), 0);
    check_result("in use", vfs_unmount(&actor.vfs, "/tmp/m"), RPC_BUSY);
    check_result("removing the place", vfs_unlink(&actor.vfs, "/tmp/m", true), RPC_BUSY);
    actor_close(&actor, 0);
    check_result("unmounting", vfs_unmount(&actor.vfs, "/tmp/m"), 0);
    check_result("no second one", vfs_mount(&actor.vfs, 1, &mount, text, sizeof(text), &bytes),
                 RPC_NOT_FOUND);
    must("removing the place then", vfs_unlink(&actor.vfs, "/tmp/m", true));
}

/* ---- Open files ------------------------------------------------------------------------------ */

static void wrong_ways(void)
{
    must("a file to read", actor_open(&actor, "/etc/motd", OPEN_READ, 0));
    must("one to write", actor_open(&actor, "/etc/motd", OPEN_WRITE, 1));
    must("a directory", actor_open(&actor, "/etc", OPEN_READ, 2));
    must("a pipe", actor_pipe(&actor, 4));
    struct rpc_client reading = actor_file(&actor, 0), writing = actor_file(&actor, 1);
    struct rpc_client directory = actor_file(&actor, 2), end = actor_file(&actor, 4);
    struct rpc_client other_end = actor_file(&actor, 5);

    check_result("writing", file_write(&reading, 0, 0, 0, "x", 1, &bytes), FILE_ERROR_READ_ONLY);
    check_result("reading", file_read(&writing, 0, 1, 0, 0, text, 1, &bytes),
                 FILE_ERROR_WRITE_ONLY);
    check_result("reading a directory", file_read(&directory, 0, 1, 0, 0, text, 1, &bytes),
                 FILE_ERROR_IS_A_DIRECTORY);
    check_result("cutting what is read", file_truncate(reading.cap, 0), FILE_ERROR_READ_ONLY);
    check_result("cutting a directory", file_truncate(directory.cap, 0), FILE_ERROR_IS_A_DIRECTORY);
    check_result("cutting a pipe", file_truncate(end.cap, 0), FILE_ERROR_NOT_SEEKABLE);
    check_result("cutting to more than any", file_truncate(writing.cap, UINT64_MAX),
                 RPC_OUT_OF_RANGE);
    check_result("cutting to more than there is", file_truncate(writing.cap, 1ull << 40),
                 FILE_ERROR_NO_ROOM);
    check_result("writing behind all", file_write(&writing, UINT64_MAX - 1, 0, 0, "x", 1, &bytes),
                 FILE_ERROR_NO_ROOM);
    check_result("seeking in a pipe", file_seek(end.cap, 0, 0, &wide), FILE_ERROR_NOT_SEEKABLE);
    check_result("reading a pipe at a place", file_read(&end, 0, 1, 0, 0, text, 1, &bytes),
                 FILE_ERROR_NOT_SEEKABLE);
    static char much[1024];
    struct rpc_context context = {actor.context.buffer, actor.vfs.cap, {much, sizeof(much)}};
    struct rpc_client client = {other_end.cap, &context};
    check_result("writing much without a window",
                 file_write(&client, FILE_POSITION, 0, 0, much, sizeof(much), &bytes),
                 RPC_TOO_LARGE);
    check_result("writing to one at a place", file_write(&other_end, 0, 0, 0, "x", 1, &bytes),
                 FILE_ERROR_NOT_SEEKABLE);
    check_result("seeking before the beginning", file_seek(reading.cap, -1, 0, &wide),
                 RPC_OUT_OF_RANGE);
    check_result("seeking from nowhere", file_seek(reading.cap, 0, 3, &wide), RPC_OUT_OF_RANGE);
    check_result("listing a file", file_directory(&reading, 0, &wide, text, sizeof(text), &bytes),
                 FILE_ERROR_NOT_A_DIRECTORY);
    check_result("listing without room", file_directory(&directory, 0, &wide, text, 8, &bytes),
                 RPC_TOO_LARGE);
    check_result("a terminal's control", file_control(&reading, 1, 0, NULL, 0, text, 8, &bytes),
                 FILE_ERROR_NOT_A_TERMINAL);
    check_result("mapping a directory", file_map(&directory, MEMORY_READ, slot, &wide),
                 RPC_UNSUPPORTED);
    check_result("mapping what is only written", file_map(&writing, MEMORY_READ, slot, &wide),
                 FILE_ERROR_WRITE_ONLY);
    check_result("mapping to write", file_map(&reading, MEMORY_READ | MEMORY_WRITE, slot, &wide),
                 FILE_ERROR_READ_ONLY);
    actor_close(&actor, 0);
    actor_close(&actor, 1);
    actor_close(&actor, 2);
    actor_close(&actor, 4);
    actor_close(&actor, 5);
}

/* A private mapping of what one may only read; a shared one, whose writes the file has. */
static void mappings(void)
{
    uint64_t address = 0;
    cap_t object = slot_take();

    must("a file", actor_open(&actor, "/tmp/map", OPEN_READ | OPEN_WRITE | OPEN_CREATE, 0));
    CHECK("with something in it", actor_put(&actor, 0, "before"));
    struct rpc_client file = actor_file(&actor, 0);
    must("its object", file_map(&file, MEMORY_READ | MEMORY_WRITE, object, &wide));
    must("mapped",
         memory_map(&memory_self, object, 0, 4096, 0, MEMORY_READ | MEMORY_WRITE, &address));
    if (!address)
        return;
    CHECK("what is in it", wide == 6 && memcmp((char *)address, "before", 6) == 0);
    memcpy((char *)address, "behind", 6);
    must("back to the beginning", file_seek(file.cap, 0, SEEK_FROM_START, &wide));
    CHECK("writes are the file's", actor_gets(&actor, 0, "behind"));
    slot_clear(object);
    must("an object to read", file_map(&file, MEMORY_READ, object, &wide));
    check_result("can't be written",
                 memory_map(&memory_self, object, 0, 4096, 0, MEMORY_READ | MEMORY_WRITE, &wide),
                 RPC_DENIED);
    actor_close(&actor, 0);
    must("unlinking", vfs_unlink(&actor.vfs, "/tmp/map", false));
    memcpy((char *)address, "stays", 5);
    CHECK("what is mapped stays", memcmp((char *)address, "stays", 5) == 0);
    must("unmapping", memory_unmap(memory_self.cap, address, 4096));
    slot_drop(object);
}

void cases_errors(void)
{
    slot = slot_take();
    actor_make(&actor);
    actor_make(&other);
    wrong_handles();
    wrong_badges();
    descriptors();
    children();
    names();
    mounts();
    wrong_ways();
    mappings();
    actor_end(&other);
    actor_end(&actor);
    slot_drop(slot);
}
