/* SPDX-License-Identifier: BSD-2-Clause */
/* What the server was given, and its slots. */
#ifndef SERVERS_VFS_SERVER_H
#define SERVERS_VFS_SERVER_H

#include "libsys/rpc_client.h"
#include "libsys/rpc_server.h"

extern cap_t server_memory;               /* our handle at the memory server */
extern struct rpc_context server_context; /* for calls to it */
extern struct rpc_server server;

/* An empty slot's handle, now taken; 0: there is none. */
cap_t server_slot(void);
/* It is empty again. */
void server_slot_give(cap_t slot);
/* Empty a slot that was taken, and give it back. */
void server_slot_clear(cap_t slot);

/* A copy of our endpoint, for handles to derive from; 0: no slot. */
cap_t server_endpoint_copy(void);
/* They are taken back, whoever has them. */
void server_endpoint_revoke(cap_t copy);

#endif
