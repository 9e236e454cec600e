/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many threads of a test's program, each of which makes one call that waits. A throng with a
 * priority above the test's has made it when throng_add comes back: its thread waits, or is done.
 */
#ifndef TESTS_GUEST_THRONG_H
#define TESTS_GUEST_THRONG_H

#include "libsys/invoke.h"
#include "libsys/program.h"
#include "libsys/rpc_client.h"

#define THRONG_MAX 80
#define THRONG_STACK 2048
#define THRONG_BUFFERS 0x38000000ull /* four in a page */
#define THRONG_SCHED_BITS 8
#define THRONG_PAGE_BITS 12

struct throng_thread {
    struct rpc_context context;
    struct rpc_client server;
    err_t (*body)(const struct rpc_client *server);
    cap_t thread, time;
    volatile bool done;
    err_t error;
    _Alignas(16) char stack[THRONG_STACK];
};

struct throng {
    uint32_t count, priority;
    cap_t pool, cnode, frame;
    cap_t (*slot)(void);
    struct throng_thread thread[THRONG_MAX];
};

static inline _Noreturn void throng_run(struct throng_thread *thread)
{
    thread->error = thread->body(&thread->server);
    thread->done = true;
    for (;;)
        (void)!thread_suspend(thread->thread);
}

static inline cap_t throng_made(struct throng *throng, enum object_type type, uint32_t bits,
                                err_t *error)
{
    cap_t cap = throng->slot();

    if (!*error)
        *error = untyped_retype(throng->pool, throng->cnode, CAP_INDEX(cap), 1, type, bits);
    return cap;
}

/* A page of buffers for every fourth. */
static inline err_t throng_buffer(struct throng *throng, const struct throng_thread *thread)
{
    uint64_t page = (uint64_t)thread->context.buffer & ~0xfffull;
    uint32_t offset = (uint32_t)((uint64_t)thread->context.buffer - page);
    err_t error = 0;

    if (offset == 0) {
        throng->frame = throng_made(throng, OBJECT_FRAME, THRONG_PAGE_BITS, &error);
        if (!error)
            error = frame_map(throng->frame, program_cap("vspace"), page, 0, 1u << THRONG_PAGE_BITS,
                              ACCESS_READ | ACCESS_WRITE);
    }
    return error ? error : thread_set_buffer(thread->thread, throng->frame, offset);
}

static inline err_t throng_make(struct throng *throng, struct throng_thread *thread)
{
    err_t error = 0;

    thread->thread = throng_made(throng, OBJECT_THREAD, program_info()->thread_bits, &error);
    thread->time = throng_made(throng, OBJECT_SCHED_CONTEXT, THRONG_SCHED_BITS, &error);
    if (!error)
        error = sched_context_configure(thread->time, program_cap("cpu"), throng->priority, 0);
    if (!error)
        error = thread_set_space(thread->thread, throng->cnode, program_cap("vspace"));
    if (!error)
        error = throng_buffer(throng, thread);
    return error ? error : thread_set_sched(thread->thread, thread->time);
}

/* Another one, that calls this; null: it couldn't be made. */
static inline struct throng_thread *throng_add(struct throng *throng, cap_t server,
                                               err_t (*body)(const struct rpc_client *server))
{
    struct throng_thread *thread = &throng->thread[throng->count];

    if (throng->count == THRONG_MAX)
        return NULL;
    thread->context.buffer = (struct message_buffer *)(THRONG_BUFFERS + throng->count * 1024ull);
    thread->server = (struct rpc_client){server, &thread->context};
    thread->body = body;
    thread->done = false;
    if (!thread->thread && throng_make(throng, thread))
        return NULL;
    throng->count++;
    if (thread_start(thread->thread, (uint64_t)throng_run,
                     (uint64_t)thread->stack + THRONG_STACK - 8, 0, (uint64_t)thread))
        return NULL;
    return thread;
}

/* All are stopped, wherever they wait; they are made anew by the next that are added. */
static inline void throng_stop(struct throng *throng)
{
    while (throng->count > 0)
        (void)!thread_suspend(throng->thread[--throng->count].thread);
}

#endif
