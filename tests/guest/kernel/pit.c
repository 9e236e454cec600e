/* SPDX-License-Identifier: BSD-2-Clause */
/* See pit.h. Intel 8254: mode 0 of channel 0 raises its output once, when the count is over. */

#include "tests/guest/kernel/pit.h"

#include "tests/guest/kernel/memory.h"

#define PIT_CHANNEL 0x40
#define PIT_CONTROL 0x43
#define PIT_ONCE 0x30         /* channel 0, low and high byte, mode 0 */
#define PIT_AGAIN 0x34        /* likewise, mode 2: a pulse at the end of each count */
#define PIT_LATCH_STATUS 0xe2 /* of channel 0, for the next reading of its port */
#define PIT_STATUS_OUTPUT 0x80
#define PIT_KHZ 1193

static void pit_set(unsigned control, uint32_t microseconds)
{
    uint32_t count = microseconds * PIT_KHZ / 1000;

    OK(io_port_out, own.pit, PIT_CONTROL, 1, control);
    OK(io_port_out, own.pit, PIT_CHANNEL, 1, count & 0xff);
    OK(io_port_out, own.pit, PIT_CHANNEL, 1, count >> 8);
}

bool pit_over(void)
{
    uint64_t status;

    OK(io_port_out, own.pit, PIT_CONTROL, 1, PIT_LATCH_STATUS);
    OK(io_port_in, own.pit, PIT_CHANNEL, 1, &status);
    return status & PIT_STATUS_OUTPUT;
}

void pit_once(uint32_t microseconds)
{
    pit_set(PIT_ONCE, microseconds);
}

void pit_again(uint32_t microseconds)
{
    pit_set(PIT_AGAIN, microseconds);
}
