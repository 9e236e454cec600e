/* SPDX-License-Identifier: BSD-2-Clause */
/* See log.h. */

#include "libsys/log.h"

#include "kernel/abi/message.h"
#include "libsys/format.h"
#include "libsys/log_client.h"
#include "libsys/print.h"
#include "libsys/program.h"
#include "libsys/rpc_error.h"

struct text {
    size_t length;
    char byte[LOG_TEXT_MAX + 1];
};

/* What wouldn't fit is dropped; what would break the line becomes a space. */
static void text_add(void *context, char c)
{
    struct text *text = context;

    if (text->length < LOG_TEXT_MAX)
        text->byte[text->length++] = (unsigned char)c < ' ' ? ' ' : c;
}

/* The log by its capability; the first message says who we are. */
static const struct rpc_client *log_client(void)
{
    static struct rpc_context context;
    static struct rpc_client client;

    if (!client.context) {
        context.buffer = program_buffer();
        client = (struct rpc_client){.cap = program_cap("log"), .context = &context};
        if (client.cap && log_set_name(&client, program_text(program_info()->name)))
            client.cap = 0;
    }
    return &client;
}

void log_arguments(enum log_level level, const char *format, va_list arguments)
{
    const struct rpc_client *client = log_client();
    struct text text = {0};

    format_to(text_add, &text, format, arguments);
    if (text.length == 0)
        text_add(&text, ' ');
    if (!client->cap || log_append(client, level, text.byte))
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
    log_write(LOG_ERROR, "%s: %s: %s", what, rpc_error_name(error), rpc_error_text(error));
}
