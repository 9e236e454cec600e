/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From noise to random numbers. Noise is hashed into a pool (BLAKE2s). From time to time the pool
 * and the old key make the generator's new key, so that whoever knew the old one doesn't know
 * it. Numbers are ChaCha20's key stream, whose first 32 bytes replace the key before the others are
 * given out (fast key erasure: D. J. Bernstein, 2017): who takes the machine later can't compute
 * what was given out before.
 */
#ifndef SERVERS_ENTROPY_GENERATOR_H
#define SERVERS_ENTROPY_GENERATOR_H

#include "servers/entropy/blake2s.h"
#include "servers/entropy/chacha.h"

struct generator {
    struct blake2s pool;
    uint8_t key[CHACHA_KEY];
};

void generator_init(struct generator *generator);

/* Mix something into the pool. */
void generator_add(struct generator *generator, const void *data, size_t size);

/* A new key of the pool and the old one. */
void generator_reseed(struct generator *generator);

/* Random bytes, after the first reseed. */
void generator_read(struct generator *generator, uint8_t *data, size_t size);

#endif
