/* SPDX-License-Identifier: BSD-2-Clause */
/* What breaks the rules of the small servers' protocols, by each handle that they know. */

#include "libsys/clock_hostile.h"
#include "libsys/entropy_hostile.h"
#include "libsys/file_hostile.h"
#include "libsys/log_hostile.h"
#include "libsys/name_hostile.h"
#include "libsys/serial_hostile.h"
#include "libsys/timer_client.h"
#include "libsys/timer_hostile.h"
#include "tests/guest/hostile_check.h"
#include "tests/guest/services/services.h"

#define BY(handle, protocol, NUMBER, other)                                                       \
    HOSTILE_CHECK(handle, protocol, NUMBER##_INTERFACE, .cap = program_cap(handle), .bell = bell, \
                  .cnode = program_cap("cnode"), .endpoint = program_cap(other))

void test_hostile(void)
{
    cap_t bell = signal_new(256);
    uint64_t time = 0;
    uint32_t before = 0, after = 0;

    expect_error("hostile.timers", timer_count(program_cap("timer"), &before), 0);
    BY("timer", timer, TIMER, "log");
    BY("clock", clock, CLOCK, "log");
    BY("clock-setter", clock, CLOCK, "log");
    BY("serial-none", serial, SERIAL, "log");
    BY("serial-line", serial, SERIAL, "log");
    BY("entropy", entropy, ENTROPY, "log");
    BY("random", file, FILE, "log");
    BY("name", name, NAME, "log");
    BY("name-reader", name, NAME, "log");
    BY("log", log, LOG, "timer");
    BY("log-reader", log, LOG, "timer");
    expect_error("hostile.the timer is well", timer_now(program_cap("timer"), &time), 0);
    expect_error("hostile.its timers", timer_count(program_cap("timer"), &after), 0);
    expect("hostile.are as before", before == after);
    cap_drop(bell);
}
