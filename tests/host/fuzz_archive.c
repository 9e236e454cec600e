/* SPDX-License-Identifier: BSD-2-Clause */
/* sources: servers/vfs/archive.c servers/vfs/tree.c kernel/lib/format.c */
/* sources: tests/host/vfs/stand_in.c servers/vfs/ramfs.c servers/vfs/entry.c servers/vfs/node.c */
/* sources: servers/vfs/view.c servers/vfs/client.c servers/vfs/table.c servers/vfs/device.c */
/* sources: servers/vfs/descriptors.c servers/vfs/open_file.c servers/vfs/pipe.c */
/* sources: servers/vfs/wait.c servers/vfs/contents.c */
/*
 * libFuzzer: whatever bytes the archive's reader accepts must keep what archive.h promises, and the
 * file system made of them reads back within the archive and ends without a rest. The input is an
 * archive, or, if its first byte is even, a list of places in a good one and what to write there.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "servers/vfs/ramfs.h"
#include "servers/vfs/tree.h"
#include "tests/host/vfs/stand_in.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const uint8_t *archive_data;
static size_t archive_bytes;

static void check(bool holds)
{
    if (!holds)
        abort();
}

static bool visit(void *context, const struct name *name, const struct node *node,
                  uint64_t position)
{
    uint64_t *sum = context;

    check(name->bytes > 0 && name->bytes <= NAME_MAX_BYTES && position > 0);
    check(memchr(name->text, '/', name->bytes) == NULL);
    if (node_type(node) == MODE_REGULAR && node->contents.size > 0) {
        uint64_t offset = (uint64_t)(node->contents.data - archive_data);
        check(offset < archive_bytes && node->contents.size <= archive_bytes - offset);
        check(offset % PAGE_BYTES == 0);
        *sum += node->contents.data[node->contents.size - 1];
    } else if (node_is_directory(node)) {
        node->filesystem->operations->list((struct node *)(uint64_t)node, 0, visit, context);
    }
    return true;
}

static void try(const uint8_t *bytes, size_t size)
{
    struct attributes attributes = {.mode = MODE_DIRECTORY | 0755};
    char error[ARCHIVE_ERROR_MAX] = {0};
    struct filesystem *filesystem = ramfs_make(1u << 20, "archive", &attributes);
    uint64_t sum = 0;

    archive_data = bytes;
    archive_bytes = size;
    if (!tree_load(filesystem, bytes, size, error))
        check(strncmp(error, "entry ", 6) == 0);
    visit(&sum, &(struct name){"root", 4}, filesystem->root, 1);
    filesystem->operations->end(filesystem);
    check(stand_in_pieces() == 0);
}

/* ---- A good archive -------------------------------------------------------------------------- */

static uint8_t good[3 * PAGE_BYTES];
static size_t good_bytes;

static void put(const char *name, unsigned mode, const char *data)
{
    unsigned size = (unsigned)strlen(data), name_size = (unsigned)strlen(name) + 1;
    uint8_t *at = good + good_bytes;

    if ((mode & MODE_TYPE) == MODE_REGULAR)
        name_size += (PAGE_BYTES - (unsigned)(good_bytes + 110 + name_size) % PAGE_BYTES);
    snprintf((char *)at, 111, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 1, mode,
             0, 0, 1, 1000, size, 0, 0, 0, 0, name_size, 0);
    memcpy(at + 110, name, strlen(name));
    good_bytes = (good_bytes + 110 + name_size + 3) / 4 * 4;
    memcpy(good + good_bytes, data, size);
    good_bytes = (good_bytes + size + 3) / 4 * 4;
}

static void good_make(void)
{
    put("etc", 040755, "");
    put("etc/link", 0120777, "motd");
    put("etc/motd", 0100644, "hello");
    put("etc/more", 0100644, "more text");
    put("TRAILER!!!", 0, "");
}

static void try_changed(const uint8_t *change, size_t size)
{
    uint8_t *bytes = malloc(good_bytes);

    memcpy(bytes, good, good_bytes);
    for (; size >= 3; change += 3, size -= 3)
        bytes[(change[0] | change[1] << 8) % good_bytes] = change[2];
    try(bytes, good_bytes);
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (good_bytes == 0) {
        good_make();
        try(good, good_bytes);
        check(archive_bytes == good_bytes);
    }
    if (size > 0 && bytes[0] % 2 == 0)
        try_changed(bytes + 1, size - 1);
    else
        try(bytes, size);
    return 0;
}
