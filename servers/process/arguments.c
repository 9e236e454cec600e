/* SPDX-License-Identifier: BSD-2-Clause */
/* See arguments.h. */

#include "servers/process/arguments.h"

#include "libsys/memory_client.h"
#include "libsys/process_protocol.h"
#include "servers/process/server.h"

#define PIECE 65536u

/* A script's, as they came and as they go: one request at a time is served. */
static uint64_t read_words[PROCESS_ARGUMENTS_MAX / 8], made_words[PROCESS_ARGUMENTS_MAX / 8];

static err_t read_all(const struct arguments *arguments)
{
    char *to = (char *)read_words;

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

    if (!old) {
        err_t error = read_all(arguments);
        if (error)
            return error;
        old = (const struct process_arguments *)read_words;
    }
    if (!arguments_check(old, arguments->bytes))
        return RPC_MALFORMED;
    uint32_t bytes = arguments_compose(old, interpreter, option, path,
                                       (struct process_arguments *)made_words, sizeof(made_words));
    *arguments = (struct arguments){.data = made_words, .bytes = bytes};
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
