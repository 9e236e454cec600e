/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What time it is outside, for the processes' pages. The clock server is asked once, when the first
 * process is made, and again when it says that the time was set: then all pages change.
 */

#include "libsys/clock_client.h"
#include "libsys/invoke.h"
#include "libsys/log.h"
#include "libsys/program.h"
#include "servers/process/life.h"
#include "servers/process/server.h"

static struct {
    cap_t clock; /* its server, once looked for */
    bool looked, subscribed;
    int64_t origin; /* nanoseconds since 1970 when the time since boot was 0; 0: not known */
} wall;

/* Our Notification with the clock's flag, for as long as the call takes. */
static err_t clock_subscribe_to(cap_t clock)
{
    struct rpc_client client = {clock, own.vfs.context};
    uint32_t slot = slots_take(&own.slots, 1);

    if (!slot)
        return RPC_FULL;
    err_t error =
        cnode_mint(own.cnode, slot, own.notification, RIGHT_NOTIFICATION_SIGNAL, EVENT_CLOCK);
    if (!error)
        error = clock_subscribe(&client, CAP_OF(slot));
    slot_empty(CAP_OF(slot));
    slots_give(&own.slots, slot, 1);
    return error;
}

static void wall_ask(cap_t clock)
{
    int64_t origin = 0;

    if (clock_read(clock, &origin) == 0)
        wall.origin = origin;
}

static cap_t wall_clock(void)
{
    if (!wall.looked)
        wall.clock = program_cap("clock");
    wall.looked = true;
    return wall.clock;
}

int64_t wall_origin(void)
{
    cap_t clock = wall_clock();

    if (clock && !wall.subscribed) {
        wall.subscribed = clock_subscribe_to(clock) == 0;
        wall_ask(clock);
        if (!wall.subscribed)
            log_write(LOG_WARNING, "the clock doesn't tell when it is set");
    }
    return wall.origin;
}

void wall_was_set(void)
{
    wall_ask(wall_clock());
    FOR_EACH_PROCESS(p)
        if (p->life != LIFE_ZOMBIE)
            process_page_of(p)->wall_clock = wall.origin;
}
