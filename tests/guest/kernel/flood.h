/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts of the timer, one after the other, each handled by a thread of the highest priority.
 * In between the runner must not wait for its victims: it has no timer then.
 */
#ifndef TESTS_GUEST_KERNEL_FLOOD_H
#define TESTS_GUEST_KERNEL_FLOOD_H

#include <stdint.h>

void flood_begin(void);
void flood_end(void);
/* How many there were. */
uint64_t flood_interrupts(void);

#endif
