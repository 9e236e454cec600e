/* SPDX-License-Identifier: BSD-2-Clause */
/* sources: servers/vfs/names.c servers/vfs/walk.c */
/* sources: tests/host/vfs/stand_in.c servers/vfs/ramfs.c servers/vfs/entry.c servers/vfs/node.c */
/* sources: servers/vfs/view.c servers/vfs/client.c servers/vfs/table.c servers/vfs/device.c */
/* sources: servers/vfs/descriptors.c servers/vfs/open_file.c servers/vfs/pipe.c */
/* sources: servers/vfs/wait.c servers/vfs/contents.c */
/*
 * Random histories of a file system against a model: a table of paths. Memory is refused now and
 * then; then an operation fails, and nothing has changed. In the end nothing is left.
 *
 *     build/host/tests/host/vfs_history         as in CI
 *     HISTORIES=N STEPS=N …/vfs_history         more of them, and longer
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "servers/vfs/names.h"
#include "tests/host/vfs/stand_in.h"

#define NODES 64
#define NAMES 64
#define CONTENTS 20000u
#define TEXT 200

/* ---- The model: a list of absolute paths, and what each is ----------------------------------- */

struct model_node {
    bool used, directory;
    uint32_t size, links;
    uint8_t data[CONTENTS];
};

struct model_name {
    char path[TEXT]; /* empty: free; the root is "/" */
    int node;
};

static struct model_node model_node[NODES];
static struct model_name model_name[NAMES];
static unsigned long seed;

static void require(bool holds, const char *what)
{
    if (holds)
        return;
    printf("not ok vfs history: %lu: %s\n", seed, what);
    exit(1);
}

static int find_name(const char *path)
{
    for (int i = 0; i < NAMES; i++)
        if (model_name[i].path[0] && strcmp(model_name[i].path, path) == 0)
            return i;
    return -1;
}

static struct model_node *find_node(const char *path)
{
    int i = find_name(path);

    return i < 0 ? NULL : &model_node[model_name[i].node];
}

static int free_name(void)
{
    for (int i = 0; i < NAMES; i++)
        if (!model_name[i].path[0])
            return i;
    return -1;
}

static int free_node(void)
{
    for (int i = 0; i < NODES; i++)
        if (!model_node[i].used)
            return i;
    return -1;
}

static void parent_of(const char *path, char *parent)
{
    strcpy(parent, path);
    char *slash = strrchr(parent, '/');
    slash[slash == parent] = 0;
}

static bool is_inside(const char *path, const char *directory)
{
    size_t bytes = strlen(directory);

    return strncmp(path, directory, bytes) == 0 && path[bytes] == '/';
}

static bool has_children(const char *directory)
{
    for (int i = 0; i < NAMES; i++)
        if (model_name[i].path[0] && is_inside(model_name[i].path, directory))
            return true;
    return false;
}

static void name_drop(int i)
{
    struct model_node *node = &model_node[model_name[i].node];

    if (--node->links == 0)
        node->used = false;
    model_name[i].path[0] = 0;
}

/* Why there can't be something at a path; 0: its directory is there. */
static err_t place_error(const char *path)
{
    char parent[TEXT];

    parent_of(path, parent);
    for (char *at = parent; at && *at;) { /* from the top down, as a walk goes */
        char *end = strchr(at + 1, '/');
        char before = end ? *end : 0;
        if (end)
            *end = 0;
        struct model_node *node = find_node(parent);
        if (!node)
            return RPC_NOT_FOUND;
        if (!node->directory)
            return VFS_ERROR_NOT_A_DIRECTORY;
        if (end)
            *end = before;
        at = end;
    }
    return 0;
}

static err_t model_make(const char *path, bool directory)
{
    err_t error = place_error(path);

    if (error)
        return error;
    struct model_node *there = find_node(path);
    if (there && (directory || there->directory))
        return directory ? RPC_EXISTS : VFS_ERROR_IS_A_DIRECTORY;
    if (there)
        return 0;
    int name = free_name(), node = free_node();
    strcpy(model_name[name].path, path);
    model_name[name].node = node;
    model_node[node].used = true;
    model_node[node].directory = directory;
    model_node[node].size = 0;
    model_node[node].links = 1;
    return 0;
}

