/* SPDX-License-Identifier: BSD-2-Clause */
/* The programs of the manifest: started, asked, ended. */
#ifndef SERVERS_SUPERVISOR_PROGRAMS_H
#define SERVERS_SUPERVISOR_PROGRAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "libsys/syscall.h"

/* Ask root what there is, and want all but what is on demand. */
MUST_USE err_t programs_read(void);

/* Start one, and wait until it answers if it serves: then others may need it. */
void program_launch(uint32_t index);

/* Ask it whether it still answers. One that doesn't, MISSED_MAX times in a row, is ended. */
void program_ask(uint32_t index);

/* Take note of the programs that have ended. */
void programs_ended(void);

/* End it, because somebody wants that. */
void program_stop(uint32_t index);

/* Its index by its name; POLICY_NOBODY: there is none. */
uint32_t program_find(const char *name);

#endif
