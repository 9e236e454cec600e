/* SPDX-License-Identifier: BSD-2-Clause */
/* See subscribers.h. */

#include "libsys/subscribers.h"

#include "libsys/invoke.h"

bool cap_is_gone(cap_t cap)
{
    struct cap_description what;

    return inspect(cap, &what) || what.type == OBJECT_NULL;
}

/* The last one takes its place. */
static void drop(struct subscribers *list, struct rpc_server *server, uint32_t i)
{
    uint32_t slot = CAP_INDEX(list->event[i]);

    (void)!cnode_delete(server->cnode, slot);
    slots_give(server->slots, slot, 1);
    list->event[i] = list->event[--list->count];
}

static void drop_gone(struct subscribers *list, struct rpc_server *server)
{
    for (uint32_t i = list->count; i > 0; i--)
        if (cap_is_gone(list->event[i - 1]))
            drop(list, server, i - 1);
}

err_t subscribers_add(struct subscribers *list, struct rpc_request *request, cap_t event)
{
    drop_gone(list, request->server);
    if (list->count == list->most)
        return RPC_FULL;
    err_t error = rpc_keep(request, event);
    if (!error)
        list->event[list->count++] = event;
    return error;
}

void subscribers_tell(struct subscribers *list, struct rpc_server *server)
{
    for (uint32_t i = list->count; i > 0; i--)
        if (signal_flags(list->event[i - 1]))
            drop(list, server, i - 1);
}
