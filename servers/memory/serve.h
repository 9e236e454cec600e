/* SPDX-License-Identifier: BSD-2-Clause */
/* The server's handler: faults, and requests of the protocol. */
#ifndef SERVERS_MEMORY_SERVE_H
#define SERVERS_MEMORY_SERVE_H

#include "libsys/server.h"
#include "servers/memory/space.h"

enum answer serve(void *context, err_t kind, uint32_t badge, struct message *message);

/* The boot module, of so many bytes. */
void serve_module(struct object *object, uint64_t size);

/* What is used on the machine. */
void system_status(struct memory_status *status);

#endif
