/* SPDX-License-Identifier: BSD-2-Clause */
/* From physical addresses to the kernel's pointers and back. */
#ifndef KERNEL_ARCH_X86_64_PHYS_H
#define KERNEL_ARCH_X86_64_PHYS_H

#include "kernel/arch/x86_64/layout.h"
#include "kernel/lib/types.h"

/* The direct map's address of physical memory. The memory map must name it. */
static inline void *phys_pointer(paddr_t paddr)
{
    return (void *)(PHYS_BASE + paddr);
}

/* The physical address behind a pointer into the direct map. */
static inline paddr_t phys_of(const void *pointer)
{
    return (uintptr_t)pointer - PHYS_BASE;
}

/* The physical address behind a symbol of the image, outside .percpu. */
static inline paddr_t phys_of_image(const void *symbol)
{
    return (uintptr_t)symbol - IMAGE_BASE;
}

#endif
