/* SPDX-License-Identifier: BSD-2-Clause */
/* What every program does with files. */
#include "libsys/format.h"
#include "libsys/string.h"
#include "tests/guest/files/test.h"

#define MANY 3000

static struct actor actor;

static void archive_read(void)
{
    must("opening /etc/motd", actor_open(&actor, "/etc/motd", OPEN_READ, 0));
    CHECK("a file of the archive", actor_gets(&actor, 0, "Welcome\n"));
    CHECK("its end", actor_gets(&actor, 0, ""));
    actor_close(&actor, 0);
    check_result("a name that isn't there", actor_open(&actor, "/etc/none", OPEN_READ, 0),
                 RPC_NOT_FOUND);
}

static void archive_write(void)
{
    must("opening it to write", actor_open(&actor, "/etc/motd", OPEN_READ | OPEN_WRITE, 0));
    CHECK("writing to it", actor_put(&actor, 0, "Well"));
    CHECK("what stays behind that", actor_gets(&actor, 0, "ome\n"));
    actor_close(&actor, 0);
}

static void make_and_read(void)
{
    must("making a file", actor_open(&actor, "/tmp/new", OPEN_READ | OPEN_WRITE | OPEN_CREATE, 3));
    CHECK("writing", actor_put(&actor, 3, "one two"));
    uint64_t position = 0;
    must("seeking", file_seek(actor.file[3], 4, SEEK_FROM_START, &position));
    CHECK("the position", position == 4);
    CHECK("reading from there", actor_gets(&actor, 3, "two"));
    struct file_status status = {0};
    struct rpc_client file = actor_file(&actor, 3);
    must("status", file_status(&file, &status));
    CHECK("its size", status.size == 7 && status.links == 1);
    must("unlinking", vfs_unlink(&actor.vfs, "/tmp/new", false));
    CHECK("what is open stays", file_status(&file, &status) == 0 && status.links == 0);
    actor_close(&actor, 3);
}

static void large(void)
{
    static char data[60000], back[60000];
    uint32_t done = 0, got = 0;

    for (uint32_t i = 0; i < sizeof(data); i++)
        data[i] = (char)(i * 7 >> 3);
    actor_set_window(&actor);
    must("making a large file",
         actor_open(&actor, "/tmp/large", OPEN_READ | OPEN_WRITE | OPEN_CREATE, 4));
    for (int i = 0; i < 40; i++)
        must("writing 60000 bytes", actor_write(&actor, 4, data, sizeof(data), &done));
    struct rpc_client file = actor_file(&actor, 4);
    must("reading in the middle",
         file_read(&file, 17 * sizeof(data), sizeof(back), 0, 0, back, sizeof(back), &got));
    CHECK("2.4 MB, through the window", got == sizeof(back) && !memcmp(data, back, sizeof(back)));
    must("truncating", file_truncate(actor.file[4], 100));
    must("and further", file_truncate(actor.file[4], 200000));
    must("reading the gap", file_read(&file, 50, sizeof(back), 0, 0, back, sizeof(back), &got));
    CHECK("zero behind what was cut", back[49] == data[99] && back[50] == 0 && back[59999] == 0);
    actor_close(&actor, 4);
    must("unlinking it", vfs_unlink(&actor.vfs, "/tmp/large", false));
}

static void pipes(void)
{
    must("a pipe", actor_pipe(&actor, 5));
    uint32_t got = 0;
    char c;
    check_result("an empty one", actor_read(&actor, 5, &c, 1, &got), RPC_AGAIN);
    CHECK("writing to it", actor_put(&actor, 6, "through"));
    CHECK("reading from it", actor_gets(&actor, 5, "through"));
    actor_close(&actor, 6);
    CHECK("its end", actor_gets(&actor, 5, ""));
    actor_close(&actor, 5);
    must("another", actor_pipe(&actor, 5));
    actor_close(&actor, 5);
    check_result("without a reader", actor_write(&actor, 6, "x", 1, &got), FILE_ERROR_BROKEN_PIPE);
    actor_close(&actor, 6);
}

/* What is known of a program, with its object or without. */
struct found {
    uint64_t offset, size, number;
    uint32_t mode, in_module;
};

static struct found found(const char *path)
{
    struct found found = {0};

    must("finding a program",
         vfs_program_find(&authority, actor.badge, path, &found.offset, &found.size, &found.number,
                          &found.mode, &found.in_module));
    return found;
}

static struct found program_of(const char *path, cap_t object)
{
    struct found found = {0};

    must("a program", vfs_program(&authority, actor.badge, path, object, &found.offset, &found.size,
                                  &found.number, &found.mode));
    return found;
}

