/* SPDX-License-Identifier: BSD-2-Clause */
/* sources: servers/vfs/names.c servers/vfs/walk.c servers/vfs/mounts.c kernel/lib/format.c */
/* sources: tests/host/vfs/stand_in.c servers/vfs/ramfs.c servers/vfs/entry.c servers/vfs/node.c */
/* sources: servers/vfs/view.c servers/vfs/client.c servers/vfs/table.c servers/vfs/device.c */
/* sources: servers/vfs/descriptors.c servers/vfs/open_file.c servers/vfs/pipe.c */
/* sources: servers/vfs/wait.c servers/vfs/contents.c */
/* Paths, names, permissions, roots and mounts: a line for each operation and its outcome. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "servers/vfs/mounts.h"
#include "servers/vfs/names.h"
#include "tests/host/vfs/stand_in.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static struct client *root; /* user 0 */
static struct client *user; /* user 7, group 7 */
static int failures;

static void report(const char *name, bool good)
{
    printf(good ? "ok vfs names: %s\n" : "not ok vfs names: %s: not so\n", name);
    failures += !good;
}

/* ---- Operations by a letter ------------------------------------------------------------------ */

struct line {
    char who;  /* '0' or 'u' */
    char what; /* see perform */
    const char *path, *other;
    err_t expected;
    uint32_t number; /* mode, flags, user */
};

static err_t open_close(const struct client *client, const char *path, uint32_t flags)
{
    struct node *node;

    return names_open(client, path, flags, 0644, &node);
}

static err_t change_directory(struct client *client, const char *path)
{
    struct node *node;
    err_t error = walk_to(client, path, WALK_FOLLOW, &node);

    if (!error)
        client_set_directory(client, node);
    return error;
}

static err_t change_mode(const struct client *client, const char *path, uint32_t mode)
{
    struct node *node;
    err_t error = walk_to(client, path, WALK_FOLLOW, &node);

    return error ? error : node_set_mode(node, client->user, client->group, mode);
}

static err_t change_owner(const struct client *client, const char *path, uint32_t owner)
{
    struct node *node;
    err_t error = walk_to(client, path, WALK_FOLLOW, &node);

    return error ? error : node_set_owner(node, client->user, owner, owner);
}

/* 0 if the path is where the client is. */
static err_t is_here(const struct client *client, const char *expected)
{
    char path[PATH_MAX_BYTES];
    uint32_t bytes = 0;
    err_t error = walk_back(client, client->directory, path, sizeof(path), &bytes);

    if (error)
        return error;
    return bytes == strlen(expected) && memcmp(path, expected, bytes) == 0 ? 0 : RPC_INTERNAL;
}

static err_t exists(const struct client *client, const char *path, unsigned flags)
{
    struct node *node;

    return walk_to(client, path, flags, &node);
}

static err_t perform(struct client *client, const struct line *line)
{
    switch (line->what) {
    case 'd':
        return names_make_directory(client, line->path, line->number ? line->number : 0755);
    case 'f':
        return open_close(client, line->path, OPEN_WRITE | OPEN_CREATE | line->number);
    case 'o':
        return open_close(client, line->path, line->number);
    case 'x':
        return exists(client, line->path, WALK_FOLLOW);
    case 'l':
        return exists(client, line->path, 0);
    case 'u':
        return names_unlink(client, line->path, false);
    case 'r':
        return names_unlink(client, line->path, true);
    case 'm':
        return names_rename(client, line->path, line->other);
    case 'h':
        return names_link(client, line->path, line->other);
    case 's':
        return names_symlink(client, line->other, line->path);
    case 'c':
        return change_directory(client, line->path);
    case 'w':
        return is_here(client, line->path);
    case 'p':
        return change_mode(client, line->path, line->number);
    case 'O':
        return change_owner(client, line->path, line->number);
    case 'M':
        return mounts_add_memory(client, line->path, 1 << 20);
    case 'U':
        return mounts_remove(client, line->path);
    default:
        abort();
    }
}

