/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A 16550 UART (or an 8250, without its FIFOs) behind an IoPort capability. Nothing here waits for
 * the device: each function says what it can do now. Registers: National Semiconductor, PC16550D.
 */
#ifndef SERVERS_SERIAL_UART_H
#define SERVERS_SERIAL_UART_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/abi/types.h"

#define UART_CLOCK 115200u /* bits per second with a divisor of 1 */
#define UART_FIFO 16u

/* What was seen of a byte received, and of the line. */
#define UART_OVERRUN 0x02u /* bytes before it were lost */
#define UART_PARITY 0x04u
#define UART_FRAMING 0x08u
#define UART_BREAK 0x10u

struct uart {
    cap_t ports;
    uint16_t base;
    uint32_t burst; /* bytes that the empty transmitter takes */
    uint32_t speed;
    uint8_t interrupts, modem; /* the registers IER and MCR as they were written */
};

/* Look whether there is one, and set it up: 8 bits, no parity, interrupts off. False: no UART. */
bool uart_init(struct uart *uart, cap_t ports, uint16_t base, uint32_t speed);

/* False: not a speed that it can be. Bytes on their way out may be spoilt. */
bool uart_set_speed(struct uart *uart, uint32_t speed);

/* A byte that was received, with UART_* of what came along; false: none. */
bool uart_receive(struct uart *uart, uint8_t *byte, uint32_t *seen);

/* Whether the transmitter takes `burst` bytes now. */
bool uart_ready(struct uart *uart);
void uart_send(struct uart *uart, uint8_t byte);

/* Which events interrupt; without `receive` the other side is also asked to pause (RTS). */
void uart_enable(struct uart *uart, bool receive, bool send);

/* Whether it has a reason to interrupt. Asking ends that of the transmitter. */
bool uart_interrupts(struct uart *uart);

void uart_break(struct uart *uart, bool on);

#endif
