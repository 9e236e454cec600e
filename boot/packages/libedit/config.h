/* SPDX-License-Identifier: BSD-2-Clause */
/* What libedit's configure would find in Marcona's sysroot. */

#define HAVE_DIRENT_H 1
#define HAVE_ENDPWENT 1
#define HAVE_FCNTL_H 1
#define HAVE_FORK 1
#define HAVE_INTTYPES_H 1
#define HAVE_ISASCII 1
#define HAVE_LIBTERMCAP 1
#define HAVE_LIMITS_H 1
#define HAVE_MALLOC_H 1
#define HAVE_MEMCHR 1
#define HAVE_MEMSET 1
#define HAVE_REGCOMP 1
#define HAVE_STDINT_H 1
#define HAVE_STDIO_H 1
#define HAVE_STDLIB_H 1
#define HAVE_STRCASECMP 1
#define HAVE_STRCHR 1
#define HAVE_STRCSPN 1
#define HAVE_STRDUP 1
#define HAVE_STRERROR 1
#define HAVE_STRINGS_H 1
#define HAVE_STRING_H 1
#define HAVE_STRLCAT 1
#define HAVE_STRLCPY 1
#define HAVE_STRRCHR 1
#define HAVE_STRSTR 1
#define HAVE_STRTOL 1
#define HAVE_STRUCT_DIRENT_D_NAMLEN 1
#define HAVE_SYS_CDEFS_H 1
#define HAVE_SYS_IOCTL_H 1
#define HAVE_SYS_PARAM_H 1
#define HAVE_SYS_STAT_H 1
#define HAVE_SYS_TYPES_H 1
#define HAVE_SYS_WAIT_H 1
#define HAVE_TERMCAP_H 1
#define HAVE_UNISTD_H 1
#define HAVE_U_INT32_T 1
#define HAVE_WCHAR_H 1
#define HAVE_WCSDUP 1
#define STDC_HEADERS 1
#define _GNU_SOURCE 1
#define __STDC_ISO_10646__ 201103L /* wchar_t: newlib in UTF-8 has it so */

#include <sys.h>
