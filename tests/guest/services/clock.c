/* SPDX-License-Identifier: BSD-2-Clause */
/* The clock server: the machine's time, who may set it, and who is told. */

#include "libsys/clock_client.h"
#include "tests/guest/services/services.h"

#define SECOND 1000000000l
#define YEAR_2020 1577836800l
#define YEAR_2100 4102444800l

void test_clock(void)
{
    struct rpc_client client = client_of("clock"), other = client_of("clock-other");
    cap_t clock = program_cap("clock"), setter = program_cap("clock-setter");
    cap_t signal = signal_new(128);
    int64_t origin = 0, again = 0;
    err_t error = 0;
    int count = 1;

    expect_error("clock.read", clock_read(clock, &origin), 0);
    expect("clock.the machine has a sensible date",
           origin > YEAR_2020 * SECOND && origin < YEAR_2100 * SECOND);
    expect_error("clock.one without a device", clock_read(program_cap("clock-none"), &again),
                 RPC_NOT_FOUND);
    expect_error("clock.read by a stranger", clock_read(other.cap, &again), RPC_BAD_HANDLE);
    expect_error("clock.set by a reader", clock_set(clock, origin), RPC_DENIED);
    expect_error("clock.set by a stranger", clock_set(other.cap, origin), RPC_BAD_HANDLE);
    expect_error("clock.before 1970", clock_set(setter, -1000000 * SECOND), RPC_OUT_OF_RANGE);
    expect_error("clock.after 2199", clock_set(setter, INT64_MAX), RPC_OUT_OF_RANGE);
    (void)signals_now();
    expect_error("clock.subscribe", clock_subscribe(&client, signal), 0);
    expect_error("clock.subscribe itself", clock_subscribe(&client, clock), RPC_BAD_HANDLE);
    expect_error("clock.subscribe by a stranger", clock_subscribe(&other, signal), RPC_BAD_HANDLE);
    expect_error("clock.set", clock_set(setter, origin + 3600 * SECOND), 0);
    expect("clock.told", signals_now() == 128);
    expect_error("clock.read", clock_read(clock, &again), 0);
    expect("clock.an hour later", again == origin + 3600 * SECOND);
    expect_error("clock.set back", clock_set(setter, origin), 0);
    while (count < 1000 && (error = clock_subscribe(&client, signal)) == 0)
        count++;
    expect_error("clock.too many subscribers", error, RPC_FULL);
    cap_drop(signal);
}
