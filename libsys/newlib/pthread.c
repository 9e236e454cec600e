/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads. A thread's stack has, from its top down, the control block (struct thread), thread-local
 * variables, and the stack proper. It can't take away the stack that it stands on: who joins it
 * does that, or for a detached one whoever makes the next thread. The process server clears `alive`
 * when a thread has left its stack.
 */

#include <pthread.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "libsys/invoke.h"
#include "libsys/memory_client.h"
#include "libsys/newlib/lock.h"
#include "libsys/newlib/thread.h"
#include "libsys/newlib/wait.h"
#include "libsys/process_client.h"

#define STACK_BYTES (256 * 1024ull)

extern char __tls_begin[], __tls_end[];

static struct lock threads_lock;
static struct thread *detached; /* those whose stacks are still to be given back */

static uint64_t local_bytes(void)
{
    return ((uint64_t)(__tls_end - __tls_begin) + 63) & ~63ull;
}

static void thread_free(struct thread *thread)
{
    void *stack = thread->stack;
    size_t bytes = thread->stack_bytes;

    if (thread->wake_slot >= 0) {
        slot_clear((uint32_t)(PROCESS_SLOT_FILE + thread->wake_slot));
        descriptor_give(thread->wake_slot);
    }
    if (thread->reent)
        _reclaim_reent(thread->reent);
    free(thread->reent);
    munmap(stack, bytes);
}

static void detached_collect(void)
{
    lock_take(&threads_lock);
    for (struct thread **at = &detached; *at;) {
        struct thread *thread = *at;
        if (__atomic_load_n(&thread->alive, __ATOMIC_ACQUIRE)) {
            at = &thread->next;
            continue;
        }
        *at = thread->next;
        thread_free(thread);
    }
    lock_give(&threads_lock);
}

static void detached_add(struct thread *thread)
{
    lock_take(&threads_lock);
    thread->next = detached;
    detached = thread;
    lock_give(&threads_lock);
}

/* Where a thread starts; it waits until its creator has told it its number and capabilities. */
static _Noreturn void thread_main(struct thread *thread)
{
    while (!__atomic_load_n(&thread->ready, __ATOMIC_ACQUIRE))
        ;
    thread_context_init(thread);
    pthread_exit(thread->start(thread->argument));
}

static struct thread *thread_make(size_t bytes)
{
    uint64_t mapped = 0;
    struct _reent *reent = malloc(sizeof(*reent));

    if (!reent)
        return NULL;
    if (system_result(memory_map_anonymous(
            PROCESS_CAP(MEMORY), 0, bytes,
            MEMORY_READ | MEMORY_WRITE | MEMORY_PRIVATE | MEMORY_GROWS_DOWN, &mapped))) {
        free(reent);
        return NULL;
    }
    struct thread *thread = (struct thread *)(mapped + bytes - THREAD_CONTROL_BYTES);
    *thread = (struct thread){
        .self = thread,
        .reent = reent,
        .stack = (void *)mapped,
        .stack_bytes = bytes,
        .wake_slot = -1,
        .alive = 1,
    };
    _REENT_INIT_PTR(reent);
    thread_local_init((char *)thread);
    return thread;
}

static int thread_begin(struct thread *thread)
{
    uint64_t sp = ((uint64_t)thread - local_bytes()) & ~15ull;
    uint32_t number = 0, slots = 0;

    /* As a call leaves it: the return address, which is nowhere, at sp. */
    if (system_result(process_thread_create(PROCESS_CAP(PROCESS), (uint64_t)thread_main, sp - 8,
                                            (uint64_t)thread, (uint64_t)thread, &number, &slots)))
        return errno == ENOMEM ? EAGAIN : errno;
    thread->number = number;
    thread->time = CAP_OF(slots);
    thread->notification = CAP_OF(slots + 1);
    __atomic_store_n(&thread->ready, 1, __ATOMIC_RELEASE);
    return 0;
}

int pthread_create(pthread_t *made, const pthread_attr_t *attributes, void *(*start)(void *),
                   void *argument)
{
    size_t bytes = attributes && attributes->stack_bytes ? attributes->stack_bytes : STACK_BYTES;

    detached_collect();
    bytes = (bytes + local_bytes() + 2 * SYSTEM_PAGE - 1) & ~(SYSTEM_PAGE - 1);
    struct thread *thread = thread_make(bytes);
    if (!thread)
        return EAGAIN;
    thread->start = start;
    thread->argument = argument;
    thread->is_detached = attributes && attributes->detached;
    *made = thread;
    int error = thread_begin(thread);
    if (error)
        thread_free(thread);
    else if (thread->is_detached)
        detached_add(thread);
    return error;
}

void pthread_exit(void *result)
{
    struct thread *thread = thread_self();

    thread_keys_end(thread);
    thread->result = result;
    for (;;)
        (void)!process_thread_exit(PROCESS_CAP(PROCESS), thread->number, (uint64_t)&thread->alive);
}

int pthread_join(pthread_t thread, void **result)
{
    err_t error;

    if (thread == thread_self())
        return EDEADLK;
    if (thread->is_detached)
        return EINVAL;
    while (__atomic_load_n(&thread->alive, __ATOMIC_ACQUIRE)) {
        error = SYSTEM_CALL(process_thread_join(PROCESS_CAP(PROCESS), thread->number));
        if (error && __atomic_load_n(&thread->alive, __ATOMIC_ACQUIRE))
            return system_errno(error);
    }
    if (result)
        *result = thread->result;
    thread_free(thread);
    return 0;
}

int pthread_detach(pthread_t thread)
{
    if (thread->is_detached)
        return EINVAL;
    thread->is_detached = true;
    detached_add(thread);
    return 0;
}

pthread_t pthread_self(void)
{
    return thread_self();
}

int pthread_equal(pthread_t a, pthread_t b)
{
    return a == b;
}

/* ---- Attributes ------------------------------------------------------------------------------ */

int pthread_attr_init(pthread_attr_t *attributes)
{
    *attributes = (pthread_attr_t){0};
    return 0;
}

int pthread_attr_destroy(pthread_attr_t *attributes)
{
    (void)attributes;
    return 0;
}

int pthread_attr_setdetachstate(pthread_attr_t *attributes, int detached_state)
{
    attributes->detached = detached_state;
    return 0;
}

int pthread_attr_setstacksize(pthread_attr_t *attributes, size_t bytes)
{
    if (bytes < PTHREAD_STACK_MIN)
        return EINVAL;
    attributes->stack_bytes = bytes;
    return 0;
}
