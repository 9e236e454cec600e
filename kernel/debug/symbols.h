/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The names of the kernel's code addresses. The build links the kernel twice: from the first
 * result tools/symbols makes these tables (section .symbols), which the second link puts behind
 * the code. The first link's are empty: a backtrace then shows plain addresses.
 */
#ifndef KERNEL_DEBUG_SYMBOLS_H
#define KERNEL_DEBUG_SYMBOLS_H

#include <stdint.h>

extern const uint32_t kernel_symbols_count;
extern const uint32_t kernel_symbols_addresses[]; /* offsets from the image's base, ascending */
extern const uint32_t kernel_symbols_names[];     /* offsets into kernel_symbols_strings */
extern const char kernel_symbols_strings[];

/*
 * The name of the function at `offset` from the image's base, and how far into it that is.
 * NULL if no symbol is known at or below it.
 */
const char *symbol_lookup(uint32_t offset, uint32_t *into);

#endif
