/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Locks between the threads of a program. Taken without contention they cost two instructions.
 * Whoever finds one taken gives its time away a little and tries again: sections are short.
 */
#ifndef LIBSYS_NEWLIB_LOCK_H
#define LIBSYS_NEWLIB_LOCK_H

#include <stdint.h>

struct lock {
    uint32_t taken;
};

/* Waits when it's taken. */
void lock_wait(struct lock *lock);

static inline void lock_take(struct lock *lock)
{
    if (__atomic_exchange_n(&lock->taken, 1, __ATOMIC_ACQUIRE))
        lock_wait(lock);
}

static inline void lock_give(struct lock *lock)
{
    __atomic_store_n(&lock->taken, 0, __ATOMIC_RELEASE);
}

#endif
