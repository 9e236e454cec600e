/* SPDX-License-Identifier: BSD-2-Clause */
/* See wait.h. */

#include "libsys/newlib/wait.h"

#include "libsys/invoke.h"
#include "libsys/newlib/lock.h"
#include "libsys/newlib/thread.h"
#include "libsys/time.h"

#define LOOK_NANOSECONDS 1000000 /* how often a thread looks that can't be woken */

struct waiter {
    struct waiter *next;
    const unsigned *word;
    cap_t wake; /* the thread's Notification, badged */
    bool woken;
};

static struct lock waiters_lock;
static struct waiter *waiters, **waiters_end = &waiters;

/* A capability by which other threads wake this one, made when it first waits. */
static cap_t wake_of(struct thread *thread)
{
    if (thread->wake_slot >= 0)
        return thread->wake;
    int number = descriptor_take(3);
    if (number < 0)
        return 0;
    uint32_t slot = (uint32_t)(PROCESS_SLOT_FILE + number);
    if (cnode_mint(PROCESS_CAP(CNODE), slot, thread->notification, RIGHT_NOTIFICATION_SIGNAL,
                   THREAD_WAKE_FLAG)) {
        descriptor_give(number);
        return 0;
    }
    thread->wake_slot = number;
    thread->wake = CAP_OF(slot);
    return thread->wake;
}

static void waiter_add(struct waiter *waiter)
{
    *waiters_end = waiter;
    waiters_end = &waiter->next;
}

static void waiter_remove(struct waiter *waiter)
{
    for (struct waiter **at = &waiters; *at; at = &(*at)->next) {
        if (*at != waiter)
            continue;
        *at = waiter->next;
        if (!*at)
            waiters_end = at;
        return;
    }
}

bool word_wait(const unsigned *word, unsigned value, uint64_t until)
{
    struct waiter self = {.word = word, .wake = wake_of(thread_self())};
    uint64_t flags;

    lock_take(&waiters_lock);
    if (__atomic_load_n(word, __ATOMIC_ACQUIRE) != value) {
        lock_give(&waiters_lock);
        return true;
    }
    waiter_add(&self);
    lock_give(&waiters_lock);
    while (!__atomic_load_n(&self.woken, __ATOMIC_ACQUIRE)) {
        (void)!system_wait(self.wake ? until : system_deadline(LOOK_NANOSECONDS), &flags);
        if (until && time_ticks() >= until)
            break;
    }
    lock_take(&waiters_lock);
    if (!self.woken)
        waiter_remove(&self);
    lock_give(&waiters_lock);
    return self.woken;
}

/* The waiter is on another thread's stack: it isn't touched after `woken`, which ends its wait. */
void word_wake(const unsigned *word, unsigned count)
{
    lock_take(&waiters_lock);
    for (struct waiter *at = waiters, *next; at && count > 0; at = next) {
        next = at->next;
        if (at->word != word)
            continue;
        cap_t wake = at->wake;
        waiter_remove(at);
        __atomic_store_n(&at->woken, true, __ATOMIC_RELEASE);
        (void)!signal_flags(wake);
        count--;
    }
    lock_give(&waiters_lock);
}
