/* SPDX-License-Identifier: BSD-2-Clause */
/* See report.h. */

#include "tests/bench/bench/report.h"

#include "libsys/format.h"
#include "libsys/print.h"
#include "libsys/string.h"
#include "tests/bench/bench/bench.h"
#include "tests/bench/bench/sample.h"

#define FIGURE_MAX 24

static bool is_json;

static void report_machine(void)
{
    const struct program_info *info = bench.info;
    char hypervisor[MACHINE_NAME_MAX];
    bool is_virtual = bench_is_virtual(hypervisor);

    print("Marcona's microbenchmarks\n");
    print("  machine   %s%s, %lu MiB, %u CPU%s, %u in use\n",
          is_virtual ? "virtual, " : "real, as far as it says", hypervisor,
          info->memory_bytes >> 20, info->cpu_count, info->cpu_count == 1 ? "" : "s",
          info->cpu_running);
    print("  CPU       %s, clock (TSC) %lu.%03lu MHz\n", program_text(info->cpu_name),
          info->tsc_khz / 1000, info->tsc_khz % 1000);
    print("  measures  %s\n", program_text(info->mitigations));
    print("  build     %s\n", program_text(info->build));
    if (bench_has_word("cold"))
        print("  caches    emptied before each pass\n");
    if (string_equal(hypervisor, "TCGTCGTCGTCG"))
        print(
            "  Ticks of an emulator aren't a processor's time; make bench counts instructions.\n");
}

/* What a pass with nothing in it takes: it's part of every figure. */
static uint64_t clock_cost(void)
{
    uint64_t least = UINT64_MAX;

    for (unsigned i = 0; i < SAMPLES; i++) {
        uint64_t begin = clock_read(), cost = clock_read() - begin;
        if (cost < least)
            least = cost;
    }
    return least;
}

void report_begin(void)
{
    is_json = bench_has_word("json");
    report_machine();
    if (is_json)
        return;
    print("  Each figure is of up to %u passes, and includes %lu ticks for reading the clock.\n",
          SAMPLES, clock_cost());
    print("\n%-21s %-6s %10s %10s %10s %10s  %s\n", "operation", "unit", "min", "median", "p99",
          "max", "what");
}

void report_group(const char *title)
{
    if (!is_json)
        print("%s\n", title);
}

/* With a divisor, one digit behind the point. */
static const char *figure_text(char text[FIGURE_MAX], uint64_t value, unsigned divisor)
{
    if (divisor > 1)
        format_buffer(text, FIGURE_MAX, "%lu.%lu", value / divisor, value * 10 / divisor % 10);
    else
        format_buffer(text, FIGURE_MAX, "%lu", value);
    return text;
}

static void report_row(const struct figure *figure, const struct summary *summary)
{
    char text[4][FIGURE_MAX];
    unsigned divisor = figure->divisor;

    print(
        "  %-19s %-6s %10s %10s %10s %10s  %s\n", figure->name,
        figure->unit == UNIT_BYTES ? "bytes" : "ticks", figure_text(text[0], summary->min, divisor),
        figure_text(text[1], summary->median, divisor), figure_text(text[2], summary->p99, divisor),
        figure_text(text[3], summary->max, divisor), figure->note);
}

static void report_line(const struct figure *figure, const struct summary *summary)
{
    char id[FIGURE_MAX] = "-";

    if (!figure->has_no_marks)
        format_buffer(id, sizeof(id), "%u", figure->region);
    print("BENCH %s id=%s n=%u min=%lu median=%lu p99=%lu max=%lu unit=%s div=%u\n", figure->name,
          id, summary->count, summary->min, summary->median, summary->p99, summary->max,
          figure->unit == UNIT_BYTES ? "bytes" : "tsc", figure->divisor ? figure->divisor : 1);
}

void report_figure(const struct figure *figure)
{
    struct summary summary = sample_summary(figure->region);

    if (summary.count == 0 && !figure->needs)
        bench_fail("%s was not measured", figure->name);
    else if (summary.count == 0)
        print("  %-19s not measured: this machine lacks %s\n", figure->name, figure->needs);
    else if (is_json)
        report_line(figure, &summary);
    else
        report_row(figure, &summary);
}

void report_end(void)
{
    print("bench: all operations gave the results they should\n");
}
