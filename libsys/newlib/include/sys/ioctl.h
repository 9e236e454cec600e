/* SPDX-License-Identifier: BSD-2-Clause */
/* The few requests that a terminal has beside <termios.h>. */
#ifndef _SYS_IOCTL_H
#define _SYS_IOCTL_H

#include <sys/cdefs.h>
#include <sys/types.h>

#define TIOCGWINSZ 0x5413
#define TIOCSWINSZ 0x5414
#define TIOCGPGRP 0x540f
#define TIOCSPGRP 0x5410
#define TIOCSCTTY 0x540e
#define TIOCOUTQ 0x5411
#define FIONREAD 0x541b
#define FIONBIO 0x5421

struct winsize {
    unsigned short ws_row, ws_col, ws_xpixel, ws_ypixel;
};

__BEGIN_DECLS
int ioctl(int, unsigned long, ...);
__END_DECLS

#endif
