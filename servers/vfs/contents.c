/* SPDX-License-Identifier: BSD-2-Clause */
/* See contents.h. */

#include "servers/vfs/contents.h"

#include "libsys/string.h"
#include "libsys/vfs_protocol.h"
#include "servers/vfs/heap.h"

#define STEP 65536u /* an object that is larger grows in multiples of this */

static bool is_heap(const struct contents *contents)
{
    return contents->capacity && !contents->backing;
}

static bool is_archive(const struct contents *contents)
{
    return contents->data && !contents->capacity;
}

/* ---- The budget ------------------------------------------------------------------------------ */

static bool budget_take(struct budget *budget, uint64_t bytes)
{
    if (bytes > budget->limit - budget->used)
        return false;
    budget->used += bytes;
    return true;
}

static void budget_give(struct budget *budget, uint64_t bytes)
{
    budget->used -= bytes;
}

/* ---- Places ---------------------------------------------------------------------------------- */

void contents_set_archive(struct contents *contents, const uint8_t *data, uint64_t size)
{
    *contents = (struct contents){.size = size, .data = size ? (uint8_t *)(uint64_t)data : NULL};
}

/* The old place goes; its bytes were copied. */
static void place_end(struct contents *contents, struct budget *budget)
{
    if (contents->backing) {
        backing_end(contents->backing);
        heap_give(contents->backing, sizeof(*contents->backing));
    } else if (contents->capacity) {
        heap_give(contents->data, (uint32_t)contents->capacity);
    }
    budget_give(budget, contents->capacity);
    contents->data = NULL;
    contents->capacity = 0;
    contents->backing = NULL;
    contents->mapped = contents->running = false;
}

static uint64_t kept(const struct contents *contents, uint64_t capacity)
{
    return contents->size < capacity ? contents->size : capacity;
}

/* The bytes move to the heap. */
static err_t move_to_heap(struct contents *contents, struct budget *budget, uint32_t bytes)
{
    uint32_t capacity = heap_bytes(bytes);

    if (!budget_take(budget, capacity))
        return VFS_ERROR_NO_ROOM;
    uint8_t *data = heap_take(capacity);
    if (!data) {
        budget_give(budget, capacity);
        return VFS_ERROR_NO_ROOM;
    }
    if (contents->data)
        memcpy(data, contents->data, kept(contents, capacity));
    place_end(contents, budget);
    contents->data = data;
    contents->capacity = capacity;
    return 0;
}

static err_t move_to_object(struct contents *contents, struct budget *budget, uint64_t bytes)
{
    struct backing *backing = heap_take(sizeof(*backing));
    err_t error = backing ? 0 : RPC_NO_MEMORY;

    if (!error && !budget_take(budget, bytes))
        error = VFS_ERROR_NO_ROOM;
    else if (!error && (error = backing_make(backing, bytes)))
        budget_give(budget, bytes);
    if (error) {
        heap_give(backing, sizeof(*backing));
        return VFS_ERROR_NO_ROOM;
    }
    if (contents->data)
        memcpy(backing->address, contents->data, kept(contents, bytes));
    place_end(contents, budget);
    contents->data = backing->address;
    contents->capacity = bytes;
    contents->backing = backing;
    return 0;
}

static err_t object_set_capacity(struct contents *contents, struct budget *budget, uint64_t bytes)
{
    uint64_t before = contents->capacity;

    if (bytes > before && !budget_take(budget, bytes - before))
        return VFS_ERROR_NO_ROOM;
    if (backing_resize(contents->backing, bytes)) {
        if (bytes > before)
            budget_give(budget, bytes - before);
        return VFS_ERROR_NO_ROOM;
    }
    if (bytes < before)
        budget_give(budget, before - bytes);
    contents->data = contents->backing->address;
    contents->capacity = bytes;
    return 0;
}

static uint64_t whole(uint64_t bytes, uint64_t unit)
{
    return (bytes + unit - 1) / unit * unit;
}

