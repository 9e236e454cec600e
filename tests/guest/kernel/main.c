/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel, tested from within: hostile programs, every operation, every error, and what each is
 * for. One program; what is hostile runs in a process of its own (runner.h).
 */

#include "libsys/print.h"
#include "libsys/program.h"
#include "libsys/string.h"
#include "tests/guest/kernel/await.h"
#include "tests/guest/kernel/chaos.h"
#include "tests/guest/kernel/hostile.h"
#include "tests/guest/kernel/runner.h"

extern const struct test_group ipc_tests_group;
extern const struct test_group kill_tests_group;
extern const struct test_group thread_tests_group;
extern const struct test_group error_tests_group;
extern const struct test_group untyped_tests_group;
extern const struct test_group frame_tests_group;
extern const struct test_group buffer_tests_group;
extern const struct test_group notify_tests_group;
extern const struct test_group sched_tests_group;
extern const struct test_group time_tests_group;
extern const struct test_group steps_tests_group;
extern const struct test_group periodic_tests_group;
extern const struct test_group help_tests_group;
extern const struct test_group budget_tests_group;
extern const struct test_group deadline_tests_group;
extern const struct test_group device_tests_group;
extern const struct test_group stop_tests_group;
extern const struct test_group mapping_tests_group;
extern const struct test_group hostile_tests_group;
extern const struct test_group vector_tests_group;
extern const struct test_group race_tests_group;
extern const struct test_group fault_tests_group;
extern const struct test_group cpus_tests_group;

extern const struct test_group longest_call_tests_group;
extern const struct test_group longest_tests_group;

static const struct test_group *const groups[] = {
    &ipc_tests_group,      &kill_tests_group,     &thread_tests_group, &error_tests_group,
    &untyped_tests_group,  &frame_tests_group,    &buffer_tests_group, &notify_tests_group,
    &sched_tests_group,    &time_tests_group,     &budget_tests_group, &help_tests_group,
    &periodic_tests_group, &deadline_tests_group, &device_tests_group, &stop_tests_group,
    &mapping_tests_group,  &hostile_tests_group,  &vector_tests_group, &race_tests_group,
    &fault_tests_group,    &cpus_tests_group,
};

/* What tries to keep the kernel busy for long: for the arguments "longest" alone. */
static const struct test_group *const longest_groups[] = {&longest_tests_group,
                                                          &longest_call_tests_group};

static void find_capabilities(void)
{
    own = (struct own_caps){
        .pool = program_cap("pool"),
        .cnode = program_cap("cnode"),
        .vspace = program_cap("vspace"),
        .thread = program_cap("thread"),
        .time = program_cap("time"),
        .cpu = program_cap("cpu"),
        .cpus = program_cap("cpus"),
        .timer = program_cap("timer"),
        .pit = program_cap("pit"),
        .console = program_cap("console"),
        .screen = program_cap("screen"),
        .large = program_cap("large"),
        .gigabyte = program_cap("gigabyte"),
    };
}

static void set_up(void)
{
    find_capabilities();
    memory_init_pool();
    runner_init();
    await_init();
}

static const struct test set_up_test = {"set-up", set_up};

/* "only GROUP": a part of all, for whoever works on it. */
static bool is_wanted(const char *only, const char *name)
{
    if (!only)
        return true;
    while (*name && *only == *name)
        only++, name++;
    return !*name && (*only == ' ' || !*only);
}

static void run_all(void)
{
    const char *only = test_argument("only");

    if (test_argument("steps")) { /* many interleavings take long */
        test_run_group(&steps_tests_group);
        return;
    }

    for (unsigned i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
        if (is_wanted(only, groups[i]->name))
            test_run_group(groups[i]);
    if (!only)
        hostile_snippets();
    if (is_wanted(only, "chaos"))
        chaos_rounds();
    if (!only)
        coverage_report();
}

static void run_longest(void)
{
    for (unsigned i = 0; i < sizeof(longest_groups) / sizeof(longest_groups[0]); i++)
        test_run_group(longest_groups[i]);
}

int main(const struct program_info *info)
{
    static const char longest[] = "longest";

    if (!test_run_alone(&set_up_test))
        return 1;
    if (memcmp(program_text(info->arguments), longest, sizeof(longest)) == 0)
        run_longest();
    else
        run_all();
    print("kernel: %u passed, %u failed, %u skipped\n", test_passes, test_failures, test_skips);
    return test_failures != 0;
}
