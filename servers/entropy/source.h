/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where noise comes from: the processor's own generator, where it has one, and always the jitter
 * of its time: how long it takes to walk through memory is different each time.
 */
#ifndef SERVERS_ENTROPY_SOURCE_H
#define SERVERS_ENTROPY_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

/* As entropy_status tells it. */
enum source_hardware { SOURCE_NONE, SOURCE_RDRAND, SOURCE_RDSEED };

/* Which instruction there is. */
enum source_hardware source_hardware(void);

/* A word of it; false: it has none now, or gives what can't be random. */
bool source_word(enum source_hardware hardware, uint64_t *word);

/* A sample of the jitter. */
uint8_t source_sample(void);

#endif
