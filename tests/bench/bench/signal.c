/* SPDX-License-Identifier: BSD-2-Clause */
/* The cheapest operation, and signals: with nobody waiting, and to a thread that waits. */

#include "libsys/invoke.h"
#include "tests/bench/bench/bench.h"
#include "tests/bench/bench/pass.h"
#include "tests/bench/bench/sample.h"
#include "tests/bench/bench/worker.h"

#define FLAG 4u

static cap_t flag_signal(cap_t notification)
{
    uint32_t slot = bench_slot();

    bench_check("cnode_mint",
                cnode_mint(bench.cnode, slot, notification, RIGHT_NOTIFICATION_SIGNAL, FLAG));
    return CAP_OF(slot);
}

static void measure_null(void)
{
    const struct message nothing = {0};

    for (unsigned i = 0; i < PASSES; i++) {
        struct bare bare = pass_plain(bare_null, REGION_NULL, bench.cnode, &nothing);
        bench_expect("INSPECT names a CNode", (uint8_t)bare.message.word[0] == OBJECT_CNODE);
    }
}

static void measure_idle(cap_t notification, cap_t signal)
{
    const struct message nothing = {0};
    uint64_t flags;

    for (unsigned i = 0; i < PASSES; i++) {
        pass_plain(bare_signal_idle, REGION_SIGNAL_IDLE, signal, &nothing);
        bench_check("notification_poll", notification_poll(notification, &flags));
        bench_expect("the flag is set", flags == FLAG);
    }
}

/* ---- To a waiter ----------------------------------------------------------------------------- */

static struct bare waker; /* of the pass under way: its `begin` counts */
static bool waiter_has_run;

static void waiter_run(void *context)
{
    const struct message wait = {.tag = OP_notification_wait};

    for (unsigned i = 0; i < PASSES; i++) {
        struct bare bare = {.message = wait, .cap = *(const cap_t *)context};
        bare_wake_wait(&bare);
        bench_expect("the waiter gets the flag", !bare.carry && bare.message.word[0] == FLAG);
        sample_add(REGION_SIGNAL_WAKE, bare.end - waker.begin);
        waiter_has_run = true;
    }
}

static void measure_wake(cap_t notification, cap_t signal)
{
    struct worker waiter = {.run = waiter_run, .context = &notification, .priority = WORKER_HIGHER};

    worker_start(&waiter, 0);
    for (unsigned i = 0; i < PASSES; i++) {
        waker = (struct bare){.cap = signal};
        waiter_has_run = false;
        sample_prepare();
        bare_wake_signal(&waker);
        bench_expect("the waiter ran at once", !waker.carry && waiter_has_run);
    }
    worker_join(&waiter);
}

void signal_measure(void)
{
    cap_t notification = bench_make(OBJECT_NOTIFICATION, 7);
    cap_t signal = flag_signal(notification);

    measure_null();
    measure_idle(notification, signal);
    measure_wake(notification, signal);
}
