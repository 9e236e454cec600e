/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory server's benchmark: what a program sees of it, counted in instructions by a profiler.
 * A figure is a number here, marks around each pass, and a line of memory.c.
 */
#ifndef TESTS_BENCH_PAGING_PAGING_H
#define TESTS_BENCH_PAGING_PAGING_H

#define PASSES 64 /* that count; each operation runs some more times before, to warm up */
#define WARM 8

/* Numbers of the marks, which victim.S uses too. */
#define REGION_TOUCH 1
#define REGION_COPY 2
#define REGION_MAP 3
#define REGION_FORK 4
#define REGION_FORK_SMALL 5
#define REGION_SPACE 6
#define REGION_POPULATE 7
#define REGION_EXIT 8
#define REGION_EXIT_BIG 9
#define REGION_PAGER 10

#ifndef __ASSEMBLER__

#include "libsys/marker.h"
#include "libsys/rpc_client.h"

/* Print a figure: the last `passes` of a region, each counting `divisor` operations. */
void figure(const char *name, unsigned region, unsigned passes, unsigned divisor);

/* End the run with one line where this isn't 0. */
void must(const char *what, err_t error);

/* An empty slot of this program's table. */
cap_t slot_take(void);
void slot_drop(cap_t slot);

void memory_measure(void);

/* Serve faults of another space; returns only when that fails. */
err_t pager_serve(void);

#endif

#endif
