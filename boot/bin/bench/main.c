/* SPDX-License-Identifier: BSD-2-Clause */
/* The table: min, median, 99th percentile and maximum of each operation, beside Linux's figures. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boot/bin/bench/bench.h"
#include "libsys/marker.h"
#include "libsys/time.h"

#define PASSES_MAX 1024
#define MARK 1 /* around each pass, for the profiler */

static uint64_t sample[PASSES_MAX];
static uint64_t clock_cost = UINT64_MAX;
static bool is_exact; /* ticks are instructions, as Linux's figures */
static bool is_lines; /* BENCH lines for tools/bench instead of the table */

bool bench_failed(const char *what)
{
    fflush(stdout);
    fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
    return false;
}

static void clock_measure(void)
{
    for (int i = 0; i < 1000; i++) {
        uint64_t begin = time_ticks();
        RS_BEGIN(MARK);
        RS_END(MARK);
        uint64_t cost = time_ticks() - begin;
        if (cost < clock_cost)
            clock_cost = cost;
    }
}

#define LOOPS 5000u /* of two instructions */

static uint64_t loop_ticks(uint32_t rounds)
{
    uint64_t least = UINT64_MAX;

    for (int i = 0; i < 5; i++) {
        uint32_t left = rounds;
        uint64_t begin = time_ticks();
        __asm__ volatile("1: dec %0; jnz 1b" : "+r"(left) : : "cc");
        uint64_t ticks = time_ticks() - begin;
        if (ticks < least)
            least = ticks;
    }
    return least;
}

/* Whether the clock counts instructions, as QEMU's does with -icount shift=0: to the digit. */
static bool ticks_are_instructions(void)
{
    uint64_t once = loop_ticks(LOOPS), twice = loop_ticks(2 * LOOPS);

    return twice - once == 2 * LOOPS && loop_ticks(3 * LOOPS) - twice == 2 * LOOPS;
}

static int sample_order(const void *a, const void *b)
{
    uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;

    return one < other ? -1 : one > other;
}

/* The first eighth warms up and isn't kept. */
static bool measure_take(const struct measure *measure)
{
    unsigned warm = measure->passes / 8 + 1;

    for (unsigned i = 0; i < measure->passes + warm; i++) {
        uint64_t begin = time_ticks();
        RS_BEGIN(MARK);
        bool fine = measure->run();
        RS_END(MARK);
        if (!fine)
            return bench_failed(measure->name);
        uint64_t cost = time_ticks() - begin;
        if (i >= warm)
            sample[i - warm] = cost > clock_cost ? cost - clock_cost : 0;
    }
    qsort(sample, measure->passes, sizeof(sample[0]), sample_order);
    return true;
}

static double rank(const struct measure *measure, unsigned percent)
{
    unsigned last = measure->passes - 1;

    return (double)sample[(last * percent + 50) / 100] / measure->per;
}

/* Whole numbers, and two decimals where there is little before the point. */
static void figure_print(double figure, int width)
{
    if (figure == 0)
        printf("%*s", width, "");
    else
        printf("%*.*f", width, figure < 10 ? 2 : 0, figure);
}

static void measure_print(const struct measure *measure)
{
    if (is_lines) {
        printf("BENCH %s id=- n=%u min=%llu median=%llu p99=%llu max=%llu unit=tsc div=%u "
               "linux=%g lean=%g\n",
               measure->name, measure->passes, (unsigned long long)sample[0],
               (unsigned long long)sample[(measure->passes - 1) / 2],
               (unsigned long long)sample[(measure->passes - 1) * 99 / 100],
               (unsigned long long)sample[measure->passes - 1], measure->per, measure->linux_plain,
               measure->linux_lean);
        return;
    }
    printf("%-20s", measure->name);
    figure_print(rank(measure, 0), 10);
    figure_print(rank(measure, 50), 10);
    figure_print(rank(measure, 99), 10);
    if (is_exact) {
        figure_print(measure->linux_plain, 10);
        figure_print(measure->linux_lean, 10);
    }
    printf("  %s\n", measure->what);
}

static bool measure_do(const struct measure *measure)
{
    bool fine = (!measure->prepare || measure->prepare()) && measure_take(measure);

    if (measure->finish)
        measure->finish();
    if (fine)
        measure_print(measure);
    fflush(stdout);
    return fine;
}

static bool group_do(const struct measure *measure, const char *only)
{
    bool fine = true;

    for (; measure->name; measure++)
        if (!only || strstr(measure->name, only))
            fine &= measure_do(measure);
    return fine;
}

int main(int count, char **argument)
{
    int first = 1;

    if (count > 1 && strcmp(argument[1], "-j") == 0) {
        is_lines = true;
        first = 2;
    }
    if (count > first + 1 || (count > first && argument[first][0] == '-')) {
        fprintf(stderr, "usage: bench [-j] [PART OF A NAME]\n");
        return 2;
    }
    if (mkdir(BENCH_DIRECTORY, 0755) && errno != EEXIST)
        return !bench_failed(BENCH_DIRECTORY);
    clock_measure();
    is_exact = ticks_are_instructions();
    bool fine = is_lines || argument[first] || bench_kernel();
    if (!is_lines)
        printf("%-20s%10s%10s%10s%s\n", "ticks of the TSC", "min", "median", "p99",
               is_exact ? " Linux 6.1   leanest" : "");
    fine &= group_do(bench_files, argument[first]);
    fine &= group_do(bench_memory, argument[first]);
    fine &= group_do(bench_processes, argument[first]);
    rmdir(BENCH_DIRECTORY);
    if (!is_lines && !is_exact)
        printf("Linux's figures are instructions, and ticks aren't here: make bench-system has "
               "both\n");
    return !fine;
}
