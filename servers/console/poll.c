/* SPDX-License-Identifier: BSD-2-Clause */
/* Who wants to be told, once, that a terminal can be read or written. */

#include "libsys/file_protocol.h"
#include "libsys/invoke.h"
#include "servers/console/console.h"

#define POLLS_MAX 64

static struct {
    cap_t notification; /* 0: a free place */
    uint32_t terminal, events;
} polls[POLLS_MAX];
static uint32_t polling; /* places that are taken */
static uint32_t oldest;  /* the place that is used next when all are taken */

uint32_t terminal_ready(const struct terminal *terminal)
{
    const struct line *line = &terminal->line;
    const uint8_t *characters = line->attributes.characters;
    uint32_t least = characters[TERMINAL_VTIME] == 0 ? characters[TERMINAL_VMIN] : 1;
    uint32_t ready = screen_room(&terminal->screen) >= LINE_EXPANSION ? FILE_WRITABLE : 0;

    if (line_local(line, TERMINAL_ICANON) ? line_has_line(line)
                                          : line->count > 0 && line->count >= least)
        ready |= FILE_READABLE;
    return ready;
}

static void poll_end(uint32_t place)
{
    cap_t notification = polls[place].notification;

    (void)!signal_flags(notification);
    (void)!cnode_delete(console.server.cnode, CAP_INDEX(notification));
    slots_give(&console.slots, CAP_INDEX(notification), 1);
    polls[place].notification = 0;
    polling--;
}

bool polls_any(void)
{
    return polling > 0;
}

/* With all places taken, the oldest is told too early: who polls looks again anyway. */
static uint32_t poll_place(void)
{
    for (uint32_t i = 0; i < POLLS_MAX; i++)
        if (polls[i].notification == 0)
            return i;
    oldest = (oldest + 1) % POLLS_MAX;
    poll_end(oldest);
    return oldest;
}

err_t terminal_poll(struct rpc_request *rpc, struct terminal *terminal, uint32_t events,
                    cap_t notification, uint32_t *ready)
{
    *ready = terminal_ready(terminal) & (events | FILE_ERROR | FILE_HANG_UP);
    if (*ready || notification == 0)
        return 0;
    uint32_t place = poll_place();
    err_t error = rpc_keep(rpc, notification);
    if (error)
        return RPC_NO_MEMORY;
    polls[place].notification = notification;
    polling++;
    polls[place].terminal = terminal->number;
    polls[place].events = events;
    return 0;
}

void polls_serve(const struct terminal *terminal)
{
    uint32_t ready = terminal_ready(terminal);

    for (uint32_t i = 0; i < POLLS_MAX; i++)
        if (polls[i].notification != 0 && polls[i].terminal == terminal->number &&
            (polls[i].events & ready))
            poll_end(i);
}
