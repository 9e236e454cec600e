/* SPDX-License-Identifier: BSD-2-Clause */
/* Loops over entries of one page table: `run` of them, of pages of `span` bytes each. */
#ifndef KERNEL_ARCH_X86_64_PAGE_RUN_H
#define KERNEL_ARCH_X86_64_PAGE_RUN_H

#include "kernel/lib/types.h"

/* How many of them are empty, from the first on. */
unsigned page_run_empty(const uint64_t *entry, unsigned run);

/* How many there are before the first, but for the one at the beginning, that leads to a table. */
unsigned page_run_large(const uint64_t *entry, unsigned run);

/* Map what follows `value`. */
void page_run_fill(uint64_t *entry, uint64_t value, unsigned run, uint64_t span);

/* Clear those that map what follows `physical`; how many did. For pages of 4 KiB. */
unsigned page_run_unmap(uint64_t *entry, paddr_t physical, unsigned run);

/* The same for pages of any size; they become what follows `new`, if that isn't 0. */
unsigned page_run_change(uint64_t *entry, paddr_t physical, uint64_t new, unsigned run,
                         uint64_t span);

#endif
