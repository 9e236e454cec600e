/* SPDX-License-Identifier: BSD-2-Clause */
/* The file server: set-up and loop. README.md says what it is. */

#include "libsys/invoke.h"
#include "libsys/log.h"
#include "libsys/memory_client.h"
#include "libsys/program.h"
#include "libsys/table.h"
#include "libsys/time.h"
#include "servers/vfs/client.h"
#include "servers/vfs/clock.h"
#include "servers/vfs/device.h"
#include "servers/vfs/entry.h"
#include "servers/vfs/mounts.h"
#include "servers/vfs/ramfs.h"
#include "servers/vfs/serve.h"
#include "servers/vfs/server.h"
#include "servers/vfs/tree.h"
#include "servers/vfs/wait.h"

#define SLOTS_MAX 16384u

/* Where the memory server maps for us. */
#define ADDRESS_LOW 0x010000000000ull
#define ADDRESS_BYTES 0x400000000000ull

cap_t server_memory;
struct rpc_context server_context;
struct rpc_server server;

static uint64_t bitmap[SLOTS_WORDS(SLOTS_MAX)];
static struct slots slots;

/* ---- Slots ----------------------------------------------------------------------------------- */

cap_t server_slot(void)
{
    return CAP_OF(slots_take(&slots, 1));
}

void server_slot_give(cap_t slot)
{
    slots_give(&slots, CAP_INDEX(slot), 1);
}

/* For a larger table. */
static err_t table_memory(unsigned bits, cap_t *untyped)
{
    struct rpc_client client = {server_memory, &server_context};
    cap_t slot = server_slot();
    err_t error = slot ? memory_lend(&client, server.cnode, CAP_INDEX(slot), bits) : RPC_FULL;

    if (error && slot)
        server_slot_give(slot);
    *untyped = slot;
    return error;
}

void server_slot_clear(cap_t slot)
{
    if (cnode_delete(server.cnode, CAP_INDEX(slot)) == 0)
        server_slot_give(slot);
}

cap_t server_endpoint_copy(void)
{
    cap_t slot = server_slot();

    if (slot && cnode_copy(server.cnode, CAP_INDEX(slot), server.endpoint,
                           RIGHT_ENDPOINT_CALL | RIGHT_ENDPOINT_TRANSFER)) {
        server_slot_give(slot);
        return 0;
    }
    return slot;
}

void server_endpoint_revoke(cap_t copy)
{
    if (cnode_revoke(server.cnode, CAP_INDEX(copy)))
        __builtin_trap(); /* a slot of our own that holds something */
}

/* ---- Set-up ---------------------------------------------------------------------------------- */

static err_t memory_init(void)
{
    struct rpc_client client = {.context = &server_context};

    server_context = (struct rpc_context){.buffer = program_buffer()};
    client.cap = server_memory = program_cap("memory");
    return memory_attach(&client, program_cap("vspace"), ADDRESS_LOW, ADDRESS_BYTES);
}

/* As many as there is memory for, in a row. */
static err_t replies_init(void)
{
    uint32_t first = slots_take(&slots, WAITERS_MAX), made = 0;
    cap_t pool = program_cap("pool");
    err_t error = first ? 0 : RPC_FULL;

    while (!error && made < WAITERS_MAX) {
        error = untyped_retype(pool, server.cnode, first + made, 64, OBJECT_REPLY, 6);
        made += error ? 0 : 64;
    }
    waiters_init(CAP_OF(first), made);
    return made ? 0 : error;
}

static void archive_init(struct filesystem *filesystem)
{
    char text[ARCHIVE_ERROR_MAX];
    uint64_t bytes;
    err_t error = backing_module(&serve_root.module, &serve_root.data, &bytes);

    if (error) {
        log_failure("no boot archive", error);
        return;
    }
    if (!tree_load(filesystem, serve_root.data, bytes, text))
        log_write(LOG_ERROR, "the boot archive is broken: %s", text);
}

static err_t tree_init(void)
{
    struct attributes attributes = {.mode = MODE_DIRECTORY | 0755, .now = clock_now()};
    struct filesystem *filesystem = ramfs_make(mounts_limit(), "archive", &attributes);

    if (!filesystem)
        return RPC_NO_MEMORY;
    archive_init(filesystem);
    struct node *devices = tree_directory(filesystem, "dev", 0755);
    if (!devices || !tree_directory(filesystem, "tmp", 0777 | MODE_STICKY))
        return RPC_NO_MEMORY;
    serve_root.view = view_make(filesystem);
    return serve_root.view ? devices_init(devices, clock_now()) : RPC_NO_MEMORY;
}

int main(const struct program_info *info)
{
    uint32_t end = 1u << info->cnode_bits;

    slots_init(&slots, bitmap, info->first_free_slot, end < SLOTS_MAX ? end : SLOTS_MAX);
    server = (struct rpc_server){.buffer = program_buffer(),
                                 .slots = &slots,
                                 .cnode = program_cap("cnode"),
                                 .endpoint = program_cap("self"),
                                 .window = client_window};
    entry_seed(time_ticks());
    table_grows(&slots, SLOTS_MAX, table_memory);
    err_t error = rpc_server_init(&server);
    if (!error)
        error = memory_init();
    if (!error)
        error = replies_init();
    if (!error)
        error = tree_init();
    if (error) {
        log_failure("the file server can't start", error);
        return 1;
    }
    return (int)serve_loop();
}
