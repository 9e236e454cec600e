/* SPDX-License-Identifier: BSD-2-Clause */
/* See generator.h. */

#include "servers/entropy/generator.h"

#include "libsys/string.h"

void generator_init(struct generator *generator)
{
    memset(generator, 0, sizeof(*generator));
    blake2s_init(&generator->pool, NULL);
}

void generator_add(struct generator *generator, const void *data, size_t size)
{
    blake2s_update(&generator->pool, data, size);
}

/* The pool goes on from what it was, under another key: it loses nothing, and tells nothing. */
void generator_reseed(struct generator *generator)
{
    static const uint8_t for_key = 1, for_pool = 2;
    uint8_t seed[BLAKE2S_HASH], pool[BLAKE2S_HASH];
    struct blake2s hash;

    blake2s_update(&generator->pool, generator->key, CHACHA_KEY);
    blake2s_final(&generator->pool, seed);
    blake2s_init(&hash, seed);
    blake2s_update(&hash, &for_key, 1);
    blake2s_final(&hash, generator->key);
    blake2s_init(&hash, seed);
    blake2s_update(&hash, &for_pool, 1);
    blake2s_final(&hash, pool);
    blake2s_init(&generator->pool, pool);
    memset(seed, 0, sizeof(seed));
    memset(pool, 0, sizeof(pool));
}

void generator_read(struct generator *generator, uint8_t *data, size_t size)
{
    static const uint32_t nonce[3] = {0};
    uint8_t block[CHACHA_BLOCK], key[CHACHA_KEY];
    size_t from = CHACHA_KEY; /* of the first block, whose beginning is the next key */
    uint32_t counter = 0;

    memcpy(key, generator->key, CHACHA_KEY);
    chacha_block(key, counter++, nonce, block);
    memcpy(generator->key, block, CHACHA_KEY);
    while (size > 0) {
        size_t piece = CHACHA_BLOCK - from < size ? CHACHA_BLOCK - from : size;
        memcpy(data, block + from, piece);
        data += piece;
        size -= piece;
        from = 0;
        if (size > 0)
            chacha_block(key, counter++, nonce, block);
    }
    memset(key, 0, sizeof(key));
    memset(block, 0, sizeof(block));
}
