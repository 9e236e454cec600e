/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes in and out of spaces, page by page, whatever access their regions have. */
#include "libsys/rpc.h"
#include "servers/memory/space.h"

#define COPY_MAX (1ull << 20)

static uint64_t page_rest(uint64_t address, uint64_t length)
{
    uint64_t rest = PAGE - address % PAGE;
    return rest < length ? rest : length;
}

static err_t space_bytes(struct space *space, uint64_t address, bool write, void **data)
{
    page_t page;
    err_t error = space_page(space, address, write, &page);
    if (!error)
        *data = (char *)page_data(page) + address % PAGE;
    return error;
}

/* As far as both lie in one page each. The second look may move nothing that the first found: a
 * copy of a page leaves the one it was copied from where it is. */
static err_t copy_part(struct space *from, uint64_t from_address, struct space *to,
                       uint64_t to_address, uint64_t *length)
{
    void *source, *target;
    *length = page_rest(to_address, page_rest(from_address, *length));
    err_t error = space_bytes(to, to_address, true, &target);
    if (!error)
        error = space_bytes(from, from_address, false, &source);
    if (!error)
        rpc_copy(target, source, *length);
    return error;
}

err_t space_copy_bytes(struct space *source, uint64_t from_address, struct space *target,
                       uint64_t to_address, uint64_t length)
{
    err_t error = 0;
    if (length > COPY_MAX || from_address > USER_HIGH || to_address > USER_HIGH)
        return RPC_OUT_OF_RANGE;
    for (uint64_t done = 0, part; done < length && !error; done += part) {
        part = length - done;
        error = copy_part(source, from_address + done, target, to_address + done, &part);
    }
    return error;
}

err_t space_write_bytes(struct space *space, uint64_t address, const void *data, uint32_t size)
{
    void *target;
    err_t error = 0;
    for (uint64_t done = 0, part; done < size && !error; done += part) {
        part = page_rest(address + done, size - done);
        error = space_bytes(space, address + done, true, &target);
        if (!error)
            rpc_copy(target, (const char *)data + done, part);
    }
    return error;
}

err_t space_read_bytes(struct space *space, uint64_t address, void *data, uint32_t room,
                       uint32_t *size)
{
    void *source;
    err_t error = 0;
    for (uint64_t part; *size < room && !error; *size += (uint32_t)part) {
        part = page_rest(address + *size, room - *size);
        error = space_bytes(space, address + *size, false, &source);
        if (error)
            break;
        rpc_copy((char *)data + *size, source, part);
    }
    return *size ? 0 : error;
}
