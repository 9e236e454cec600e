/* SPDX-License-Identifier: BSD-2-Clause */
/* See log.h. */

#include "libsys/log.h"

#include "kernel/abi/message.h"
#include "libsys/format.h"
#include "libsys/names.h"
#include "libsys/print.h"
#include "libsys/program.h"

#define TEXT_BYTES 201 /* LOG_TEXT_MAX of log.idl, and the NUL */

struct text {
    size_t length;
    char byte[TEXT_BYTES];
};

/* What wouldn't fit is dropped; what would break the line becomes a space. */
static void text_add(void *context, char c)
{
    struct text *text = context;

    if (text->length < TEXT_BYTES - 1)
        text->byte[text->length++] = (unsigned char)c < ' ' ? ' ' : c;
}

void log_arguments(enum log_level level, const char *format, va_list arguments)
{
    struct text text = {0};

    (void)level;
    format_to(text_add, &text, format, arguments);
    print("%s: %s\n", program_text(program_info()->name), text.byte);
}

void log_write(enum log_level level, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    log_arguments(level, format, arguments);
    va_end(arguments);
}

void log_failure(const char *what, err_t error)
{
    log_write(LOG_ERROR, "%s: %s (argument %u): %s", what, error_name(error),
              (unsigned)ERR_ARGUMENT(error), error_text(error));
}
