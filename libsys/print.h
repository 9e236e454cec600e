/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text to the console, a line at a time: a 16550 UART through an IoPort capability, polled. Each
 * port access is an invocation, so a line costs some thousand instructions per character sent:
 * print results, not traces. A program whose manifest gives it a terminal instead (`cap endpoint
 * console call badge 0x10004000 as terminal`) prints there, by calls to the console server.
 *
 * One thread of a program prints; the line buffer isn't shared between threads.
 */
#ifndef LIBSYS_PRINT_H
#define LIBSYS_PRINT_H

#include <stdarg.h>
#include <stddef.h>

#include "kernel/abi/message.h"
#include "kernel/abi/types.h"

/*
 * %s %c %d %u %x %p, with l, ll, z, widths, zero padding and left alignment, as libsys/format.h
 * has them. Output goes to the capability `console` of the manifest, or to `terminal`; without
 * either it is dropped.
 */
__attribute__((format(printf, 1, 2))) void print(const char *format, ...);
void print_arguments(const char *format, va_list arguments);

/* Send what is in the line buffer although the line isn't complete. */
void print_flush(void);

/* Print through another IoPort capability, whose range begins with the port `base`. */
void print_to(cap_t ports, uint16_t base);

/* The thread that prints to a terminal has another message buffer than at its start: this one. */
void print_buffer(struct message_buffer *buffer);

/* "frame_map: MISSING_RIGHT (argument 1): the capability lacks …; found: vspace" and a newline. */
void print_error(const char *what, err_t error);

#endif
