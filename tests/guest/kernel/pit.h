/* SPDX-License-Identifier: BSD-2-Clause */
/* The interval timer of PCs, through port capabilities: an interrupt after so many microseconds. */
#ifndef TESTS_GUEST_KERNEL_PIT_H
#define TESTS_GUEST_KERNEL_PIT_H

#include <stdbool.h>

#include "kernel/abi/types.h"

/* Up to 54,000 microseconds. Replaces the one before. */
void pit_once(uint32_t microseconds);
/* Whether they have passed; an interrupt that comes when they haven't is of the one before. */
bool pit_over(void);
/* The same, again and again. */
void pit_again(uint32_t microseconds);

#endif
