/* SPDX-License-Identifier: BSD-2-Clause */
/* See rpc_server.h. */

#include "libsys/program.h"
#include "libsys/rpc_server.h"

err_t rpc_server_open(struct rpc_server *server, struct slots *slots, uint64_t *bitmap,
                      uint32_t end)
{
    slots_init(slots, bitmap, program_info()->first_free_slot, end);
    server->buffer = program_buffer();
    server->slots = slots;
    server->cnode = program_cap("cnode");
    server->endpoint = program_cap("self");
    return rpc_server_init(server);
}
