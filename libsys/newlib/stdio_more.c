/* SPDX-License-Identifier: BSD-2-Clause */
/* Functions that newlib has, but not by the names of POSIX. */

#include <stdio.h>
#include <sys/lock.h>
#include <unistd.h>

int optreset; /* newlib's getopt begins anew with optind = 1 all the same */

ssize_t getline(char **restrict line, size_t *restrict room, FILE *restrict file)
{
    return __getline(line, room, file);
}

ssize_t getdelim(char **restrict line, size_t *restrict room, int end, FILE *restrict file)
{
    return __getdelim(line, room, end, file);
}

void flockfile(FILE *file)
{
    __lock_acquire_recursive(file->_lock);
}

void funlockfile(FILE *file)
{
    __lock_release_recursive(file->_lock);
}
