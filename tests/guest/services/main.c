/* SPDX-License-Identifier: BSD-2-Clause */
/* The small servers, each operation with each error that it can have: boot/services.manifest. */

#include "libsys/log.h"
#include "libsys/time.h"
#include "tests/guest/check.h"
#include "tests/guest/services/services.h"

#define SLOTS 2048

static uint64_t bitmap[SLOTS_WORDS(SLOTS)];
static struct slots slots;
static struct rpc_context context;

void expect(const char *name, bool good)
{
    check_report(name, good, "as expected");
}

void expect_error(const char *name, err_t error, err_t expected)
{
    if (error != expected)
        print("# %s (%x) where %s was expected\n", rpc_error_name(error), error,
              expected ? rpc_error_name(expected) : "success");
    expect(name, error == expected);
}

struct rpc_client client_of(const char *cap_name)
{
    return (struct rpc_client){.cap = program_cap(cap_name), .context = &context};
}

cap_t slot_new(void)
{
    return CAP_OF(slots_take(&slots, 1));
}

cap_t signal_new(uint32_t flags)
{
    cap_t cap = slot_new();

    if (cnode_mint(program_cap("cnode"), CAP_INDEX(cap), program_cap("signals"),
                   RIGHT_NOTIFICATION_SIGNAL, flags))
        expect("a flag of the notification", false);
    return cap;
}

void cap_drop(cap_t cap)
{
    (void)!cnode_delete(program_cap("cnode"), CAP_INDEX(cap));
    slots_give(&slots, CAP_INDEX(cap), 1);
}

uint64_t time_ticks_in(uint64_t milliseconds)
{
    return time_deadline(&program_info()->time, time_ticks(), milliseconds * 1000000);
}

uint64_t signals_wait(uint64_t milliseconds)
{
    cap_t time = program_cap("time");
    uint64_t flags = 0;

    (void)!sched_context_deadline(time, time_ticks_in(milliseconds));
    if (notification_wait(program_cap("signals"), &flags))
        flags = 0;
    (void)!sched_context_deadline(time, 0);
    return flags;
}

uint64_t signals_now(void)
{
    uint64_t flags = 0;

    (void)!notification_poll(program_cap("signals"), &flags);
    return flags;
}

uint64_t now(void)
{
    uint64_t nanoseconds = 0;

    (void)!time_now(&program_info()->time, program_cap("time"), &nanoseconds);
    return nanoseconds;
}

int main(const struct program_info *info)
{
    slots_init(&slots, bitmap, info->first_free_slot, SLOTS);
    context.buffer = program_buffer();
    test_log();
    test_timer();
    test_name();
    test_clock();
    test_entropy();
    test_serial();
    test_hostile();
    return check_failures;
}
