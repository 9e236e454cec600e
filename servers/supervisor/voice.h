/* SPDX-License-Identifier: BSD-2-Clause */
/* What the supervisor says: a line for each thing that happens, to the history and to the log. */
#ifndef SERVERS_SUPERVISOR_VOICE_H
#define SERVERS_SUPERVISOR_VOICE_H

#include <stdint.h>

#include "libsys/log.h"

/*
 * `kind` is SUPERVISOR_*, `program` an index or POLICY_NOBODY. Without a log that answers, errors
 * go out on the serial line, by root.
 */
__attribute__((format(printf, 4, 5))) void tell(enum log_level level, uint32_t kind,
                                                uint32_t program, const char *format, ...);

#endif
