/* SPDX-License-Identifier: BSD-2-Clause */
/* Clocks and sleeping. */

#include <errno.h>
#include <stdint.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

#include "tests/libc/check.h"

static int64_t now(clockid_t clock)
{
    struct timespec time = {0};

    clock_gettime(clock, &time);
    return time.tv_sec * 1000000000ll + time.tv_nsec;
}

void test_time(void)
{
    int64_t before = now(CLOCK_MONOTONIC), last = before;
    bool forwards = true;
    struct timespec short_time = {.tv_nsec = 30000000}, wrong = {.tv_nsec = 2000000000};
    struct timeval wall;

    for (int i = 0; i < 1000; i++) {
        int64_t next = now(CLOCK_MONOTONIC);
        forwards = forwards && next >= last;
        last = next;
    }
    CHECK("time never goes back", forwards && last > before);
    before = now(CLOCK_MONOTONIC);
    CHECK("nanosleep",
          nanosleep(&short_time, NULL) == 0 && now(CLOCK_MONOTONIC) - before >= 30000000);
    FAILS("too many nanoseconds", EINVAL, nanosleep(&wrong, NULL));
    CHECK("the date is plausible",
          gettimeofday(&wall, NULL) == 0 && wall.tv_sec > 1700000000 && wall.tv_sec < 4000000000ll);
    CHECK("time() and gettimeofday agree", time(NULL) - wall.tv_sec <= 1);
    CHECK("used time grows", ({
              clock_t first = clock();
              volatile unsigned work = 0;
              while (clock() <= first && work < 2000000000u)
                  work++;
              clock() > first;
          }));
    struct tms times_used;
    CHECK("times", times(&times_used) != (clock_t)-1 && times_used.tms_cutime == 0);
}
