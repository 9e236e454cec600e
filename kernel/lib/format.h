/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The core of every printf in the system: text goes character by character to a sink.
 *
 * Conversions: %s %c %d %i %u %x %p %%, with l, ll or z for 64 bits. Before the conversion: - (left
 * aligned), 0 (padded with zeros), a width or *, and for %s a precision or .* (at most so many
 * characters are read). %p prints 0x and 16 digits. %s of a null pointer prints (null).
 * Anything else is printed as it stands. Pure: no locale, no memory, no floating point.
 */
#ifndef KERNEL_LIB_FORMAT_H
#define KERNEL_LIB_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

typedef void (*format_sink_t)(void *context, char c);

/* Returns the number of characters given to the sink. */
size_t format_to(format_sink_t sink, void *context, const char *format, va_list args);

/*
 * Into a buffer of `size` bytes, cut there, always terminated (if size is not 0). Returns the
 * length the whole text would have had, without the terminator.
 */
size_t format_buffer(char *buffer, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
