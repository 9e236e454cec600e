/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random numbers for addresses: xorshift, begun with the clock and, where the CPU has them, RDSEED
 * or RDRAND. Hard to guess from outside; nothing for keys.
 */
#ifndef SERVERS_MEMORY_RANDOM_H
#define SERVERS_MEMORY_RANDOM_H

#include <stdint.h>

void random_init(uint64_t seed);
uint64_t random_next(void);

/* What the processor has to offer: clock, and random bits of the hardware. */
uint64_t random_of_machine(void);

#endif
