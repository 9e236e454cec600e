/* SPDX-License-Identifier: BSD-2-Clause */
/* Mutexes, conditions, once, and thread-specific data. */

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "libsys/newlib/lock.h"
#include "libsys/newlib/stat.h"
#include "libsys/newlib/thread.h"
#include "libsys/newlib/wait.h"
#include "libsys/time.h"

/* ---- Mutexes: 0 free, 1 taken, 2 taken and somebody may wait --------------------------------- */

int pthread_mutexattr_init(pthread_mutexattr_t *attributes)
{
    attributes->kind = PTHREAD_MUTEX_DEFAULT;
    return 0;
}

int pthread_mutexattr_destroy(pthread_mutexattr_t *attributes)
{
    (void)attributes;
    return 0;
}

int pthread_mutexattr_settype(pthread_mutexattr_t *attributes, int kind)
{
    if (kind < PTHREAD_MUTEX_NORMAL || kind > PTHREAD_MUTEX_ERRORCHECK)
        return EINVAL;
    attributes->kind = kind;
    return 0;
}

int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
    *mutex = (pthread_mutex_t){.kind = attributes ? (unsigned)attributes->kind : 0};
    return 0;
}

int pthread_mutex_destroy(pthread_mutex_t *mutex)
{
    return mutex->taken ? EBUSY : 0;
}

static pthread_t mutex_owner(const pthread_mutex_t *mutex)
{
    return __atomic_load_n(&mutex->owner, __ATOMIC_RELAXED);
}

/* One's own already: what that means. -1: it isn't. */
static int mutex_again(pthread_mutex_t *mutex)
{
    if (mutex->kind == PTHREAD_MUTEX_NORMAL || mutex_owner(mutex) != thread_self())
        return -1;
    if (mutex->kind == PTHREAD_MUTEX_ERRORCHECK)
        return EDEADLK;
    mutex->depth++;
    return 0;
}

static bool mutex_try(pthread_mutex_t *mutex)
{
    unsigned expected = 0;

    return __atomic_compare_exchange_n(&mutex->taken, &expected, 1, false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

static void mutex_own(pthread_mutex_t *mutex)
{
    __atomic_store_n(&mutex->owner, thread_self(), __ATOMIC_RELAXED);
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    int again = mutex_again(mutex);

    if (again >= 0)
        return again;
    if (!mutex_try(mutex))
        while (__atomic_exchange_n(&mutex->taken, 2, __ATOMIC_ACQUIRE))
            (void)word_wait(&mutex->taken, 2, 0);
    mutex_own(mutex);
    return 0;
}

int pthread_mutex_trylock(pthread_mutex_t *mutex)
{
    int again = mutex_again(mutex);

    if (again >= 0)
        return again == EDEADLK ? EBUSY : again;
    if (!mutex_try(mutex))
        return EBUSY;
    mutex_own(mutex);
    return 0;
}

int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    if (mutex->kind != PTHREAD_MUTEX_NORMAL && mutex_owner(mutex) != thread_self())
        return EPERM;
    if (mutex->depth > 0) {
        mutex->depth--;
        return 0;
    }
    __atomic_store_n(&mutex->owner, NULL, __ATOMIC_RELAXED);
    if (__atomic_exchange_n(&mutex->taken, 0, __ATOMIC_RELEASE) == 2)
        word_wake(&mutex->taken, 1);
    return 0;
}

/* ---- Conditions ------------------------------------------------------------------------------ */

int pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes)
{
    (void)attributes;
    *condition = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
    return 0;
}

int pthread_cond_destroy(pthread_cond_t *condition)
{
    (void)condition;
    return 0;
}

static int condition_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, uint64_t until)
{
    unsigned turn = __atomic_load_n(&condition->turn, __ATOMIC_ACQUIRE);

    pthread_mutex_unlock(mutex);
    bool woken = word_wait(&condition->turn, turn, until);
    pthread_mutex_lock(mutex);
    return woken ? 0 : ETIMEDOUT;
}

int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    return condition_wait(condition, mutex, 0);
}

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                           const struct timespec *time)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    int64_t left = (time->tv_sec - now.tv_sec) * NANOSECONDS + (int64_t)time->tv_nsec - now.tv_nsec;
    if (left <= 0)
        return ETIMEDOUT;
    return condition_wait(condition, mutex, system_deadline((uint64_t)left));
}

int pthread_cond_signal(pthread_cond_t *condition)
{
    __atomic_fetch_add(&condition->turn, 1, __ATOMIC_RELEASE);
    word_wake(&condition->turn, 1);
    return 0;
}

int pthread_cond_broadcast(pthread_cond_t *condition)
{
    __atomic_fetch_add(&condition->turn, 1, __ATOMIC_RELEASE);
    word_wake(&condition->turn, ~0u);
    return 0;
}

/* ---- Once: 0 not yet, 1 at it, 2 done -------------------------------------------------------- */

int pthread_once(pthread_once_t *once, void (*function)(void))
{
    unsigned expected = 0;

    if (__atomic_load_n(&once->state, __ATOMIC_ACQUIRE) == 2)
        return 0;
    if (__atomic_compare_exchange_n(&once->state, &expected, 1, false, __ATOMIC_ACQUIRE,
                                    __ATOMIC_ACQUIRE)) {
        function();
        __atomic_store_n(&once->state, 2, __ATOMIC_RELEASE);
        word_wake(&once->state, ~0u);
        return 0;
    }
    while (__atomic_load_n(&once->state, __ATOMIC_ACQUIRE) != 2)
        (void)word_wait(&once->state, 1, 0);
    return 0;
}

/* ---- Thread-specific data -------------------------------------------------------------------- */

static struct {
    struct lock lock;
    bool used[PTHREAD_KEYS_MAX];
    void (*destructor[PTHREAD_KEYS_MAX])(void *);
} keys;

static __thread const void *values[PTHREAD_KEYS_MAX];

int pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
    int result = EAGAIN;

    lock_take(&keys.lock);
    for (unsigned i = 0; i < PTHREAD_KEYS_MAX && result; i++) {
        if (keys.used[i])
            continue;
        keys.used[i] = true;
        keys.destructor[i] = destructor;
        *key = i;
        result = 0;
    }
    lock_give(&keys.lock);
    return result;
}

int pthread_key_delete(pthread_key_t key)
{
    if (key >= PTHREAD_KEYS_MAX || !keys.used[key])
        return EINVAL;
    keys.destructor[key] = NULL;
    keys.used[key] = false;
    return 0;
}

void *pthread_getspecific(pthread_key_t key)
{
    return key < PTHREAD_KEYS_MAX ? (void *)(uintptr_t)values[key] : NULL;
}

int pthread_setspecific(pthread_key_t key, const void *value)
{
    if (key >= PTHREAD_KEYS_MAX || !keys.used[key])
        return EINVAL;
    values[key] = value;
    return 0;
}

/* One round of destructors; whether any was called. */
static bool keys_round(void)
{
    bool any = false;

    for (unsigned i = 0; i < PTHREAD_KEYS_MAX; i++) {
        void *value = (void *)(uintptr_t)values[i];
        values[i] = NULL;
        if (value && keys.used[i] && keys.destructor[i]) {
            keys.destructor[i](value);
            any = true;
        }
    }
    return any;
}

void thread_keys_end(struct thread *thread)
{
    (void)thread;
    for (unsigned i = 0; i < PTHREAD_DESTRUCTOR_ITERATIONS && keys_round(); i++)
        ;
}
