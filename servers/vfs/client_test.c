/* SPDX-License-Identifier: BSD-2-Clause */
/* sources: servers/vfs/client.c servers/vfs/descriptors.c servers/vfs/open_file.c */
/* sources: servers/vfs/names.c servers/vfs/walk.c servers/vfs/mounts.c kernel/lib/format.c */
/* sources: tests/host/vfs/stand_in.c servers/vfs/ramfs.c servers/vfs/entry.c servers/vfs/node.c */
/* sources: servers/vfs/view.c servers/vfs/table.c servers/vfs/device.c servers/vfs/pipe.c */
/* sources: servers/vfs/wait.c servers/vfs/contents.c */
/*
 * Clients, descriptors and open files: what children get, stale handles, and a story that is told
 * again and again, with each of its requests for memory refused once.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "servers/vfs/heap.h"
#include "servers/vfs/mounts.h"
#include "servers/vfs/names.h"
#include "tests/host/vfs/stand_in.h"

static struct client *root;
static int failures;

static void report(const char *name, bool good)
{
    printf(good ? "ok vfs client: %s\n" : "not ok vfs client: %s: not so\n", name);
    failures += !good;
}

/* Open a file as a descriptor, or nothing. */
static err_t open_as(struct client *client, const char *path, uint32_t flags, uint32_t number)
{
    struct node *node;
    err_t error = descriptors_reach(&client->descriptors, number);

    if (!error)
        error = names_open(client, path, flags, 0644, &node);
    if (error)
        return error;
    struct open_file *file = open_file_of_node(node, flags, client->user);
    if (!file)
        return RPC_NO_MEMORY;
    descriptor_set(&client->descriptors, number, file);
    return 0;
}

static err_t pipe_as(struct client *client, uint32_t number)
{
    struct open_file *reader, *writer;
    err_t error = descriptors_reach(&client->descriptors, number + 1);

    if (!error)
        error = open_file_pipe(0, 0, 0, 0, &reader, &writer);
    if (error)
        return error;
    descriptor_set(&client->descriptors, number, reader);
    descriptor_set(&client->descriptors, number + 1, writer);
    return 0;
}

static err_t fork_of(const struct client *parent, struct client **child)
{
    err_t error = client_make_child(parent, child);

    if (error)
        return error;
    error = descriptors_copy(&(*child)->descriptors, &parent->descriptors);
    if (error)
        client_end(*child);
    return error;
}

/* ---- Cases ----------------------------------------------------------------------------------- */

static bool stale_handles(void)
{
    root = stand_in_begin();
    bool good = open_as(root, "/f", OPEN_READ | OPEN_CREATE, 3) == 0;
    uint32_t badge = good ? root->descriptors.file[3]->badge : 0;
    good = good && open_file_find(badge) == root->descriptors.file[3] &&
           handle_kind(badge) == KIND_OPEN_FILE && open_file_find(badge ^ 1) == NULL &&
           open_file_find(badge + (1u << HANDLE_INDEX_BITS)) == NULL &&
           open_file_find(root->badge) == NULL && client_find(badge) == NULL &&
           descriptor_close(&root->descriptors, 3) == 0 && open_file_find(badge) == NULL &&
           open_as(root, "/f", OPEN_READ, 3) == 0 && open_file_find(badge) == NULL &&
           handle_index(root->descriptors.file[3]->badge) == handle_index(badge);
    return stand_in_end(root) && good;
}

