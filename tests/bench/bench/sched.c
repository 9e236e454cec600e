/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From one thread to another of the same address space: by a yield, with few and with very many
 * that are ready; by the timer, when a slice or a budget is over.
 */

#include "libsys/invoke.h"
#include "libsys/names.h"
#include "tests/bench/bench/bench.h"
#include "tests/bench/bench/pass.h"
#include "tests/bench/bench/sample.h"
#include "tests/bench/bench/worker.h"

/* ---- Two that yield -------------------------------------------------------------------------- */

static struct bare yielder; /* of the pass under way: its `begin` counts */
static unsigned switches;

static void other_run(void *context)
{
    const struct worker *self = context;
    const struct message yield = {.tag = OP_sched_context_yield};

    for (unsigned i = 0; i < PASSES; i++) {
        struct bare bare = {.message = yield, .cap = self->time};
        bare_switch_to(&bare);
        bench_expect("yield", !bare.carry);
        sample_add(REGION_SWITCH, bare.end - yielder.begin);
        switches++;
    }
}

static void measure_switch(void)
{
    struct worker other = {.run = other_run, .context = &other, .priority = WORKER_EQUAL};
    const struct message yield = {.tag = OP_sched_context_yield};

    worker_start(&other, 0);
    bench_check("yield", sched_context_yield(bench.time)); /* it runs up to its first yield */
    for (unsigned i = 0; i < PASSES; i++) {
        yielder = (struct bare){.message = yield, .cap = bench.time};
        sample_prepare();
        bare_switch_from(&yielder);
        bench_expect("yield switches to the other thread", !yielder.carry && switches == i + 1);
    }
    worker_join(&other);
}

/* ---- A ring of many -------------------------------------------------------------------------- */

/*
 * Half of the threads are equals and yield in turn: each switch leads to a thread that hasn't run
 * for a whole round. The other half waits below them, at all priorities there are. The main thread
 * sleeps meanwhile, and isn't counted.
 */

#define RETYPE_MAX 256u /* objects at once */

struct ring ring;

/* In slots from `first` on. */
static void crowd_retype(uint32_t first, unsigned count, enum object_type type, unsigned bits)
{
    while (count > 0) {
        unsigned now = count < RETYPE_MAX ? count : RETYPE_MAX;
        bench_check("objects of the crowd",
                    untyped_retype(bench.crowd, bench.cnode, first, now, type, bits));
        first += now;
        count -= now;
    }
}

/* The thread in `slot`, its time in the slot `time`. */
static void crowd_start(uint32_t slot, uint32_t time, void (*entry)(void), unsigned priority)
{
    cap_t thread = CAP_OF(slot);

    bench_check("sched_context_configure",
                sched_context_configure(CAP_OF(time), bench.cpu, priority, 0));
    bench_check("thread_set_space", thread_set_space(thread, bench.cnode, bench.vspace));
    bench_check("thread_set_sched", thread_set_sched(thread, CAP_OF(time)));
    bench_check("thread_start", thread_start(thread, (uint64_t)entry, CAP_OF(time), 0, 0));
}

static void crowd_check(uint32_t time, bool has_run)
{
    uint64_t used, left, renew, deadline, now;

    bench_check("sched_context_info",
                sched_context_info(CAP_OF(time), &used, &left, &renew, &deadline, &now));
    bench_expect("all the equals of a ring have run, and none of those below",
                 (used > 0) == has_run);
}

