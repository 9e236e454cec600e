/* SPDX-License-Identifier: BSD-2-Clause */
/* Ends of programs that the supervisor hasn't been told of, in their order. */
#ifndef SERVERS_ROOT_EVENTS_H
#define SERVERS_ROOT_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "libsys/root_protocol.h"
#include "libsys/syscall.h"

struct event {
    struct root_event head;
    char text[ROOT_TEXT_MAX];
};

/* Whom to signal from then on: a capability of root's own. What was set before is forgotten. */
void events_notify(cap_t told);

/* A program has ended by itself. Each has one event at most: an older one is replaced. */
void event_add_exit(uint32_t program, int64_t status);
void event_add_fault(uint32_t program, const struct message *fault);

/* The oldest, which is taken; a null pointer: none. */
const struct event *event_take(void);

/* The program is started anew: what it did before is of no interest any more. */
void event_forget(uint32_t program);

#endif
