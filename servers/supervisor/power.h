/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting the machine anew, by its ports. */
#ifndef SERVERS_SUPERVISOR_POWER_H
#define SERVERS_SUPERVISOR_POWER_H

#include "libsys/syscall.h"

/* Comes back only with an error: there are no such ports, or the machine heeds none of them. */
MUST_USE err_t power_reset(void);

#endif
