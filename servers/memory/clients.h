/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who calls, by the badge of the handle: a space, the authority, or a server that root has started
 * and that may attach its own space.
 */
#ifndef SERVERS_MEMORY_CLIENTS_H
#define SERVERS_MEMORY_CLIENTS_H

#include "servers/memory/space.h"

/* The space of whoever calls by a handle with this badge; null: it has none. */
struct space *client_space(uint32_t badge);
bool client_is_authority(uint32_t badge);
/* Whether it may have memory for kernel objects: the authority, and servers that have attached. */
bool client_may_borrow(uint32_t badge);

/* A server's own address space, of which it sent a capability, is its space from now on. */
MUST_USE err_t client_attach(uint32_t badge, cap_t vspace, uint64_t address, uint64_t length);

/* Memory that a client shares with this server, by the client's badge. */
MUST_USE err_t client_set_window(uint32_t badge, uint32_t object);
struct rpc_window client_window(void *context, uint32_t badge);

/* This server's own address space, where windows are mapped. */
MUST_USE err_t clients_init(cap_t vspace);

#endif
