/* SPDX-License-Identifier: BSD-2-Clause */
/* What happened, the last HISTORY_EVENTS of it. Pure. */
#ifndef SERVERS_SUPERVISOR_HISTORY_H
#define SERVERS_SUPERVISOR_HISTORY_H

#include <stdint.h>

#include "libsys/supervisor_protocol.h"

#define HISTORY_EVENTS 64

struct history_event {
    struct supervisor_event head;
    char text[SUPERVISOR_TEXT_MAX + 1];
};

struct history {
    uint64_t last; /* number of the newest; 0: nothing has happened yet */
    struct history_event event[HISTORY_EVENTS];
};

/* A new event; the caller writes its text. It has a number, and takes the oldest one's place. */
struct history_event *history_add(struct history *history, uint32_t kind, uint32_t program,
                                  uint64_t time);

/* The first event from a number on; a null pointer: there is none. */
const struct history_event *history_find(const struct history *history, uint64_t number);

#endif
