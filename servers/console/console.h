/* SPDX-License-Identifier: BSD-2-Clause */
/* What the console's parts share: the server, and the devices behind the terminals. */
#ifndef SERVERS_CONSOLE_CONSOLE_H
#define SERVERS_CONSOLE_CONSOLE_H

#include "libsys/rpc_client.h"
#include "libsys/rpc_server.h"
#include "servers/console/terminal.h"

/* Flags of the notification `work`. */
#define WORK_SERIAL 1u
#define WORK_KEYBOARD 2u
#define WORK_TIMER 4u
#define WORK_LOG 8u

struct console {
    struct rpc_server server;
    struct rpc_context context; /* for calls */
    struct slots slots;
    cap_t process; /* to be signalled when a terminal's word has changed; 0: nobody */
    struct terminal *shown;
};

extern struct console console;

/* A capability of `work` that sets these flags; 0: that failed, and was logged. */
cap_t console_flag(uint32_t flags);

/* ---- devices.c ------------------------------------------------------------------------------- */

/* Map the rings that there are. False: that failed, and was logged. */
bool devices_init(void);

/* Fetch what was typed, and give it to the terminal that is shown. */
void devices_receive(void);

/* Send what the shown terminal has, as much as the line takes. */
void devices_send(void);

/* Whether all that was sent is out of the ring. */
bool devices_idle(void);

err_t devices_set_speed(uint32_t speed);
err_t devices_break(void);

/* ---- timing.c -------------------------------------------------------------------------------- */

void timing_init(void);
uint64_t timing_now(void);

/* Calls of ours end after so long; 0: when they end. */
void timing_limit(uint64_t nanoseconds);

/* Let the timer wake us when the next of the waiting callers is due. */
void timing_arm(void);

/* ---- messages.c ------------------------------------------------------------------------------ */

/* From now on errors that come to the log are shown on the first terminal. */
void messages_init(void);
void messages_show(void);

/* ---- files.c --------------------------------------------------------------------------------- */

enum answer files_serve(struct rpc_request *request, struct message *message);

#endif
