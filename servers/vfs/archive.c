/* SPDX-License-Identifier: BSD-2-Clause */
/* See archive.h; the form is described in cpio(5). */

#include "servers/vfs/archive.h"

#include <stdbool.h>

#include "libsys/format.h"
#include "libsys/string.h"
#include "servers/vfs/node.h"

#define HEADER_BYTES 110u
#define HEADER_NAME 110u /* here the name begins */
#define NAME_LIMIT 1024u
#define NAME_FIELD_LIMIT (NAME_LIMIT + PAGE_BYTES) /* with its padding */
#define LINK_LIMIT PATH_MAX_BYTES

/* Numbers of 8 hexadecimal digits, behind the magic. */
enum field { INO, MODE, UID, GID, NLINK, MTIME, FILE_SIZE, MAJOR, MINOR, R_MAJOR, R_MINOR, NAME };

struct header {
    const uint8_t *start;
    uint32_t field[NAME + 1];
};

static uint32_t digit_of(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - (uint32_t)'0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - (uint32_t)'a' + 10 : 16;
}

static bool hex_read(const uint8_t *digits, uint32_t *value)
{
    *value = 0;
    for (int i = 0; i < 8; i++) {
        uint32_t digit = digit_of(digits[i]);
        if (digit == 16)
            return false;
        *value = *value << 4 | digit;
    }
    return true;
}

/* Null: good; else what is wrong. */
static const char *header_read(const struct archive *archive, struct header *header)
{
    uint64_t left = archive->bytes - archive->at;

    if (left < HEADER_BYTES)
        return "the archive ends within a header";
    header->start = archive->data + archive->at;
    if (memcmp(header->start, "070701", 6) != 0)
        return "no header begins here (070701)";
    for (unsigned i = 0; i <= NAME; i++)
        if (!hex_read(header->start + 6 + 8 * (uint64_t)i, &header->field[i]))
            return "a number isn't hexadecimal";
    if (header->field[NAME] == 0 || header->field[NAME] > NAME_FIELD_LIMIT)
        return "the name's length is out of range";
    if (left - HEADER_BYTES < header->field[NAME])
        return "the archive ends within a name";
    return NULL;
}

static uint64_t align4(uint64_t offset)
{
    return (offset + 3) & ~3ull;
}

/* Components of 1 to 255 bytes, neither `.` nor `..`, one slash between two. */
static bool name_is_plain(const char *name, uint32_t bytes)
{
    uint32_t start = 0;

    for (uint32_t i = 0; i <= bytes; i++) {
        if (i < bytes && name[i] != '/')
            continue;
        uint32_t length = i - start;
        bool dots = (length == 1 && name[start] == '.') ||
                    (length == 2 && name[start] == '.' && name[start + 1] == '.');
        if (length == 0 || length > NAME_MAX_BYTES || dots)
            return false;
        start = i + 1;
    }
    return true;
}

static const char *name_read(const struct header *header, struct archive_entry *entry)
{
    const char *name = (const char *)header->start + HEADER_NAME;
    uint32_t bytes = 0;

    while (bytes < header->field[NAME] && name[bytes] != 0)
        bytes++;
    if (bytes == header->field[NAME])
        return "the name doesn't end with a NUL";
    if (bytes == 0 || bytes >= NAME_LIMIT)
        return "the name is empty or too long";
    entry->name = name;
    entry->name_bytes = bytes;
    return name_is_plain(name, bytes) ? NULL : "the name isn't a plain relative path";
}

static const char *contents_read(const struct archive *archive, const struct header *header,
                                 struct archive_entry *entry)
{
    uint64_t offset = align4(archive->at + HEADER_BYTES + header->field[NAME]);
    uint32_t type = entry->mode & MODE_TYPE, size = header->field[FILE_SIZE];

    if (offset > archive->bytes || size > archive->bytes - offset)
        return "the archive ends within the contents";
    entry->offset = offset;
    entry->size = size;
    if (type == MODE_REGULAR)
        return size > 0 && offset % PAGE_BYTES ? "its contents don't begin on a page" : NULL;
    if (type == MODE_DIRECTORY)
        return size > 0 ? "a directory with contents" : NULL;
    if (type != MODE_LINK)
        return "neither a file, a directory nor a symbolic link";
    if (size == 0 || size > LINK_LIMIT)
        return "a symbolic link's text is empty or too long";
    for (uint32_t i = 0; i < size; i++)
        if (archive->data[offset + i] == 0)
            return "a NUL in a symbolic link's text";
    return NULL;
}

static bool is_trailer(const struct archive_entry *entry)
{
    static const char trailer[] = "TRAILER!!!";

    return entry->name_bytes == sizeof(trailer) - 1 &&
           memcmp(entry->name, trailer, sizeof(trailer) - 1) == 0;
}

static const char *entry_read(struct archive *archive, struct archive_entry *entry)
{
    struct header header;
    const char *wrong = header_read(archive, &header);

    if (!wrong)
        wrong = name_read(&header, entry);
    if (wrong || is_trailer(entry))
        return wrong;
    if (header.field[MODE] & ~(uint32_t)(MODE_TYPE | MODE_PERMISSIONS))
        return "unknown bits in the mode";
    entry->mode = header.field[MODE];
    entry->user = header.field[UID];
    entry->group = header.field[GID];
    entry->modified = header.field[MTIME];
    wrong = contents_read(archive, &header, entry);
    if (!wrong)
        archive->at = align4(entry->offset + entry->size);
    return wrong;
}

enum archive_result archive_next(struct archive *archive, struct archive_entry *entry,
                                 char error[ARCHIVE_ERROR_MAX])
{
    *entry = (struct archive_entry){0};
    if (archive->at > archive->bytes)
        archive->at = archive->bytes;
    const char *wrong = entry_read(archive, entry);
    if (!wrong && is_trailer(entry))
        return ARCHIVE_END;
    archive->entries++;
    if (!wrong)
        return ARCHIVE_ENTRY;
    format_buffer(error, ARCHIVE_ERROR_MAX, "entry %u at byte %lu%s%.*s%s: %s", archive->entries,
                  archive->at, entry->name_bytes ? " (" : "",
                  entry->name_bytes < 80 ? (int)entry->name_bytes : 80,
                  entry->name_bytes ? entry->name : "", entry->name_bytes ? ")" : "", wrong);
    return ARCHIVE_BROKEN;
}
