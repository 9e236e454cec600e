/* SPDX-License-Identifier: BSD-2-Clause */
/* sources: servers/serial/uart.c */
/* The UART's driver part against a UART made of a few variables, and against none. */

#include <stdio.h>
#include <string.h>

#include "libsys/invoke.h"
#include "servers/serial/uart.h"

#define BASE 0x3f8
#define LSR_DATA 0x01
#define LSR_READY 0x20
#define LSR_IDLE 0x40

static struct {
    bool is_there, has_fifo;
    uint8_t interrupts, line, modem, status, data, last_sent;
    uint16_t divisor;
    uint32_t sent;
} device;

static int failures;

static void report(const char *name, bool good)
{
    printf(good ? "ok serial: %s\n" : "not ok serial: %s: not so\n", name);
    failures += !good;
}

static uint8_t device_in(uint64_t which)
{
    if (!device.is_there)
        return 0xff;
    switch (which) {
    case 0:
        device.status &= (uint8_t)~LSR_DATA;
        return device.line & 0x80 ? (uint8_t)device.divisor : device.data;
    case 1:
        return device.line & 0x80 ? (uint8_t)(device.divisor >> 8) : device.interrupts;
    case 2:
        return device.has_fifo ? 0xc1 : 0x01;
    case 3:
        return device.line;
    case 4:
        return device.modem;
    case 5: {
        uint8_t status = device.status;
        device.status &= (uint8_t) ~(UART_OVERRUN | UART_PARITY | UART_FRAMING | UART_BREAK);
        return status;
    }
    default:
        return 0;
    }
}

static void device_out(uint64_t which, uint8_t value)
{
    if (which == 0 && device.line & 0x80)
        device.divisor = (uint16_t)((device.divisor & 0xff00) | value);
    else if (which == 1 && device.line & 0x80)
        device.divisor = (uint16_t)((device.divisor & 0xff) | value << 8);
    else if (which == 0)
        device.sent++, device.last_sent = value;
    else if (which == 1)
        device.interrupts = value;
    else if (which == 3)
        device.line = value;
    else if (which == 4)
        device.modem = value;
}

/* Ports are all that is asked for. */
struct syscall_result host_syscall(enum syscall number, cap_t cap, struct message *message)
{
    uint64_t which = message->word[0] - BASE;

    (void)number, (void)cap;
    if (message->tag == OP_io_port_in)
        message->word[0] = device_in(which);
    else
        device_out(which, (uint8_t)message->word[2]);
    return (struct syscall_result){0};
}

static bool begin(struct uart *uart, bool has_fifo)
{
    memset(&device, 0, sizeof(device));
    device.is_there = true;
    device.has_fifo = has_fifo;
    device.status = LSR_READY | LSR_IDLE;
    return uart_init(uart, 1, BASE, 115200);
}

static bool is_found(void)
{
    struct uart uart;

    return begin(&uart, true) && uart.burst == UART_FIFO && device.divisor == 1 &&
           device.line == 3 && device.interrupts == 0 && (device.modem & 0x0b) == 0x0b &&
           begin(&uart, false) && uart.burst == 1;
}

static bool is_missed(void)
{
    struct uart uart;

    memset(&device, 0, sizeof(device));
    return !uart_init(&uart, 1, BASE, 115200);
}

static bool speeds(void)
{
    static const uint32_t good[] = {115200, 57600, 38400, 19200, 9600, 300, 50};
    static const uint32_t bad[] = {0, 1, 7, 115201, 230400, 100000};
    struct uart uart;

    (void)begin(&uart, true);
    for (unsigned i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        if (!uart_set_speed(&uart, good[i]) || device.divisor != 115200 / good[i] ||
            device.line != 3)
            return false;
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (uart_set_speed(&uart, bad[i]) || device.divisor != 115200 / 50)
            return false;
    return true;
}

static bool bytes_come(void)
{
    struct uart uart;
    uint8_t byte = 0;
    uint32_t seen = 0;

    (void)begin(&uart, true);
    if (uart_receive(&uart, &byte, &seen))
        return false;
    device.data = 'x';
    device.status |= LSR_DATA | UART_OVERRUN;
    if (!uart_receive(&uart, &byte, &seen) || byte != 'x' || seen != UART_OVERRUN)
        return false;
    device.status |= UART_BREAK; /* without a byte it's seen too */
    return !uart_receive(&uart, &byte, &seen) && seen == UART_BREAK &&
           !uart_receive(&uart, &byte, &seen) && seen == 0;
}

static bool bytes_go(void)
{
    struct uart uart;

    (void)begin(&uart, true);
    bool ready = uart_ready(&uart);
    uart_send(&uart, 'a');
    device.status = 0;
    return ready && !uart_ready(&uart) && device.sent == 1 && device.last_sent == 'a';
}

static bool events(void)
{
    struct uart uart;

    (void)begin(&uart, true);
    uart_enable(&uart, true, true);
    bool all = device.interrupts == 7 && (device.modem & 2);
    uart_enable(&uart, false, true); /* held: the other side is asked to pause */
    bool held = device.interrupts == 2 && !(device.modem & 2);
    uart_enable(&uart, true, false);
    return all && held && device.interrupts == 5 && (device.modem & 2);
}

int main(void)
{
    report("a UART is found, with FIFO and without", is_found());
    report("where there is none it says so", is_missed());
    report("speeds", speeds());
    report("bytes come, with what was seen", bytes_come());
    report("bytes go", bytes_go());
    report("which events interrupt, and RTS", events());
    return failures != 0;
}