/* No badge comes again before all of its chunk have been, and were taken back. */
static bool used_up(void)
{
    static struct table table = {.kind = 1};
    static bool given[TABLE_CHUNK][HANDLE_GENERATION_LAST + 1];
    const uint32_t uses = TABLE_CHUNK * HANDLE_GENERATION_LAST;
    uint32_t badge = 0;
    bool good = true;
    int thing;

    stand_in_revoked = 0;
    for (uint32_t i = 0; i < uses && good; i++) {
        good = stand_in_revoked == 0;
        badge = table_insert(&table, &thing);
        bool *known = &given[handle_index(badge)][handle_generation(badge)];
        good = good && badge && !*known && table_lookup(&table, badge) == &thing;
        *known = true;
        table_remove(&table, badge);
    }
    uint32_t first = table_insert(&table, &thing);
    good = good && stand_in_revoked == 1 && handle_generation(first) == 1 &&
           !table_lookup(&table, badge) && table.places == TABLE_CHUNK;
    return good;
}

static bool children(void)
{
    static const uint8_t files[] = {255, 5, 255, 5, 255};
    struct client *child = NULL, *grandchild = NULL;

    root = stand_in_begin();
    bool good = pipe_as(root, 5) == 0 && client_make_child(root, &child) == 0 &&
                descriptors_choose(&child->descriptors, &root->descriptors, files, 5) == 0 &&
                root->descriptors.file[5]->references == 3 &&
                descriptor_at(&child->descriptors, 1) == descriptor_at(&child->descriptors, 3) &&
                !descriptor_at(&child->descriptors, 0) && fork_of(child, &grandchild) == 0 &&
                root->descriptors.file[5]->references == 5;
    struct pipe *pipe = root->descriptors.file[5]->pipe;
    client_end(child);
    descriptors_end(&root->descriptors);
    good = good && pipe->read_open && !pipe->write_open;
    client_end(grandchild);
    return stand_in_end(root) && good && stand_in_pieces() == 0;
}

/* So many handles that the table is full: an error, and all can be closed again. */
static bool all_handles(void)
{
    struct client *holder[20] = {0};
    uint32_t opened = 0;
    bool good = true;

    root = stand_in_begin();
    good = open_as(root, "/f", OPEN_READ | OPEN_CREATE, 0) == 0;
    for (unsigned i = 0; i < 20 && good; i++) {
        good = client_make_child(root, &holder[i]) == 0;
        for (uint32_t j = 0; j < DESCRIPTOR_MAX && good; j++) {
            err_t error = open_as(holder[i], "/f", OPEN_READ, j);
            opened += !error;
            good = !error || error == RPC_NO_MEMORY;
        }
    }
    good = good && opened == HANDLE_PLACES - 1;
    for (unsigned i = 0; i < 20; i++)
        if (holder[i])
            client_end(holder[i]);
    good = good && open_as(root, "/f", OPEN_READ, 1) == 0;
    return stand_in_end(root) && good;
}

/* Whatever fails on the way, what was made so far ends cleanly. */
static void story(void)
{
    struct client *child = NULL, *grandchild = NULL;
    struct node *jail;

    if (names_make_directory(root, "/jail", 0755) || client_make_child(root, &child))
        return;
    if (open_as(child, "/jail/f", OPEN_WRITE | OPEN_CREATE, 40) == 0 && pipe_as(child, 2) == 0 &&
        walk_to(child, "/jail", 0, &jail) == 0 && client_set_root(child, jail) == 0 &&
        names_make_directory(child, "/m", 0755) == 0 &&
        mounts_add_memory(child, "/m", 1 << 20) == 0 && names_symlink(child, "f", "/m/link") == 0 &&
        fork_of(child, &grandchild) == 0)
        client_end(grandchild);
    client_end(child);
}

static bool refusals(void)
{
    bool good = true;
    unsigned after = 1, refused = 0;

    for (bool all = false; !all && good; after++) {
        root = stand_in_begin();
        stand_in_refuse(after);
        story();
        all = !stand_in_refused();
        refused += !all;
        good = stand_in_end(root) && waiters_count() == 0 && stand_in_pieces() == 0;
    }
    return good && refused > 15;
}

int main(void)
{
    report("stale handles", stale_handles());
    report("handles used up", used_up());
    report("children's descriptors", children());
    report("all handles in use", all_handles());
    report("each request for memory refused", refusals());
    return failures != 0;
}
