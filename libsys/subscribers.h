/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clients that want to be told, each time: Notifications that came with their requests. One whose
 * client has ended is gone with it (the root task sees to that, the process server for users), and
 * makes room.
 */
#ifndef LIBSYS_SUBSCRIBERS_H
#define LIBSYS_SUBSCRIBERS_H

#include "libsys/rpc_server.h"

struct subscribers {
    cap_t *event; /* an array of `most` */
    uint32_t count, most;
};

/* One that came with this request. RPC_FULL: there are too many. */
MUST_USE err_t subscribers_add(struct subscribers *list, struct rpc_request *request, cap_t event);

void subscribers_tell(struct subscribers *list, struct rpc_server *server);

/* Whether what a capability named has ended. */
bool cap_is_gone(cap_t cap);

#endif
