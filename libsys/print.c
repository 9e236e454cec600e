/* SPDX-License-Identifier: BSD-2-Clause */
/* See print.h. */

#include "libsys/print.h"

#include "libsys/file_client.h"
#include "libsys/format.h"
#include "libsys/invoke.h"
#include "libsys/names.h"
#include "libsys/program.h"

/* A 16550 UART: registers behind its first port. */
#define UART_DATA 0
#define UART_LINE_STATUS 5
#define UART_EMPTY 0x20 /* the transmitter takes a byte */

#define LINE_MAX 256

static struct {
    cap_t ports; /* 0: there is no UART */
    uint16_t base;
    bool known; /* it was looked up */
    struct rpc_context context;
    struct rpc_client terminal; /* its handle is 0: there is none */
    unsigned length;
    char line[LINE_MAX];
} console;

void print_to(cap_t ports, uint16_t base)
{
    console.ports = ports;
    console.base = base;
    console.known = true;
}

void print_buffer(struct message_buffer *buffer)
{
    console.context.buffer = buffer;
}

static void console_find(void)
{
    const struct program_cap *found = program_cap_find("console");

    console.known = true;
    if (found)
        print_to(found->cap, (uint16_t)found->first);
    if (!console.context.buffer)
        console.context.buffer = program_buffer();
    console.terminal = (struct rpc_client){program_cap("terminal"), &console.context};
}

static void uart_write(char c)
{
    uint64_t status = 0;

    while (!(status & UART_EMPTY))
        if (io_port_in(console.ports, console.base + UART_LINE_STATUS, 1, &status))
            return;
    (void)!io_port_out(console.ports, console.base + UART_DATA, 1, (uint8_t)c);
}

static void uart_line(void)
{
    for (unsigned i = 0; i < console.length; i++) {
        if (console.line[i] == '\n')
            uart_write('\r');
        uart_write(console.line[i]);
    }
}

/* The terminal takes what it has room for, at least a byte. */
static void terminal_line(void)
{
    uint32_t written = 0;

    for (unsigned at = 0; at < console.length; at += written)
        if (file_write(&console.terminal, FILE_POSITION, 0, 0, console.line + at,
                       console.length - at, &written) ||
            written == 0)
            return;
}

void print_flush(void)
{
    if (console.length > 0 && !console.known)
        console_find();
    if (console.ports)
        uart_line();
    else if (console.length > 0 && console.terminal.cap)
        terminal_line();
    console.length = 0;
}

static void print_char(void *context, char c)
{
    (void)context;
    console.line[console.length++] = c;
    if (c == '\n' || console.length == LINE_MAX)
        print_flush();
}

void print_arguments(const char *format, va_list arguments)
{
    format_to(print_char, NULL, format, arguments);
}

void print(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_arguments(format, arguments);
    va_end(arguments);
}

void print_error(const char *what, err_t error)
{
    print("%s: %s", what, error_name(error));
    if (ERR_ARGUMENT(error) != 0)
        print(" (argument %u)", ERR_ARGUMENT(error));
    print(": %s", error_text(error));
    if (ERR_TYPE(error) != OBJECT_NULL)
        print("; found: %s", object_name(ERR_TYPE(error)));
    print("\n");
}
