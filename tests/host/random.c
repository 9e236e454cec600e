/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hosted: random histories of the kernel, each from a seed.
 *
 *     build/host/tests/host/random              as in CI
 *     build/host/tests/host/random SEED         one history again, which prints its last steps
 *     HISTORIES=N STEPS=N …/random              more of them, and longer
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/host/hosted/driver.h"

#define HISTORIES 150
#define STEPS 2000

void __sanitizer_set_death_callback(void (*callback)(void));

static unsigned long seed;

static void tell(void)
{
    printf("not ok random: history %lu; its last steps were:\n", seed);
    driver_print_trace();
    hosted_dump();
    fflush(stdout);
}

static void tell_of_signal(int number)
{
    tell();
    signal(number, SIG_DFL);
    raise(number);
}

static unsigned long number_of(const char *name, unsigned long otherwise)
{
    const char *text = getenv(name);
    return text ? strtoul(text, NULL, 0) : otherwise;
}

static void run(unsigned long steps)
{
    hosted_with_pcid = seed % 4 != 0;
    hosted_separate_tables = seed % 8 < 3;
    struct choices choices = {.state = (seed + 1) * 0x9e3779b97f4a7c15ull};
    driver_run(&choices, (unsigned)steps);
}

int main(int argc, char **argv)
{
    unsigned long steps = number_of("STEPS", STEPS), histories = number_of("HISTORIES", HISTORIES);
    __sanitizer_set_death_callback(tell);
    signal(SIGABRT, tell_of_signal);
    if (argc > 1) {
        seed = strtoul(argv[1], NULL, 0);
        driver_verbose = true;
        run(steps);
    } else {
        for (seed = number_of("SEED", 1); histories-- > 0; seed++)
            run(steps);
    }
    printf("random: %lu steps, %lu operations done, %lu refused, %lu messages\n", driver_steps,
           driver_done, driver_refused, driver_messages);
    printf("ok random: histories of the kernel keep to the model\n");
    return 0;
}