static bool begin(void)
{
    root = stand_in_begin();
    if (client_make(stand_in_view, &user))
        return false;
    user->user = user->group = 7;
    return true;
}

static bool end(void)
{
    client_end(user);
    return stand_in_end(root);
}

static bool lines(const char *name, const struct line *line, size_t count)
{
    bool good = true;

    for (size_t i = 0; i < count; i++) {
        err_t error = perform(line[i].who == '0' ? root : user, &line[i]);
        if (error == line[i].expected)
            continue;
        printf("not ok vfs names: %s: line %zu (%c %s): error 0x%x\n", name, i + 1, line[i].what,
               line[i].path, error);
        good = false;
    }
    return good;
}

static void script(const char *name, const struct line *line, size_t count)
{
    bool good = begin() && lines(name, line, count);

    report(name, end() && good);
}

/* ---- The scripts ----------------------------------------------------------------------------- */

#define NOT_A_DIRECTORY VFS_ERROR_NOT_A_DIRECTORY
#define IS_A_DIRECTORY VFS_ERROR_IS_A_DIRECTORY

static const struct line paths[] = {
    {'0', 'd', "/a", 0, 0, 0},
    {'0', 'd', "/a/b", 0, 0, 0},
    {'0', 'd', "/a/c///", 0, 0, 0},
    {'0', 'f', "/a/b/f", 0, 0, 0},
    {'0', 'x', "/a/./b/../b//f", 0, 0, 0},
    {'0', 'x', "/../../a", 0, 0, 0},
    {'0', 'x', "a/b", 0, 0, 0},
    {'0', 'x', "/", 0, 0, 0},
    {'0', 'x', ".", 0, 0, 0},
    {'0', 'x', "/a/b/f/", 0, NOT_A_DIRECTORY, 0},
    {'0', 'x', "/a/b/f/g", 0, NOT_A_DIRECTORY, 0},
    {'0', 'x', "/a/b/f/.", 0, NOT_A_DIRECTORY, 0},
    {'0', 'x', "/a/b/f/..", 0, NOT_A_DIRECTORY, 0},
    {'0', 'x', "/a/x/../b", 0, RPC_NOT_FOUND, 0},
    {'0', 'd', "/x/y", 0, RPC_NOT_FOUND, 0},
    {'0', 'd', "/a", 0, RPC_EXISTS, 0},
    {'0', 'd', "/", 0, RPC_EXISTS, 0},
    {'0', 'd', "/a/.", 0, RPC_EXISTS, 0},
    {'0', 'c', "/a/b", 0, 0, 0},
    {'0', 'w', "/a/b", 0, 0, 0},
    {'0', 'x', "f", 0, 0, 0},
    {'0', 'x', "../c", 0, 0, 0},
    {'0', 'c', "../../../..", 0, 0, 0},
    {'0', 'w', "/", 0, 0, 0},
    {'0', 'f', "/a/new/", 0, IS_A_DIRECTORY, 0},
    {'0', 'f', "/a", 0, IS_A_DIRECTORY, 0},
    {'0', 'f', "/a/b/f", 0, RPC_EXISTS, OPEN_EXCLUSIVE},
    {'0', 'o', "/a", 0, 0, OPEN_READ},
    {'0', 'o', "/a", 0, IS_A_DIRECTORY, OPEN_WRITE},
    {'0', 'o', "/a/b/f", 0, NOT_A_DIRECTORY, OPEN_READ | OPEN_DIRECTORY},
};

