/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors that come to the log are shown on the first terminal. */

#include "libsys/format.h"
#include "libsys/log.h"
#include "libsys/log_client.h"
#include "libsys/program.h"
#include "libsys/string.h"
#include "servers/console/console.h"

static struct {
    cap_t log;
    uint64_t next; /* number of the first message not looked at */
} messages;

/* The next message, if there is one. */
static bool message_next(struct log_entry *entry, char *name, char *text)
{
    struct rpc_client client = {.cap = messages.log, .context = &console.context};
    uint32_t name_size, text_size;

    if (!messages.log || log_read(&client, messages.next, entry, name, 32, &name_size, text,
                                  LOG_TEXT_MAX, &text_size))
        return false;
    name[name_size] = 0;
    text[text_size] = 0;
    messages.next = entry->number + 1;
    return true;
}

/* What came before was shown by the log itself. */
void messages_init(void)
{
    struct rpc_client client = {.cap = program_cap("log"), .context = &console.context};
    char name[33], text[LOG_TEXT_MAX + 1];
    struct log_entry entry;

    if (client.cap == 0)
        return;
    err_t error = log_subscribe(&client, console_flag(WORK_LOG));
    if (error) {
        log_failure("subscribing to the log", error);
        return;
    }
    messages.log = client.cap;
    while (message_next(&entry, name, text))
        ;
}

void messages_show(void)
{
    char name[33], text[LOG_TEXT_MAX + 1], line[sizeof(name) + sizeof(text) + 2];
    struct log_entry entry;

    while (message_next(&entry, name, text)) {
        if (entry.level > LOG_ERROR)
            continue;
        (void)format_buffer(line, sizeof(line), "%s: %s", name, text);
        terminal_print(&terminals[0], line, (uint32_t)strlen(line));
    }
}
