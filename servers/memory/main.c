/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory server: set-up. Requests are in serve.c. */
#include "libsys/print.h"
#include "libsys/program.h"
#include "libsys/rpc_error.h"
#include "libsys/rpc_server.h"
#include "servers/memory/clients.h"
#include "servers/memory/object.h"
#include "servers/memory/random.h"
#include "servers/memory/serve.h"

/* Of all memory: for kernel objects, page tables above all, never pages. */
#define RESERVE_PART 64
#define RESERVE_MIN (512u << 10)

static struct rpc_server server;

static void check(const char *what, err_t error)
{
    if (!error)
        return;
    print("memory: %s: %s\n", what, rpc_error_name(error));
    program_exit(1);
}

/* All the Untypeds that it was given. */
static void take_memory(void)
{
    const struct program_cap *memory = program_cap_find("memory");
    if (!memory)
        memory = program_cap_find("pool");
    for (uint32_t i = 0; memory && i < memory->count; i++)
        check("taking an Untyped", kernel_add(memory->cap + CAP_OF(i)));
    uint64_t reserve = kernel_left() / RESERVE_PART;
    page_init(program_cap("vspace"), reserve < RESERVE_MIN ? RESERVE_MIN : reserve);
}

/* Without an archive there is none; other servers are told so when they ask. */
static void take_module(void)
{
    const struct program_cap *archive = program_cap_find("archive");
    struct object *object;
    if (!archive)
        return;
    check("mapping the boot module",
          object_adopt(archive->cap, archive->count, archive->size, &object));
    serve_module(object, archive->size);
}

int main(const struct program_info *info)
{
    kernel_init(program_cap("cnode"), info->first_free_slot, 1u << info->cnode_bits);
    kernel_set_endpoint(program_cap("self"));
    random_init(random_of_machine());
    take_memory();
    check("making its own space", clients_init(program_cap("vspace")));
    take_module();
    server = (struct rpc_server){
        .buffer = program_buffer(),
        .slots = kernel_slots(),
        .cnode = kernel_cnode(),
        .endpoint = program_cap("self"),
        .window = client_window,
    };
    check("taking slots", rpc_server_init(&server));
    return (int)server_run(serve, &server);
}
