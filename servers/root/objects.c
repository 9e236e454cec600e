/* SPDX-License-Identifier: BSD-2-Clause */
/* See objects.h. */

#include "servers/root/objects.h"

#include "libsys/invoke.h"
#include "libsys/names.h"
#include "servers/root/root.h"

/* From Platform: an interrupt line, ports, device memory. */
static cap_t object_derive(const struct manifest_object *object)
{
    uint32_t slot = root_slot();
    err_t error;

    if (object->kind == KIND_IRQ)
        error = platform_irq(ROOT_PLATFORM, ROOT_CNODE, slot, object->first, object->mode);
    else if (object->kind == KIND_PORTS)
        error = platform_ports(ROOT_PLATFORM, ROOT_CNODE, slot, object->first, object->size);
    else
        error =
            platform_device(ROOT_PLATFORM, ROOT_CNODE, slot, object->first, log2_of(object->size));
    root_check(error, "manifest:%u: %s", object->line, object->name);
    return CAP_OF(slot);
}

static cap_t object_make(const struct manifest_object *object)
{
    switch (object->kind) {
    case KIND_ENDPOINT:
        return root_make(OBJECT_ENDPOINT, root.boot->endpoint_bits);
    case KIND_NOTIFICATION:
        return root_make(OBJECT_NOTIFICATION, object_bits(OBJECT_NOTIFICATION));
    case KIND_FRAME:
        return root_make(OBJECT_FRAME, log2_of(object->size));
    case KIND_UNTYPED:
        return 0;
    default:
        return object_derive(object);
    }
}

void objects_make(void)
{
    for (uint32_t i = 0; i < root.manifest.object_count; i++)
        root.object[i] = object_make(&root.manifest.object[i]);
}

static cap_t untyped_make(const struct manifest_object *object)
{
    unsigned most = log2_of(object->size), least = log2_of(object->first);
    cap_t cap;
    err_t error;

    for (unsigned bits = most;; bits--) {
        error = memory_make_one(&root.memory, OBJECT_UNTYPED, bits, &cap);
        if (!error)
            return cap;
        if (bits == least)
            break;
    }
    root_check(error, "manifest:%u: %s: %lu KiB", object->line, object->name, object->first >> 10);
    return 0;
}

void objects_make_untyped(void)
{
    for (uint32_t i = 0; i < root.manifest.object_count; i++)
        if (root.manifest.object[i].kind == KIND_UNTYPED)
            root.object[i] = untyped_make(&root.manifest.object[i]);
}
