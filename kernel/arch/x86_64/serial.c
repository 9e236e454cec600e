/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's console: the PC's first serial port, 115200 8N1, output only and by polling.
 * A machine without the port reads as all ones there, which looks like a port that is always
 * ready: output then goes nowhere and costs no time.
 */

#include "kernel/arch/arch.h"
#include "kernel/arch/x86_64/insn.h"

#define COM1 0x3f8

enum uart_register {
    UART_DATA = 0,
    UART_DIVISOR_LOW = 0, /* while LCR_DIVISOR is set */
    UART_INTERRUPTS = 1,
    UART_DIVISOR_HIGH = 1, /* while LCR_DIVISOR is set */
    UART_FIFO = 2,
    UART_LINE_CONTROL = 3,
    UART_MODEM_CONTROL = 4,
    UART_LINE_STATUS = 5,
};

#define LCR_8N1 0x03
#define LCR_DIVISOR 0x80
#define MCR_DTR_RTS 0x03
#define LSR_HOLDING_EMPTY 0x20
#define LSR_IDLE 0x40
#define FIFO_ON_CLEARED 0x07

#define WAIT_LIMIT 1000000 /* polls: a port that is stuck doesn't stop the kernel */

static void uart_write(enum uart_register reg, uint8_t value)
{
    outb((uint16_t)(COM1 + reg), value);
}

static void uart_wait(uint8_t status)
{
    for (uint32_t i = 0; i < WAIT_LIMIT; i++)
        if ((inb(COM1 + UART_LINE_STATUS) & status) != 0)
            return;
}

BOOT_CODE void arch_console_init(void)
{
    uart_write(UART_INTERRUPTS, 0);
    uart_write(UART_LINE_CONTROL, LCR_DIVISOR);
    uart_write(UART_DIVISOR_LOW, 1); /* 115200 */
    uart_write(UART_DIVISOR_HIGH, 0);
    uart_write(UART_LINE_CONTROL, LCR_8N1);
    uart_write(UART_FIFO, FIFO_ON_CLEARED);
    uart_write(UART_MODEM_CONTROL, MCR_DTR_RTS);
}

void arch_console_put(char c)
{
    uart_wait(LSR_HOLDING_EMPTY);
    uart_write(UART_DATA, (uint8_t)c);
}

void arch_console_drain(void)
{
    uart_wait(LSR_IDLE);
}
