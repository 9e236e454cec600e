/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See walk.h. Texts of symbolic links aren't copied: what is left of each text is put on a stack,
 * and the walk goes on with the link's.
 */

#include "servers/vfs/walk.h"

#include "libsys/string.h"

struct cursor {
    const struct client *client;
    unsigned flags;
    struct node *at;
    uint32_t links, depth;
    const char *rest[WALK_LINKS_MAX + 1]; /* up to `depth` */
};

/* ---- Text ------------------------------------------------------------------------------------ */

static const char *skip_slashes(const char *text)
{
    while (*text == '/')
        text++;
    return text;
}

/* The next component; no bytes: the end. */
static struct name component_next(struct cursor *cursor)
{
    const char *text = skip_slashes(cursor->rest[cursor->depth]);

    while (*text == 0 && cursor->depth > 0)
        text = skip_slashes(cursor->rest[--cursor->depth]);
    const char *end = text;
    while (*end != 0 && *end != '/')
        end++;
    cursor->rest[cursor->depth] = end;
    return (struct name){.text = text, .bytes = (uint32_t)(end - text)};
}

/* Whether no component follows; *slash: but slashes do. */
static bool is_last(const struct cursor *cursor, bool *slash)
{
    *slash = false;
    for (uint32_t i = cursor->depth + 1; i > 0; i--) {
        const char *text = cursor->rest[i - 1];
        *slash |= *text == '/';
        if (*skip_slashes(text) != 0)
            return false;
    }
    return true;
}

static bool is_dot(struct name name)
{
    return name.bytes == 1 && name.text[0] == '.';
}

static bool is_dot_dot(struct name name)
{
    return name.bytes == 2 && name.text[0] == '.' && name.text[1] == '.';
}

/* ---- Steps ----------------------------------------------------------------------------------- */

static err_t enter(const struct cursor *cursor, struct name name)
{
    if (!node_is_directory(cursor->at))
        return VFS_ERROR_NOT_A_DIRECTORY;
    if (!client_may(cursor->client, cursor->at, 1))
        return RPC_DENIED;
    return name.bytes > NAME_MAX_BYTES ? VFS_ERROR_NAME_TOO_LONG : 0;
}

static void go_up(struct cursor *cursor)
{
    if (cursor->at != cursor->client->root)
        cursor->at = view_up(cursor->client->view, cursor->at);
}

static err_t go_through(struct cursor *cursor, const struct node *link)
{
    if (cursor->links++ == WALK_LINKS_MAX)
        return VFS_ERROR_LOOP;
    cursor->rest[++cursor->depth] = link->link.text;
    if (link->link.text[0] == '/')
        cursor->at = cursor->client->root;
    return 0;
}

static bool follows(const struct cursor *cursor, const struct node *node, bool last, bool slash)
{
    return node && node_type(node) == MODE_LINK &&
           (!last || slash || (cursor->flags & WALK_FOLLOW));
}

/* One name; *end: it was the last, and *found is filled in. */
static err_t step(struct cursor *cursor, struct name name, struct found *found, bool *end)
{
    struct node *directory = cursor->at;
    struct node *node = directory->filesystem->operations->lookup(directory, name);
    bool slash, last = is_last(cursor, &slash);

    if (follows(cursor, node, last, slash))
        return go_through(cursor, node);
    if (!node && !(last && (cursor->flags & WALK_MISSING)))
        return RPC_NOT_FOUND;
    *end = last;
    if (last)
        *found = (struct found){.node = node, .directory = directory, .name = name, .slash = slash};
    else
        cursor->at = view_down(cursor->client->view, node);
    return 0;
}

static err_t walk_all(struct cursor *cursor, struct found *found)
{
    bool end = false;

    while (!end) {
        struct name name = component_next(cursor);
        if (name.bytes == 0)
            break;
        err_t error = enter(cursor, name);
        if (!error && is_dot_dot(name))
            go_up(cursor);
        else if (!error && !is_dot(name))
            error = step(cursor, name, found, &end);
        if (error)
            return error;
    }
    if (!end)
        *found = (struct found){.node = cursor->at, .slash = true};
    if (found->slash && found->node && !node_is_directory(found->node))
        return VFS_ERROR_NOT_A_DIRECTORY;
    return 0;
}

err_t walk(const struct client *client, const char *path, unsigned flags, struct found *found)
{
    struct cursor cursor;

    cursor.client = client;
    cursor.flags = flags;
    cursor.links = cursor.depth = 0;
    cursor.rest[0] = path;
    cursor.at = path[0] == '/' ? client->root : client->directory;
    return walk_all(&cursor, found);
}

err_t walk_to(const struct client *client, const char *path, unsigned flags, struct node **node)
{
    struct found found;
    err_t error = walk(client, path, flags, &found);

    *node = error ? NULL : view_down(client->view, found.node);
    return error;
}

/* ---- Back ------------------------------------------------------------------------------------ */

struct backwards {
    char *path;
    uint32_t room, bytes; /* the path is at the end of the room */
};

static err_t put_front(struct backwards *back, const char *text, uint32_t bytes)
{
    if (bytes > back->room - back->bytes)
        return VFS_ERROR_NAME_TOO_LONG;
    back->bytes += bytes;
    memcpy(back->path + back->room - back->bytes, text, bytes);
    return 0;
}

/* The directory's name, and then where that is. */
static err_t step_back(const struct client *client, struct backwards *back, struct node **node)
{
    struct node *point = view_point(client->view, *node);
    struct name name;

    if (!point->filesystem->operations->name_of(point, &name))
        return RPC_NOT_FOUND;
    err_t error = put_front(back, name.text, name.bytes);
    *node = point->directory.parent;
    return error ? error : put_front(back, "/", 1);
}

err_t walk_back(const struct client *client, struct node *directory, char *path, uint32_t room,
                uint32_t *bytes)
{
    struct backwards back = {.path = path, .room = room};
    err_t error = directory == client->root ? put_front(&back, "/", 1) : 0;

    while (!error && directory != client->root)
        error = step_back(client, &back, &directory);
    if (error)
        return error;
    memmove(path, path + room - back.bytes, back.bytes);
    *bytes = back.bytes;
    return 0;
}
