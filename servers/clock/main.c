/* SPDX-License-Identifier: BSD-2-Clause */
/* The clock server: what time it was when the machine was booted. */

#include "libsys/clock_server.h"
#include "libsys/handle.h"
#include "libsys/invoke.h"
#include "libsys/log.h"
#include "libsys/program.h"
#include "libsys/subscribers.h"
#include "libsys/time.h"
#include "libsys/vfs_client.h"
#include "servers/clock/rtc.h"

#define SLOTS 64
#define SUBSCRIBERS 16
#define SECOND 1000000000l
#define HANDLE_MAY_SET 2 /* kind; 1 may only read */

static struct {
    bool is_known;
    int64_t origin; /* nanoseconds since 1970 when the time since boot was 0 */
    uint8_t form;   /* of the device's registers */
} wall;

static cap_t subscriber[SUBSCRIBERS];
static struct subscribers subscribers = {.event = subscriber, .most = SUBSCRIBERS};

static uint64_t bitmap[SLOTS_WORDS(SLOTS)];
static struct slots slots;
static struct rpc_server server;

static int64_t since_boot(void)
{
    uint64_t nanoseconds = 0;

    (void)!time_now(&program_info()->time, program_cap("time"), &nanoseconds);
    return (int64_t)nanoseconds;
}

static bool badge_is_known(uint32_t badge)
{
    return handle_kind(badge) == 1 || handle_kind(badge) == HANDLE_MAY_SET;
}

/* The vfs has times of files; whoever subscribed asks. */
static void tell(void)
{
    cap_t vfs = program_cap("vfs");
    int64_t present = since_boot();

    if (vfs && vfs_set_clock(vfs, wall.origin + present, (uint64_t)present))
        log_write(LOG_WARNING, "the vfs doesn't take the time");
    subscribers_tell(&subscribers, &server);
}

static err_t clock_serve_read(struct rpc_request *rpc, int64_t *origin)
{
    if (!badge_is_known(rpc->badge))
        return RPC_BAD_HANDLE;
    *origin = wall.origin;
    return wall.is_known ? 0 : RPC_NOT_FOUND;
}

static err_t clock_serve_set(struct rpc_request *rpc, int64_t origin)
{
    struct rtc rtc = {.form = wall.form};
    int64_t present;

    if (handle_kind(rpc->badge) != HANDLE_MAY_SET)
        return badge_is_known(rpc->badge) ? RPC_DENIED : RPC_BAD_HANDLE;
    if (__builtin_add_overflow(origin, since_boot(), &present) ||
        !rtc_from_seconds(&rtc, present >= 0 ? present / SECOND : -1))
        return RPC_OUT_OF_RANGE;
    rtc_write(&rtc);
    wall.origin = origin;
    wall.is_known = true;
    tell();
    return 0;
}

static err_t clock_serve_subscribe(struct rpc_request *rpc, cap_t event)
{
    if (!badge_is_known(rpc->badge))
        return RPC_BAD_HANDLE;
    return subscribers_add(&subscribers, rpc, event);
}

static enum answer serve(void *context, err_t kind, uint32_t badge, struct message *message)
{
    struct rpc_request request = rpc_begin(context, kind, badge);

    return clock_dispatch(&request, message);
}

/* The device says whole seconds: the time is right to a second. */
static void device_ask(void)
{
    struct rtc rtc = {0};
    int64_t seconds;
    const char *wrong = rtc_read(&rtc);

    wall.form = rtc.form & (RTC_24_HOURS | RTC_BINARY);
    if (!wrong && !rtc_to_seconds(&rtc, &seconds))
        wrong = "the real-time clock has no valid date";
    if (wrong) {
        log_write(LOG_WARNING, "%s: the time isn't known", wrong);
        return;
    }
    wall.origin = seconds * SECOND - since_boot();
    wall.is_known = true;
    log_write(LOG_INFO, "booted %ld seconds after 1970", wall.origin / SECOND);
    tell();
}

int main(const struct program_info *info)
{
    (void)info;
    if (rpc_server_open(&server, &slots, bitmap, SLOTS))
        return 1;
    device_ask();
    return (int)server_run(serve, &server);
}
