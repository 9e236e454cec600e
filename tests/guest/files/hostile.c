/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What no honest client does. Messages that no stub would send: each operation with random words,
 * counts and capabilities; the server answers each, and serves the next one as ever. And requests
 * that are good each for itself.
 */
#include "libsys/invoke.h"
#include "libsys/string.h"
#include "libsys/vfs_hostile.h"
#include "tests/guest/files/test.h"
#include "tests/guest/hostile_check.h"

#define ROUNDS 20000

static struct actor actor;
static uint64_t seed = 88172645463325252ull;

static uint64_t any(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static uint64_t any_word(void)
{
    static const uint64_t odd[] = {0,          1,          ~0ull,      1ull << 63,
                                   UINT32_MAX, 1ull << 32, 0x10004000, 384};

    switch (any() % 4) {
    case 0:
        return any();
    case 1:
        return odd[any() % 8];
    default:
        return any() % 400;
    }
}

/* Sessions, files, foreign endpoints, what isn't there. */
static cap_t any_cap(void)
{
    cap_t caps[] = {actor.vfs.cap,
                    actor.file[0],
                    actor.file[2],
                    actor.file[3],
                    program_cap("memory"),
                    program_cap("pool"),
                    0};

    return caps[any() % 7];
}

static void fill_buffer(struct message_buffer *buffer)
{
    for (unsigned i = 0; i < MESSAGE_BUFFER_WORDS; i++)
        buffer->words[i] = any() % 3 ? 0x2f706d742f2f2e2eull : any();
    for (unsigned i = 0; i < MESSAGE_CAPS; i++)
        buffer->caps[i] = any_cap();
    for (unsigned i = 0; i < MESSAGE_CAPS; i++)
        buffer->receive[i] = 0;
}

/* Its answer is whatever it is; what is waited for ends at once (FILE_NO_WAIT or not). */
static bool send(cap_t cap)
{
    bool file = cap != actor.vfs.cap;
    uint64_t operation = any() % 44, words = any() % 66, caps = any() % 5;
    struct message message = {0};

    if (file && operation == 1) /* it would wait for ever */
        operation = 2;
    for (unsigned i = 0; i < MESSAGE_WORDS; i++)
        message.word[i] = any_word();
    message.tag = TAG((file ? FILE_INTERFACE : VFS_INTERFACE) << 8 | operation, words, caps);
    if (any() % 32 == 0)
        message.tag = any() & ~(0xfull << 8);
    if (any() % 4 == 0)
        return !call(cap, &message);
    if (words > MESSAGE_BUFFER_WORDS)
        message.tag -= 2;
    fill_buffer(program_buffer());
    err_t error = call_buffer(cap, &message);
    return !error || ERR_BLAME(error) != BLAME_PEER;
}

static void open_files(void)
{
    must("a file", actor_open(&actor, "/tmp/f", OPEN_READ | OPEN_WRITE | OPEN_CREATE, 0));
    must("a directory", actor_open(&actor, "/tmp", OPEN_READ, 2));
    must("null", actor_open(&actor, "/dev/null", OPEN_READ | OPEN_WRITE, 3));
}

/* ---- Requests that are good each for itself -------------------------------------------------- */

#define DEPTH 6000 /* more than a stack has room for, if each took some of it */

/* Directories in one another, which are removed while somebody is in the last. */
static void deep_directories(void)
{
    struct actor inside, outside;
    unsigned made = 0, removed = 0;

    actor_make(&inside);
    must("to /tmp", vfs_change_directory(&inside.vfs, "/tmp"));
    while (made < DEPTH && !vfs_make_directory(&inside.vfs, "d", 0755) &&
           !vfs_change_directory(&inside.vfs, "d"))
        made++;
    actor_fork(&outside, &inside);
    while (removed < made && !vfs_change_directory(&outside.vfs, "..") &&
           !vfs_unlink(&outside.vfs, "d", true))
        removed++;
    CHECK("deep directories are removed", made == DEPTH && removed == DEPTH);
    check_result("and go with who was there", vfs_change_directory(&inside.vfs, "/"), 0);
    actor_end(&outside);
    actor_end(&inside);
}

/* A window that the server itself makes smaller. */
static void window_of_file(void)
{
    static const char page[4096] = "x";
    struct rpc_client file = actor_file(&actor, 0);
    cap_t object = slot_take();
    uint64_t size;
    uint32_t written;

    must("a file", actor_open(&actor, "/tmp/w", OPEN_READ | OPEN_WRITE | OPEN_CREATE, 0));
    must("a place in it", file_seek(file.cap, 65535, SEEK_FROM_START, &size));
    must("its end", actor_write(&actor, 0, page, 1, &written));
    must("its object", file_map(&file, MEMORY_READ | MEMORY_WRITE, object, &size));
    check_result("a file isn't a window", vfs_set_window(&actor.vfs, object), RPC_DENIED);
    must("cutting it", file_truncate(file.cap, 0));
    must("removing it", vfs_unlink(&actor.vfs, "/tmp/w", false));
    actor_close(&actor, 0);
    slot_drop(object);
}

/* What user 0 opened and leaves to another, who wants it for himself. */
static void inherited_file(void)
{
    struct actor parent, child;

    actor_make(&parent);
    must("a file", actor_open(&parent, "/tmp/left", OPEN_READ | OPEN_WRITE | OPEN_CREATE, 0));
    actor_fork(&child, &parent);
    must("another user", vfs_client_set_user(authority.cap, child.badge, 5, 5));
    struct rpc_client file = actor_file(&child, 0);
    CHECK("it can be written", actor_put(&child, 0, "x"));
    check_result("changing its mode", file_set_mode(file.cap, 0666), RPC_DENIED);
    check_result("changing its owner", file_set_owner(file.cap, 5, 5), RPC_DENIED);
    check_result("changing its times", file_set_times(file.cap, 1, 1), RPC_DENIED);
    must("removing it", vfs_unlink(&parent.vfs, "/tmp/left", false));
    actor_end(&child);
    actor_end(&parent);
}

/* Who may remove anything removes the directory of devices; a driver publishes one more. */
static void devices_removed(void)
{
    static const char *const names[] = {"null", "zero", "full", "tty", "term2"};
    bool good = true;

    actor_make(&actor);
    must("to /dev", vfs_change_directory(&actor.vfs, "/dev"));
    for (unsigned i = 0; i < 5; i++)
        good = good && !vfs_unlink(&actor.vfs, names[i], false);
    must("away", vfs_change_directory(&actor.vfs, "/"));
    CHECK("/dev is removed", good && !vfs_unlink(&actor.vfs, "/dev", true));
    must("others in its place", vfs_make_directory(&actor.vfs, "/tmp/place", 0755));
    check_result("a device for nowhere", publish(&publisher, "lost", 4, 1, 0666), RPC_DENIED);
    must("removing the other", vfs_unlink(&actor.vfs, "/tmp/place", true));
    actor_end(&actor);
}

/* Messages that break each rule, by who has the authority and by a driver. */
static void privileged(void)
{
    cap_t bell = slot_take();

    must("a Notification", untyped_retype(program_cap("pool"), own_table, CAP_INDEX(bell), 1,
                                          OBJECT_NOTIFICATION, 7));
    HOSTILE_CHECK("authority", vfs, VFS_INTERFACE, .cap = authority.cap, .bell = bell,
                  .cnode = own_table, .endpoint = memory_self.cap);
    HOSTILE_CHECK("publisher", vfs, VFS_INTERFACE, .cap = publisher.cap, .bell = bell,
                  .cnode = own_table, .endpoint = memory_self.cap);
    slot_drop(bell);
}

void cases_hostile(void)
{
    bool good = true;

    actor_make(&actor);
    must("another user", vfs_client_set_user(authority.cap, actor.badge, 5, 5));
    for (unsigned i = 0; i < ROUNDS && good; i++) {
        if (i % 500 == 0)
            open_files();
        cap_t cap[] = {actor.vfs.cap, actor.file[0], actor.file[2], actor.file[3]};
        good = send(cap[any() % 4]);
    }
    CHECK("each message is answered", good);
    memset(program_buffer(), 0, sizeof(struct message_buffer));
    window_of_file();
    actor_end(&actor);
    deep_directories();
    inherited_file();
    devices_removed();
    privileged();
}
