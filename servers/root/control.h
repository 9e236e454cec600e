/* SPDX-License-Identifier: BSD-2-Clause */
/* Root's protocol (libsys/root.idl), for the supervisor. */
#ifndef SERVERS_ROOT_CONTROL_H
#define SERVERS_ROOT_CONTROL_H

#include "libsys/server.h"

/* Before memory is given out. */
void control_open(void);

/* Answer a call of the supervisor's handle. */
enum answer control_serve(err_t kind, uint32_t badge, struct message *message);

#endif
