/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The timer server. Two threads: this one serves and owns all timers; the sleeper waits until the
 * next of them is due, and signals this one. They share one number, the time to sleep until.
 */

#include "libsys/invoke.h"
#include "libsys/log.h"
#include "libsys/memory.h"
#include "libsys/program.h"
#include "libsys/subscribers.h"
#include "libsys/time.h"
#include "libsys/timer_server.h"
#include "servers/timer/heap.h"

#define SLOTS 512
#define STACK_BYTES 4096
#define PRIORITY 200
#define INTERVAL_LEAST 100000u
#define INDEX_BITS 8 /* of a timer's number; its generation is above */
#define WORK_DUE 1u
#define NEVER UINT64_MAX

_Static_assert(TIMERS_MAX == 1 << INDEX_BITS, "a number is generation and index");

static struct timer timers[TIMERS_MAX];
static struct heap heap;
static uint64_t bitmap[SLOTS_WORDS(SLOTS)];
static struct slots slots;
static struct rpc_server server;
static cap_t own_time;

/* ---- The sleeper ----------------------------------------------------------------------------- */

static struct {
    uint64_t
        until; /* nanoseconds since boot; NEVER. Written by the server, then `kick` signalled */
    cap_t time, kick, work;
} sleeper;
static char stack[STACK_BYTES] __attribute__((aligned(16)));

static uint64_t now(void)
{
    uint64_t nanoseconds = 0;

    (void)!time_now(&program_info()->time, own_time, &nanoseconds);
    return nanoseconds;
}

/* TSC value for a time; 0: there is none. */
static uint64_t deadline_of(uint64_t until)
{
    uint64_t ticks = time_ticks(), present = now();

    if (until == NEVER)
        return 0;
    return time_deadline(&program_info()->time, ticks, until > present ? until - present : 0);
}

/* When the time has come it tells the server once, and sleeps until that has set another. */
static _Noreturn void sleeper_run(void)
{
    uint64_t flags, told = NEVER;

    for (;;) {
        uint64_t until = __atomic_load_n(&sleeper.until, __ATOMIC_ACQUIRE);
        (void)!sched_context_deadline(sleeper.time, until == told ? 0 : deadline_of(until));
        if (notification_wait(sleeper.kick, &flags) == 0) {
            told = NEVER;
            continue;
        }
        told = until;
        (void)!signal_flags(sleeper.work);
    }
}

static void sleeper_set(uint64_t until)
{
    __atomic_store_n(&sleeper.until, until, __ATOMIC_RELEASE);
    (void)!signal_flags(sleeper.kick);
}

/* ---- Timers ---------------------------------------------------------------------------------- */

/* Signal those that are due, and sleep until the next. */
static void timers_work(void)
{
    const struct timer *due;

    while ((due = heap_due(&heap, now())) != NULL)
        (void)!signal_flags(due->event);
    sleeper_set(heap.count > 0 ? heap_first(&heap)->time : NEVER);
}

/* The same after a change; the sleeper is left alone if nothing changes for it. */
static void timers_changed(void)
{
    if (heap.count == 0 || heap_first(&heap)->time != sleeper.until)
        timers_work();
}

static struct timer *timer_find(const struct rpc_request *rpc, uint32_t number)
{
    struct timer *timer = &timers[number % TIMERS_MAX];

    if (timer->owner == 0 || timer->owner != rpc->badge ||
        timer->generation != number >> INDEX_BITS)
        return NULL;
    return timer;
}

static void timer_end(struct timer *timer)
{
    if (timer->time)
        heap_remove(&heap, timer);
    (void)!cnode_delete(server.cnode, CAP_INDEX(timer->event));
    slots_give(&slots, CAP_INDEX(timer->event), 1);
    timer->owner = 0;
}

/* Clients that have ended: what their timers would signal is gone. */
static void timers_end_gone(void)
{
    for (uint32_t i = 0; i < TIMERS_MAX; i++)
        if (timers[i].owner != 0 && cap_is_gone(timers[i].event))
            timer_end(&timers[i]);
}

static err_t timer_serve_create(struct rpc_request *rpc, cap_t event, uint32_t *number)
{
    uint32_t index = 0;

    timers_end_gone();
    while (index < TIMERS_MAX && timers[index].owner != 0)
        index++;
    if (index == TIMERS_MAX)
        return RPC_FULL;
    err_t error = rpc_keep(rpc, event);
    if (error)
        return error;
    struct timer *timer = &timers[index];
    uint32_t generation = (timer->generation + 1) % (1u << (32 - INDEX_BITS));
    *timer = (struct timer){.owner = rpc->badge, .event = event, .generation = generation};
    *number = generation << INDEX_BITS | index;
    return 0;
}

