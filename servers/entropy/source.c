/* SPDX-License-Identifier: BSD-2-Clause */
/* See source.h. */

#include "servers/entropy/source.h"

#include "libsys/time.h"

#define TRIES 10 /* Intel, "Digital Random Number Generator Software Implementation Guide", 5.2.1 */
#define WALK_BYTES 16384u
#define WALK_STEPS 32

static bool cpuid_bit(uint32_t leaf, unsigned which, unsigned bit)
{
    uint32_t out[4];

    __asm__ volatile("cpuid"
                     : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3])
                     : "a"(0), "c"(0));
    if (out[0] < leaf)
        return false;
    __asm__ volatile("cpuid"
                     : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3])
                     : "a"(leaf), "c"(0));
    return out[which] >> bit & 1;
}

enum source_hardware source_hardware(void)
{
    if (cpuid_bit(7, 1, 18))
        return SOURCE_RDSEED;
    return cpuid_bit(1, 2, 30) ? SOURCE_RDRAND : SOURCE_NONE;
}

static bool word_get(enum source_hardware hardware, uint64_t *word)
{
    bool good;

    if (hardware == SOURCE_RDSEED)
        __asm__ volatile("rdseed %0" : "=r"(*word), "=@ccc"(good));
    else
        __asm__ volatile("rdrand %0" : "=r"(*word), "=@ccc"(good));
    return good;
}

/* Processors whose generator broke gave all ones, or the same again and again. */
bool source_word(enum source_hardware hardware, uint64_t *word)
{
    static uint64_t last;

    for (int i = 0; hardware != SOURCE_NONE && i < TRIES; i++) {
        if (!word_get(hardware, word))
            continue;
        bool good = *word != 0 && *word != UINT64_MAX && *word != last;
        last = *word;
        if (good)
            return true;
    }
    return false;
}

uint8_t source_sample(void)
{
    static uint8_t walk[WALK_BYTES];
    static uint32_t at;
    static uint64_t before;

    for (int i = 0; i < WALK_STEPS; i++) {
        at = at * 1664525u + 1013904223u + walk[at % WALK_BYTES];
        walk[at % WALK_BYTES]++;
    }
    uint64_t ticks = time_ticks(), delta = ticks - before;
    before = ticks;
    return (uint8_t)(delta ^ delta >> 8);
}
