/* SPDX-License-Identifier: BSD-2-Clause */
/* A block of the ChaCha20 key stream (RFC 8439, 2.3). */
#ifndef SERVERS_ENTROPY_CHACHA_H
#define SERVERS_ENTROPY_CHACHA_H

#include <stdint.h>

#define CHACHA_KEY 32
#define CHACHA_BLOCK 64

void chacha_block(const uint8_t key[CHACHA_KEY], uint32_t counter, const uint32_t nonce[3],
                  uint8_t block[CHACHA_BLOCK]);

#endif
