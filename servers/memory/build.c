/* SPDX-License-Identifier: BSD-2-Clause */
/* A space made whole by one request: what a program needs when it starts. */
#include "servers/memory/object.h"
#include "servers/memory/space.h"

/* From `address` to the end of its page. */
static err_t zero_rest(struct space *space, uint64_t address)
{
    page_t page;
    err_t error = space_page(space, address, true, &page);
    if (!error) {
        uint64_t offset = address % PAGE;
        char *data = (char *)page_data(page) + offset;
        for (; offset % 8 && offset < PAGE; offset++)
            *data++ = 0;
        words_zero(data, PAGE - offset);
    }
    return error;
}

static err_t part_map(struct space *space, struct object *object, bool read_only,
                      const struct memory_part *part)
{
    bool anonymous = part->access & MEMORY_ANONYMOUS;
    struct map_request request = {
        .object = anonymous ? NULL : object,
        .address = part->address,
        .length = part->length,
        .offset = part->offset,
        .access = ((uint32_t)part->access & ~(uint32_t)MEMORY_ANONYMOUS) | MEMORY_FIXED,
        .read_only = read_only,
    };
    uint64_t mapped;
    page_t page;
    if (!anonymous && !object)
        return RPC_BAD_HANDLE;
    err_t error = part->access >> 32 ? RPC_OUT_OF_RANGE : space_map(space, &request, &mapped);
    if (!error && part->touch)
        error = space_page(space, part->touch, false, &page);
    if (!error && part->zero)
        error = zero_rest(space, part->zero);
    return error;
}

err_t space_build(struct space *space, struct object *object, bool read_only,
                  const struct memory_part *parts, uint32_t count)
{
    err_t error = 0;
    for (uint32_t i = 0; i < count && !error; i++) {
        struct memory_part part = parts[i]; /* it may lie in the client's window */
        error = part_map(space, object, read_only, &part);
    }
    return error;
}
