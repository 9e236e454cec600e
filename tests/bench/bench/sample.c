/* SPDX-License-Identifier: BSD-2-Clause */
/* See sample.h. */

#include "tests/bench/bench/sample.h"

#include <stddef.h>

#define LINE 64

static struct {
    uint32_t seen;
    uint64_t ticks[SAMPLES];
} samples[REGION_COUNT];

static uint64_t begin; /* of the pass under way */
static char *cold_memory;
static uint64_t cold_bytes;

void sample_add(unsigned region, uint64_t ticks)
{
    samples[region].ticks[samples[region].seen++ % SAMPLES] = ticks;
}

void sample_forget(unsigned region)
{
    samples[region].seen = 0;
}

void sample_cold(void *memory, uint64_t bytes)
{
    cold_memory = memory;
    cold_bytes = bytes;
}

void sample_prepare(void)
{
    for (uint64_t at = 0; at < cold_bytes; at += LINE)
        ++*(volatile uint64_t *)(cold_memory + at);
}

void sample_begin(void)
{
    sample_prepare();
    begin = clock_read();
}

void sample_end(unsigned region)
{
    sample_add(region, clock_read() - begin);
}

static void sort(uint64_t *values, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        uint64_t value = values[i];
        uint32_t at = i;
        for (; at > 0 && values[at - 1] > value; at--)
            values[at] = values[at - 1];
        values[at] = value;
    }
}

/* The smallest value that at least so many percent of the values don't exceed. */
static uint64_t percentile(const uint64_t *sorted, uint32_t count, uint32_t percent)
{
    return sorted[(count * percent + 99) / 100 - 1];
}

struct summary sample_summary(unsigned region)
{
    uint64_t *ticks = samples[region].ticks;
    uint32_t count = samples[region].seen < SAMPLES ? samples[region].seen : SAMPLES;

    if (count == 0)
        return (struct summary){0};
    sort(ticks, count);
    return (struct summary){
        .count = count,
        .min = ticks[0],
        .median = percentile(ticks, count, 50),
        .p99 = percentile(ticks, count, 99),
        .max = ticks[count - 1],
    };
}
