/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a terminal has to show and hasn't sent yet: a queue of bytes. While the terminal is hidden,
 * the queue keeps the last of what was written; while it is, writers wait for room, and a part
 * of the queue is left to echoes, so that typing is seen although a program floods the screen.
 */
#ifndef SERVERS_CONSOLE_SCREEN_H
#define SERVERS_CONSOLE_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

#define SCREEN_BYTES 16384u
#define SCREEN_WRITERS 4096u /* so much waits while the terminal is shown */
#define SCREEN_ECHO 1024u    /* and so much more of echoes */

struct screen {
    uint8_t data[SCREEN_BYTES];
    uint32_t first, count;
    uint64_t lost; /* bytes that were dropped, the oldest while hidden */
    bool is_shown;
};

/* Bytes that writers may put in now. */
static inline uint32_t screen_room(const struct screen *screen)
{
    if (!screen->is_shown)
        return SCREEN_BYTES;
    return screen->count < SCREEN_WRITERS ? SCREEN_WRITERS - screen->count : 0;
}

static inline void screen_drop(struct screen *screen, uint32_t count)
{
    screen->first = (screen->first + count) % SCREEN_BYTES;
    screen->count -= count;
}

/* A byte of a writer who asked for room, or of an echo, which is lost where there is none. */
static inline void screen_put(struct screen *screen, uint8_t byte)
{
    if (screen->is_shown && screen->count >= SCREEN_WRITERS + SCREEN_ECHO) {
        screen->lost++;
        return;
    }
    if (screen->count == SCREEN_BYTES) {
        screen_drop(screen, 1);
        screen->lost++;
    }
    screen->data[(screen->first + screen->count++) % SCREEN_BYTES] = byte;
}

/* The next bytes to be sent that lie in a row; screen_drop when they were. */
static inline const uint8_t *screen_next(const struct screen *screen, uint32_t *count)
{
    uint32_t row = SCREEN_BYTES - screen->first;

    *count = screen->count < row ? screen->count : row;
    return screen->data + screen->first;
}

#endif
