/* SPDX-License-Identifier: BSD-2-Clause */
/* See chacha.h. Words are little-endian, as the processor's are. */

#include "servers/entropy/chacha.h"

#include "libsys/string.h"

static uint32_t rotate(uint32_t value, unsigned bits)
{
    return value << bits | value >> (32 - bits);
}

static void quarter_round(uint32_t *s, unsigned a, unsigned b, unsigned c, unsigned d)
{
    s[a] += s[b];
    s[d] = rotate(s[d] ^ s[a], 16);
    s[c] += s[d];
    s[b] = rotate(s[b] ^ s[c], 12);
    s[a] += s[b];
    s[d] = rotate(s[d] ^ s[a], 8);
    s[c] += s[d];
    s[b] = rotate(s[b] ^ s[c], 7);
}

void chacha_block(const uint8_t key[CHACHA_KEY], uint32_t counter, const uint32_t nonce[3],
                  uint8_t block[CHACHA_BLOCK])
{
    uint32_t start[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574}, state[16];

    memcpy(&start[4], key, CHACHA_KEY);
    start[12] = counter;
    memcpy(&start[13], nonce, 12);
    memcpy(state, start, sizeof(state));
    for (int i = 0; i < 10; i++) {
        for (unsigned column = 0; column < 4; column++)
            quarter_round(state, column, column + 4, column + 8, column + 12);
        for (unsigned column = 0; column < 4; column++)
            quarter_round(state, column, 4 + (column + 1) % 4, 8 + (column + 2) % 4,
                          12 + (column + 3) % 4);
    }
    for (int i = 0; i < 16; i++)
        state[i] += start[i];
    memcpy(block, state, CHACHA_BLOCK);
}
