/* SPDX-License-Identifier: BSD-2-Clause */
/* Serves libsys/debug.idl to the debug server: another program's thread, space and file. */
#ifndef SERVERS_ROOT_DEBUG_H
#define SERVERS_ROOT_DEBUG_H

#include "libsys/rpc_server.h"
#include "servers/root/program.h"

enum answer debug_serve(struct rpc_request *request, struct message *message);

bool debug_is_attached(void);

/* A program is about to be ended: whoever debugs it is told, or whom it debugs is let go. */
void debug_ended(const struct program *ended);

#endif
