/* SPDX-License-Identifier: BSD-2-Clause */
/* Types whose defaults in newlib are 16 bits wide: newlib's <sys/_types.h> includes this first. */
#ifndef _MACHINE__TYPES_H
#define _MACHINE__TYPES_H

#include <machine/_default_types.h>

typedef __uint64_t __dev_t;
typedef __uint64_t __ino_t;
typedef __uint32_t __uid_t;
typedef __uint32_t __gid_t;
typedef __uint64_t __fsfilcnt_t;
#define __machine_dev_t_defined
#define __machine_ino_t_defined
#define __machine_uid_t_defined
#define __machine_gid_t_defined
#define __machine_fsfilcnt_t_defined

#endif
