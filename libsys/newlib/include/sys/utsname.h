/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef _SYS_UTSNAME_H
#define _SYS_UTSNAME_H

#include <sys/cdefs.h>

struct utsname {
    char sysname[64], nodename[64], release[64], version[64], machine[64]; /* some walk over them */
};

__BEGIN_DECLS
int uname(struct utsname *);
__END_DECLS

#endif
