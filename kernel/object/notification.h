/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A Notification: 32 flags. A signal sets those of the capability's badge. With nobody listening
 * that is a single instruction on the fast path; otherwise `listener` sends it here. It says on
 * which CPU somebody listens: the rest belongs to that one, which others send the node to.
 *
 * One thread may wait for it; or it is bound to an endpoint, whose idle server takes the flags (one
 * with time of its own, since nobody calls), or whose next server to wait does.
 */
#ifndef KERNEL_OBJECT_NOTIFICATION_H
#define KERNEL_OBJECT_NOTIFICATION_H

#include "kernel/object/thread.h"

struct notification {
    uint32_t flags;                   /* atomic: any CPU sets, the home CPU takes */
    uint32_t listener;                /* atomic: 0, LISTENER_* of a CPU, or NOTIFICATION_DEAD */
    struct thread *waiter;            /* if it's LISTENER_WAITER */
    struct endpoint_part *part;       /* bound there; null: not bound */
    struct notification *next, *prev; /* ring of the part's pending ones; null: not in it */
    struct inbox_node node;
    uint32_t listed, reserved; /* atomic: the node is on its way */
    struct slot binding_endpoint;
};

#define LISTENER_WAITER(index) (2 * (index) + 1) /* a thread of this CPU waits */
#define LISTENER_PART(index) (2 * (index) + 2)   /* it's bound to an endpoint's part there */
#define NOTIFICATION_DEAD (~0u)

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

/* It was sent here, since somebody listened. */
void notification_arrive(struct notification *notification);

/* The CPU where somebody listens; if nobody does, this one. */
static inline unsigned notification_cpu(const struct notification *notification)
{
    uint32_t listener = __atomic_load_n(&notification->listener, __ATOMIC_RELAXED);
    return listener - 1 < 2 * CPU_MAX ? (listener - 1) / 2 : this_cpu()->index;
}

/* Nobody will listen any more. False: somebody does, perhaps elsewhere. */
MUST_USE bool notification_begin_end(struct notification *notification);

void notification_unbind(struct notification *notification);
/* False: another CPU's thread has begun to listen. */
MUST_USE bool notification_destroy(struct notification *notification);

#endif
