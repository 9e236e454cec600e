/* SPDX-License-Identifier: BSD-2-Clause */
/* See descriptors.h. */

#include "servers/vfs/descriptors.h"

#include "libsys/string.h"
#include "servers/vfs/heap.h"

#define FIRST_ROOM 16u
#define NONE 255 /* in `files` */

static uint32_t bytes_of(uint32_t room)
{
    return room * (uint32_t)sizeof(struct open_file *);
}

err_t descriptors_reach(struct descriptors *descriptors, uint32_t number)
{
    uint32_t room = descriptors->room ? descriptors->room : FIRST_ROOM;

    if (number >= DESCRIPTOR_MAX)
        return VFS_ERROR_BAD_DESCRIPTOR;
    if (number < descriptors->room)
        return 0;
    while (room <= number)
        room *= 2;
    struct open_file **file = heap_take_zeroed(bytes_of(room));
    if (!file)
        return RPC_NO_MEMORY;
    if (descriptors->room)
        memcpy(file, descriptors->file, bytes_of(descriptors->room));
    heap_give(descriptors->file, bytes_of(descriptors->room));
    *descriptors = (struct descriptors){.file = file, .room = room};
    return 0;
}

void descriptor_set(struct descriptors *descriptors, uint32_t number, struct open_file *file)
{
    struct open_file *before = descriptors->file[number];

    descriptors->file[number] = file;
    if (before)
        open_file_put(before);
}

err_t descriptor_close(struct descriptors *descriptors, uint32_t number)
{
    if (!descriptor_at(descriptors, number))
        return VFS_ERROR_BAD_DESCRIPTOR;
    descriptor_set(descriptors, number, NULL);
    return 0;
}

err_t descriptors_choose(struct descriptors *child, const struct descriptors *parent,
                         const uint8_t *files, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (files[i] == NONE)
            continue;
        struct open_file *file = descriptor_at(parent, files[i]);
        err_t error = file ? descriptors_reach(child, i) : VFS_ERROR_BAD_DESCRIPTOR;
        if (error) {
            descriptors_end(child);
            return error;
        }
        open_file_get(file);
        descriptor_set(child, i, file);
    }
    return 0;
}

err_t descriptors_copy(struct descriptors *child, const struct descriptors *parent)
{
    if (parent->room == 0)
        return 0;
    err_t error = descriptors_reach(child, parent->room < DESCRIPTOR_MAX ? parent->room - 1
                                                                         : DESCRIPTOR_MAX - 1);
    if (error)
        return error;
    for (uint32_t i = 0; i < parent->room; i++) {
        child->file[i] = parent->file[i];
        if (child->file[i])
            open_file_get(child->file[i]);
    }
    return 0;
}

void descriptors_set_user(const struct descriptors *descriptors, uint32_t user)
{
    for (uint32_t i = 0; i < descriptors->room; i++)
        if (descriptors->file[i] && descriptors->file[i] != &open_file_elsewhere)
            descriptors->file[i]->user = user;
}

void descriptors_close_from(struct descriptors *descriptors, uint32_t number)
{
    for (uint32_t i = number; i < descriptors->room; i++)
        descriptor_set(descriptors, i, NULL);
}

void descriptors_end(struct descriptors *descriptors)
{
    descriptors_close_from(descriptors, 0);
    heap_give(descriptors->file, bytes_of(descriptors->room));
    *descriptors = (struct descriptors){0};
}
