/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory functions. Short rather than clever: the kernel copies little, and its hot paths copy
 * inline. memcpy and memset use the string instructions, eight bytes at a time.
 */

#include "kernel/lib/string.h"

#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    void *destination = to;
    size_t words = size / 8;
    size_t bytes = size % 8;
    __asm__ volatile("rep movsq" : "+D"(destination), "+S"(from), "+c"(words)::"memory");
    __asm__ volatile("rep movsb" : "+D"(destination), "+S"(from), "+c"(bytes)::"memory");
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    if ((uintptr_t)to - (uintptr_t)from >= size)
        return memcpy(to, from, size);
    uint8_t *destination = to;
    const uint8_t *source = from;
    while (size-- > 0)
        ((volatile uint8_t *)destination)[size] = source[size];
    return to;
}

void *memset(void *to, int value, size_t size)
{
    void *destination = to;
    size_t words = size / 8;
    size_t bytes = size % 8;
    uint64_t pattern = (uint8_t)value * 0x0101010101010101u;
    __asm__ volatile("rep stosq" : "+D"(destination), "+c"(words) : "a"(pattern) : "memory");
    __asm__ volatile("rep stosb" : "+D"(destination), "+c"(bytes) : "a"(pattern) : "memory");
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const uint8_t *left = a, *right = b;
    for (size_t i = 0; i < size; i++)
        if (left[i] != right[i])
            return left[i] - right[i];
    return 0;
}

size_t strlen(const char *string)
{
    size_t length = 0;
    while (string[length++] != 0)
        __asm__("" : "+r"(length)); /* keeps the compiler from turning this into strlen() */
    return length - 1;
}
