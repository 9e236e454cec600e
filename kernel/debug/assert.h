/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * assert(condition): states what must hold; if it doesn't, the kernel panics with the place and
 * the condition. The condition must have no side effects. Present in release builds too.
 */
#ifndef KERNEL_DEBUG_ASSERT_H
#define KERNEL_DEBUG_ASSERT_H

#ifdef MARCONA_HOST

#include <assert.h>

#else

#include "kernel/debug/panic.h"

#define assert(condition)                                  \
    do {                                                   \
        if (__builtin_expect(!(condition), 0))             \
            assert_failed(__FILE__, __LINE__, #condition); \
    } while (0)

#endif
#endif
