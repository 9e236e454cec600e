/* SPDX-License-Identifier: BSD-2-Clause */
/* The interval timer of PCs, through port capabilities: an interrupt after so many microseconds. */
#ifndef TESTS_GUEST_KERNEL_PIT_H
#define TESTS_GUEST_KERNEL_PIT_H

#include "kernel/abi/types.h"

/* Up to 54,000 microseconds. Replaces the one before. */
void pit_once(uint32_t microseconds);

#endif
