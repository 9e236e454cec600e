/* SPDX-License-Identifier: BSD-2-Clause */
/* See arguments.h. */

#include "servers/process/arguments.h"

#include "libsys/memory_client.h"
#include "libsys/process_protocol.h"
#include "servers/process/server.h"

#define PIECE 65536u

/* A script's, as they came and as they go: one request at a time is served. There from the first
 * script on. */
static char *read_bytes, *made_bytes;

static err_t room_take(void)
{
    uint64_t at = 0;

    if (read_bytes)
        return 0;
    err_t error = memory_map_anonymous(own.memory.cap, 0, 2 * PROCESS_ARGUMENTS_MAX,
                                       MEMORY_READ | MEMORY_WRITE, &at);
    if (error)
        return error_of_server(error);
    read_bytes = (char *)at;
    made_bytes = read_bytes + PROCESS_ARGUMENTS_MAX;
    return 0;
}

static err_t read_all(const struct arguments *arguments)
{
    char *to = read_bytes;

    for (uint32_t done = 0, size = 0; done < arguments->bytes; done += size) {
        uint32_t rest = arguments->bytes - done;
        err_t error = memory_space_read(&own.authority, arguments->space, arguments->address + done,
                                        to + done, rest < PIECE ? rest : PIECE, &size);
        if (error)
            return error_of_server(error);
        if (size == 0)
            return RPC_MALFORMED;
    }
    return 0;
}

err_t arguments_for_script(struct arguments *arguments, const char *interpreter, const char *option,
                           const char *path)
{
    const struct process_arguments *old = arguments->data;
    err_t error = room_take();

    if (!error && !old) {
        error = read_all(arguments);
        old = (const struct process_arguments *)read_bytes;
    }
    if (error)
        return error;
    if (!arguments_check(old, arguments->bytes))
        return RPC_MALFORMED;
    uint32_t bytes =
        arguments_compose(old, interpreter, option, path, (struct process_arguments *)made_bytes,
                          PROCESS_ARGUMENTS_MAX);
    *arguments = (struct arguments){.data = made_bytes, .bytes = bytes};
    return bytes ? 0 : RPC_TOO_LARGE;
}

err_t arguments_put(const struct arguments *arguments, uint64_t space, uint64_t at)
{
    err_t error = 0;

    for (uint32_t done = 0; done < arguments->bytes && !error; done += PIECE) {
        uint32_t rest = arguments->bytes - done;
        error =
            memory_space_write(&own.authority, space, at + done,
                               (const char *)arguments->data + done, rest < PIECE ? rest : PIECE);
    }
    return error_of_server(error);
}
