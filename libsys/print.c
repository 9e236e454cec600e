/* SPDX-License-Identifier: BSD-2-Clause */
/* See print.h. */

#include "libsys/print.h"

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
    cap_t ports; /* 0: not looked up yet */
    uint16_t base;
    bool absent;
    unsigned length;
    char line[LINE_MAX];
} console;

void print_to(cap_t ports, uint16_t base)
{
    console.ports = ports;
    console.base = base;
    console.absent = false;
}

static bool console_ready(void)
{
    if (console.ports == 0 && !console.absent) {
        const struct program_cap *found = program_cap_find("console");
        if (found)
            print_to(found->cap, (uint16_t)found->first);
        else
            console.absent = true;
    }
    return !console.absent;
}

static void uart_write(char c)
{
    uint64_t status = 0;

    while (!(status & UART_EMPTY))
        if (io_port_in(console.ports, console.base + UART_LINE_STATUS, 1, &status))
            return;
    (void)!io_port_out(console.ports, console.base + UART_DATA, 1, (uint8_t)c);
}

void print_flush(void)
{
    if (console.length > 0 && console_ready()) {
        for (unsigned i = 0; i < console.length; i++) {
            if (console.line[i] == '\n')
                uart_write('\r');
            uart_write(console.line[i]);
        }
    }
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
