/* SPDX-License-Identifier: BSD-2-Clause */
/* See line.h. Registers: National Semiconductor, PC16550D. */

#include "servers/debug/line.h"

#include "libsys/invoke.h"

enum line_register { DATA, INTERRUPTS, FIFO, LINE, MODEM, LINE_STATUS };

#define IER_RECEIVED 0x01
#define FCR_ENABLE 0x01
#define FCR_TRIGGER_8 0x80
#define LCR_8N1 0x03
#define LCR_DIVISOR 0x80
#define MCR_ON 0x0b /* DTR, RTS, and OUT2, which lets interrupts out on a PC */
#define LSR_DATA 0x01
#define LSR_EMPTY 0x20
#define SEND_TRIES 1000000

static cap_t line_ports;
static uint16_t line_base;

static uint8_t get(enum line_register which)
{
    uint64_t value = 0;

    (void)!io_port_in(line_ports, line_base + (uint64_t)which, 1, &value);
    return (uint8_t)value;
}

static void set(enum line_register which, uint8_t value)
{
    (void)!io_port_out(line_ports, line_base + (uint64_t)which, 1, value);
}

/* 115200 8N1. */
bool line_begin(cap_t ports, uint16_t base)
{
    line_ports = ports;
    line_base = base;
    set(LINE, LCR_8N1);
    if (get(LINE) != LCR_8N1 || get(LINE_STATUS) == 0xff)
        return false;
    set(LINE, LCR_8N1 | LCR_DIVISOR);
    set(DATA, 1);
    set(INTERRUPTS, 0);
    set(LINE, LCR_8N1);
    set(FIFO, FCR_ENABLE | FCR_TRIGGER_8);
    set(MODEM, MCR_ON);
    set(INTERRUPTS, IER_RECEIVED);
    return true;
}

bool line_receive(uint8_t *byte)
{
    if (!(get(LINE_STATUS) & LSR_DATA))
        return false;
    *byte = get(DATA);
    return true;
}

void line_send(const char *bytes, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        uint32_t tries = 0;
        while (!(get(LINE_STATUS) & LSR_EMPTY))
            if (++tries == SEND_TRIES)
                return;
        set(DATA, (uint8_t)bytes[i]);
    }
}
