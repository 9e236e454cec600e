/* SPDX-License-Identifier: BSD-2-Clause */
/* See history.h. */

#include "servers/supervisor/history.h"

#include <stddef.h>

struct history_event *history_add(struct history *history, uint32_t kind, uint32_t program,
                                  uint64_t time)
{
    uint64_t number = ++history->last;
    struct history_event *event = &history->event[number % HISTORY_EVENTS];

    event->head =
        (struct supervisor_event){.number = number, .time = time, .program = program, .kind = kind};
    event->text[0] = 0;
    return event;
}

const struct history_event *history_find(const struct history *history, uint64_t number)
{
    uint64_t oldest = history->last < HISTORY_EVENTS ? 1 : history->last - HISTORY_EVENTS + 1;

    if (number < oldest)
        number = oldest;
    return number <= history->last ? &history->event[number % HISTORY_EVENTS] : NULL;
}
