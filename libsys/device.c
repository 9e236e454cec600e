/* SPDX-License-Identifier: BSD-2-Clause */
/* See device.h. */

#include "libsys/device.h"

#include "libsys/invoke.h"
#include "libsys/vfs_client.h"

static const uint32_t ways[] = {OPEN_READ | OPEN_WRITE, OPEN_READ, OPEN_WRITE};
#define WAYS (sizeof(ways) / sizeof(ways[0]))

err_t device_offer(struct rpc_server *server, const struct rpc_client *vfs,
                   const struct device_node *node)
{
    uint32_t slot = slots_take(server->slots, WAYS);
    err_t error = slot ? 0 : RPC_FULL;

    if (error)
        return error;
    for (uint32_t i = 0; i < WAYS && !error; i++)
        error = cnode_mint(server->cnode, slot + i, server->endpoint,
                           RIGHT_ENDPOINT_CALL | RIGHT_ENDPOINT_TRANSFER,
                           device_badge(node->kind, ways[i], node->index));
    if (!error)
        error = vfs_publish(vfs, node->name, node->file_kind, node->number, node->mode,
                            CAP_OF(slot), CAP_OF(slot + 1), CAP_OF(slot + 2));
    for (uint32_t i = 0; i < WAYS; i++)
        (void)!cnode_delete(server->cnode, slot + i);
    slots_give(server->slots, slot, WAYS);
    return error;
}
