/* SPDX-License-Identifier: BSD-2-Clause */
/* The process server: set-up. */

#include "libsys/invoke.h"
#include "libsys/log.h"
#include "libsys/memory_client.h"
#include "libsys/program.h"
#include "libsys/table.h"
#include "servers/process/serve.h"
#include "servers/process/server.h"

#define NOTIFICATION_BITS 7
#define PRIORITY 100     /* of users' processes; the manifest's `cpu` may say less */
#define PRIORITY_ROOM 10 /* above it, for those of nice below 0 */

static uint64_t bitmap[SLOTS_WORDS(TABLE_SLOTS)];
static struct rpc_context context;

static void capabilities_take(const struct program_info *info)
{
    own.cnode = program_cap("cnode");
    own.vspace = program_cap("vspace");
    own.self = program_cap("self");
    own.cpu = program_cap("cpu");
    own.name = program_cap("name");
    own.user_name = program_cap("user-name");
    own.log = program_cap("user-log");
    own.timer = program_cap("timer");
    own.clock_time = program_cap("time");
    own.thread_bits = info->thread_vector_bits;
    own.endpoint_bits = info->endpoint_bits;
    own.features = info->features;
    context.buffer = program_buffer();
    context.session = program_cap("memory-authority");
    own.memory = (struct rpc_client){program_cap("memory"), &context};
    own.authority = (struct rpc_client){program_cap("memory-authority"), &context};
    own.vfs = (struct rpc_client){program_cap("vfs"), &context};
    own.rpc = (struct rpc_server){
        .buffer = program_buffer(), .slots = &own.slots, .cnode = own.cnode, .endpoint = own.self};
}

/* For a larger table. */
static err_t table_memory(unsigned bits, cap_t *untyped)
{
    uint32_t slot = slots_take(&own.slots, 1);
    err_t error = slot ? memory_lend(&own.authority, own.cnode, slot, bits) : RPC_FULL;

    if (error && slot)
        slots_give(&own.slots, slot, 1);
    *untyped = CAP_OF(slot);
    return error;
}

static err_t slots_begin(const struct program_info *info)
{
    slots_init(&own.slots, bitmap, info->first_free_slot, 1u << info->cnode_bits);
    table_grows(&own.slots, TABLE_SLOTS, table_memory);
    return rpc_server_init(&own.rpc);
}

static err_t priority_begin(void)
{
    uint64_t number, highest, khz, share, left;
    err_t error = cpu_info(own.cpu, &number, &highest, &khz, &share, &left);

    own.user_priority = PRIORITY;
    if (!error && highest < PRIORITY + PRIORITY_ROOM)
        own.user_priority =
            highest > 2 * PRIORITY_ROOM ? (uint32_t)highest - PRIORITY_ROOM : (uint32_t)highest / 2;
    return error;
}

/* Our Notification, and a copy with a flag for each who may signal it. */
static err_t notification_begin(void)
{
    uint32_t slot = slots_take(&own.slots, 3);
    cap_t untyped;
    err_t error = slot ? pool_take(POOL_BITS_MIN, &untyped) : RPC_FULL;

    if (error)
        return error;
    own.notification = CAP_OF(slot);
    own.terminal_event = CAP_OF(slot + 1);
    error = untyped_retype(untyped, own.cnode, slot, 1, OBJECT_NOTIFICATION, NOTIFICATION_BITS);
    if (!error)
        error = cnode_mint(own.cnode, slot + 1, own.notification, RIGHT_NOTIFICATION_SIGNAL,
                           EVENT_TERMINAL);
    if (!error)
        error = cnode_mint(own.cnode, slot + 2, own.notification, RIGHT_NOTIFICATION_SIGNAL,
                           EVENT_FAULT);
    if (!error)
        error = notification_bind(own.notification, own.self);
    if (!error)
        error = memory_set_fault_notification(&own.authority, CAP_OF(slot + 2));
    return error;
}

/* The window through which much is written into spaces. */
static err_t window_begin(void)
{
    uint32_t slot = slots_take(&own.slots, 1);
    uint64_t physical, at = 0;
    err_t error = slot ? 0 : RPC_FULL;

    if (!error)
        error = memory_object_create(&own.memory, WINDOW_BYTES, 0, CAP_OF(slot), &physical);
    if (!error)
        error = memory_map(&own.memory, CAP_OF(slot), 0, WINDOW_BYTES, 0,
                           MEMORY_READ | MEMORY_WRITE, &at);
    if (!error)
        error = memory_set_window(&own.authority, CAP_OF(slot), at);
    if (!error)
        context.window = (struct rpc_window){(void *)at, WINDOW_BYTES};
    return error;
}

static err_t empty_begin(void)
{
    uint32_t slot = slots_take(&own.slots, 1);
    uint64_t physical;

    own.empty = CAP_OF(slot);
    return slot ? memory_object_create(&own.memory, PROCESS_PAGE_BYTES, 0, own.empty, &physical)
                : RPC_FULL;
}

/* A process has at most half of what there is; all leave an eighth to servers and files. */
static err_t quotas_begin(void)
{
    struct memory_status status = {0};
    uint64_t used;
    err_t error = memory_system_status(own.memory.cap, &status);

    if (error)
        return error;
    uint64_t left = status.total - status.used;
    own.space_quota = left / 2;
    return memory_group_set(own.authority.cap, USERS_GROUP, left - left / 8, &used);
}

/* Programs in the boot module are mapped through our own handle of it. */
static void module_begin(void)
{
    uint32_t slot = slots_take(&own.slots, 1);
    uint64_t size;

    if (slot && !memory_module(&own.memory, CAP_OF(slot), &size))
        own.module = CAP_OF(slot);
}

static err_t begin(const struct program_info *info)
{
    capabilities_take(info);
    err_t error = slots_begin(info);
    if (!error)
        error = pool_begin(program_cap("pool"));
    if (!error)
        error = priority_begin();
    if (!error)
        error = memory_attach(&own.memory, own.vspace, OWN_SPACE_AT, OWN_SPACE_BYTES);
    if (!error)
        error = window_begin();
    if (!error)
        error = empty_begin();
    if (!error)
        module_begin();
    if (!error)
        error = quotas_begin();
    if (!error)
        error = notification_begin();
    return error;
}

int main(const struct program_info *info)
{
    table_init();
    random_begin();
    err_t error = begin(info);
    if (error) {
        log_failure("the process server can't begin", error);
        return 1;
    }
    return (int)server_run(serve, &own.rpc);
}
