/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices that drivers serve (file.idl) and the vfs has nodes for. A handle's badge says for which
 * way it was opened, in the place of a generation: OPEN_READ, OPEN_WRITE or both. The driver gives
 * the vfs one of each; who opens the node gets a copy of the right one, and can do no more.
 */
#ifndef LIBSYS_DEVICE_H
#define LIBSYS_DEVICE_H

#include "libsys/handle.h"
#include "libsys/rpc_client.h"
#include "libsys/rpc_server.h"
#include "libsys/vfs_protocol.h"

static inline uint32_t device_badge(uint32_t kind, uint32_t ways, uint32_t index)
{
    return handle_badge(kind, ways, index);
}

/* For which ways a handle is good; 0: it is no such handle. */
static inline uint32_t device_ways(uint32_t badge)
{
    uint32_t ways = handle_generation(badge);

    return ways <= (OPEN_READ | OPEN_WRITE) ? ways : 0;
}

/* What a node shall be called, and what it is: see publish in vfs.idl. */
struct device_node {
    const char *name;
    uint32_t file_kind, number, mode;
    uint32_t kind, index; /* of its handles' badges */
};

/* Make its handles, and publish it. Errors: the kernel's, those of vfs_publish. */
MUST_USE err_t device_offer(struct rpc_server *server, const struct rpc_client *vfs,
                            const struct device_node *node);

#endif
