/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mkstemp and its kin. newlib's make names of the process's number, and no directories. Here a name
 * can't be foretold, and whoever loses a race for one tries the next.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libsys/newlib/system.h"
#include "libsys/time.h"

#define TRIES 100
#define PLACE 6 /* X's to be replaced */

char *mktemp(char *name);
int mkostemp(char *name, int flags);
int mkstemps(char *name, int suffix);

/* A step of xorshift64, begun with what the process server gave this process for the purpose. */
static uint64_t random_step(void)
{
    static uint64_t state;

    if (!state)
        state = process_page()->random[3] ^ (uint64_t)getpid() << 32;
    state ^= time_ticks() | 1;
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

/* Where the X's are, `suffix` bytes before the end; NULL and EINVAL: there are none. */
static char *place_of(char *name, int suffix)
{
    size_t length = strlen(name);

    if (suffix >= 0 && length >= (size_t)suffix + PLACE) {
        char *place = name + length - (size_t)suffix - PLACE;
        if (strncmp(place, "XXXXXX", PLACE) == 0)
            return place;
    }
    errno = EINVAL;
    return NULL;
}

static void place_fill(char *place)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    uint64_t number = random_step();

    for (int i = 0; i < PLACE; i++, number /= sizeof(letters) - 1)
        place[i] = letters[number % (sizeof(letters) - 1)];
}

/* Try names until `make` doesn't say EEXIST. */
static int name_try(char *name, int suffix, int (*make)(const char *name, int flags), int flags)
{
    char *place = place_of(name, suffix);
    int made = -1;

    if (!place)
        return -1;
    for (int tries = 0; tries < TRIES && made < 0; tries++) {
        place_fill(place);
        made = make(name, flags);
        if (made < 0 && errno != EEXIST)
            break;
    }
    if (made < 0)
        memcpy(place, "XXXXXX", PLACE);
    return made;
}

static int file_make(const char *name, int flags)
{
    return open(name, O_RDWR | O_CREAT | O_EXCL | flags, 0600);
}

static int directory_make(const char *name, int flags)
{
    (void)flags;
    return mkdir(name, 0700);
}

/* Not there: 0. */
static int name_check(const char *name, int flags)
{
    struct stat status;

    (void)flags;
    if (lstat(name, &status) < 0)
        return errno == ENOENT ? 0 : -1;
    errno = EEXIST;
    return -1;
}

int mkstemp(char *name)
{
    return name_try(name, 0, file_make, 0);
}

int mkostemp(char *name, int flags)
{
    return name_try(name, 0, file_make, flags & (O_APPEND | O_CLOEXEC | O_SYNC));
}

int mkstemps(char *name, int suffix)
{
    return name_try(name, suffix, file_make, 0);
}

char *mkdtemp(char *name)
{
    return name_try(name, 0, directory_make, 0) < 0 ? NULL : name;
}

/* As POSIX had it: an empty name where none can be found. */
char *mktemp(char *name)
{
    if (name_try(name, 0, name_check, 0) < 0)
        name[0] = 0;
    return name;
}
