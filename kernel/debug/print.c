/* SPDX-License-Identifier: BSD-2-Clause */
/* See print.h. */

#include "kernel/debug/print.h"

#include "kernel/arch/arch.h"
#include "kernel/lib/format.h"

static void console_put(void *context, char c)
{
    (void)context;
    if (c == '\n')
        arch_console_put('\r');
    arch_console_put(c);
}

void print_list(const char *format, va_list args)
{
    format_to(console_put, NULL, format, args);
}

void print(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_list(format, args);
    va_end(args);
}
