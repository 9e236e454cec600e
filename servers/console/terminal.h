/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A terminal: a line discipline (line.h), what is to be shown (screen.h), callers that wait
 * (waiters.h) and those who poll. What its operations return is what file.idl says.
 */
#ifndef SERVERS_CONSOLE_TERMINAL_H
#define SERVERS_CONSOLE_TERMINAL_H

#include "libsys/process.h"
#include "servers/console/line.h"
#include "servers/console/screen.h"
#include "servers/console/waiters.h"

struct terminal {
    struct line line;
    struct screen screen;
    struct terminal_size size;
    uint32_t number;            /* from 0 on */
    struct terminal_word *word; /* shared with the process server */
    uint64_t last_input;        /* nanoseconds since boot, when the last byte came */
};

extern struct terminal terminals[TERMINALS_MAX];

/* `words` is the page that the process server also has. */
void terminals_init(struct terminal_page *words);

#define HANDLE_TERMINAL 1 /* kind of handles, whose index is the terminal's number */

/* The terminal that a handle's badge names; null: none. */
struct terminal *terminal_of(uint32_t badge);

/* A byte was typed at it. Follow with terminal_serve when all that came is in. */
void terminal_type(struct terminal *terminal, uint8_t byte);

/* Send bits to the foreground group. */
void terminal_signal(struct terminal *terminal, unsigned signal);

/* Answer all who can be answered now, and tell who polls. */
void terminal_serve(struct terminal *terminal);
void terminals_serve(void);

/* A line of the console's own, at the end of a line. */
void terminal_print(struct terminal *terminal, const char *text, uint32_t length);

/* Whether a process of this group may not read, or change the terminal. */
bool terminal_is_background(const struct terminal *terminal, int32_t group);

/* ---- Operations ------------------------------------------------------------------------------ */

err_t terminal_read(struct rpc_request *rpc, struct terminal *terminal, uint32_t count,
                    uint32_t flags, int32_t group, void *data, uint32_t *size);
err_t terminal_write(struct rpc_request *rpc, struct terminal *terminal, uint32_t flags,
                     int32_t group, const uint8_t *data, uint32_t size, uint32_t *written);
err_t terminal_poll(struct rpc_request *rpc, struct terminal *terminal, uint32_t events,
                    cap_t notification, uint32_t *ready);
err_t terminal_control(struct rpc_request *rpc, struct terminal *terminal, uint32_t request,
                       int32_t group, const void *argument, uint32_t argument_size, void *result,
                       uint32_t *result_size);

/* All output was sent: what waits for that. */
void terminal_drained(struct terminal *terminal);

/* ---- Polls (poll.c) -------------------------------------------------------------------------- */

/* What can be done now: FILE_READABLE, FILE_WRITABLE. */
uint32_t terminal_ready(const struct terminal *terminal);
void polls_serve(const struct terminal *terminal);
bool polls_any(void);

/* ---- Answers (files.c has the protocol's functions) ------------------------------------------ */

err_t answer_read(struct waiter *waiter, err_t error, const void *data, uint32_t size);
err_t answer_write(struct waiter *waiter, err_t error, uint32_t written);
err_t answer_control(struct waiter *waiter, err_t error);

#endif
