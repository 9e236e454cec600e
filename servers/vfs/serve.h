/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests: by clients, the authority and publishers (vfs.idl), and by open files (file.idl). */
#ifndef SERVERS_VFS_SERVE_H
#define SERVERS_VFS_SERVE_H

#include "libsys/rpc_server.h"
#include "servers/vfs/view.h"

#define KIND_AUTHORITY 3u /* of handles: the process server */
#define KIND_PUBLISHER 4u

/* What clients begin with, and where the boot archive is. */
struct serve_root {
    struct view *view;
    cap_t module; /* 0: there is none */
    const uint8_t *data;
};
extern struct serve_root serve_root;

enum answer serve_vfs(struct rpc_request *rpc, struct message *message);
/* Serve both protocols for ever; returns only when the thread can't wait any more. */
err_t serve_loop(void);

#endif
