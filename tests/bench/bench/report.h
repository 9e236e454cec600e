/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The suite's output: what was measured on, and a line per operation; a table to read, or with the
 * word `json` on the command line the lines that tools/bench makes build/bench.json of.
 */
#ifndef TESTS_BENCH_BENCH_REPORT_H
#define TESTS_BENCH_BENCH_REPORT_H

#include <stdbool.h>

enum unit { UNIT_TICKS, UNIT_BYTES };

/* An operation: one line. */
struct figure {
    const char *name;
    unsigned region; /* of regions.h */
    enum unit unit;
    unsigned divisor; /* the figures are for so many; 0 is 1 */
    bool has_no_marks;
    const char *needs; /* not measured where the machine hasn't this; all others must be */
    const char *note;  /* what it is, in up to 22 characters */
};

/* Machine, processor, measures against processor flaws, build; and the table's head. */
void report_begin(void);

/* A group's title. */
void report_group(const char *title);

/* An operation's line. */
void report_figure(const struct figure *figure);

void report_end(void);

#endif