static err_t timer_serve_arm(struct rpc_request *rpc, uint32_t number, uint64_t time,
                             uint64_t interval, uint64_t *left)
{
    struct timer *timer = timer_find(rpc, number);
    uint64_t present = now();

    if (!timer)
        return RPC_BAD_HANDLE;
    if (interval != 0 && interval < INTERVAL_LEAST)
        return RPC_OUT_OF_RANGE;
    if (timer->time) {
        *left = timer->time > present ? timer->time - present : 1;
        heap_remove(&heap, timer);
    }
    timer->interval = interval;
    if (time)
        heap_add(&heap, timer, time);
    timers_changed();
    return 0;
}

static err_t timer_serve_destroy(struct rpc_request *rpc, uint32_t number)
{
    struct timer *timer = timer_find(rpc, number);

    if (!timer)
        return RPC_BAD_HANDLE;
    timer_end(timer);
    return 0;
}

static err_t timer_serve_count(struct rpc_request *rpc, uint32_t *count)
{
    (void)rpc;
    timers_end_gone();
    for (uint32_t i = 0; i < TIMERS_MAX; i++)
        *count += timers[i].owner != 0;
    return 0;
}

static err_t timer_serve_now(struct rpc_request *rpc, uint64_t *time)
{
    (void)rpc;
    *time = now();
    return 0;
}

static enum answer serve(void *context, err_t kind, uint32_t badge, struct message *message)
{
    struct rpc_request request = rpc_begin(context, kind, badge);

    if (kind != RECEIVE_NOTIFICATION)
        return timer_dispatch(&request, message);
    timers_work();
    *message = (struct message){0};
    return ANSWER_REGISTERS;
}

/* ---- Set-up ---------------------------------------------------------------------------------- */

static struct memory memory;

/* Its objects; `work` is bound to the endpoint, and signalled by the sleeper. */
static err_t sleeper_make(cap_t *thread)
{
    uint32_t slot = slots_take(&slots, 1);
    cap_t work;
    err_t error = memory_make_one(&memory, OBJECT_THREAD, program_info()->thread_bits, thread);

    if (!error)
        error = memory_make_one(&memory, OBJECT_SCHED_CONTEXT, 8, &sleeper.time);
    if (!error)
        error = memory_make_one(&memory, OBJECT_NOTIFICATION, 7, &sleeper.kick);
    if (!error)
        error = memory_make_one(&memory, OBJECT_NOTIFICATION, 7, &work);
    if (!error)
        error = cnode_mint(server.cnode, slot, work, RIGHT_NOTIFICATION_SIGNAL, WORK_DUE);
    sleeper.work = CAP_OF(slot);
    if (!error)
        error = notification_bind(work, server.endpoint);
    return error;
}

/* `kick` has no badge, and an unbadged signal sets nothing: it is minted in its own place. */
static err_t kick_make(cap_t *kick)
{
    uint32_t slot = slots_take(&slots, 1);
    err_t error = cnode_mint(server.cnode, slot, sleeper.kick,
                             RIGHT_NOTIFICATION_SIGNAL | RIGHT_NOTIFICATION_WAIT, 1);

    *kick = CAP_OF(slot);
    return error;
}

static err_t sleeper_start(void)
{
    cap_t thread, kick;
    err_t error = sleeper_make(&thread);

    if (!error)
        error = kick_make(&kick);
    if (!error)
        sleeper.kick = kick;
    if (!error)
        error = sched_context_configure(sleeper.time, program_cap("cpu"), PRIORITY, 0);
    if (!error)
        error = thread_set_space(thread, server.cnode, program_cap("vspace"));
    if (!error)
        error = thread_set_sched(thread, sleeper.time);
    sleeper.until = NEVER;
    if (!error) /* the stack as a call would leave it */
        error =
            thread_start(thread, (uint64_t)sleeper_run, (uint64_t)(stack + STACK_BYTES - 8), 0, 0);
    return error;
}

int main(const struct program_info *info)
{
    err_t error = rpc_server_open(&server, &slots, bitmap, SLOTS);

    (void)info;
    own_time = program_cap("time");
    memory_init(&memory, &slots, server.cnode);
    if (!error)
        error = memory_add(&memory, program_cap("pool"));
    if (!error)
        error = sleeper_start();
    if (error) {
        log_failure("set-up", error);
        return 1;
    }
    return (int)server_run(serve, &server);
}