static err_t model_unlink_error(const char *path, bool directory)
{
    struct model_node *node = find_node(path);
    err_t error = place_error(path);

    if (error || !node)
        return error ? error : RPC_NOT_FOUND;
    if (directory && !node->directory)
        return VFS_ERROR_NOT_A_DIRECTORY;
    if (!directory && node->directory)
        return VFS_ERROR_IS_A_DIRECTORY;
    return has_children(path) ? VFS_ERROR_NOT_EMPTY : 0;
}

static err_t model_rename_error(const char *from, const char *to)
{
    struct model_node *old = find_node(from), *new = find_node(to);
    err_t error = place_error(from);

    if (error || !old)
        return error ? error : RPC_NOT_FOUND;
    error = place_error(to);
    if (error)
        return error;
    if (old->directory && is_inside(to, from))
        return RPC_OUT_OF_RANGE;
    if (!new || new == old)
        return 0;
    if (old->directory != new->directory)
        return old->directory ? VFS_ERROR_NOT_A_DIRECTORY : VFS_ERROR_IS_A_DIRECTORY;
    return has_children(to) ? VFS_ERROR_NOT_EMPTY : 0;
}

static void model_rename(const char *from, const char *to)
{
    size_t bytes = strlen(from);
    int there = find_name(to);

    if (find_node(from) == find_node(to))
        return;
    if (there >= 0)
        name_drop(there);
    for (int i = 0; i < NAMES; i++) {
        char *path = model_name[i].path, moved[2 * TEXT];
        if (strcmp(path, from) != 0 && !is_inside(path, from))
            continue;
        snprintf(moved, sizeof(moved), "%s%s", to, path + bytes);
        strcpy(path, moved);
    }
}

/* ---- One step of both ------------------------------------------------------------------------ */

static struct client *client;

/* A path of one to three components out of three names. */
static void any_path(char *path)
{
    int depth = 1 + rand() % 3;

    path[0] = 0;
    for (int i = 0; i < depth; i++)
        sprintf(path + strlen(path), "/%c", 'a' + rand() % 3);
}

/* The outcome is what the model says, or memory was refused. True: the model shall follow. */
static bool agrees(const char *what, err_t error, err_t expected)
{
    if (stand_in_refused() && (error == VFS_ERROR_NO_ROOM || error == RPC_NO_MEMORY))
        return false;
    if (error != expected)
        printf("# %s: 0x%x where 0x%x was expected\n", what, error, expected);
    require(error == expected, what);
    return error == 0;
}

static void step_make(const char *path, bool directory)
{
    struct node *node;
    err_t expected, error;
    char parent[TEXT];

    if (free_name() < 0 || free_node() < 0 || strlen(path) > TEXT / 4)
        return;
    error = directory ? names_make_directory(client, path, 0755)
                      : names_open(client, path, OPEN_WRITE | OPEN_CREATE, 0644, &node);
    if (stand_in_refused() && error == VFS_ERROR_NO_ROOM)
        return;
    parent_of(path, parent);
    expected = model_make(path, directory);
    (void)agrees(directory ? "mkdir" : "open", error, expected);
}

static void step_unlink(const char *path, bool directory)
{
    err_t expected = model_unlink_error(path, directory);

    if (agrees("unlink", names_unlink(client, path, directory), expected))
        name_drop(find_name(path));
}

static void step_rename(const char *from, const char *to)
{
    err_t expected = model_rename_error(from, to);

    if (agrees("rename", names_rename(client, from, to), expected))
        model_rename(from, to);
}

static void step_link(const char *from, const char *to)
{
    struct model_node *node = find_node(from);
    err_t expected = place_error(from);

    if (free_name() < 0)
        return;
    if (!expected)
        expected = !node ? RPC_NOT_FOUND : place_error(to);
    if (!expected)
        expected = find_node(to) ? RPC_EXISTS : node->directory ? RPC_DENIED : 0;
    if (!agrees("link", names_link(client, from, to), expected))
        return;
    int name = free_name();
    strcpy(model_name[name].path, to);
    model_name[name].node = (int)(node - model_node);
    node->links++;
}

