/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Directories: a buffer of entries as the server tells them, one struct file_entry behind the
 * other.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libsys/file_client.h"
#include "libsys/newlib/system.h"

struct directory {
    int descriptor;
    uint64_t next; /* position behind what is in the buffer */
    bool ended;    /* the server has no more */
    uint32_t bytes, at;
    uint64_t count; /* entries read so far */
    struct dirent entry;
    char buffer[4096];
};

DIR *fdopendir(int descriptor)
{
    if (!descriptor_check(descriptor))
        return NULL;
    struct directory *directory = malloc(sizeof(*directory));
    if (!directory)
        return NULL;
    *directory = (struct directory){.descriptor = descriptor};
    return (DIR *)directory;
}

DIR *opendir(const char *path)
{
    int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (descriptor < 0)
        return NULL;
    DIR *opened = fdopendir(descriptor);
    if (!opened)
        close(descriptor);
    return opened;
}

int closedir(DIR *opened)
{
    struct directory *directory = (struct directory *)opened;
    int descriptor = directory->descriptor;

    free(directory);
    return close(descriptor);
}

int dirfd(DIR *opened)
{
    return ((struct directory *)opened)->descriptor;
}

void rewinddir(DIR *opened)
{
    struct directory *directory = (struct directory *)opened;

    directory->next = directory->count = 0;
    directory->bytes = directory->at = 0;
    directory->ended = false;
}

/* More entries into the buffer; false: none, or errno is set. */
static bool directory_fill(struct directory *directory)
{
    uint64_t next = 0;

    if (directory->ended)
        return false;
    system_window_open();
    directory->at = directory->bytes = 0;
    if (system_result(SYSTEM_CALL(file_directory(system_file(directory->descriptor),
                                                 directory->next, &next, directory->buffer,
                                                 sizeof(directory->buffer), &directory->bytes))))
        return false;
    directory->next = next;
    directory->ended = next == 0;
    return directory->bytes > 0;
}

struct dirent *readdir(DIR *opened)
{
    struct directory *directory = (struct directory *)opened;

    if (directory->at >= directory->bytes && !directory_fill(directory))
        return NULL;
    struct file_entry entry;
    if (directory->bytes - directory->at < sizeof(entry))
        goto malformed;
    memcpy(&entry, directory->buffer + directory->at, sizeof(entry));
    if (entry.bytes < sizeof(entry) + entry.name_bytes ||
        entry.bytes > directory->bytes - directory->at ||
        entry.name_bytes >= sizeof(directory->entry.d_name))
        goto malformed;
    directory->entry.d_ino = (ino_t)entry.number;
    directory->entry.d_type = (unsigned char)(entry.mode >> 12);
    memcpy(directory->entry.d_name, directory->buffer + directory->at + sizeof(entry),
           entry.name_bytes);
    directory->entry.d_name[entry.name_bytes] = 0;
    directory->at += entry.bytes;
    directory->count++;
    return &directory->entry;

malformed:
    errno = EIO;
    return NULL;
}

long telldir(DIR *opened)
{
    const struct directory *directory = (struct directory *)opened;

    return (long)directory->count;
}

/* By reading again up to there: positions of a server are only good for going on. */
void seekdir(DIR *opened, long place)
{
    rewinddir(opened);
    while (telldir(opened) < place && readdir(opened))
        ;
}

int readdir_r(DIR *opened, struct dirent *entry, struct dirent **result)
{
    int before = errno;

    errno = 0;
    *result = readdir(opened);
    int error = *result ? 0 : errno;
    errno = before;
    if (*result) {
        *entry = **result;
        *result = entry;
    }
    return error;
}

int alphasort(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void names_free(struct dirent **names, size_t count)
{
    while (count > 0)
        free(names[--count]);
    free(names);
}

/* One more; false: ENOMEM. */
static bool name_add(struct dirent ***names, size_t count, const struct dirent *entry)
{
    struct dirent **more = realloc(*names, (count + 1) * sizeof(**names));

    if (!more)
        return false;
    *names = more;
    more[count] = malloc(sizeof(*entry));
    if (!more[count])
        return false;
    *more[count] = *entry;
    return true;
}

int scandir(const char *path, struct dirent ***names, int (*select)(const struct dirent *),
            int (*compare)(const struct dirent **, const struct dirent **))
{
    DIR *opened = opendir(path);
    struct dirent **found = NULL;
    size_t count = 0;

    if (!opened)
        return -1;
    for (const struct dirent *entry; (entry = readdir(opened));) {
        if (select && !select(entry))
            continue;
        if (!name_add(&found, count, entry)) {
            names_free(found, count);
            closedir(opened);
            return -1;
        }
        count++;
    }
    closedir(opened);
    if (compare && count > 1)
        qsort(found, count, sizeof(*found), (int (*)(const void *, const void *))compare);
    *names = found;
    return (int)count;
}
