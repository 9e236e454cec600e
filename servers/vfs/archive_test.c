/* SPDX-License-Identifier: BSD-2-Clause */
/* sources: servers/vfs/archive.c kernel/lib/format.c */
/* The archive's reader: what is good, and each way in which an archive can be broken. */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "servers/vfs/archive.h"

#define ROOM 20000u

static uint8_t bytes[ROOM];
static uint32_t used;
static int failures;

static void report(const char *name, bool good)
{
    printf(good ? "ok vfs archive: %s\n" : "not ok vfs archive: %s: not so\n", name);
    failures += !good;
}

/* An entry as tools/archive writes it; data on a page if it has any. */
static void put(const char *name, unsigned mode, const char *data)
{
    unsigned size = (unsigned)strlen(data), name_size = (unsigned)strlen(name) + 1;

    if ((mode & 0170000) == 0100000 && size > 0)
        name_size += (4096 - (used + 110 + name_size) % 4096) % 4096;
    memset(bytes + used, 0, 110 + name_size + 4);
    sprintf((char *)bytes + used, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 1,
            mode, 3, 4, 1, 1000, size, 0, 0, 0, 0, name_size, 0);
    strcpy((char *)bytes + used + 110, name);
    used = (used + 110 + name_size + 3) / 4 * 4;
    memcpy(bytes + used, data, size);
    used = (used + size + 3) / 4 * 4;
}

static void trailer(void)
{
    put("TRAILER!!!", 0, "");
}

static bool accepted(void)
{
    struct archive archive = {.data = bytes};
    struct archive_entry entry;
    char error[ARCHIVE_ERROR_MAX];

    used = 0;
    put("etc", 040755, "");
    put("etc/motd", 0100644, "hello");
    put("etc/link", 0120777, "motd");
    trailer();
    archive.bytes = used;
    return archive_next(&archive, &entry, error) == ARCHIVE_ENTRY && entry.mode == 040755 &&
           archive_next(&archive, &entry, error) == ARCHIVE_ENTRY && entry.size == 5 &&
           entry.offset % 4096 == 0 && memcmp(bytes + entry.offset, "hello", 5) == 0 &&
           entry.name_bytes == 8 && entry.user == 3 && entry.group == 4 && entry.modified == 1000 &&
           archive_next(&archive, &entry, error) == ARCHIVE_ENTRY && entry.size == 4 &&
           archive_next(&archive, &entry, error) == ARCHIVE_END;
}

/* The text of the first error; empty: none. */
static const char *read_all(uint32_t length)
{
    static char error[ARCHIVE_ERROR_MAX];
    struct archive archive = {.data = malloc(length ? length : 1), .bytes = length};
    struct archive_entry entry;
    enum archive_result result;

    memcpy((uint8_t *)(uint64_t)archive.data, bytes, length);
    error[0] = 0;
    while ((result = archive_next(&archive, &entry, error)) == ARCHIVE_ENTRY)
        ;
    free((uint8_t *)(uint64_t)archive.data);
    return result == ARCHIVE_END ? "" : error;
}

/* One entry that is wrong. */
static bool refused(const char *name, unsigned mode, const char *data, const char *why)
{
    used = 0;
    put(name, mode, data);
    trailer();
    bool good = strstr(read_all(used), why) != NULL;
    if (!good)
        printf("not ok vfs archive: %s gives \"%s\", not \"%s\"\n", name, read_all(used), why);
    return good;
}

static bool names(void)
{
    char name[1100];
    bool good = refused("/etc", 040755, "", "plain relative path") &&
                refused("etc/", 040755, "", "plain relative path") &&
                refused("a//b", 040755, "", "plain relative path") &&
                refused("a/../b", 040755, "", "plain relative path") &&
                refused("..", 040755, "", "plain relative path") &&
                refused(".", 040755, "", "plain relative path") &&
                refused("", 040755, "", "empty or too long");

    memset(name, 'n', 256);
    name[256] = 0;
    good = good && refused(name, 040755, "", "plain relative path");
    for (int i = 0; i < 1099; i++)
        name[i] = i % 100 ? 'n' : i ? '/' : 'n';
    name[1099] = 0;
    return good && refused(name, 040755, "", "empty or too long");
}

static bool kinds(void)
{
    char text[400];

    memset(text, 't', 399);
    text[399] = 0;
    return refused("fifo", 010644, "", "neither a file") &&
           refused("dev", 020644, "", "neither a file") &&
           refused("odd", 0300644, "", "unknown bits") &&
           refused("dir", 040755, "data", "a directory with contents") &&
           refused("link", 0120777, "", "empty or too long") &&
           refused("link", 0120777, text, "empty or too long");
}

/* Cut anywhere, it's broken, and the place is told. */
static bool cut(void)
{
    used = 0;
    put("etc", 040755, "");
    put("etc/motd", 0100644, "hello");
    trailer();
    for (uint32_t length = 0; length + 1 < used; length++)
        if (!strstr(read_all(length), "entry "))
            return length + 3 == used;
    return true;
}

static bool misplaced(void)
{
    used = 0;
    put("etc/motd", 0100644, "hello");
    trailer();
    memmove(bytes + 4, bytes, used);
    used += 4;
    return strstr(read_all(used), "no header begins here") != NULL;
}

static bool off_page(void)
{
    used = 0;
    put("x", 0120777, "hello");
    trailer();
    memcpy(bytes + 14, "000081a4", 8); /* a regular file now */
    return strstr(read_all(used), "entry 1 at byte 0 (x): its contents don't begin on a page") !=
           NULL;
}

static bool numbers(void)
{
    used = 0;
    put("x", 040755, "");
    trailer();
    bytes[20] = 'g';
    bool good = strstr(read_all(used), "hexadecimal") != NULL;
    used = 0;
    put("x", 040755, "");
    trailer();
    memcpy(bytes + 54, "ffffffff", 8);
    good = good && strstr(read_all(used), "ends within the contents") != NULL;
    used = 0;
    put("x", 040755, "");
    trailer();
    memcpy(bytes + 94, "ffffffff", 8);
    return good && strstr(read_all(used), "length is out of range") != NULL;
}

int main(void)
{
    report("a good one", accepted());
    report("names", names());
    report("kinds of files", kinds());
    report("cut anywhere", cut());
    report("misplaced", misplaced());
    report("contents off a page", off_page());
    report("numbers", numbers());
    return failures != 0;
}