static const struct line links[] = {
    {'0', 'd', "/d", 0, 0, 0},
    {'0', 'f', "/d/f", 0, 0, 0},
    {'0', 's', "/l", "d", 0, 0},
    {'0', 's', "/d/up", "..", 0, 0},
    {'0', 's', "/abs", "/d/f", 0, 0},
    {'0', 's', "/loop", "loop", 0, 0},
    {'0', 's', "/ping", "pong", 0, 0},
    {'0', 's', "/pong", "ping/x", 0, 0},
    {'0', 's', "/dangling", "d/made", 0, 0},
    {'0', 'x', "/l/f", 0, 0, 0},
    {'0', 'x', "/l/up/l/up/d/f", 0, 0, 0},
    {'0', 'x', "abs", 0, 0, 0},
    {'0', 'x', "/abs/", 0, NOT_A_DIRECTORY, 0},
    {'0', 'x', "/loop", 0, VFS_ERROR_LOOP, 0},
    {'0', 'l', "/loop", 0, 0, 0},
    {'0', 'x', "/ping", 0, VFS_ERROR_LOOP, 0},
    {'0', 'x', "/dangling", 0, RPC_NOT_FOUND, 0},
    {'0', 'f', "/dangling", 0, RPC_EXISTS, OPEN_EXCLUSIVE},
    {'0', 'f', "/dangling", 0, 0, 0},
    {'0', 'x', "/d/made", 0, 0, 0},
    {'0', 'o', "/abs", 0, VFS_ERROR_LOOP, OPEN_READ | OPEN_NO_FOLLOW},
    {'0', 'd', "/dangling", 0, RPC_EXISTS, 0},
    {'0', 'r', "/l", 0, NOT_A_DIRECTORY, 0},
    {'0', 'u', "/l/", 0, IS_A_DIRECTORY, 0},
    {'0', 'u', "/l", 0, 0, 0},
    {'0', 'x', "/d/f", 0, 0, 0},
    {'0', 'h', "/abs", "/d/hard", 0, 0},
    {'0', 'l', "/d/hard", 0, 0, 0},
    {'0', 'h', "/d", "/other", RPC_DENIED, 0},
    {'0', 'h', "/d/f", "/d/made", RPC_EXISTS, 0},
    {'0', 'h', "/d/f", "/d/g/", RPC_NOT_FOUND, 0},
};

static const struct line removing[] = {
    {'0', 'd', "/a", 0, 0, 0},
    {'0', 'd', "/a/b", 0, 0, 0},
    {'0', 'f', "/a/f", 0, 0, 0},
    {'0', 'r', "/a", 0, VFS_ERROR_NOT_EMPTY, 0},
    {'0', 'u', "/a/b", 0, IS_A_DIRECTORY, 0},
    {'0', 'r', "/a/f", 0, NOT_A_DIRECTORY, 0},
    {'0', 'u', "/a/none", 0, RPC_NOT_FOUND, 0},
    {'0', 'u', "/a/f/", 0, NOT_A_DIRECTORY, 0},
    {'0', 'r', "/", 0, RPC_BUSY, 0},
    {'0', 'r', "/a/b/.", 0, RPC_BUSY, 0},
    {'0', 'c', "/a/b", 0, 0, 0},
    {'0', 'r', "../b/", 0, 0, 0},
    {'0', 'w', "", 0, RPC_NOT_FOUND, 0},
    {'0', 'x', ".", 0, 0, 0},
    {'0', 'x', "../f", 0, 0, 0},
    {'0', 'd', "new", 0, RPC_NOT_FOUND, 0},
    {'0', 'f', "new", 0, RPC_NOT_FOUND, 0},
    {'0', 's', "new", "x", RPC_NOT_FOUND, 0},
    {'0', 'm', "/a/f", "new", RPC_NOT_FOUND, 0},
    {'0', 'u', "/a/f", 0, 0, 0},
    {'0', 'r', "/a", 0, 0, 0},
    {'0', 'x', "..", 0, 0, 0},
    {'0', 'c', "/", 0, 0, 0},
};

