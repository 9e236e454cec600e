/* SPDX-License-Identifier: BSD-2-Clause */
/* The entropy server: set-up, and its two protocols. */

#include "libsys/device.h"
#include "libsys/entropy_server.h"
#include "libsys/file_protocol.h"
#include "libsys/handle.h"
#include "libsys/invoke.h"
#include "libsys/log.h"
#include "libsys/process.h"
#include "libsys/program.h"
#include "libsys/vfs_client.h"
#include "servers/entropy/noise.h"

#define SLOTS 64
#define MODE 0666u

static uint64_t bitmap[SLOTS_WORDS(SLOTS)];
static struct slots slots;
static struct rpc_server server;

static err_t known(const struct rpc_request *rpc)
{
    return handle_kind(rpc->badge) == HANDLE_CLIENT ? 0 : RPC_BAD_HANDLE;
}

static err_t entropy_serve_read(struct rpc_request *rpc, uint32_t count, void *data,
                                uint32_t data_room, uint32_t *data_size)
{
    err_t error = known(rpc);

    if (error)
        return error;
    *data_size = count < data_room ? count : data_room;
    return noise_read(data, *data_size);
}

static err_t entropy_serve_add(struct rpc_request *rpc, const void *data, uint32_t data_size)
{
    err_t error = known(rpc);

    if (!error)
        noise_add(data, data_size);
    return error;
}

static err_t entropy_serve_status(struct rpc_request *rpc, struct entropy_status *status)
{
    noise_status(status);
    return known(rpc);
}

static enum answer serve(void *context, err_t kind, uint32_t badge, struct message *message)
{
    struct rpc_request request = rpc_begin(context, kind, badge);

    if (rpc_interface(message) == FILE_INTERFACE)
        return files_serve(&request, message);
    return entropy_dispatch(&request, message);
}

/* ---- Set-up ---------------------------------------------------------------------------------- */

static err_t publish(const struct rpc_client *vfs, const char *name, uint32_t index)
{
    const struct device_node node = {.name = name,
                                     .file_kind = FILE_KIND_CHARACTER,
                                     .mode = MODE,
                                     .kind = HANDLE_DEVICE,
                                     .index = index};

    return device_offer(&server, vfs, &node);
}

static void devices_publish(void)
{
    static struct rpc_context context;
    struct rpc_client vfs = {.cap = program_cap("vfs"), .context = &context};

    context.buffer = program_buffer();
    if (vfs.cap == 0)
        return;
    err_t error = publish(&vfs, "random", 0);
    if (!error)
        error = publish(&vfs, "urandom", 1);
    if (error)
        log_failure("publishing the devices", error);
}

static void tell_sources(void)
{
    static const char *const hardware[] = {"none", "RDRAND", "RDSEED"};
    struct entropy_status status;

    noise_status(&status);
    log_write(status.failed ? LOG_WARNING : LOG_INFO,
              "processor's generator: %s; jitter: %s, %lu samples", hardware[status.hardware],
              status.failed ? "failed its health tests" : "good", status.samples);
}

int main(const struct program_info *info)
{
    (void)info;
    if (rpc_server_open(&server, &slots, bitmap, SLOTS))
        return 1;
    if (!noise_init())
        log_write(LOG_ERROR, "no good source: there are no random numbers until there is one");
    tell_sources();
    devices_publish();
    return (int)server_run(serve, &server);
}