static void step_write(const char *path)
{
    static uint8_t data[CONTENTS];
    struct model_node *model = find_node(path);
    struct node *node;
    uint32_t offset = (uint32_t)rand() % (CONTENTS / 2);
    uint32_t count = (uint32_t)rand() % (rand() % 3 ? 200 : CONTENTS / 2);

    if (!model || model->directory || walk_to(client, path, 0, &node))
        return;
    for (uint32_t i = 0; i < count; i++)
        data[i] = (uint8_t)rand();
    err_t error = contents_write(&node->contents, &node->filesystem->budget, offset, data, count);
    if (!agrees("write", error, 0) || count == 0)
        return;
    if (offset > model->size)
        memset(model->data + model->size, 0, offset - model->size);
    memcpy(model->data + offset, data, count);
    if (offset + count > model->size)
        model->size = offset + count;
}

static void step(void)
{
    char path[TEXT], other[TEXT];

    any_path(path);
    any_path(other);
    switch (rand() % 8) {
    case 0:
    case 1:
        step_make(path, true);
        break;
    case 2:
        step_make(path, false);
        break;
    case 3:
        step_unlink(path, rand() % 2);
        break;
    case 4:
        step_rename(path, other);
        break;
    case 5:
        step_link(path, other);
        break;
    default:
        step_write(path);
    }
}

/* ---- Both are the same ----------------------------------------------------------------------- */

struct comparison {
    const char *directory;
    uint32_t names, directories; /* directories: right below it only */
    uint64_t position;
};

static void compare_node(const char *path, const struct node *node)
{
    struct model_node *model = find_node(path);
    const uint8_t *data;

    require(model != NULL, "a name too many");
    require(model->directory == node_is_directory(node), "the kind");
    if (model->directory)
        return;
    require(node->links == model->links, "the number of links");
    require(node->contents.size == model->size, "the size");
    require(contents_at(&node->contents, 0, CONTENTS, &data) == model->size, "what can be read");
    require(model->size == 0 || memcmp(data, model->data, model->size) == 0, "the contents");
}

static bool compare_entry(void *context, const struct name *name, const struct node *node,
                          uint64_t position)
{
    struct comparison *above = context;
    char path[TEXT];

    require(position > above->position, "positions rise");
    above->position = position;
    above->names++;
    snprintf(path, sizeof(path), "%s/%.*s", above->directory, (int)name->bytes, name->text);
    compare_node(path, node);
    if (!node_is_directory(node))
        return true;
    struct comparison below = {.directory = path};
    node->filesystem->operations->list((struct node *)(uint64_t)node, 0, compare_entry, &below);
    above->names += below.names;
    above->directories++;
    require(node->links == 2 + below.directories, "a directory's links");
    require(below.names >= node->directory.count, "the number of entries");
    return true;
}

static void compare(void)
{
    struct comparison top = {.directory = ""};
    uint32_t names = 0;

    client->root->filesystem->operations->list(client->root, 0, compare_entry, &top);
    for (int i = 0; i < NAMES; i++)
        names += model_name[i].path[0] != 0;
    require(top.names + 1 == names, "a name is missing");
}

static void history(int steps)
{
    memset(model_name, 0, sizeof(model_name));
    memset(model_node, 0, sizeof(model_node));
    strcpy(model_name[0].path, "/");
    model_node[0] = (struct model_node){.used = true, .directory = true, .links = 1};
    srand((unsigned)seed);
    client = stand_in_begin();
    for (int i = 0; i < steps; i++) {
        stand_in_refuse(rand() % 4 == 0 ? 1 + (unsigned)rand() % 3 : 0);
        step();
        if (i % 16 == 0)
            compare();
    }
    stand_in_refuse(0);
    compare();
    require(stand_in_end(client), "an object or slot is left");
    require(stand_in_pieces() == 0, "a piece of memory is left");
}

static int number_of(const char *name, int otherwise)
{
    const char *text = getenv(name);

    return text ? atoi(text) : otherwise;
}

int main(void)
{
    int histories = number_of("HISTORIES", 100), steps = number_of("STEPS", 1500);

    for (seed = 1; seed <= (unsigned long)histories; seed++)
        history(steps);
    printf("ok vfs history: %d of %d steps\n", histories, steps);
    return 0;
}