static bool same_program(struct found a, struct found b)
{
    return a.offset == b.offset && a.size == b.size && a.number == b.number && a.mode == b.mode;
}

static bool begins_with(cap_t object, uint64_t offset, const char *text)
{
    uint64_t address = 0;

    must("mapping it", memory_map(&memory_self, object, 0, 4096, offset, MEMORY_READ, &address));
    bool same = address && memcmp((void *)address, text, strlen(text)) == 0;
    must("unmapping it", memory_unmap(memory_self.cap, address, 4096));
    return same;
}

static void program(void)
{
    cap_t object = slot_take(), module = slot_take();
    struct found with = program_of("/bin/tool", object), without = found("/bin/tool");
    uint64_t module_bytes = 0;

    CHECK("its contents", with.size == 7 && begins_with(object, with.offset, "#!tool\n"));
    CHECK("without its object the same",
          same_program(with, without) && (without.mode & 07777) == 0755);
    must("the module", memory_module(&memory_self, module, &module_bytes));
    CHECK("it lies in the module", without.in_module == 1 && without.number != 0 &&
                                       without.offset + without.size <= module_bytes &&
                                       begins_with(module, without.offset, "#!tool\n"));
    check_result("not executable",
                 vfs_program(&authority, actor.badge, "/etc/motd", slot_take(), &with.offset,
                             &with.size, &with.number, &with.mode),
                 RPC_DENIED);
    check_result("nor without its object",
                 vfs_program_find(&authority, actor.badge, "/etc/motd", &with.offset, &with.size,
                                  &with.number, &with.mode, &with.in_module),
                 RPC_DENIED);
    slot_drop(object);
    slot_drop(module);
}

/* Its number is that of its contents. */
static void program_changes(void)
{
    cap_t object = slot_take();

    must("a file", actor_open(&actor, "/tmp/run", OPEN_WRITE | OPEN_CREATE, 3));
    must("to be run", vfs_set_mode(&actor.vfs, "/tmp/run", 0711));
    CHECK("write", actor_put(&actor, 3, "#!tool"));
    struct found first = found("/tmp/run"), second = found("/tmp/run");
    CHECK("found as it is", first.size == 6 && (first.mode & 07777) == 0711 && first.number != 0);
    CHECK("and again", same_program(first, second) && !first.in_module && !second.in_module);
    struct found with = program_of("/tmp/run", object);
    CHECK("with an object of its own",
          with.number == first.number && begins_with(object, with.offset, "#!tool"));
    CHECK("write more", actor_put(&actor, 3, "s"));
    second = found("/tmp/run");
    CHECK("it's another then", second.number != first.number && second.size == 7);
    actor_close(&actor, 3);
    must("unlinking it", vfs_unlink(&actor.vfs, "/tmp/run", false));
    slot_drop(object);
}

static void many_each(bool make)
{
    char path[32];

    for (unsigned i = 0; i < MANY; i++) {
        format_buffer(path, sizeof(path), "/tmp/many/file-%u", i);
        if (!make) {
            must("unlinking one of many", vfs_unlink(&actor.vfs, path, false));
            continue;
        }
        must("making one of many", actor_open(&actor, path, OPEN_WRITE | OPEN_CREATE, 7));
        must("writing to it", actor_put(&actor, 7, path) ? 0 : RPC_INTERNAL);
        actor_close(&actor, 7);
    }
}

static void many(void)
{
    static uint64_t entries[4096 / 8];
    uint64_t position = 0;
    uint32_t bytes = 0, names = 0;

    must("a directory", vfs_make_directory(&actor.vfs, "/tmp/many", 0755));
    many_each(true);
    must("opening it", actor_open(&actor, "/tmp/many", OPEN_READ, 7));
    struct rpc_client directory = actor_file(&actor, 7);
    do {
        must("listing",
             file_directory(&directory, position, &position, entries, sizeof(entries), &bytes));
        for (uint32_t at = 0; at < bytes; names++)
            at += ((struct file_entry *)((uint64_t)entries + at))->bytes;
    } while (position);
    CHECK("many files, all listed", names == MANY + 2);
    check_result("a directory with many", vfs_unlink(&actor.vfs, "/tmp/many", true),
                 VFS_ERROR_NOT_EMPTY);
    many_each(false);
    actor_close(&actor, 7);
    must("removing it", vfs_unlink(&actor.vfs, "/tmp/many", true));
}

void cases_basic(void)
{
    actor_make(&actor);
    archive_read();
    archive_write();
    make_and_read();
    large();
    many();
    pipes();
    program();
    program_changes();
    actor_end(&actor);
}
