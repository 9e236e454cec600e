/* SPDX-License-Identifier: BSD-2-Clause */
/* See tree.h. */

#include "servers/vfs/tree.h"

#include "libsys/format.h"
#include "libsys/string.h"

/* The last component's directory; null: there is none. */
static struct node *parent_of(struct filesystem *filesystem, const struct archive_entry *entry,
                              struct name *name)
{
    struct node *directory = filesystem->root;
    uint32_t start = 0;

    for (uint32_t i = 0; i < entry->name_bytes; i++) {
        if (entry->name[i] != '/')
            continue;
        struct name component = {entry->name + start, i - start};
        directory = filesystem->operations->lookup(directory, component);
        if (!directory || !node_is_directory(directory))
            return NULL;
        start = i + 1;
    }
    *name = (struct name){entry->name + start, entry->name_bytes - start};
    return directory;
}

static err_t link_add(struct node *directory, struct name name, const struct attributes *attributes,
                      const uint8_t *text, uint64_t bytes)
{
    char target[PATH_MAX_BYTES + 1];

    memcpy(target, text, bytes);
    target[bytes] = 0;
    return directory->filesystem->operations->make_link(directory, name, attributes, target);
}

static const char *entry_add(struct filesystem *filesystem, const uint8_t *data,
                             const struct archive_entry *entry)
{
    const struct filesystem_operations *operations = filesystem->operations;
    struct attributes attributes = {.mode = entry->mode,
                                    .user = entry->user,
                                    .group = entry->group,
                                    .now = entry->modified * 1000000000};
    struct name name;
    struct node *directory = parent_of(filesystem, entry, &name), *node;

    if (!directory)
        return "its directory isn't there";
    if (operations->lookup(directory, name))
        return "there is something of that name already";
    if ((entry->mode & MODE_TYPE) == MODE_LINK)
        return link_add(directory, name, &attributes, data + entry->offset, entry->size)
                   ? "no memory"
                   : NULL;
    if (operations->make(directory, name, &attributes, &node))
        return "no memory";
    if ((entry->mode & MODE_TYPE) == MODE_REGULAR)
        contents_set_archive(&node->contents, data + entry->offset, entry->size);
    return NULL;
}

bool tree_load(struct filesystem *filesystem, const uint8_t *data, uint64_t bytes,
               char error[ARCHIVE_ERROR_MAX])
{
    struct archive archive = {.data = data, .bytes = bytes};
    struct archive_entry entry;
    enum archive_result result;

    while ((result = archive_next(&archive, &entry, error)) == ARCHIVE_ENTRY) {
        const char *wrong = entry_add(filesystem, data, &entry);
        if (!wrong)
            continue;
        format_buffer(error, ARCHIVE_ERROR_MAX, "entry %u (%.*s): %s", archive.entries,
                      entry.name_bytes < 80 ? (int)entry.name_bytes : 80, entry.name, wrong);
        return false;
    }
    return result == ARCHIVE_END;
}

struct node *tree_directory(struct filesystem *filesystem, const char *name, uint32_t mode)
{
    struct name component = {name, (uint32_t)strlen(name)};
    struct attributes attributes = {.mode = MODE_DIRECTORY | mode};
    struct node *node = filesystem->operations->lookup(filesystem->root, component);

    if (node)
        return node_is_directory(node) ? node : NULL;
    return filesystem->operations->make(filesystem->root, component, &attributes, &node) ? NULL
                                                                                         : node;
}
