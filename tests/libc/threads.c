/* SPDX-License-Identifier: BSD-2-Clause */
/* POSIX threads. */

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/libc/check.h"

#define THREADS 8
#define ROUNDS 2000

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static int shared, turn;
static __thread int own = 5;
static pthread_key_t key;
static int destroyed;

static void *count_up(void *argument)
{
    own += (int)(intptr_t)argument;
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&mutex);
        shared++;
        pthread_mutex_unlock(&mutex);
    }
    errno = 1000 + (int)(intptr_t)argument;
    char *memory = malloc(100);
    memset(memory, 1, 100);
    free(memory);
    return (void *)(intptr_t)(own * 10000 + errno);
}

static void test_counting(void)
{
    pthread_t thread[THREADS];
    bool good = true;

    errno = 0;
    for (intptr_t i = 0; i < THREADS; i++)
        good = good && pthread_create(&thread[i], NULL, count_up, (void *)i) == 0;
    CHECK("threads are made", good);
    for (intptr_t i = 0; i < THREADS && good; i++) {
        void *result = NULL;
        good =
            pthread_join(thread[i], &result) == 0 && (intptr_t)result == (5 + i) * 10000 + 1000 + i;
    }
    CHECK("each has variables and an errno of its own", good && own == 5 && errno == 0);
    CHECK("a mutex keeps them apart", shared == THREADS * ROUNDS);
}

/* Two threads that take turns. */
static void *take_turns(void *argument)
{
    int me = (int)(intptr_t)argument;

    for (int i = 0; i < 100; i++) {
        pthread_mutex_lock(&mutex);
        while (turn % 2 != me)
            pthread_cond_wait(&condition, &mutex);
        turn++;
        pthread_cond_broadcast(&condition);
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}

static void test_conditions(void)
{
    pthread_t a, b;
    struct timespec until;

    pthread_create(&a, NULL, take_turns, (void *)0);
    pthread_create(&b, NULL, take_turns, (void *)1);
    CHECK("turns", pthread_join(a, NULL) == 0 && pthread_join(b, NULL) == 0 && turn == 200);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 20000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_mutex_lock(&mutex);
    CHECK("a wait that ends by itself",
          pthread_cond_timedwait(&condition, &mutex, &until) == ETIMEDOUT);
    pthread_mutex_unlock(&mutex);
}

static void destroy(void *value)
{
    destroyed += *(int *)value;
}

static void *keep(void *argument)
{
    pthread_setspecific(key, argument);
    return pthread_getspecific(key) == argument ? argument : NULL;
}

static void test_keys(void)
{
    pthread_t thread;
    void *result;
    static int value = 7;

    CHECK("a key", pthread_key_create(&key, destroy) == 0 && pthread_getspecific(key) == NULL);
    CHECK("a thread's value", pthread_create(&thread, NULL, keep, &value) == 0 &&
                                  pthread_join(thread, &result) == 0 && result == &value);
    CHECK("is destroyed with it", destroyed == 7 && pthread_getspecific(key) == NULL);
    pthread_key_delete(key);
}

static void test_mutexes(void)
{
    pthread_mutexattr_t attributes;
    pthread_mutex_t recursive;

    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&recursive, &attributes);
    CHECK("a recursive mutex",
          pthread_mutex_lock(&recursive) == 0 && pthread_mutex_lock(&recursive) == 0 &&
              pthread_mutex_unlock(&recursive) == 0 && pthread_mutex_unlock(&recursive) == 0);
    pthread_mutex_lock(&mutex);
    CHECK("trylock", pthread_mutex_trylock(&mutex) == EBUSY);
    pthread_mutex_unlock(&mutex);
}

void test_threads(void)
{
    test_counting();
    test_conditions();
    test_keys();
    test_mutexes();
}
