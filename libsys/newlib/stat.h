/* SPDX-License-Identifier: BSD-2-Clause */
/* What the vfs tells of a file, as <sys/stat.h> has it. */
#ifndef LIBSYS_NEWLIB_STAT_H
#define LIBSYS_NEWLIB_STAT_H

#include <sys/stat.h>

#include "libsys/file_client.h"

#define NANOSECONDS 1000000000ll

void stat_set(struct stat *status, const struct file_status *from);

/* utimensat with times that are given, of a path as the vfs takes it. */
int path_times_set(const char *path, const struct timespec times[2], int flags);

/* The mask of umask(). */
mode_t system_mask(void);

#endif