static const struct line renaming[] = {
    {'0', 'd', "/a", 0, 0, 0},
    {'0', 'd', "/a/b", 0, 0, 0},
    {'0', 'd', "/e", 0, 0, 0},
    {'0', 'f', "/f", 0, 0, 0},
    {'0', 'f', "/g", 0, 0, 0},
    {'0', 'm', "/a", "/a/b/c", RPC_OUT_OF_RANGE, 0},
    {'0', 'm', "/a", "/a/c", RPC_OUT_OF_RANGE, 0},
    {'0', 'm', "/a", "/a", 0, 0},
    {'0', 'm', "/a", "/f", NOT_A_DIRECTORY, 0},
    {'0', 'm', "/f", "/a", IS_A_DIRECTORY, 0},
    {'0', 'm', "/e", "/a", VFS_ERROR_NOT_EMPTY, 0},
    {'0', 'm', "/f", "/h/", NOT_A_DIRECTORY, 0},
    {'0', 'm', "/none", "/h", RPC_NOT_FOUND, 0},
    {'0', 'm', "/", "/h", RPC_BUSY, 0},
    {'0', 'm', "/e/.", "/h", RPC_BUSY, 0},
    {'0', 'm', "/f", "/g", 0, 0},
    {'0', 'x', "/f", 0, RPC_NOT_FOUND, 0},
    {'0', 'h', "/g", "/same", 0, 0},
    {'0', 'm', "/g", "/same", 0, 0},
    {'0', 'x', "/g", 0, 0, 0},
    {'0', 'c', "/a/b", 0, 0, 0},
    {'0', 'm', "/a", "/e", 0, 0},
    {'0', 'w', "/e/b", 0, 0, 0},
    {'0', 'm', "/e/b", "/top/", 0, 0},
    {'0', 'w', "/top", 0, 0, 0},
    {'0', 'x', "../e", 0, 0, 0},
    {'0', 'r', "/e", 0, 0, 0},
    {'0', 'c', "/", 0, 0, 0},
};

static const struct line permissions[] = {
    {'u', 'd', "/mine", 0, RPC_DENIED, 0},
    {'0', 'd', "/tmp", 0, 0, 0777 | MODE_STICKY},
    {'0', 'd', "/open", 0, 0, 0777},
    {'0', 'd', "/shut", 0, 0, 0700},
    {'0', 'f', "/shut/f", 0, 0, 0},
    {'0', 'f', "/tmp/f", 0, 0, 0},
    {'0', 'f', "/open/f", 0, 0, 0},
    {'u', 'x', "/shut", 0, 0, 0},
    {'u', 'x', "/shut/f", 0, RPC_DENIED, 0},
    {'u', 'x', "/shut/..", 0, RPC_DENIED, 0},
    {'u', 'o', "/shut", 0, RPC_DENIED, OPEN_READ},
    {'u', 'o', "/tmp/f", 0, 0, OPEN_READ},
    {'u', 'o', "/tmp/f", 0, RPC_DENIED, OPEN_WRITE},
    {'u', 'o', "/tmp/f", 0, RPC_DENIED, OPEN_READ | OPEN_TRUNCATE},
    {'u', 'u', "/tmp/f", 0, RPC_DENIED, 0},
    {'u', 'm', "/tmp/f", "/tmp/g", RPC_DENIED, 0},
    {'u', 'u', "/open/f", 0, 0, 0},
    {'u', 'f', "/tmp/own", 0, 0, 0},
    {'u', 'm', "/tmp/own", "/tmp/f", RPC_DENIED, 0},
    {'u', 'm', "/tmp/own", "/tmp/own2", 0, 0},
    {'u', 'p', "/tmp/own2", 0, 0, 0400},
    {'u', 'o', "/tmp/own2", 0, RPC_DENIED, OPEN_WRITE},
    {'0', 'o', "/tmp/own2", 0, 0, OPEN_WRITE},
    {'u', 'p', "/tmp/f", 0, RPC_DENIED, 0777},
    {'u', 'O', "/tmp/own2", 0, RPC_DENIED, 8},
    {'u', 'O', "/tmp/own2", 0, 0, 7},
    {'0', 'O', "/tmp/own2", 0, 0, 8},
    {'u', 'o', "/tmp/own2", 0, RPC_DENIED, OPEN_READ},
    {'u', 'u', "/tmp/own2", 0, RPC_DENIED, 0},
    {'0', 'O', "/tmp/f", 0, 0, 8},
    {'0', 'p', "/tmp/f", 0, 0, 0604},
    {'u', 'o', "/tmp/f", 0, 0, OPEN_READ},
    {'0', 'O', "/tmp/f", 0, 0, 7},
    {'0', 'p', "/tmp/f", 0, 0, 0066},
    {'u', 'o', "/tmp/f", 0, RPC_DENIED, OPEN_READ},
};

