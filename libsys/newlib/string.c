/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memcpy and memset, instead of newlib's, which go past the caches from 256 bytes on. Short ones
 * are one or two overlapping moves, middle ones 16 bytes at a time, long ones what the processor's
 * microcode makes of `rep`. None touches a vector register, nor does anything else in this
 * directory (build.mk): whoever has none to be kept is switched faster, and its faults are served
 * by the kernel's short way.
 */

#include <stdint.h>
#include <string.h>

#define LONG 512

typedef uint64_t word8 __attribute__((aligned(1), may_alias));
typedef uint32_t word4 __attribute__((aligned(1), may_alias));
typedef uint16_t word2 __attribute__((aligned(1), may_alias));

/* Two moves of TYPE, from both ends, for sizeof(TYPE) to twice that many bytes. */
#define COPY_ENDS(type)                                           \
    do {                                                          \
        type last = *(const type *)(from + bytes - sizeof(type)); \
        *(type *)to = *(const type *)from;                        \
        *(type *)((uint8_t *)to + bytes - sizeof(type)) = last;   \
    } while (0)

static inline void copy_short(void *to, const uint8_t *from, size_t bytes)
{
    if (bytes >= 8)
        COPY_ENDS(word8);
    else if (bytes >= 4)
        COPY_ENDS(word4);
    else if (bytes >= 2)
        COPY_ENDS(word2);
    else if (bytes == 1)
        *(uint8_t *)to = *from;
}

void *memcpy(void *restrict to, const void *restrict source, size_t bytes)
{
    const uint8_t *from = source;
    uint8_t *at = to;

    if (bytes < 16) {
        copy_short(to, from, bytes);
    } else if (bytes < LONG) {
        const word8 *last = (const word8 *)(from + bytes - 16);
        word8 low = last[0], high = last[1];
        uint8_t *end = at + bytes - 16;
        for (; at < end; at += 16, from += 16) {
            word8 first = ((const word8 *)from)[0], second = ((const word8 *)from)[1];
            ((word8 *)at)[0] = first;
            ((word8 *)at)[1] = second;
        }
        ((word8 *)end)[0] = low;
        ((word8 *)end)[1] = high;
    } else {
        __asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(bytes) : : "memory");
    }
    return to;
}

static inline void set_short(uint8_t *at, uint64_t pattern, size_t bytes)
{
    if (bytes >= 8) {
        *(word8 *)at = *(word8 *)(at + bytes - 8) = pattern;
    } else if (bytes >= 4) {
        *(word4 *)at = *(word4 *)(at + bytes - 4) = (uint32_t)pattern;
    } else {
        for (size_t i = 0; i < bytes; i++)
            at[i] = (uint8_t)pattern;
    }
}

void *memset(void *to, int value, size_t bytes)
{
    uint64_t pattern = 0x0101010101010101ull * (uint8_t)value;
    uint8_t *at = to;

    if (bytes < 16) {
        set_short(at, pattern, bytes);
    } else if (bytes < LONG) {
        uint8_t *end = at + bytes - 8;
        for (; at < end; at += 8)
            *(word8 *)at = pattern;
        *(word8 *)end = pattern;
    } else {
        __asm__ volatile("rep stosb" : "+D"(at), "+c"(bytes) : "a"(value) : "memory");
    }
    return to;
}
