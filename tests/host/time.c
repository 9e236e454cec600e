/* SPDX-License-Identifier: BSD-2-Clause */
/* sources: kernel/lib/scale.c */
/*
 * Conversion between ticks and nanoseconds, prepared by the kernel and used by libsys, against a
 * division in 128 bits: frequencies from 1 MHz to 10 GHz, times up to centuries, random and at the
 * edges.
 */

#include <stdio.h>
#include <stdlib.h>

#include "kernel/lib/scale.h"
#include "libsys/time.h"

#define YEAR 31556952000000000ull /* nanoseconds */
#define ROUNDS 200000

typedef unsigned __int128 wide_t;

static int failures;

static void report(const char *name, const char *why)
{
    if (why)
        printf("not ok time: %s: %s\n", name, why);
    else
        printf("ok time: %s\n", name);
    failures += why != NULL;
}

static uint64_t random64(void)
{
    uint64_t value = 0;
    for (int i = 0; i < 5; i++)
        value = value << 15 ^ (uint64_t)rand();
    return value >> rand() % 64;
}

/* What comes out is the whole part of r + e, e < r / 2^63, with r the exact result. */
static bool is_exact(uint64_t from, uint64_t to, uint64_t value)
{
    uint64_t result = time_scaled(scale_make(from, to), value);
    wide_t product = (wide_t)value * to, whole = product / from;

    if (result == UINT64_MAX)
        return whole + 2 >= UINT64_MAX;
    return result == whole || (result > whole && ((wide_t)result * from - product) << 63 < product);
}

static const uint64_t frequencies[] = {1000,    1193,    999999,  1000000, 1000001, 2096031,
                                       2300002, 3579545, 3999999, 4194304, 9999999, 10000000};
static const uint64_t edges[] = {
    0,    1,        2,          999,        1000000,        YEAR - 1,
    YEAR, 5 * YEAR, 1ull << 62, 1ull << 63, UINT64_MAX - 1, UINT64_MAX};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *check_edges(void)
{
    for (unsigned i = 0; i < COUNT(frequencies); i++)
        for (unsigned k = 0; k < COUNT(edges); k++)
            if (!is_exact(frequencies[i], 1000000, edges[k]) ||
                !is_exact(1000000, frequencies[i], edges[k]))
                return "not what a division gives";
    return NULL;
}

static const char *check_random(void)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t khz = 1000 + random64() % 10000000, value = random64();
        if (!is_exact(khz, 1000000, value) || !is_exact(1000000, khz, value))
            return "not what a division gives";
    }
    return NULL;
}

/* Within a year a result is never off by as much as a nanosecond's three-hundredth. */
static const char *check_year(void)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t khz = 1000 + random64() % 10000000;
        uint64_t ticks = random64() % (uint64_t)((wide_t)YEAR * khz / 1000000);
        uint64_t ns = time_scaled(scale_make(khz, 1000000), ticks);
        if ((wide_t)ns * 300 * khz > (wide_t)ticks * 300 * 1000000 + khz)
            return "too much";
        if ((wide_t)(ns + 1) * khz <= (wide_t)ticks * 1000000)
            return "too little";
    }
    return NULL;
}

/* The reference clocks' own scales: HPET periods in femtoseconds, and the two fixed frequencies. */
static const char *check_references(void)
{
    static const struct {
        uint64_t from, to;
    } scales[] = {{1000000, 10000000},  {1000000, 69841279},   {1000000, 41666667},
                  {1000000, 100000000}, {3579545, 1000000000}, {1193182, 1000000000}};

    for (unsigned i = 0; i < COUNT(scales); i++)
        for (unsigned k = 0; k < COUNT(edges); k++)
            if (!is_exact(scales[i].from, scales[i].to, edges[k]))
                return "not what a division gives";
    return NULL;
}

static const char *check_deadlines(void)
{
    struct time_info info = {.to_ticks = scale_make(1000000, 2300002)};

    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t now = random64(), wait = random64(), deadline = time_deadline(&info, now, wait);
        wide_t exact = (wide_t)now * 1000000 + (wide_t)wait * 2300002;
        if (deadline == 0)
            return "0, which means none";
        if (deadline != UINT64_MAX && (wide_t)deadline * 1000000 < exact)
            return "too early";
        if (deadline == UINT64_MAX && exact / 1000000 < UINT64_MAX - 2)
            return "the last value without need";
        if (deadline != UINT64_MAX && (wide_t)deadline * 1000000 > exact + 2 * 1000000)
            return "too late";
    }
    return NULL;
}

int main(void)
{
    srand(1);
    report("edges", check_edges());
    report("random frequencies and times", check_random());
    report("a year", check_year());
    report("reference clocks", check_references());
    report("deadlines", check_deadlines());
    return failures != 0;
}
