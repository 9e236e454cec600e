/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices: those that the server has, and what drivers publish; the time. */
#include "libsys/process.h"
#include "libsys/string.h"
#include "tests/guest/files/test.h"

static struct actor actor;
static char text[64];
static uint32_t bytes, kind, device;

static void built_in(void)
{
    must("/dev/null", actor_open(&actor, "/dev/null", OPEN_READ | OPEN_WRITE, 0));
    must("/dev/zero", actor_open(&actor, "/dev/zero", OPEN_READ | OPEN_WRITE, 1));
    must("/dev/full", actor_open(&actor, "/dev/full", OPEN_READ | OPEN_WRITE, 2));
    CHECK("null takes all", actor_put(&actor, 0, "anything"));
    CHECK("and gives nothing", actor_gets(&actor, 0, ""));
    memset(text, 1, sizeof(text));
    must("reading zero", actor_read(&actor, 1, text, 64, &bytes));
    CHECK("zeros", bytes == 64 && text[0] == 0 && text[63] == 0);
    check_result("writing to full", actor_write(&actor, 2, "x", 1, &bytes), FILE_ERROR_NO_ROOM);
    for (uint32_t i = 0; i < 3; i++)
        actor_close(&actor, i);
    check_result("no terminal", actor_open(&actor, "/dev/tty", OPEN_READ, 0), VFS_ERROR_NO_DEVICE);
}

/* What was opened is a copy of what was published for that. */
static bool is_copy_of(cap_t cap, cap_t of)
{
    struct cap_description what, published;

    return !inspect(cap, &what) && !inspect(of, &published) && what.type == OBJECT_ENDPOINT &&
           what.badge == published.badge;
}

static bool is_copy(cap_t cap)
{
    return is_copy_of(cap, published_for(OPEN_READ | OPEN_WRITE));
}

/* Who opens it to read can't write, nor the other way round. */
static void ways(void)
{
    must("opening to read", actor_open(&actor, "/dev/term2", OPEN_READ, 7));
    CHECK("the reader's handle", is_copy_of(actor.file[7], published_for(OPEN_READ)));
    actor_close(&actor, 7);
    must("opening to write", actor_open(&actor, "/dev/term2", OPEN_WRITE, 7));
    CHECK("the writer's handle", is_copy_of(actor.file[7], published_for(OPEN_WRITE)));
    actor_close(&actor, 7);
}

static void published(void)
{
    cap_t slot = slot_take();

    check_result("publishing a path", publish(&publisher, "a/b", FILE_KIND_CHARACTER, 1, 0666),
                 RPC_MALFORMED);
    check_result("publishing a name with a dot",
                 publish(&publisher, "..", FILE_KIND_CHARACTER, 1, 0666), RPC_MALFORMED);
    check_result("publishing null", publish(&publisher, "null", FILE_KIND_CHARACTER, 1, 0666),
                 RPC_EXISTS);
    check_result("publishing the server itself",
                 vfs_publish(&publisher, "self", FILE_KIND_CHARACTER, 1, 0666, actor.vfs.cap,
                             actor.vfs.cap, actor.vfs.cap),
                 RPC_BAD_HANDLE);
    check_result("a terminal that isn't there", vfs_open_terminal(&authority, actor.badge, 3, slot),
                 VFS_ERROR_NO_DEVICE);
    must("publishing", publish(&publisher, "term2", FILE_KIND_TERMINAL, 3, 0600));
    must("publishing again", publish(&publisher, "term2", FILE_KIND_TERMINAL, 3, 0600));
    ways();
    must("opening it", vfs_open(&actor.vfs, "/dev/term2", OPEN_READ | OPEN_WRITE, 0, 7,
                                actor.file[7], &kind, &device));
    CHECK("it is a terminal", kind == FILE_KIND_TERMINAL && device == 3 && is_copy(actor.file[7]));
    must("opening one's own", vfs_open(&actor.vfs, "/dev/tty", OPEN_READ | OPEN_WRITE, 0, 8,
                                       actor.file[8], &kind, &device));
    CHECK("that is it", kind == FILE_KIND_TERMINAL && device == 3 && is_copy(actor.file[8]));
    must("closing one", vfs_close(actor.vfs.cap, 7));
    must("a copy of the other", vfs_duplicate(actor.vfs.cap, 8, 9));
    must("a terminal for a client", vfs_open_terminal(&authority, actor.badge, 3, slot));
    CHECK("its handle", is_copy(slot));
    CHECK("its descriptors", !vfs_close(actor.vfs.cap, 0) && !vfs_close(actor.vfs.cap, 1) &&
                                 !vfs_close(actor.vfs.cap, 2));
    must("another user", vfs_client_set_user(authority.cap, actor.badge, 5, 5));
    check_result("may not open it", actor_open(&actor, "/dev/term2", OPEN_READ, 7), RPC_DENIED);
    must("user 0 again", vfs_client_set_user(authority.cap, actor.badge, 0, 0));
    slot_drop(slot);
}

static void time(void)
{
    struct file_status status = {0};
    const int64_t year_2030 = 1893456000ll * 1000000000;

    must("setting the time", vfs_set_clock(publisher.cap, year_2030, 0));
    must("a file", actor_open(&actor, "/tmp/time", OPEN_READ | OPEN_WRITE | OPEN_CREATE, 0));
    struct rpc_client file = actor_file(&actor, 0);
    must("its status", file_status(&file, &status));
    CHECK("made after that",
          status.modified >= year_2030 && status.modified < year_2030 + 3600 * 1000000000ll);
    must("setting its times", file_set_times(file.cap, 1, 2));
    must("its status then", file_status(&file, &status));
    CHECK("they are as set", status.accessed == 1 && status.modified == 2);
    CHECK("writing", actor_put(&actor, 0, "x"));
    must("its status at last", file_status(&file, &status));
    CHECK("changed again", status.modified >= year_2030);
    actor_close(&actor, 0);
    must("unlinking", vfs_unlink(&actor.vfs, "/tmp/time", false));
}

/* All names are listed once, in pieces that are as small as can be. */
static void listing(void)
{
    struct rpc_client directory;
    uint64_t position = 0, entries[48];
    unsigned names = 0, dots = 0;

    must("/dev", actor_open(&actor, "/dev", OPEN_READ | OPEN_DIRECTORY, 0));
    directory = actor_file(&actor, 0);
    do {
        must("listing", file_directory(&directory, position, &position, entries, 64, &bytes));
        for (uint32_t at = 0; at < bytes; names++) {
            struct file_entry entry;
            memcpy(&entry, (char *)entries + at, sizeof(entry));
            dots += ((char *)entries + at)[sizeof(entry)] == '.';
            at += entry.bytes;
        }
    } while (position);
    CHECK("all names, each once", names == 7 && dots == 2);
    actor_close(&actor, 0);
}

void cases_devices(void)
{
    actor_make(&actor);
    built_in();
    published();
    time();
    listing();
    actor_end(&actor);
}
