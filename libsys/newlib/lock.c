/* SPDX-License-Identifier: BSD-2-Clause */
/* Locks: our own, and those that newlib wants (recursive or not; the owner is a thread). */

#include "libsys/newlib/lock.h"

#include <stdlib.h>
#include <sys/lock.h>

#include "libsys/invoke.h"
#include "libsys/newlib/system.h"
#include "libsys/newlib/thread.h"

#define WAIT_NANOSECONDS 50000 /* first a yield; then so long, so that a lower priority gets on */

void lock_wait(struct lock *lock)
{
    uint64_t flags;

    (void)!sched_context_yield(thread_self()->time);
    while (__atomic_exchange_n(&lock->taken, 1, __ATOMIC_ACQUIRE))
        (void)!system_wait(system_deadline(WAIT_NANOSECONDS), &flags);
}

/* newlib's name for what its files hold a pointer to. */
struct __lock {
    struct lock lock;
    struct thread *owner;
    uint32_t depth;
};

struct __lock __lock___sinit_recursive_mutex, __lock___sfp_recursive_mutex,
    __lock___atexit_recursive_mutex, __lock___at_quick_exit_mutex, __lock___malloc_recursive_mutex,
    __lock___env_recursive_mutex, __lock___tz_mutex, __lock___dd_hash_mutex,
    __lock___arc4random_mutex;

/* Without memory there is no lock, and the program has but one thread or bad luck. */
void __retarget_lock_init(_LOCK_T *lock)
{
    *lock = calloc(1, sizeof(struct __lock));
}

void __retarget_lock_init_recursive(_LOCK_T *lock)
{
    __retarget_lock_init(lock);
}

void __retarget_lock_close(_LOCK_T lock)
{
    free(lock);
}

void __retarget_lock_close_recursive(_LOCK_T lock)
{
    free(lock);
}

void __retarget_lock_acquire(_LOCK_T lock)
{
    if (lock)
        lock_take(&lock->lock);
}

void __retarget_lock_release(_LOCK_T lock)
{
    if (lock)
        lock_give(&lock->lock);
}

int __retarget_lock_try_acquire(_LOCK_T lock)
{
    return !lock || !__atomic_exchange_n(&lock->lock.taken, 1, __ATOMIC_ACQUIRE);
}

static int owned(_LOCK_T lock)
{
    return __atomic_load_n(&lock->owner, __ATOMIC_RELAXED) == thread_self();
}

void __retarget_lock_acquire_recursive(_LOCK_T lock)
{
    if (!lock)
        return;
    if (!owned(lock)) {
        lock_take(&lock->lock);
        __atomic_store_n(&lock->owner, thread_self(), __ATOMIC_RELAXED);
    }
    lock->depth++;
}

int __retarget_lock_try_acquire_recursive(_LOCK_T lock)
{
    if (!lock)
        return 1;
    if (!owned(lock)) {
        if (__atomic_exchange_n(&lock->lock.taken, 1, __ATOMIC_ACQUIRE))
            return 0;
        __atomic_store_n(&lock->owner, thread_self(), __ATOMIC_RELAXED);
    }
    lock->depth++;
    return 1;
}

void __retarget_lock_release_recursive(_LOCK_T lock)
{
    if (!lock || --lock->depth > 0)
        return;
    __atomic_store_n(&lock->owner, NULL, __ATOMIC_RELAXED);
    lock_give(&lock->lock);
}
