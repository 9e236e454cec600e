/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the information of a multiboot 1 or 2 boot loader into a struct boot_source. Pure: it
 * reads only through the view, checks every length, and keeps no pointer to what it read.
 * Sources: Multiboot Specification 0.6.96 section 3.3; Multiboot2 Specification 2.0 section 3.6.
 */
#ifndef KERNEL_ARCH_X86_64_MULTIBOOT_H
#define KERNEL_ARCH_X86_64_MULTIBOOT_H

#include "kernel/arch/boot.h"
#include "kernel/arch/x86_64/phys_view.h"

#define MULTIBOOT1_LOADED 0x2badb002 /* in EAX, by the loader */
#define MULTIBOOT2_LOADED 0x36d76289

/* What is wrong, and where: tag type (multiboot1: flag bit) and byte offset in the information. */
struct multiboot_error {
    const char *problem;
    uint32_t tag;
    uint64_t offset;
};

/* False if the information can't be used; then `error` says why and `out` is undefined. */
MUST_USE bool multiboot_parse(const struct phys_view *view, uint32_t magic, paddr_t info,
                              struct boot_source *out, struct multiboot_error *error);

#endif
