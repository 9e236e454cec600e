/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first process, which the process server starts on the first terminal: the supervisor's
 * arguments in the manifest are its path and arguments. It's started when all programs run that the
 * manifest says the supervisor needs, and again whenever it has ended, after a delay if that was
 * soon.
 */
#ifndef SERVERS_SUPERVISOR_SESSION_H
#define SERVERS_SUPERVISOR_SESSION_H

#include <stdint.h>

/* `needs`: a bit for each program. Without arguments there is no first process. */
void session_init(const char *arguments, uint64_t needs, uint64_t now);

/* Start it if it's time. */
void session_work(uint64_t now);

/* When there is something to do; POLICY_NEVER: not before something happens. */
uint64_t session_next(void);

/* The process server has signalled: it may have ended. */
void session_signalled(void);

#endif
