/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's own words, on the serial line. For boot and panics: it waits for the port. */
#ifndef KERNEL_DEBUG_PRINT_H
#define KERNEL_DEBUG_PRINT_H

#include <stdarg.h>

/* Formats as kernel/lib/format.h says. The text brings its own newlines. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
void print_list(const char *format, va_list args);

#endif