/* Room for `size` bytes in an object: with some in advance, or without if that is too much. */
static err_t object_reach(struct contents *contents, struct budget *budget, uint64_t size)
{
    uint64_t least = whole(size, PAGE_BYTES), more = contents->capacity + contents->capacity / 2;
    uint64_t wish = more > least ? whole(more, more > STEP ? STEP : PAGE_BYTES) : least;
    err_t (*reach)(struct contents *, struct budget *, uint64_t) =
        contents->backing ? object_set_capacity : move_to_object;
    err_t error = reach(contents, budget, wish);

    return error && wish > least ? reach(contents, budget, least) : error;
}

/* Have a place of one's own for `size` bytes. */
static err_t reach(struct contents *contents, struct budget *budget, uint64_t size)
{
    if (size > CONTENTS_MAX)
        return RPC_OUT_OF_RANGE;
    if (size <= contents->capacity)
        return 0;
    if (!contents->backing && size <= CONTENTS_HEAP_MAX) {
        uint64_t twice = is_heap(contents) ? 2 * contents->capacity : size;
        twice = twice < size ? size : twice > CONTENTS_HEAP_MAX ? CONTENTS_HEAP_MAX : twice;
        return move_to_heap(contents, budget, (uint32_t)twice);
    }
    return object_reach(contents, budget, size);
}

/* ---- Reading and writing --------------------------------------------------------------------- */

/* Before a change to so many bytes: whoever runs the file keeps the object as it is. */
static err_t leave_to_program(struct contents *contents, struct budget *budget, uint64_t size)
{
    if (!contents->running || contents->mapped)
        return 0;
    if (size > 0)
        return move_to_object(contents, budget, contents->capacity);
    place_end(contents, budget);
    return 0;
}

/* Bytes from the end up to `offset` become part of the file; others may have written to an object's
 * last page there. */
static void fill(struct contents *contents, uint64_t offset)
{
    if (offset > contents->size)
        memset(contents->data + contents->size, 0, offset - contents->size);
}

err_t contents_write(struct contents *contents, struct budget *budget, uint64_t offset,
                     const void *data, uint64_t count)
{
    uint64_t end = offset + count;

    if (count == 0)
        return 0;
    if (end < offset)
        return RPC_OUT_OF_RANGE;
    uint64_t size = end > contents->size ? end : contents->size;
    err_t error = leave_to_program(contents, budget, size);
    if (!error)
        error = reach(contents, budget, size);
    if (error)
        return error;
    fill(contents, offset);
    /* NOLINTNEXTLINE(clang-analyzer-unix.cstring.NullArg): what has a capacity has a place */
    memcpy(contents->data + offset, data, count);
    contents->size = size;
    return 0;
}

/* An object stays the same one, since others may have mapped it. */
static void shrink(struct contents *contents, struct budget *budget, uint64_t size)
{
    contents->size = size;
    if (size == 0 && !contents->backing)
        place_end(contents, budget);
    else
        contents_settle(contents, budget);
}

err_t contents_resize(struct contents *contents, struct budget *budget, uint64_t size)
{
    err_t error = size == contents->size ? 0 : leave_to_program(contents, budget, size);

    if (error)
        return error;
    if (size > contents->size) {
        error = reach(contents, budget, size);
        if (error)
            return error;
        fill(contents, size);
        contents->size = size;
    } else if (size < contents->size && is_archive(contents) && size > 0) {
        contents->size = size;
    } else if (size < contents->size) {
        shrink(contents, budget, size);
    }
    return 0;
}

err_t contents_share(struct contents *contents, struct budget *budget, enum share share,
                     cap_t *object)
{
    uint64_t bytes = whole(contents->size ? contents->size : 1, PAGE_BYTES);

    if (!contents->backing) {
        err_t error = move_to_object(contents, budget, bytes);
        if (error)
            return error;
    }
    err_t error = backing_share(contents->backing, share == SHARE_TO_WRITE, object);
    if (!error && share == SHARE_AS_PROGRAM)
        contents->running = true;
    else if (!error)
        contents->mapped = true;
    return error;
}

void contents_settle(struct contents *contents, struct budget *budget)
{
    uint64_t needed = whole(contents->size ? contents->size : 1, PAGE_BYTES);

    if (contents->backing && needed < contents->capacity)
        (void)!object_set_capacity(contents, budget, needed);
}

void contents_end(struct contents *contents, struct budget *budget)
{
    place_end(contents, budget);
    contents->size = 0;
}
