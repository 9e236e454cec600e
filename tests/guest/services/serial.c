/* SPDX-License-Identifier: BSD-2-Clause */
/* Drivers of the serial line: one without a device, and one without a timer. */

#include "libsys/serial_client.h"
#include "tests/guest/services/services.h"

#define SPEED 115200

void test_serial(void)
{
    cap_t none = program_cap("serial-none"), line = program_cap("serial-line");
    struct serial_status status = {0};

    expect_error("serial.status without a device", serial_status(none, &status), 0);
    expect("serial.there is none", status.present == 0);
    expect_error("serial.its speed", serial_set_speed(none, SPEED), RPC_NOT_FOUND);
    expect_error("serial.its break", serial_break(none), RPC_NOT_FOUND);
    expect_error("serial.status", serial_status(line, &status), 0);
    expect("serial.there is one", status.present == 1 && status.speed == SPEED);
    expect_error("serial.a speed that can't be", serial_set_speed(line, 49), RPC_MALFORMED);
    expect_error("serial.one that isn't usual", serial_set_speed(line, 100000), RPC_OUT_OF_RANGE);
    expect_error("serial.the same", serial_set_speed(line, SPEED), 0);
    expect_error("serial.a break without a timer", serial_break(line), RPC_UNSUPPORTED);
}
