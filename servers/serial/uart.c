/* SPDX-License-Identifier: BSD-2-Clause */
/* See uart.h. */

#include "servers/serial/uart.h"

#include "libsys/invoke.h"

enum uart_register {
    DATA = 0,         /* with LCR_DIVISOR: divisor, low byte */
    INTERRUPTS = 1,   /* IER; with LCR_DIVISOR: divisor, high byte */
    FIFO = 2,         /* read: IIR */
    LINE = 3,         /* LCR */
    MODEM = 4,        /* MCR */
    LINE_STATUS = 5,  /* LSR */
    MODEM_STATUS = 6, /* MSR */
    SCRATCH = 7,
};

#define IER_RECEIVED 0x01
#define IER_EMPTY 0x02
#define IER_LINE_STATUS 0x04
#define IIR_NONE 0x01
#define IIR_FIFOS 0xc0
#define FCR_ENABLE 0x07 /* on, both emptied */
#define FCR_TRIGGER_8 0x80
#define LCR_8N1 0x03
#define LCR_BREAK 0x40
#define LCR_DIVISOR 0x80
#define MCR_DTR 0x01
#define MCR_RTS 0x02
#define MCR_OUT2 0x08 /* lets interrupts out, on a PC */
#define LSR_DATA 0x01
#define LSR_SEEN (UART_OVERRUN | UART_PARITY | UART_FRAMING | UART_BREAK)
#define LSR_READY 0x20 /* takes bytes */
#define LSR_IDLE 0x40  /* and has sent all */

#define DRAIN_TRIES 20000

/* The capability covers the ports, so neither can fail. */
static uint8_t get(const struct uart *uart, enum uart_register which)
{
    uint64_t value = 0;

    (void)!io_port_in(uart->ports, uart->base + (uint64_t)which, 1, &value);
    return (uint8_t)value;
}

static void set(const struct uart *uart, enum uart_register which, uint8_t value)
{
    (void)!io_port_out(uart->ports, uart->base + (uint64_t)which, 1, value);
}

/* A register that keeps what is written to it, unless nobody is there. */
static bool keeps(const struct uart *uart, enum uart_register which, uint8_t value)
{
    set(uart, which, value);
    return get(uart, which) == value;
}

/* Let what others have written go out, as far as that takes no time worth mentioning. */
static void drain(const struct uart *uart)
{
    for (int i = 0; i < DRAIN_TRIES && !(get(uart, LINE_STATUS) & LSR_IDLE); i++)
        ;
}

/* The line control register is on every UART; an 8250 has no scratch register. */
bool uart_init(struct uart *uart, cap_t ports, uint16_t base, uint32_t speed)
{
    *uart = (struct uart){.ports = ports, .base = base, .burst = 1};
    if (get(uart, LINE_STATUS) == 0xff || !keeps(uart, LINE, LCR_8N1) || !keeps(uart, LINE, 0x1a))
        return false;
    set(uart, LINE, LCR_8N1);
    drain(uart);
    set(uart, INTERRUPTS, 0);
    set(uart, FIFO, FCR_ENABLE | FCR_TRIGGER_8);
    if ((get(uart, FIFO) & IIR_FIFOS) == IIR_FIFOS)
        uart->burst = UART_FIFO;
    uart->modem = MCR_DTR | MCR_RTS | MCR_OUT2;
    set(uart, MODEM, uart->modem);
    return uart_set_speed(uart, speed);
}

bool uart_set_speed(struct uart *uart, uint32_t speed)
{
    if (speed == 0 || UART_CLOCK % speed != 0 || UART_CLOCK / speed > 0xffff)
        return false;
    uint32_t divisor = UART_CLOCK / speed;
    drain(uart);
    set(uart, LINE, LCR_8N1 | LCR_DIVISOR);
    set(uart, DATA, (uint8_t)divisor);
    set(uart, INTERRUPTS, (uint8_t)(divisor >> 8));
    set(uart, LINE, LCR_8N1);
    uart->speed = speed;
    return true;
}

bool uart_receive(struct uart *uart, uint8_t *byte, uint32_t *seen)
{
    uint8_t status = get(uart, LINE_STATUS);

    *seen = status & LSR_SEEN;
    if (!(status & LSR_DATA))
        return false;
    *byte = get(uart, DATA);
    return true;
}

bool uart_ready(struct uart *uart)
{
    return get(uart, LINE_STATUS) & LSR_READY;
}

void uart_send(struct uart *uart, uint8_t byte)
{
    set(uart, DATA, byte);
}

void uart_enable(struct uart *uart, bool receive, bool send)
{
    uint8_t modem = receive ? uart->modem | MCR_RTS : uart->modem & (uint8_t)~MCR_RTS;
    uint8_t interrupts =
        (uint8_t)((receive ? IER_RECEIVED | IER_LINE_STATUS : 0) | (send ? IER_EMPTY : 0));

    if (modem != uart->modem)
        set(uart, MODEM, modem);
    if (interrupts != uart->interrupts)
        set(uart, INTERRUPTS, interrupts);
    uart->modem = modem;
    uart->interrupts = interrupts;
}

bool uart_interrupts(struct uart *uart)
{
    return !(get(uart, FIFO) & IIR_NONE);
}

void uart_break(struct uart *uart, bool on)
{
    set(uart, LINE, on ? LCR_8N1 | LCR_BREAK : LCR_8N1);
}
