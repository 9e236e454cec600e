/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench: what calls of the C library cost, from the caller's side. Each operation is done many
 * times, one after the other; the clock is read before and after, and what that costs is taken off.
 */
#ifndef BOOT_BIN_BENCH_BENCH_H
#define BOOT_BIN_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_DIRECTORY "/tmp/bench"
#define BENCH_TINY "/lib/bench/tiny" /* a program that ends at once */

struct measure {
    const char *name;
    const char *what;
    bool (*prepare)(void); /* may be null */
    bool (*run)(void);     /* once; false: it failed */
    void (*finish)(void);  /* may be null */
    unsigned passes;
    unsigned per; /* figures are divided by this: bytes, pages */
    /* Instructions that Linux 6.1 needs for the same (Debian's, mitigations off), 0: not known; and
     * at best: with the security modules and zeroing off that can be switched off. */
    double linux_plain, linux_lean;
};

extern const struct measure bench_files[], bench_memory[], bench_processes[];

/* The kernel's operations, in a table of their own. False: something failed, and was told. */
bool bench_kernel(void);

/* Say what went wrong, with errno; false. */
bool bench_failed(const char *what);

#endif
