/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory and text functions with their usual contract: the kernel's own, and one more. */
#ifndef LIBSYS_STRING_H
#define LIBSYS_STRING_H

#include <stdbool.h>

#include "kernel/lib/string.h"

/* Whether two NUL-terminated strings are the same. */
static inline bool string_equal(const char *a, const char *b)
{
    while (*a != 0 && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

#endif
