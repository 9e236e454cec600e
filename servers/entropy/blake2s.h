/* SPDX-License-Identifier: BSD-2-Clause */
/* The hash function BLAKE2s with results of 32 bytes, with or without a key (RFC 7693). */
#ifndef SERVERS_ENTROPY_BLAKE2S_H
#define SERVERS_ENTROPY_BLAKE2S_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BLAKE2S_BLOCK 64
#define BLAKE2S_HASH 32

struct blake2s {
    uint32_t h[8];
    uint64_t bytes; /* hashed so far, the block that is being filled not counted */
    uint32_t filled;
    uint8_t block[BLAKE2S_BLOCK];
};

/* `key` has 32 bytes, or is null. */
void blake2s_init(struct blake2s *hash, const uint8_t *key);
void blake2s_update(struct blake2s *hash, const void *data, size_t size);

/* The result; the structure is wiped. */
void blake2s_final(struct blake2s *hash, uint8_t result[BLAKE2S_HASH]);

#endif
