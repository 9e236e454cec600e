/* SPDX-License-Identifier: BSD-2-Clause */
/* The characters that a terminal begins with. */
#ifndef _SYS_TTYDEFAULTS_H
#define _SYS_TTYDEFAULTS_H

#define CTRL(x) ((x)&037)

#define CINTR CTRL('c')
#define CQUIT 034
#define CERASE 0177
#define CKILL CTRL('u')
#define CEOF CTRL('d')
#define CEOL 0
#define CEOL2 0
#define CSTART CTRL('q')
#define CSTOP CTRL('s')
#define CSUSP CTRL('z')
#define CREPRINT CTRL('r')
#define CRPRNT CREPRINT
#define CWERASE CTRL('w')
#define CLNEXT CTRL('v')
#define CDISCARD CTRL('o')
#define CFLUSH CDISCARD
#define CMIN 1
#define CTIME 0
#define CBRK CEOL

#endif
