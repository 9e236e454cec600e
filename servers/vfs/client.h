/* SPDX-License-Identifier: BSD-2-Clause */
/* Clients: who calls. A process each, made and ended by the process server. */
#ifndef SERVERS_VFS_CLIENT_H
#define SERVERS_VFS_CLIENT_H

#include "servers/vfs/descriptors.h"
#include "servers/vfs/table.h"
#include "servers/vfs/view.h"

#define KIND_CLIENT 1u /* of the handle */
#define WINDOW_MAX (1u << 20)

struct client {
    uint32_t badge;
    uint32_t user, group;
    uint32_t terminal; /* what /dev/tty is: 1 + number; 0: nothing */
    struct view *view;
    struct node *root, *directory;
    struct descriptors descriptors;
    struct rpc_window window;
};

/* At the top, as user 0. RPC_NO_MEMORY. */
MUST_USE err_t client_make(struct view *view, struct client **client);
/* A parent's child: its user, directories, terminal, view; no descriptors, no window. */
MUST_USE err_t client_make_child(const struct client *parent, struct client **client);
void client_end(struct client *client);

extern struct table clients;

/* Null: the badge names none. */
static inline struct client *client_find(uint32_t badge)
{
    return table_lookup(&clients, badge);
}

/* Bytes through which this client exchanges bulk data; none if the badge names nobody. */
struct rpc_window client_window(void *context, uint32_t badge);

/* Whether it is user 0, or in these bits of the node's permissions: 4 read, 2 write, 1 execute. */
bool client_may(const struct client *client, const struct node *node, uint32_t what);

void client_set_directory(struct client *client, struct node *directory);
/* With a view of its own. RPC_NO_MEMORY. */
MUST_USE err_t client_set_root(struct client *client, struct node *root);

#endif
