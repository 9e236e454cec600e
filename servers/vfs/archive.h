/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The boot archive: cpio, form newc, as tools/archive writes it: names padded with NULs so that a
 * file's data begins on a page. Nothing in it is believed: what breaks the rules is named, and
 * nothing behind it is read. What is accepted lies within the archive, and names are relative, with
 * plain components.
 */
#ifndef SERVERS_VFS_ARCHIVE_H
#define SERVERS_VFS_ARCHIVE_H

#include <stdint.h>

#define ARCHIVE_ERROR_MAX 160

struct archive {
    const uint8_t *data;
    uint64_t bytes;
    uint64_t at;      /* the next entry's beginning */
    uint32_t entries; /* so many were read */
};

struct archive_entry {
    uint32_t mode, user, group; /* mode: a regular file, directory or symbolic link */
    int64_t modified;           /* seconds since 1970 */
    const char *name;           /* without a NUL: 1 to 1023 bytes */
    uint32_t name_bytes;
    uint64_t offset, size; /* of the contents, or of the link's text, in the archive */
};

enum archive_result { ARCHIVE_ENTRY, ARCHIVE_END, ARCHIVE_BROKEN };

/* The next entry. ARCHIVE_BROKEN: `error` says where and what. */
enum archive_result archive_next(struct archive *archive, struct archive_entry *entry,
                                 char error[ARCHIVE_ERROR_MAX]);

#endif