/* `count` threads, `equals` of which take turns. */
static void measure_ring(unsigned region, void (*entry)(void), unsigned count, unsigned equals)
{
    cap_t done = bench_make(OBJECT_NOTIFICATION, object_bits(OBJECT_NOTIFICATION));
    uint32_t threads = bench.bulk, times = threads + count, signal = bench_slot();
    uint64_t flags;

    bench_check("cnode_mint", cnode_mint(bench.cnode, signal, done, RIGHT_NOTIFICATION_SIGNAL, 1));
    crowd_retype(threads, count, OBJECT_THREAD, bench.info->thread_bits);
    crowd_retype(times, count, OBJECT_SCHED_CONTEXT, object_bits(OBJECT_SCHED_CONTEXT));
    for (unsigned i = 0; i < count; i++)
        crowd_start(threads + i, times + i, entry, i < equals ? WORKER_LOWER : i % WORKER_LOWER);
    ring = (struct ring){
        .tag = OP_sched_context_yield, .done = CAP_OF(signal), .left = equals + PASSES + 1};
    bench_check("waiting for the ring", notification_wait(done, &flags));
    bench_expect("no yield fails", ring.failed == 0);
    bench_expect("all passes are made", ring.passes == equals + PASSES + 1);
    for (unsigned i = 0; i < count; i++)
        crowd_check(times + i, i < equals);
    for (unsigned i = 0; i < RING_SAMPLES; i++)
        sample_add(region, ring.ticks[i]);
    bench_check("ending the crowd", cnode_revoke(bench.cnode, CAP_INDEX(bench.crowd)));
}

/* ---- Interrupted by the timer ---------------------------------------------------------------- */

/*
 * One spins until its slice is over, or its budget; the other waits for a flag which the first sets
 * before it does so, and which makes it ready, but not more.
 */

#define SLICE 10000 /* nanoseconds: the shortest that there is */
#define BUDGET 100000
#define PERIOD 1000000
#define PATIENCE_MS 10000

static struct timeout {
    const char *what;
    unsigned region;
    bare_pass *wait;
    bare_spinner *spinner;
    struct worker spins, waits;
    cap_t notification, signal;
    unsigned passes;
    struct spin spin;
} timeout;

static void waits_run(void *context)
{
    struct timeout *own = context;
    const struct message wait = {.tag = OP_notification_wait};

    while (own->passes < PASSES) {
        struct bare bare = {.message = wait, .cap = own->notification};
        own->wait(&bare);
        bench_expect("the flag wakes", !bare.carry && bare.message.word[0] == 1);
        if (own->spin.clock) { /* else it came before the other was spinning */
            sample_add(own->region, bare.end - own->spin.clock);
            own->passes++;
        }
        own->spin.stop = 1;
    }
}

static void spins_run(void *context)
{
    struct timeout *own = context;

    while (own->passes < PASSES) {
        own->spin = (struct spin){.deadline = clock_read() + PATIENCE_MS * bench.info->tsc_khz};
        sample_prepare();
        bench_check("signal", signal_flags(own->signal));
        own->spinner(&own->spin);
        bench_expect(own->what, own->spin.stop);
    }
}

static void measure_timeout(struct timeout of)
{
    uint32_t signal = bench_slot();

    timeout = of;
    timeout.notification = bench_make(OBJECT_NOTIFICATION, object_bits(OBJECT_NOTIFICATION));
    timeout.signal = CAP_OF(signal);
    bench_check("cnode_mint", cnode_mint(bench.cnode, signal, timeout.notification,
                                         RIGHT_NOTIFICATION_SIGNAL, 1));
    timeout.waits.run = waits_run;
    timeout.spins.run = spins_run;
    timeout.waits.context = timeout.spins.context = &timeout;
    worker_start(&timeout.waits, 0);
    worker_start(&timeout.spins, 1);
    worker_join(&timeout.waits);
    worker_join(&timeout.spins);
}

void sched_measure(void)
{
    measure_switch();
    if (bench.crowd) {
        measure_ring(REGION_SWITCH_2, bare_ring_2, 2, 2);
        measure_ring(REGION_SWITCH_10000, bare_ring_10000, BULK_SLOTS, BULK_SLOTS / 2);
    }
    measure_timeout((struct timeout){
        .what = "the end of its slice interrupts a thread",
        .region = REGION_PREEMPT,
        .wait = bare_preempt_wait,
        .spinner = bare_spin_slice,
        .waits = {.priority = WORKER_HIGHER},
        .spins = {.priority = WORKER_HIGHER, .slice = SLICE},
    });
    measure_timeout((struct timeout){
        .what = "the end of its budget interrupts a thread",
        .region = REGION_DEPLETE,
        .wait = bare_deplete_wait,
        .spinner = bare_spin_budget,
        .waits = {.priority = WORKER_HIGHER},
        .spins = {.priority = WORKER_HIGHEST, .budget = BUDGET, .period = PERIOD},
    });
}
