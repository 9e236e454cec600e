/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first link's empty tables; the real ones replace them. In a file of their own, because a
 * compiler that sees the constants here believes them.
 */

#include "kernel/debug/symbols.h"

__attribute__((weak)) const uint32_t kernel_symbols_count = 0;
__attribute__((weak)) const uint32_t kernel_symbols_addresses[1] = {0};
__attribute__((weak)) const uint32_t kernel_symbols_names[1] = {0};
__attribute__((weak)) const char kernel_symbols_strings[1] = {0};
