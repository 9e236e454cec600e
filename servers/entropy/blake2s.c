/* SPDX-License-Identifier: BSD-2-Clause */
/* See blake2s.h; names are those of RFC 7693. */

#include "servers/entropy/blake2s.h"

#include "libsys/string.h"

static const uint32_t iv[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                               0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

static const uint8_t sigma[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
    {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
    {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
    {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
    {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
};

static uint32_t rotate(uint32_t value, unsigned bits)
{
    return value >> bits | value << (32 - bits);
}

static void mix(uint32_t *v, unsigned a, unsigned b, unsigned c, unsigned d, uint32_t x, uint32_t y)
{
    v[a] += v[b] + x;
    v[d] = rotate(v[d] ^ v[a], 16);
    v[c] += v[d];
    v[b] = rotate(v[b] ^ v[c], 12);
    v[a] += v[b] + y;
    v[d] = rotate(v[d] ^ v[a], 8);
    v[c] += v[d];
    v[b] = rotate(v[b] ^ v[c], 7);
}

static void compress(struct blake2s *hash, bool is_last)
{
    uint32_t v[16], m[16];

    memcpy(m, hash->block, sizeof(m));
    memcpy(v, hash->h, sizeof(hash->h));
    memcpy(v + 8, iv, sizeof(iv));
    v[12] ^= (uint32_t)hash->bytes;
    v[13] ^= (uint32_t)(hash->bytes >> 32);
    if (is_last)
        v[14] = ~v[14];
    for (int round = 0; round < 10; round++) {
        const uint8_t *s = sigma[round];
        for (unsigned i = 0; i < 4; i++)
            mix(v, i, i + 4, i + 8, i + 12, m[s[2 * i]], m[s[2 * i + 1]]);
        for (unsigned i = 0; i < 4; i++)
            mix(v, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4, m[s[8 + 2 * i]],
                m[s[9 + 2 * i]]);
    }
    for (int i = 0; i < 8; i++)
        hash->h[i] ^= v[i] ^ v[i + 8];
}

void blake2s_init(struct blake2s *hash, const uint8_t *key)
{
    *hash = (struct blake2s){0};
    memcpy(hash->h, iv, sizeof(iv));
    hash->h[0] ^= 0x01010000u | (key ? BLAKE2S_HASH << 8 : 0) | BLAKE2S_HASH;
    if (key) {
        memcpy(hash->block, key, BLAKE2S_HASH);
        hash->filled = BLAKE2S_BLOCK;
    }
}

/* A full block is hashed only when more follows: the last one is marked. */
void blake2s_update(struct blake2s *hash, const void *data, size_t size)
{
    const uint8_t *from = data;

    while (size > 0) {
        if (hash->filled == BLAKE2S_BLOCK) {
            hash->bytes += BLAKE2S_BLOCK;
            compress(hash, false);
            hash->filled = 0;
        }
        size_t piece = BLAKE2S_BLOCK - hash->filled;
        if (piece > size)
            piece = size;
        memcpy(hash->block + hash->filled, from, piece);
        hash->filled += (uint32_t)piece;
        from += piece;
        size -= piece;
    }
}

void blake2s_final(struct blake2s *hash, uint8_t result[BLAKE2S_HASH])
{
    hash->bytes += hash->filled;
    memset(hash->block + hash->filled, 0, BLAKE2S_BLOCK - hash->filled);
    compress(hash, true);
    memcpy(result, hash->h, BLAKE2S_HASH);
    memset(hash, 0, sizeof(*hash));
}
