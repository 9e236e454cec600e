/* SPDX-License-Identifier: BSD-2-Clause */
/* Directory entries; the rest of <dirent.h> is newlib's. */
#ifndef _SYS_DIRENT_H
#define _SYS_DIRENT_H

#include <sys/types.h>

#define MAXNAMLEN 255

struct dirent {
    ino_t d_ino;
    unsigned char d_type;   /* DT_* */
    unsigned char d_namlen; /* bytes of d_name without the NUL */
    char d_name[MAXNAMLEN + 1];
};

#define d_fileno d_ino
#define _DIRENT_HAVE_D_TYPE
#define _DIRENT_HAVE_D_NAMLEN

#define DT_UNKNOWN 0
#define DT_FIFO 1
#define DT_CHR 2
#define DT_DIR 4
#define DT_BLK 6
#define DT_REG 8
#define DT_LNK 10
#define DT_SOCK 12
#define IFTODT(mode) (((mode)&0170000) >> 12)
#define DTTOIF(type) ((type) << 12)

typedef struct __directory DIR;

#endif
