/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults that couldn't be served. The thread is moved into a Reply and waits there; the process
 * server is told by its Notification, takes the fault, and ends the thread or lets it go on.
 */
#ifndef SERVERS_MEMORY_PENDING_H
#define SERVERS_MEMORY_PENDING_H

#include "libsys/memory_protocol.h"
#include "servers/memory/space.h"

/* Whom to tell; the slot is this file's from now on. From then on a few can be kept in any case. */
void pending_tell(cap_t notification);

/* Keep the fault that is being served. False: no memory for that; the thread must try again. */
bool pending_add(const struct memory_fault *fault);
/* The oldest that wasn't taken. MEMORY_ERROR_NO_FAULT: there is none. */
MUST_USE err_t pending_take(struct memory_fault *fault);
/* Let the thread go on. */
MUST_USE err_t pending_resume(uint64_t number);
/* A space ends: its threads are gone. */
void pending_forget(uint32_t badge);

#endif
