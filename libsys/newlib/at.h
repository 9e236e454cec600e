/* SPDX-License-Identifier: BSD-2-Clause */
/* What at.c wants to hear of directories. Only called where it's part of the program. */
#ifndef LIBSYS_NEWLIB_AT_H
#define LIBSYS_NEWLIB_AT_H

/* A directory was opened by this name. */
void directory_opened(int descriptor, const char *path) __attribute__((weak));

/* `to` is now the same open file as `from`. */
void directory_duplicated(int from, int to) __attribute__((weak));

/* Times of utimensat and futimens that stand for "now" and "as it is"; newlib has no such names. */
#define UTIME_NOW 0x3fffffff
#define UTIME_OMIT 0x3ffffffe

#endif
