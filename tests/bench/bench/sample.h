/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Samples: what the clock (the TSC) said of each pass of an operation. Of more passes than
 * SAMPLES the last are kept, so that those before them warm up caches and predictors.
 *
 * A pass is at the same time a region for the profiler: the marks are inside the two readings of
 * the clock, so that what it counts is the operation and nothing else.
 */
#ifndef TESTS_BENCH_BENCH_SAMPLE_H
#define TESTS_BENCH_BENCH_SAMPLE_H

#include <stdint.h>

#include "libsys/marker.h"
#include "tests/bench/bench/regions.h"

#define SAMPLES 256
#define PASSES (SAMPLES + 16)

struct summary {
    uint32_t count; /* 0: it was not measured, and the rest is 0 */
    uint64_t min, median, p99, max;
};

/* The TSC, with all that stands before it done and nothing of what follows begun. */
static inline uint64_t clock_read(void)
{
    uint32_t low, high;

    __asm__ volatile("lfence; rdtsc; lfence" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

/* Add a pass. */
void sample_add(unsigned region, uint64_t ticks);

/* Forget the passes so far. */
void sample_forget(unsigned region);

/*
 * Between these two is a pass, perhaps begun by one thread and ended by another. With cold caches
 * asked for, sample_begin empties them first.
 */
void sample_begin(void);
void sample_end(unsigned region);

/* Empty the caches by going through a mapped range before each pass; 0 bytes: don't. */
void sample_cold(void *memory, uint64_t bytes);

/* The same for a pass that reads the clock itself. */
void sample_prepare(void);

/* Smallest and largest, and by nearest rank median and 99th percentile. Sorts the samples. */
struct summary sample_summary(unsigned region);

/* One pass of an operation in C. `operation` is a statement; `region` is a constant. */
#define MEASURE(region, operation) \
    do {                           \
        sample_begin();            \
        RS_BEGIN(region);          \
        operation;                 \
        RS_END(region);            \
        sample_end(region);        \
    } while (0)

#endif
