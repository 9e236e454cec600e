/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps the finished passes of every region, and writes them out. */

#ifndef PROFILER_REPORT_H
#define PROFILER_REPORT_H

#include <stdint.h>
#include <stdio.h>

#include "tools/profiler/pass.h"

#define REGION_COUNT 256

/* Keeps a copy of the pass's metrics, unless `limit` passes of its region are kept already. */
void report_keep(const struct pass *pass, uint32_t limit);

/* How many passes of the region have ended. */
uint64_t report_seen(int region);

/* A table per region: min, median, mean and max of each metric, without the first `warm` passes. */
void report_write_summary(FILE *file, uint32_t warm);

/* A line per pass, all metrics, with a heading. */
void report_write_csv(FILE *file);

#endif
