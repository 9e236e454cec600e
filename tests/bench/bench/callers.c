/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several callers on one server. They gather while the server is kept from answering the first;
 * from then on the server is always busy when somebody calls: each call waits in the endpoint's
 * queue, each answer takes the next one from there. The first caller's call, which is measured,
 * sees a turn of every caller.
 */

#include "libsys/string.h"
#include "tests/bench/bench/bench.h"
#include "tests/bench/bench/pass.h"
#include "tests/bench/bench/sample.h"
#include "tests/bench/bench/worker.h"

#define CALLERS 4

static void first_run(void *context)
{
    (void)context;
    for (uint64_t i = 0; i < PASSES; i++) {
        struct message message = pass_message(i, 0);
        pass_echo(bare_callers, REGION_CALLERS, program_cap("crowd"), &message);
    }
}

/* The others do nothing but call. Each has words of its own, and must have them at the end. */
static void other_run(void *context)
{
    struct message message = pass_message((uint64_t)context, MESSAGE_WORDS);
    struct bare bare = {.message = message, .cap = program_cap("crowd")};

    bare_repeat(&bare, PASSES);
    if (bare.carry)
        bench_check("one of several callers", (err_t)bare.rax);
    bench_expect("each caller gets its own answer",
                 memcmp(&bare.message, &message, sizeof(message)) == 0);
}

void callers_measure(void)
{
    struct worker worker[CALLERS];

    for (unsigned i = 0; i < CALLERS; i++) {
        worker[i] = (struct worker){
            .run = i == 0 ? first_run : other_run,
            .context = &worker[i],
            .priority = WORKER_HIGHER,
        };
        worker_start(&worker[i], i);
    }
    bench_check("opening the gate", signal_flags(program_cap("gate")));
    for (unsigned i = 0; i < CALLERS; i++)
        worker_join(&worker[i]);
}
