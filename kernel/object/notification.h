/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A Notification: 32 flags. A signal sets those of the capability's badge. With nobody listening
 * that is a single instruction on the fast path; otherwise `listener` sends it here.
 *
 * One thread may wait for it; or it is bound to an endpoint, whose idle server takes the flags (one
 * with time of its own, since nobody calls), or whose next server to wait does.
 */
#ifndef KERNEL_OBJECT_NOTIFICATION_H
#define KERNEL_OBJECT_NOTIFICATION_H

#include "kernel/object/thread.h"

struct notification {
    uint32_t flags;    /* atomic: any CPU sets, the home CPU takes */
    uint32_t listener; /* a thread waits, or an endpoint is bound */
    struct thread *waiter;
    struct endpoint_part *part;       /* bound there; null: not bound */
    struct notification *next, *prev; /* ring of the part's pending ones; null: not in it */
    uint64_t reserved[3];
    struct slot binding_endpoint;
};

#define NOTIFICATION_BITS 7
_Static_assert(sizeof(struct notification) == 1 << NOTIFICATION_BITS, "objects.def");
_Static_assert(offsetof(struct notification, flags) == 0, "entry.S");
_Static_assert(offsetof(struct notification, listener) == 4, "entry.S");

/* Set flags, and hand them to whoever listens. */
void notification_signal(struct notification *notification, uint32_t flags);

/* Flags have been set: hand them to whoever listens. */
void notification_notify(struct notification *notification);

/* Give the flags to `server`, which is waiting or about to, as a message. */
void notification_deliver(struct notification *notification, struct thread *server);

/* The thread's wait ends; its state and result are the caller's to set. */
void notification_stop_waiting(struct thread *thread);

void notification_unbind(struct notification *notification);
void notification_destroy(struct notification *notification);

#endif
