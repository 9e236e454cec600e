/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random histories: whoever is current makes random system calls, faults or is interrupted. Most
 * arguments make sense, some don't. After each step everything is checked, and what an operation
 * did is compared with what the model foretold.
 */
#ifndef TESTS_HOST_HOSTED_DRIVER_H
#define TESTS_HOST_HOSTED_DRIVER_H

#include <stddef.h>

#include "tests/host/hosted/hosted.h"

/* Where choices come from: a seed without end, or bytes. */
struct choices {
    uint64_t state;
    const uint8_t *bytes;
    size_t left;
    bool finite;
};

void driver_run(const struct choices *choices, unsigned steps);

/* Print the last steps of each history. */
extern bool driver_verbose;

/* The last steps, for who wants to know what led to a failure. */
void driver_print_trace(void);

/* How many of its system calls succeeded and failed, for who doubts that anything was tested. */
extern unsigned long driver_steps, driver_done, driver_refused, driver_messages;

#endif
