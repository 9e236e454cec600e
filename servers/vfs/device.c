/* SPDX-License-Identifier: BSD-2-Clause */
/* See device.h. */

#include "servers/vfs/device.h"

#include "libsys/string.h"
#include "libsys/vfs_protocol.h"
#include "servers/vfs/heap.h"
#include "servers/vfs/ramfs.h"
#include "servers/vfs/server.h"

static struct device built_in[] = {
    {.kind = DEVICE_NULL, .file_kind = FILE_KIND_CHARACTER, .number = 3},
    {.kind = DEVICE_ZERO, .file_kind = FILE_KIND_CHARACTER, .number = 5},
    {.kind = DEVICE_FULL, .file_kind = FILE_KIND_CHARACTER, .number = 7},
    {.kind = DEVICE_OWN_TERMINAL, .file_kind = FILE_KIND_TERMINAL},
};
static const char *const built_in_name[] = {"null", "zero", "full", "tty"};
#define BUILT_IN (sizeof(built_in) / sizeof(built_in[0]))

static struct node *devices;
static struct device *published;

err_t devices_init(struct node *directory, int64_t now)
{
    struct attributes attributes = {.mode = MODE_CHARACTER | 0666, .now = now};

    devices = directory;
    node_get(devices); /* it may be removed like any other */
    for (unsigned i = 0; i < BUILT_IN; i++) {
        struct name name = {built_in_name[i], (uint32_t)strlen(built_in_name[i])};
        err_t error = ramfs_make_device(directory, name, &attributes, &built_in[i]);
        if (error)
            return error;
    }
    return 0;
}

static void caps_clear(const struct device *device)
{
    for (unsigned i = 0; i < DEVICE_WAYS; i++)
        server_slot_clear(device->cap[i]);
}

cap_t device_cap(const struct device *device, uint32_t flags)
{
    if ((flags & OPEN_READ) && (flags & OPEN_WRITE))
        return device->cap[0];
    return device->cap[flags & OPEN_WRITE ? 2 : 1];
}

/* A driver that was started again publishes what it had. */
static err_t republish(struct device *device, const struct device *with)
{
    if (device->kind != DEVICE_PUBLISHED || device->publisher != with->publisher)
        return RPC_EXISTS;
    caps_clear(device);
    memcpy(device->cap, with->cap, sizeof(device->cap));
    device->file_kind = with->file_kind;
    device->number = with->number;
    return 0;
}

err_t device_publish(struct name name, const struct attributes *attributes,
                     const struct device *with)
{
    struct node *node = devices->filesystem->operations->lookup(devices, name);

    if (node)
        return node_type(node) == MODE_CHARACTER ? republish(node->device, with) : RPC_EXISTS;
    struct device *device = devices->links ? heap_take(sizeof(*device)) : NULL;
    if (!device)
        return devices->links ? RPC_NO_MEMORY : RPC_DENIED;
    *device = *with;
    device->kind = DEVICE_PUBLISHED;
    err_t error = ramfs_make_device(devices, name, attributes, device);
    if (error) {
        heap_give(device, sizeof(*device));
        return RPC_NO_MEMORY;
    }
    device->next = published;
    published = device;
    return 0;
}

void device_end(struct device *device)
{
    struct device **link = &published;

    if (!device || device->kind != DEVICE_PUBLISHED)
        return;
    while (*link != device)
        link = &(*link)->next;
    *link = device->next;
    caps_clear(device);
    heap_give(device, sizeof(*device));
}

const struct device *device_terminal(uint32_t number)
{
    const struct device *device = published;

    while (device && (device->file_kind != FILE_KIND_TERMINAL || device->number != number))
        device = device->next;
    return device;
}

const struct device *device_resolve(const struct device *device, uint32_t terminal)
{
    if (device->kind != DEVICE_OWN_TERMINAL)
        return device;
    return terminal ? device_terminal(terminal) : NULL;
}

uint32_t device_number(const struct device *device)
{
    return (uint32_t)(device->kind == DEVICE_PUBLISHED ? 2u : 1u) << 8 | device->number;
}

uint32_t device_read(const struct device *device, void *data, uint32_t count)
{
    if (device->kind == DEVICE_NULL)
        return 0;
    memset(data, 0, count);
    return count;
}

err_t device_write(const struct device *device, uint32_t count, uint32_t *written)
{
    *written = count;
    return device->kind == DEVICE_FULL && count ? FILE_ERROR_NO_ROOM : 0;
}
