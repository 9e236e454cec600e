/* SPDX-License-Identifier: BSD-2-Clause */
/* See report.h. */

#include "tools/profiler/report.h"

#include <stdlib.h>
#include <string.h>

struct region {
    uint32_t (*passes)[METRIC_COUNT];
    uint32_t kept, capacity;
    uint64_t seen;
};

static struct region regions[REGION_COUNT];

void report_keep(const struct pass *pass, uint32_t limit)
{
    struct region *region = &regions[pass->region];
    region->seen++;
    if (region->kept >= limit)
        return;
    if (region->kept == region->capacity) {
        region->capacity = region->capacity ? region->capacity * 2 : 64;
        region->passes = realloc(region->passes, region->capacity * sizeof(*region->passes));
        if (!region->passes) {
            fprintf(stderr, "profiler: out of memory\n");
            abort();
        }
    }
    memcpy(region->passes[region->kept++], pass->metric, sizeof(pass->metric));
}

uint64_t report_seen(int region)
{
    return regions[region].seen;
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static void write_metric(FILE *file, const struct region *region, enum metric metric,
                         uint32_t first, uint32_t *values)
{
    uint32_t count = region->kept - first;
    double sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        values[i] = region->passes[first + i][metric];
        sum += values[i];
    }
    qsort(values, count, sizeof(*values), compare);
    if (values[count - 1] == 0)
        return;
    fprintf(file, "%-28s %10u %10u %12.2f %10u\n", metric_name(metric), values[0],
            values[count / 2], sum / count, values[count - 1]);
}

void report_write_summary(FILE *file, uint32_t warm)
{
    for (int id = 0; id < REGION_COUNT; id++) {
        const struct region *region = &regions[id];
        if (region->kept == 0)
            continue;
        uint32_t first = region->kept > warm ? warm : 0;
        uint32_t *values = calloc(region->kept, sizeof(*values));
        if (!values)
            return;
        fprintf(file, "region %d: passes=%llu kept=%u warm=%u\n%-28s %10s %10s %12s %10s\n", id,
                (unsigned long long)region->seen, region->kept - first, first, "metric", "min",
                "median", "mean", "max");
        for (int metric = 0; metric < METRIC_COUNT; metric++)
            write_metric(file, region, metric, first, values);
        fprintf(file, "\n");
        free(values);
    }
    fflush(file);
}

void report_write_csv(FILE *file)
{
    fprintf(file, "region,pass");
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        fprintf(file, ",%s", metric_name(metric));
    fprintf(file, "\n");
    for (int id = 0; id < REGION_COUNT; id++) {
        for (uint32_t i = 0; i < regions[id].kept; i++) {
            fprintf(file, "%d,%u", id, i);
            for (int metric = 0; metric < METRIC_COUNT; metric++)
                fprintf(file, ",%u", regions[id].passes[i][metric]);
            fprintf(file, "\n");
        }
    }
    fflush(file);
}
