/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages to the log server. Never fails and never waits for anybody but the log, which waits for
 * nobody. A program without the capability `log`, or whose log doesn't answer, prints instead.
 *
 *     log_write(LOG_WARNING, "no UART at port 0x%x", base);
 *
 * One thread of a program uses it: the one with the message buffer (and not the log server itself).
 */
#ifndef LIBSYS_LOG_H
#define LIBSYS_LOG_H

#include <stdarg.h>
#include <stdint.h>

#include "kernel/abi/types.h"

enum log_level {
    LOG_ERROR = 1, /* something failed that shouldn't */
    LOG_WARNING,   /* something is odd */
    LOG_NOTICE,    /* worth knowing */
    LOG_INFO,      /* what happens */
    LOG_DEBUG,     /* for who writes the server */
};

/* Conversions as libsys/format.h; a line without its end, cut at 200 bytes. */
__attribute__((format(printf, 2, 3))) void log_write(enum log_level level, const char *format, ...);
void log_arguments(enum log_level level, const char *format, va_list arguments);

/* "WHAT: MISSING_RIGHT: the capability lacks …", at level LOG_ERROR. */
void log_failure(const char *what, err_t error);

#endif
