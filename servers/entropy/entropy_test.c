/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sources: servers/entropy/chacha.c servers/entropy/blake2s.c
 * sources: servers/entropy/health.c servers/entropy/generator.c
 */
/* The cipher and the hash against published vectors; the health tests; the generator. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "servers/entropy/generator.h"
#include "servers/entropy/health.h"

static int failures;

static void report(const char *name, bool good)
{
    printf(good ? "ok entropy: %s\n" : "not ok entropy: %s: not so\n", name);
    failures += !good;
}

static bool is_hex(const uint8_t *data, size_t size, const char *hex)
{
    char text[256] = "";

    for (size_t i = 0; i < size; i++)
        sprintf(text + 2 * i, "%02x", data[i]);
    return strcmp(text, hex) == 0;
}

/* RFC 8439, 2.3.2. */
static bool chacha_vector(void)
{
    const uint32_t nonce[3] = {0x09000000, 0x4a000000, 0};
    uint8_t key[32], block[64];

    for (int i = 0; i < 32; i++)
        key[i] = (uint8_t)i;
    chacha_block(key, 1, nonce, block);
    return is_hex(block, 64,
                  "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
                  "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e");
}

static bool hash_is(const uint8_t *key, const void *data, size_t size, size_t piece,
                    const char *hex)
{
    struct blake2s hash;
    uint8_t result[32];

    blake2s_init(&hash, key);
    for (size_t at = 0; at < size; at += piece)
        blake2s_update(&hash, (const char *)data + at, size - at < piece ? size - at : piece);
    blake2s_final(&hash, result);
    return is_hex(result, 32, hex);
}

/* RFC 7693, appendix B; the others from the reference implementation (Python's hashlib). */
static bool blake2s_vectors(void)
{
    uint8_t data[768], key[32];

    for (int i = 0; i < 768; i++)
        data[i] = (uint8_t)i;
    memcpy(key, data, 32);
    for (size_t piece = 1; piece < 200; piece++)
        if (!hash_is(NULL, data, 768, piece,
                     "b928a17862e211e99759ba8819280803a914cd3dee7c5d711a3b5185aa96a7b3"))
            return false;
    return hash_is(NULL, "abc", 3, 3,
                   "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982") &&
           hash_is(NULL, "", 0, 1,
                   "69217a3079908094e11121d042354a7c1f55b6482ca1a51e1b250dfd1ed0eef9") &&
           hash_is(key, "", 0, 1,
                   "48a8997da407876b3d79c0d92325ad3b89cbb754d86ab71aee047ad345fd2c49") &&
           hash_is(key, data, 64, 64,
                   "8975b0577fd35566d750b362b0897a26c399136df07bababbde6203ff2954ed4");
}

/* After how many samples of a source a test fails; 0: not within a million. */
static uint32_t fails_after(uint8_t (*source)(uint32_t))
{
    struct health health = {0};

    for (uint32_t i = 0; i < 1000000; i++)
        if (!health_test(&health, source(i)))
            return i + 1;
    return 0;
}

static uint8_t constant(uint32_t i)
{
    (void)i;
    return 42;
}

static uint8_t zero(uint32_t i)
{
    (void)i;
    return 0;
}

/* Good for a while, then stuck. */
static uint8_t stuck(uint32_t i)
{
    return i < 5000 ? (uint8_t)rand() : 7;
}

/* One value nine times in ten, but never sixty times in a row. */
static uint8_t biased(uint32_t i)
{
    return i % 10 ? 3 : (uint8_t)rand();
}

static uint8_t two_values(uint32_t i)
{
    (void)i;
    return (uint8_t)(rand() >> 8 & 1);
}

static uint8_t uniform(uint32_t i)
{
    (void)i;
    return (uint8_t)(rand() >> 8);
}

/* Exactly at the limits: one less is good. */
static bool limits(void)
{
    struct health health = {0};

    for (int i = 0; i < HEALTH_REPETITIONS - 1; i++)
        if (!health_test(&health, 5))
            return false;
    if (!health_test(&health, 6))
        return false;
    for (int i = 0; i < HEALTH_REPETITIONS - 1; i++)
        if (!health_test(&health, 5))
            return false;
    return !health_test(&health, 5);
}

static bool proportion_limit(uint32_t same)
{
    struct health health = {0};

    /* The others lie evenly between them. */
    for (uint32_t i = 0, others = HEALTH_WINDOW - same; i < HEALTH_WINDOW; i++) {
        bool other = (i + 1) * others / HEALTH_WINDOW != i * others / HEALTH_WINDOW;
        if (!health_test(&health, other ? (uint8_t)(i | 1) : 0))
            return false;
    }
    return true;
}

static bool generator_works(void)
{
    struct generator a, b;
    uint8_t first[300], second[300], key[32];

    generator_init(&a);
    generator_add(&a, "seed", 4);
    generator_reseed(&a);
    b = a;
    memcpy(key, a.key, 32);
    generator_read(&a, first, sizeof(first));
    generator_read(&b, second, sizeof(second));
    if (memcmp(first, second, sizeof(first)) != 0 || memcmp(key, a.key, 32) == 0)
        return false; /* the same from the same; and the key went */
    generator_read(&b, second, 1);
    if (memcmp(a.key, b.key, 32) == 0)
        return false;
    generator_reseed(&a);
    generator_read(&a, second, sizeof(second));
    return memcmp(first, second, sizeof(first)) != 0;
}

/* What was read doesn't contain the key that it was made with, nor the next one. */
static bool keys_stay_inside(void)
{
    struct generator generator;
    uint8_t data[512], key[32];

    generator_init(&generator);
    generator_reseed(&generator);
    memcpy(key, generator.key, 32);
    generator_read(&generator, data, sizeof(data));
    for (size_t i = 0; i + 32 <= sizeof(data); i++)
        if (memcmp(data + i, key, 32) == 0 || memcmp(data + i, generator.key, 32) == 0)
            return false;
    return true;
}

/* Bits and bytes of the output are about as frequent as they should be. */
static bool output_is_even(void)
{
    struct generator generator;
    uint32_t count[256] = {0};
    uint8_t data[1 << 16];

    generator_init(&generator);
    generator_reseed(&generator);
    for (size_t at = 0; at < sizeof(data); at += 256)
        generator_read(&generator, data + at, 256);
    for (size_t i = 0; i < sizeof(data); i++)
        count[data[i]]++;
    for (int i = 0; i < 256; i++)
        if (count[i] < 160 || count[i] > 352) /* 256 with six standard deviations of 16 */
            return false;
    return true;
}

int main(void)
{
    report("ChaCha20", chacha_vector());
    report("BLAKE2s", blake2s_vectors());
    report("a constant source fails", fails_after(constant) == HEALTH_REPETITIONS);
    report("a source of zeros fails", fails_after(zero) == HEALTH_REPETITIONS);
    uint32_t after = fails_after(stuck);
    report("a source that sticks fails at once", after > 5000 && after <= 5100);
    after = fails_after(biased);
    report("a biased source fails", after > 0 && after < 20 * HEALTH_WINDOW);
    report("a source of one bit passes", fails_after(two_values) == 0);
    report("a good source passes", fails_after(uniform) == 0);
    report("the limit of repetitions", limits());
    report("the limit of a proportion",
           proportion_limit(HEALTH_PROPORTION - 1) && !proportion_limit(HEALTH_PROPORTION));
    report("the generator", generator_works());
    report("keys stay inside", keys_stay_inside());
    report("the output is even", output_is_even());
    return failures != 0;
}
