/* SPDX-License-Identifier: BSD-2-Clause */
/* See voice.h. */

#include "servers/supervisor/voice.h"

#include <stdarg.h>

#include "libsys/format.h"
#include "libsys/root_client.h"
#include "libsys/string.h"
#include "servers/supervisor/clock.h"
#include "servers/supervisor/supervisor.h"

#define LOG_LIMIT SECOND

struct line {
    char *at, *end;
};

static void line_add(void *context, char c)
{
    struct line *line = context;

    if (line->at < line->end)
        *line->at++ = c;
    *line->at = 0;
}

static bool log_runs(void)
{
    for (uint32_t i = 0; i < supervisor.policy.count; i++)
        if (string_equal(supervisor.name[i], "log"))
            return supervisor.policy.program[i].state == POLICY_RUNNING;
    return false;
}

void tell(enum log_level level, uint32_t kind, uint32_t program, const char *format, ...)
{
    struct history_event *event = history_add(&supervisor.history, kind, program, clock_now());
    struct line line = {.at = event->text, .end = event->text + SUPERVISOR_TEXT_MAX};
    va_list arguments;

    va_start(arguments, format);
    format_to(line_add, &line, format, arguments);
    va_end(arguments);
    if (log_runs()) {
        clock_limit(LOG_LIMIT);
        log_write(level, "%s", event->text);
        clock_unlimited();
    } else if (level <= LOG_WARNING) {
        (void)!root_say(&supervisor.root, event->text);
    }
}
