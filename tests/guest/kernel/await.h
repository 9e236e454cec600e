/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for what a victim does while another one, or itself, never stops, so that settle() is no
 * use. How far it comes in a given time is the host's business: it may take the processor away
 * while the timer goes on. So what must have happened is awaited, with a limit that only a mistake
 * reaches.
 */
#ifndef TESTS_GUEST_KERNEL_AWAIT_H
#define TESTS_GUEST_KERNEL_AWAIT_H

#include "tests/guest/kernel/runner.h"

#define LOOKS_MAX 3000 /* 1 ms apart */

/* Once, with the runner. */
void await_init(void);

/*
 * Victims run on other CPUs: a look takes some time even if none can run on this one. Those of this
 * one must take turns then: what they report while the runner sleeps it takes on their time.
 */
extern bool await_elsewhere;

/* About 1 ms, in which victims run. */
void await_look(void);

/* Until it's at the address, where it is then stopped, and nothing was reported of it. */
void await_address(const struct task *task, const char address[]);
/* Until it has counted in data[0] twice at least, so that it did all that its loop does. */
void await_count(const struct task *task);
/* Until something is reported of it. */
void await_report(const struct task *task);

#endif
