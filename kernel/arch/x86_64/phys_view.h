/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A window on physical memory for the parsers of boot information and ACPI tables, so that they
 * are pure: in the kernel it maps, in tests it is an array.
 */
#ifndef KERNEL_ARCH_X86_64_PHYS_VIEW_H
#define KERNEL_ARCH_X86_64_PHYS_VIEW_H

#include "kernel/lib/types.h"

struct phys_view {
    /* `size` readable bytes of physical memory at `paddr`, or NULL. Any alignment. */
    const uint8_t *(*read)(const struct phys_view *view, paddr_t paddr, uint64_t size);
    const uint8_t *bytes; /* for a view that is an array: physical memory from 0 */
    uint64_t size;
};

/* A `read` for views that are an array. */
static inline const uint8_t *phys_view_read_array(const struct phys_view *view, paddr_t paddr,
                                                  uint64_t size)
{
    if (paddr > view->size || size > view->size - paddr)
        return NULL;
    return view->bytes + paddr;
}

/* Little-endian fields at any alignment. */
static inline uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t get32(const uint8_t *p)
{
    return get16(p) | (uint32_t)get16(p + 2) << 16;
}

static inline uint64_t get64(const uint8_t *p)
{
    return get32(p) | (uint64_t)get32(p + 4) << 32;
}

#endif
