/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program on demand that runs because somebody waits for its end: one at a time. What it needs is
 * started with it, and ended when nobody else needs it.
 */
#ifndef SERVERS_SUPERVISOR_RUN_H
#define SERVERS_SUPERVISOR_RUN_H

#include <stdint.h>

#include "libsys/rpc_server.h"

/* `reply`: an empty Reply, for who waits. */
void run_init(cap_t reply);

/* Begin, and answer later. Errors: BUSY (another one runs, or it does), what rpc_defer says. */
MUST_USE err_t run_begin(struct rpc_request *request, uint32_t index);

/* A program has ended, by itself or not. If it's the one, its caller is told. */
void run_ended(uint32_t index, int32_t status);

/* Whether the one that should run never will: what it needs has ended. Then its caller is told. */
void run_look(void);

#endif
