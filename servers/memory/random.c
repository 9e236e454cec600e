/* SPDX-License-Identifier: BSD-2-Clause */
/* Marsaglia, "Xorshift RNGs", 2003; the product is that of Vigna's xorshift64*. */
#include "servers/memory/random.h"

#define CPUID_FEATURES 1u
#define CPUID_EXTENDED 7u
#define HAS_RDRAND (1u << 30) /* ecx of 1 */
#define HAS_RDSEED (1u << 18) /* ebx of 7 */
#define TRIES 16

static uint64_t state = 1;

void random_init(uint64_t seed)
{
    state = seed ? seed : 1;
}

uint64_t random_next(void)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 0x2545f4914f6cdd1dull;
}

#ifdef __x86_64__
static void cpuid(uint32_t leaf, uint32_t *ebx, uint32_t *ecx)
{
    uint32_t eax = leaf, edx;
    *ecx = 0;
    __asm__ volatile("cpuid" : "+a"(eax), "=b"(*ebx), "+c"(*ecx), "=d"(edx));
}

uint64_t random_of_machine(void)
{
    uint32_t ebx, ecx, low, high;
    uint64_t random = 0;
    uint8_t done = 0;
    cpuid(CPUID_FEATURES, &ebx, &ecx);
    for (int i = 0; (ecx & HAS_RDRAND) && !done && i < TRIES; i++)
        __asm__ volatile("rdrand %0; setc %1" : "=r"(random), "=qm"(done) : : "cc");
    cpuid(0, &ebx, &ecx);
    cpuid(CPUID_EXTENDED, &ebx, &ecx);
    uint64_t seed = 0;
    done = 0;
    for (int i = 0; (ebx & HAS_RDSEED) && !done && i < TRIES; i++)
        __asm__ volatile("rdseed %0; setc %1" : "=r"(seed), "=qm"(done) : : "cc");
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return random ^ seed ^ ((uint64_t)low << 32 | low) ^ high;
}
#endif
