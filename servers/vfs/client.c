/* SPDX-License-Identifier: BSD-2-Clause */
/* See client.h. */

#include "servers/vfs/client.h"

#include "servers/vfs/heap.h"

struct table clients = {.kind = KIND_CLIENT};

static err_t make(const struct client *like, struct client **made)
{
    struct client *client = heap_take(sizeof(*client));

    if (!client)
        return RPC_NO_MEMORY;
    *client = *like;
    client->descriptors = (struct descriptors){0};
    client->window = (struct rpc_window){0};
    client->badge = table_insert(&clients, client);
    if (client->badge == 0) {
        heap_give(client, sizeof(*client));
        return RPC_NO_MEMORY;
    }
    client->view->references++;
    node_get(client->root);
    node_get(client->directory);
    *made = client;
    return 0;
}

err_t client_make(struct view *view, struct client **client)
{
    struct node *top = view->mount[0].filesystem->root;

    return make(&(struct client){.view = view, .root = top, .directory = top}, client);
}

err_t client_make_child(const struct client *parent, struct client **client)
{
    return make(parent, client);
}

void client_end(struct client *client)
{
    table_remove(&clients, client->badge);
    descriptors_end(&client->descriptors);
    backing_window_end(&client->window);
    node_put(client->directory);
    node_put(client->root);
    view_put(client->view);
    heap_give(client, sizeof(*client));
}

struct rpc_window client_window(void *context, uint32_t badge)
{
    struct client *client = client_find(badge);

    (void)context;
    return client ? client->window : (struct rpc_window){0};
}

bool client_may(const struct client *client, const struct node *node, uint32_t what)
{
    uint32_t bits = node->mode;

    if (client->user == 0)
        return !(what & 1) || node_is_directory(node) || (bits & 0111);
    if (client->user == node->user)
        bits >>= 6;
    else if (client->group == node->group)
        bits >>= 3;
    return (bits & what) == what;
}

void client_set_directory(struct client *client, struct node *directory)
{
    node_get(directory);
    node_put(client->directory);
    client->directory = directory;
}

err_t client_set_root(struct client *client, struct node *root)
{
    struct view *own = view_copy(client->view);

    if (!own)
        return RPC_NO_MEMORY;
    view_put(client->view);
    client->view = own;
    node_get(root);
    node_put(client->root);
    client->root = root;
    client_set_directory(client, root);
    return 0;
}
