/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What toybox takes for granted and Marcona's C library doesn't have, or has by another name. Comes
 * with toybox's lib/portability.h, before all other headers.
 */
#ifndef TOYBOX_MARCONA_H
#define TOYBOX_MARCONA_H

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <termios.h>

/* Its own function of that name has other arguments. */
#define itoa toybox_itoa

/* One kind of file system so far; f_flag stands for the number that Linux has for each. */
struct toybox_statfs {
    unsigned long f_bsize, f_frsize;
    unsigned long f_blocks, f_bfree, f_bavail, f_files, f_ffree, f_type;
    int f_fsid[2];
    const char *f_fstypename;
};
#define statfs toybox_statfs
int toybox_statfs(const char *path, struct toybox_statfs *result);

/* No file has extended attributes. */
#define xattr_get(...) (errno = ENOTSUP, -1)
#define xattr_lget xattr_get
#define xattr_fget xattr_get
#define xattr_flist xattr_get
#define xattr_fset xattr_get

#ifndef sigsetjmp
#define sigjmp_buf jmp_buf
#define sigsetjmp(buffer, mask) setjmp(buffer)
#define siglongjmp longjmp
#endif

#ifndef UTIME_NOW
#define UTIME_NOW 0x3fffffff
#define UTIME_OMIT 0x3ffffffe
#endif

#ifndef _PATH_DEFPATH
#define _PATH_DEFPATH "/bin"
#endif

#ifndef IUTF8
#define IUTF8 0
#endif

#define vfork fork

/* newlib's have these names. */
#define getline __getline
#define getdelim __getdelim

int getgrouplist(const char *user, gid_t group, gid_t *groups, int *count);

#endif
