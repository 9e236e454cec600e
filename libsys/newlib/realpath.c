/* SPDX-License-Identifier: BSD-2-Clause */
/* realpath: a path without links, `.`, `..` and double slashes. */

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 8

/* What is done, an absolute path without a slash at its end ("" is the root); and what is to do. */
struct walk {
    char done[PATH_MAX];
    char rest[PATH_MAX];
    int links;
};

static bool fail(int error)
{
    errno = error;
    return false;
}

/* A link's target comes before what is left. */
static bool link_follow(struct walk *walk)
{
    char target[PATH_MAX];
    ssize_t bytes = readlink(walk->done, target, sizeof(target) - 1);

    if (bytes < 0)
        return false;
    target[bytes] = 0;
    if (++walk->links > LINKS_MAX)
        return fail(ELOOP);
    if (strlcat(target, "/", sizeof(target)) >= sizeof(target) ||
        strlcat(target, walk->rest, sizeof(target)) >= sizeof(target))
        return fail(ENAMETOOLONG);
    strcpy(walk->rest, target);
    if (target[0] == '/')
        walk->done[0] = 0;
    else
        *strrchr(walk->done, '/') = 0;
    return true;
}

static bool name_enter(struct walk *walk, const char *name)
{
    struct stat status;

    if (strcmp(name, ".") == 0)
        return true;
    if (strcmp(name, "..") == 0) {
        char *slash = strrchr(walk->done, '/');
        if (slash)
            *slash = 0;
        return true;
    }
    if (strlcat(walk->done, "/", PATH_MAX) >= PATH_MAX ||
        strlcat(walk->done, name, PATH_MAX) >= PATH_MAX)
        return fail(ENAMETOOLONG);
    if (lstat(walk->done, &status))
        return false;
    if (S_ISLNK(status.st_mode))
        return link_follow(walk);
    return S_ISDIR(status.st_mode) || walk->rest[strspn(walk->rest, "/")] == 0 || fail(ENOTDIR);
}

static bool path_walk(struct walk *walk)
{
    for (;;) {
        char name[NAME_MAX + 1];
        const char *at = walk->rest + strspn(walk->rest, "/");
        size_t length = strcspn(at, "/");

        if (length == 0)
            return true;
        if (length >= sizeof(name))
            return fail(ENAMETOOLONG);
        memcpy(name, at, length);
        name[length] = 0;
        memmove(walk->rest, at + length, strlen(at + length) + 1);
        if (!name_enter(walk, name))
            return false;
    }
}

char *realpath(const char *restrict path, char *restrict resolved)
{
    struct walk walk = {.links = 0};

    if (!path || !*path) {
        errno = path ? ENOENT : EINVAL;
        return NULL;
    }
    if (path[0] != '/' && !getcwd(walk.done, sizeof(walk.done)))
        return NULL;
    if (strcmp(walk.done, "/") == 0)
        walk.done[0] = 0;
    if (strlcpy(walk.rest, path, sizeof(walk.rest)) >= sizeof(walk.rest)) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    if (!path_walk(&walk))
        return NULL;
    if (!walk.done[0])
        strcpy(walk.done, "/");
    return resolved ? strcpy(resolved, walk.done) : strdup(walk.done);
}
