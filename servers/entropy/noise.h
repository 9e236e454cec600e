/* SPDX-License-Identifier: BSD-2-Clause */
/* The generator with its sources: what the two protocols of this server read. */
#ifndef SERVERS_ENTROPY_NOISE_H
#define SERVERS_ENTROPY_NOISE_H

#include "libsys/entropy_protocol.h"
#include "libsys/rpc_server.h"

/* Test the sources, and seed. False: there is no good one. */
bool noise_init(void);

/* Random bytes. RPC_AGAIN: there is no good source (yet). */
err_t noise_read(void *data, uint32_t size);
void noise_add(const void *data, uint32_t size);
void noise_status(struct entropy_status *status);

/* Requests of file.idl, for the device nodes (files.c). */
enum answer files_serve(struct rpc_request *request, struct message *message);

#define HANDLE_CLIENT 1u /* kinds of badges */
#define HANDLE_DEVICE 2u

#endif
