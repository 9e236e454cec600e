/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What time it is, limits for calls, and a thread that waits for a time: a server's wait for calls
 * has no limit of its own.
 */
#ifndef SERVERS_SUPERVISOR_CLOCK_H
#define SERVERS_SUPERVISOR_CLOCK_H

#include <stdint.h>

#include "libsys/memory.h"

/* Nanoseconds since boot. */
uint64_t clock_now(void);

/* From now on calls of this thread end after so many nanoseconds, until clock_unlimited. */
void clock_limit(uint64_t nanoseconds);
void clock_unlimited(void);

/*
 * Make the thread, of this memory; then let it signal `tick` at the times that clock_wake is told.
 */
MUST_USE err_t clock_make(struct memory *memory);
void clock_start(cap_t tick);
void clock_wake(uint64_t time);

#endif
