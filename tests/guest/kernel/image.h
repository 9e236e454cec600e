/* SPDX-License-Identifier: BSD-2-Clause */
/* The runner's own code and constants, for victims: taken from its boot module. */
#ifndef TESTS_GUEST_KERNEL_IMAGE_H
#define TESTS_GUEST_KERNEL_IMAGE_H

#include "kernel/abi/types.h"

/* Find them. Once. */
void image_init(void);

/* Map them in an address space, as they are mapped here. */
void image_map(cap_t vspace);

/* A Frame that holds code; its bytes from `*offset` on are those at the address `*address`. */
cap_t image_code_frame(uint64_t *offset, uint64_t *address);

#endif
