/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See power.h. Two ways: the chipset's reset register (Intel ICH and after: port 0xcf9), and the
 * keyboard controller's line to the processor (command 0xfe at port 0x64), which older machines
 * have.
 */

#include "servers/supervisor/power.h"

#include "libsys/invoke.h"
#include "libsys/program.h"
#include "libsys/rpc.h"
#include "servers/supervisor/clock.h"
#include "servers/supervisor/policy.h"

#define RESET_HARD 0x02 /* kind of reset, chosen first … */
#define RESET_NOW 0x06  /* … and then done */
#define KEYBOARD_PULSE 0xfe

#define PATIENCE (100 * MILLISECOND)

static void port_write(const char *name, uint8_t value)
{
    const struct program_cap *ports = program_cap_find(name);

    if (ports)
        (void)!io_port_out(ports->cap, ports->first, 1, value);
}

err_t power_reset(void)
{
    uint64_t begin = clock_now();

    port_write("reset", RESET_HARD);
    port_write("reset", RESET_NOW);
    port_write("ps2-command", KEYBOARD_PULSE);
    while (clock_now() - begin < PATIENCE)
        ;
    return RPC_UNSUPPORTED;
}