static const struct line mounting[] = {
    {'0', 'd', "/m", 0, 0, 0},
    {'0', 'd', "/m/sub", 0, 0, 0},
    {'u', 'M', "/m", 0, RPC_DENIED, 0},
    {'0', 'M', "/m", 0, RPC_BUSY, 0},
    {'0', 'M', "/m/sub", 0, 0, 0},
    {'0', 'M', "/m/sub", 0, RPC_BUSY, 0},
    {'0', 'M', "/", 0, RPC_BUSY, 0},
    {'0', 'f', "/m/sub/f", 0, 0, 0},
    {'0', 'f', "/m/f", 0, 0, 0},
    {'0', 'm', "/m/f", "/m/sub/g", VFS_ERROR_CROSS_DEVICE, 0},
    {'0', 'h', "/m/f", "/m/sub/g", VFS_ERROR_CROSS_DEVICE, 0},
    {'0', 'r', "/m/sub", 0, RPC_BUSY, 0},
    {'0', 'm', "/m/sub", "/m/other", RPC_BUSY, 0},
    {'0', 'm', "/m", "/n", 0, 0},
    {'0', 'c', "/n/sub", 0, 0, 0},
    {'0', 'w', "/n/sub", 0, 0, 0},
    {'0', 'x', "../f", 0, 0, 0},
    {'0', 'U', "/n/sub", 0, RPC_BUSY, 0},
    {'0', 'c', "..", 0, 0, 0},
    {'0', 'w', "/n", 0, 0, 0},
    {'u', 'U', "/n/sub", 0, RPC_DENIED, 0},
    {'0', 'U', "/n", 0, RPC_NOT_FOUND, 0},
    {'0', 'U', "/", 0, RPC_BUSY, 0},
    {'0', 'd', "/n/sub/d", 0, 0, 0},
    {'0', 'd', "/n/sub/d/e", 0, 0, 0},
    {'0', 'U', "/n/sub", 0, 0, 0},
    {'0', 'x', "/n/sub/f", 0, RPC_NOT_FOUND, 0},
    {'0', 'r', "/n/sub", 0, 0, 0},
};

/* ---- Others ---------------------------------------------------------------------------------- */

static bool long_names(void)
{
    char path[300] = "/";
    bool good = begin();

    memset(path + 1, 'n', 255);
    good = good && names_make_directory(root, path, 0755) == 0 && exists(root, path, 0) == 0;
    path[256] = 'n';
    good = good && names_make_directory(root, path, 0755) == VFS_ERROR_NAME_TOO_LONG &&
           exists(root, path, 0) == VFS_ERROR_NAME_TOO_LONG;
    return end() && good;
}

static bool deep_directory(void)
{
    char name[201];
    bool good = begin();

    memset(name, 'n', 200);
    name[200] = 0;
    for (int i = 0; i < 2 && good; i++)
        good = names_make_directory(root, name, 0755) == 0 && change_directory(root, name) == 0;
    good = good && is_here(root, "") == VFS_ERROR_NAME_TOO_LONG &&
           change_directory(root, "..") == 0 && is_here(root, "") == RPC_INTERNAL;
    return end() && good;
}

