/* SPDX-License-Identifier: BSD-2-Clause */
/* See objects.h. */

#include "servers/root/objects.h"

#include "libsys/invoke.h"
#include "libsys/names.h"
#include "servers/root/report.h"
#include "servers/root/root.h"

#define PIECE_MIN 4096ull
#define ROOT_MEMORY (64ull << 10) /* that it keeps, for page tables of its windows */

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

/* As large as can be had. */
static err_t untyped_make(const struct manifest_object *object, struct memory *memory, cap_t *cap)
{
    unsigned bits = log2_of(object->size), least = log2_of(object->first);
    err_t error = memory_make_one(memory, OBJECT_UNTYPED, bits, cap);

    while (error && bits > least)
        error = memory_make_one(memory, OBJECT_UNTYPED, --bits, cap);
    return error;
}

static bool untyped_is_for_later(const struct manifest_object *object)
{
    return object->users > 0 && root.manifest.program[object->user].is_on_demand;
}

void objects_make_untyped(void)
{
    for (uint32_t i = 0; i < root.manifest.object_count; i++) {
        const struct manifest_object *object = &root.manifest.object[i];
        if (object->kind == KIND_UNTYPED && !untyped_is_for_later(object))
            root_check(untyped_make(object, &root.memory, &root.object[i]),
                       "manifest:%u: %s: %lu KiB", object->line, object->name, object->first >> 10);
    }
}

err_t objects_make_on_demand(uint32_t program)
{
    err_t error = 0;

    for (uint32_t i = 0; i < root.manifest.object_count && !error; i++) {
        const struct manifest_object *object = &root.manifest.object[i];
        if (object->kind == KIND_UNTYPED && object->users > 0 && object->user == program &&
            !root.object[i])
            error = untyped_make(object, &root.reserve, &root.object[i]);
    }
    return error;
}

void objects_drop_on_demand(void)
{
    for (uint32_t i = 0; i < root.manifest.object_count; i++) {
        const struct manifest_object *object = &root.manifest.object[i];
        if (object->kind != KIND_UNTYPED || !untyped_is_for_later(object) || !root.object[i])
            continue;
        root_check(cnode_delete(ROOT_CNODE, CAP_INDEX(root.object[i])), "%s", object->name);
        slots_give(&root.slots, CAP_INDEX(root.object[i]), 1);
        root.object[i] = 0;
    }
}

/* ---- All memory that is left ---------------------------------------------------------------- */

static void piece_make(cap_t untyped, unsigned bits)
{
    uint32_t slot = root_slot();

    if (root.piece_count == ROOT_PIECES_MAX)
        root_fail("memory lies in more than %u pieces", ROOT_PIECES_MAX);
    root_check(untyped_retype(untyped, ROOT_CNODE, slot, 1, OBJECT_UNTYPED, bits),
               "memory for a program");
    root.piece[root.piece_count++] = slot;
}

/* What is left of an Untyped, in the largest pieces that are aligned to their size. */
static void untyped_split(const struct memory_untyped *untyped)
{
    uint64_t at = (untyped->used + PIECE_MIN - 1) & ~(PIECE_MIN - 1);

    while (at < untyped->bytes) {
        unsigned bits = log2_of(untyped->bytes - at);
        if (at != 0 && (unsigned)__builtin_ctzll(at) < bits)
            bits = (unsigned)__builtin_ctzll(at);
        piece_make(untyped->cap, bits);
        at += 1ull << bits;
    }
}

/* What the manifest wants for the reserve; a seventh of what is left, if that's left open. */
static uint64_t reserve_bytes(void)
{
    uint64_t bytes = root.manifest.reserve_most;

    while (bytes > root.manifest.reserve && bytes > memory_free(&root.memory) / 7)
        bytes /= 2;
    return bytes;
}

/* A part of the memory for root itself. */
static void memory_keep(struct memory *kept, uint64_t bytes, const char *what)
{
    cap_t untyped;

    root_check(memory_make_one(&root.memory, OBJECT_UNTYPED, log2_of(bytes), &untyped), "%s", what);
    memory_init(kept, &root.slots, ROOT_CNODE);
    root_check(memory_add(kept, untyped), "%s", what);
}

uint64_t objects_memory_bytes(void)
{
    struct cap_description what;
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < root.piece_count; i++)
        if (inspect(CAP_OF(root.piece[i]), &what) == 0)
            bytes += 1ull << what.size_bits;
    return bytes;
}

void objects_give_memory(void)
{
    static struct memory own;

    if (root.manifest.reserve)
        memory_keep(&root.reserve, reserve_bytes(), "the reserve");
    if (root.manifest.memory == MANIFEST_NOBODY)
        return;
    memory_keep(&own, ROOT_MEMORY, "the root task's own memory");
    for (uint32_t i = 0; i < root.memory.count; i++)
        if (!root.memory.untyped[i].device)
            untyped_split(&root.memory.untyped[i]);
    report_memory(memory_free(&root.reserve), objects_memory_bytes());
    root.memory = own;
}
