/* SPDX-License-Identifier: BSD-2-Clause */
/* What dash's configure would find in Marcona's sysroot. */

#define _GNU_SOURCE 1

#define HAVE_ALIAS_ATTRIBUTE 1
#define HAVE_ALLOCA_H 1
#define HAVE_BSEARCH 1
#define HAVE_DECL_ISBLANK 1
#define HAVE_GETPWNAM 1
#define HAVE_GETRLIMIT 1
#define HAVE_INTTYPES_H 1
#define HAVE_ISALPHA 1
#define HAVE_KILLPG 1
#define HAVE_MEMPCPY 1
#define HAVE_PATHS_H 1
#define HAVE_STDINT_H 1
#define HAVE_STDLIB_H 1
#define HAVE_STPCPY 1
#define HAVE_STRCHRNUL 1
#define HAVE_STRINGS_H 1
#define HAVE_STRING_H 1
#define HAVE_STRSIGNAL 1
#define HAVE_STRTOD 1
#define HAVE_STRTOIMAX 1
#define HAVE_STRTOUMAX 1
#define HAVE_ST_MTIM 1
#define HAVE_SYSCONF 1
#define HAVE_SYS_STAT_H 1
#define HAVE_SYS_TYPES_H 1
#define HAVE_UNISTD_H 1
#define PACKAGE "dash"
#define SIZEOF_INTMAX_T 8
#define SIZEOF_LONG_LONG_INT 8
#define STDC_HEADERS 1
#define VERSION "0.5.12"
#define WITH_LINENO 1

/* 64 bits are all that there is. */
#define dirent64 dirent
#define fstat64 fstat
#define glob64 glob
#define glob64_t glob_t
#define globfree64 globfree
#define lstat64 lstat
#define open64 open
#define readdir64 readdir
#define stat64 stat
