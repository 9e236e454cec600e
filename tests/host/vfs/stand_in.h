/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the file server's parts stand on, for tests on this machine: memory from malloc, so that
 * the sanitizers see each piece; slots, Replies and Notifications as counts. Any request for
 * memory may be refused.
 */
#ifndef TESTS_HOST_VFS_STAND_IN_H
#define TESTS_HOST_VFS_STAND_IN_H

#include "servers/vfs/client.h"
#include "servers/vfs/server.h"

/* The n-th request for memory from now on is refused, and those behind it; 0: none. */
void stand_in_refuse(unsigned after);
/* Whether one was refused since then. */
bool stand_in_refused(void);

/* What was taken and not given back: pieces, objects, slots. */
long stand_in_pieces(void);
long stand_in_objects(void);
long stand_in_slots(void);

/* Notifications signalled so far. */
extern unsigned stand_in_signals, stand_in_revoked;

/* A request that can be detached. */
struct rpc_request stand_in_request(void);
/* The caller that waits with this Reply has gone. */
void stand_in_leave(cap_t reply);

/* The last answer to somebody who waited. */
struct stand_in_answer {
    unsigned count; /* answers so far, to callers that still were there */
    err_t error;
    uint32_t bytes;
    uint8_t data[65536];
};
extern struct stand_in_answer stand_in_answer;

/* A file system at the top with a client of user 0, the Replies. */
extern struct view *stand_in_view;
struct client *stand_in_begin(void);
/* All of that ends; false: something was left. */
bool stand_in_end(struct client *client);

#endif