/* Nothing above the root is reached, and mounts below it are nobody else's. */
static bool roots(void)
{
    static const struct line before[] = {
        {'0', 'd', "/jail", 0, 0, 0},
        {'0', 'd', "/jail/in", 0, 0, 0},
        {'0', 'f', "/outside", 0, 0, 0},
        {'0', 's', "/jail/abs", "/outside", 0, 0},
        {'0', 's', "/jail/up", "../../../outside", 0, 0},
    };
    static const struct line inside[] = {
        {'u', 'w', "/", 0, 0, 0},
        {'u', 'x', "/outside", 0, RPC_NOT_FOUND, 0},
        {'u', 'x', "../outside", 0, RPC_NOT_FOUND, 0},
        {'u', 'x', "abs", 0, RPC_NOT_FOUND, 0},
        {'u', 'x', "up", 0, RPC_NOT_FOUND, 0},
        {'u', 'x', "in/../../in", 0, 0, 0},
        {'u', 'M', "/in", 0, 0, 0},
        {'u', 'f', "/in/f", 0, 0, 0},
        {'0', 'x', "/jail/in/f", 0, RPC_NOT_FOUND, 0},
        {'0', 'x', "/jail/in", 0, 0, 0},
        {'0', 'r', "/jail/in", 0, RPC_BUSY, 0},
    };
    struct node *jail;
    bool good = begin() && lines("roots", before, LENGTH(before)) &&
                walk_to(root, "/jail", 0, &jail) == 0 && client_set_root(user, jail) == 0;

    user->user = 0;
    good = good && lines("roots", inside, LENGTH(inside));
    return end() && good;
}

/* A file that is open in a file system that its last view gave up. */
static bool unmounted_in_use(void)
{
    struct node *jail, *file = NULL;
    struct open_file *open = NULL;
    bool good = begin() && names_make_directory(root, "/jail", 0755) == 0 &&
                names_make_directory(root, "/jail/in", 0755) == 0 &&
                walk_to(root, "/jail", 0, &jail) == 0 && client_set_root(user, jail) == 0;

    user->user = 0;
    good = good && mounts_add_memory(user, "/in", 1 << 20) == 0 &&
           names_open(user, "/in/f", OPEN_WRITE | OPEN_CREATE, 0644, &file) == 0;
    open = good ? open_file_of_node(file, OPEN_WRITE, 0) : NULL;
    client_end(user);
    good = good && file->references == 1 && names_unlink(root, "/jail/in", true) == 0;
    if (open)
        open_file_put(open);
    return stand_in_end(root) && good;
}

static bool what_is_mounted(void)
{
    struct vfs_mount mount;
    char text[384];
    uint32_t bytes;
    bool good = begin() && names_make_directory(root, "/m", 0755) == 0 &&
                mounts_add_memory(root, "/m", 1 << 20) == 0 &&
                mounts_at(root, 0, &mount, text, sizeof(text), &bytes) == 0 &&
                memcmp(text, "test / ramfs", bytes) == 0 &&
                mounts_at(root, 1, &mount, text, sizeof(text), &bytes) == 0 &&
                memcmp(text, "memory /m ramfs", bytes) == 0 && mount.total == 1 << 20 &&
                mount.free < mount.total && mount.files == 1 &&
                mounts_at(root, 2, &mount, text, sizeof(text), &bytes) == RPC_NOT_FOUND;

    return end() && good;
}

static bool group_of_directory(void)
{
    struct node *directory, *file;
    bool good = begin() && names_make_directory(root, "/g", 02777) == 0 &&
                walk_to(root, "/g", 0, &directory) == 0;

    directory->group = 42;
    good = good && names_open(user, "/g/f", OPEN_WRITE | OPEN_CREATE, 0644, &file) == 0 &&
           file->group == 42 && file->user == 7 && names_make_directory(user, "/g/d", 0755) == 0 &&
           walk_to(user, "/g/d", 0, &directory) == 0 && directory->group == 42 &&
           (directory->mode & MODE_SET_GROUP);
    return end() && good;
}

#define SCRIPT(text, table) script(text, table, LENGTH(table))

int main(void)
{
    SCRIPT("paths", paths);
    SCRIPT("symbolic and hard links", links);
    SCRIPT("removing", removing);
    SCRIPT("renaming", renaming);
    SCRIPT("permissions", permissions);
    SCRIPT("mounts", mounting);
    report("long names", long_names());
    report("a directory whose path is too long", deep_directory());
    report("roots and views", roots());
    report("a view that ends while a file is open", unmounted_in_use());
    report("what is mounted", what_is_mounted());
    report("a directory's group", group_of_directory());
    return failures != 0;
}
