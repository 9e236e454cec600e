/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What programs that are hostile, greedy or dying do to the system: run in it, as a user's program.
 * Results are lines "ok system: NAME" and "not ok system: NAME: why".
 */
#ifndef TESTS_SYSTEM_SYSTEM_H
#define TESTS_SYSTEM_SYSTEM_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/guest/hostile.h"

/* Prints a result, and counts failures. `why` is a format; it matters only if it's not good. */
void result(const char *name, bool good, const char *why, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- Whom one can call ----------------------------------------------------------------------- */

struct target {
    const char *name;
    cap_t cap;
    unsigned interface;
    const struct rpc_hostile *table;
    size_t count;
    cap_t own;   /* a handle of that server which may be sent; 0: there is none */
    bool window; /* its sessions have windows */
    bool tame;   /* well-formed messages do no harm but to the caller */
};

#define TARGETS_MAX 24

/* All that a process can call. The first call opens files. */
const struct target *targets(unsigned *count);

/* After what was done to them: their files are empty, and /etc is as it was. */
void targets_tidy(void);

/* As this process calls it; a service is looked up. */
err_t target_hostile(const struct target *target, struct hostile *hostile);

/* ---- What there is, before and after --------------------------------------------------------- */

struct inventory {
    uint64_t pages, kernel; /* bytes in use: of pages, and for kernel objects */
    uint64_t spaces, objects, processes;
};

/* Once nothing changes any more. */
struct inventory inventory_take(void);

/*
 * A result: nothing stays but so many bytes of each. What was lent to servers for kernel objects
 * stays theirs: as much as they needed at most, and it comes in pieces.
 */
void inventory_compare(const char *name, const struct inventory *before, uint64_t pages,
                       uint64_t kernel);

/* Time is a count of instructions: how long something takes is a result. */
extern bool test_exact;

/* ---- Groups ---------------------------------------------------------------------------------- */

void test_malformed(void);
void test_garbage(void);
void test_storms(void);

#endif
