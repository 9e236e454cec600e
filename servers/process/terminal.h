/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Controlling terminals. The console has a page with a word for each: it writes the foreground
 * group and signals to be sent, the server takes those, and writes whose session it is.
 */
#ifndef PROCESS_TERMINAL_H
#define PROCESS_TERMINAL_H

#include "servers/process/server.h"

/* The console's page, from now on; the console's capability is kept in `frame`. */
MUST_USE err_t terminal_page_set(cap_t frame);

/* Send what the console has noted. */
void terminal_signals_take(void);

/* A session leader without a terminal gets one that is nobody's: BUSY, LEADER, OUT_OF_RANGE. */
MUST_USE err_t terminal_take(struct process *process, uint32_t terminal);

/* The leader is gone: its foreground group is told, and nobody has the terminal any more. */
void terminal_session_ends(const struct process *leader);

void terminal_set_foreground(uint32_t terminal, int32_t group);

/* Descriptors 0, 1 and 2 of a process that is being made. */
MUST_USE err_t terminal_give_files(struct process *process, uint32_t terminal);

#endif
