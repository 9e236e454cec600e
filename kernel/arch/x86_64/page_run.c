/* SPDX-License-Identifier: BSD-2-Clause */
/* Unrolled, since a step may do 512: how long one takes is how long interrupts wait. */
#include "kernel/arch/x86_64/page_run.h"

#include "kernel/arch/x86_64/kmap.h"

#define MASK (PTE_ADDRESS | PTE_PRESENT)

unsigned page_run_empty(const uint64_t *entry, unsigned run)
{
    unsigned i = 0;
    while (run - i >= 4 && !((entry[i] | entry[i + 1] | entry[i + 2] | entry[i + 3]) & PTE_PRESENT))
        i += 4;
    while (i < run && !(entry[i] & PTE_PRESENT))
        i++;
    return i;
}

unsigned page_run_large(const uint64_t *entry, unsigned run)
{
    const uint64_t kind = PTE_PRESENT | PTE_LARGE;
    for (unsigned i = 1; i < run; i++)
        if ((entry[i] & kind) == PTE_PRESENT)
            return i;
    return run;
}

void page_run_fill(uint64_t *entry, uint64_t value, unsigned run, uint64_t span)
{
    for (const uint64_t *end = entry + run; entry < end; entry++, value += span)
        *entry = value;
}

unsigned page_run_unmap(uint64_t *entry, paddr_t physical, unsigned run)
{
    uint64_t value = physical | PTE_PRESENT;
    unsigned kept = 0;
#pragma GCC unroll 4
    for (unsigned i = 0; i < run; i++, value += PAGE_SIZE) {
        if (likely(((entry[i] ^ value) & MASK) == 0))
            entry[i] = 0;
        else
            kept++;
    }
    return run - kept;
}

unsigned page_run_change(uint64_t *entry, paddr_t physical, uint64_t new, unsigned run,
                         uint64_t span)
{
    uint64_t value = physical | PTE_PRESENT, new_span = new ? span : 0;
    unsigned kept = 0;
#pragma GCC unroll 4
    for (unsigned i = 0; i < run; i++, value += span, new += new_span) {
        if (likely(((entry[i] ^ value) & MASK) == 0))
            entry[i] = new;
        else
            kept++;
    }
    return run - kept;
}
