/* SPDX-License-Identifier: BSD-2-Clause */
/* What is known of terminals: all are taken for ANSI ones (libsys/newlib/termcap.c). */
#ifndef _TERMCAP_H
#define _TERMCAP_H

#include <sys/cdefs.h>

__BEGIN_DECLS
int tgetent(char *, const char *);
int tgetflag(const char *);
int tgetnum(const char *);
char *tgetstr(const char *, char **);
char *tgoto(const char *, int, int);
int tputs(const char *, int, int (*)(int));
__END_DECLS

#endif
