/* SPDX-License-Identifier: BSD-2-Clause */
/* What the time is, for files. */
#ifndef SERVERS_VFS_CLOCK_H
#define SERVERS_VFS_CLOCK_H

#include <stdint.h>

/* Nanoseconds since 1970; before somebody told the time, since boot. */
int64_t clock_now(void);

/* It was `nanoseconds` so long after boot. */
void clock_set(int64_t nanoseconds, uint64_t since_boot);

#endif
