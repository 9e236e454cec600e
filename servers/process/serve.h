/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROCESS_SERVE_H
#define PROCESS_SERVE_H

#include "libsys/server.h"

/* The server's handler: a request or an event. */
enum answer serve(void *context, err_t kind, uint32_t badge, struct message *message);

#endif
