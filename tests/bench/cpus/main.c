/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What it costs to reach another CPU: a call and its answer, and a signal to a thread that waits.
 * Under -icount one CPU of QEMU's executes at a time and the clock counts instructions, so that a
 * difference of two readings, whichever CPU read them, is what both CPUs executed between.
 */
#include "libsys/invoke.h"
#include "libsys/print.h"
#include "libsys/program.h"
#include "libsys/time.h"

#define PASSES 256
#define WARM_UP 16
#define PRIORITY 90
#define FLAG 1
#define STACK_BYTES 8192

static struct {
    cap_t cnode, vspace, pool;
    uint32_t next;
} own;

static cap_t endpoint, notification, echo;
static volatile uint64_t woken;
static uint64_t sample[PASSES];
static char stack[2][STACK_BYTES] __attribute__((aligned(16)));

static void must(const char *what, err_t error)
{
    if (!error)
        return;
    print("bench: %s: error %u\n", what, (unsigned)ERR_CODE(error));
    program_exit(1);
}

static cap_t make(enum object_type type, unsigned size_bits)
{
    must("retype", untyped_retype(own.pool, own.cnode, own.next, 1, type, size_bits));
    return CAP_OF(own.next++);
}

static cap_t mint(cap_t source)
{
    cap_t minted = CAP_OF(own.next++);

    must("mint", cnode_mint(own.cnode, CAP_INDEX(minted), source, RIGHT_ALL, FLAG));
    return minted;
}

/* ---- On the other CPU ---- */

static _Noreturn void serve(void)
{
    struct message message = {0};
    uint32_t badge;

    for (;;)
        if (reply_wait(&message, &badge))
            must("a plain call", 1);
}

static _Noreturn void await(void)
{
    uint64_t flags;

    for (;;) {
        must("wait", notification_wait(notification, &flags));
        woken = time_ticks();
        must("signal", signal_flags(echo));
    }
}

/* A thread with time of that CPU; `serves`: it waits for calls. */
static void begin(cap_t cpu, void (*entry)(void), char *top, bool serves)
{
    cap_t thread = make(OBJECT_THREAD, program_info()->thread_bits);
    cap_t time = make(OBJECT_SCHED_CONTEXT, 8);

    must("configure", sched_context_configure(time, cpu, PRIORITY, 0));
    must("space", thread_set_space(thread, own.cnode, own.vspace));
    must("time", thread_set_sched(thread, time));
    if (serves)
        must("endpoint", thread_set_endpoint(thread, endpoint));
    must("start", thread_start(thread, (uint64_t)entry, (uint64_t)top - 8, 0, 0));
}

/* ---- Here ---- */

static void sort(void)
{
    for (unsigned i = 1; i < PASSES; i++)
        for (unsigned k = i; k > 0 && sample[k] < sample[k - 1]; k--) {
            uint64_t other = sample[k];
            sample[k] = sample[k - 1];
            sample[k - 1] = other;
        }
}

static void report(const char *name)
{
    sort();
    print("BENCH %s id=- n=%u min=%lu median=%lu p99=%lu max=%lu unit=tsc div=1\n", name, PASSES,
          sample[0], sample[PASSES / 2], sample[PASSES * 99 / 100], sample[PASSES - 1]);
}

static void measure_calls(void)
{
    for (unsigned i = 0; i < WARM_UP + PASSES; i++) {
        struct message message = {.word = {i}};
        uint64_t before = time_ticks();
        must("call", call(endpoint, &message));
        if (i >= WARM_UP)
            sample[i - WARM_UP] = time_ticks() - before;
        if (message.word[0] != i)
            must("the answer's word", 1);
    }
    report("ipc.call.cross");
}

/* This CPU's way to idleness, since it waits for the answer, is in it. */
static void measure_signals(cap_t signal)
{
    for (unsigned i = 0; i < WARM_UP + PASSES; i++) {
        uint64_t flags, before = time_ticks();
        must("signal", signal_flags(signal));
        must("wait", notification_wait(echo, &flags));
        if (i >= WARM_UP)
            sample[i - WARM_UP] = woken - before;
    }
    report("signal.cross");
}

int main(const struct program_info *info)
{
    cap_t cpu = program_cap("cpus"), signal;

    own.cnode = program_cap("cnode");
    own.vspace = program_cap("vspace");
    own.pool = program_cap("pool");
    own.next = info->first_free_slot;
    if (info->cpu_running < 2)
        must("there is one CPU: this takes two (tools/run --smp 2)", 1);
    endpoint = make(OBJECT_ENDPOINT, info->endpoint_bits);
    notification = make(OBJECT_NOTIFICATION, 7);
    signal = mint(notification);
    echo = mint(make(OBJECT_NOTIFICATION, 7));
    begin(cpu, serve, stack[0] + STACK_BYTES, true);
    begin(cpu, await, stack[1] + STACK_BYTES, false);
    measure_calls();
    measure_signals(signal);
    return 0;
}
