/* SPDX-License-Identifier: BSD-2-Clause */
/* See symbols.h. */

#include "kernel/debug/symbols.h"

#include <stddef.h>

const char *symbol_lookup(uint32_t offset, uint32_t *into)
{
    uint32_t low = 0, high = kernel_symbols_count; /* the first above offset is in [low, high] */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (kernel_symbols_addresses[middle] <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;
    *into = offset - kernel_symbols_addresses[low - 1];
    return kernel_symbols_strings + kernel_symbols_names[low - 1];
}
