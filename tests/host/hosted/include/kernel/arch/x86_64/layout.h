/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's address space, moved to where a program of this machine may have memory. All that
 * the hosted kernel does with addresses stays as it is.
 */
#include_next "kernel/arch/x86_64/layout.h"

#ifndef TESTS_HOST_HOSTED_LAYOUT_H
#define TESTS_HOST_HOSTED_LAYOUT_H

#undef NULL_BASE
#undef PHYS_BASE
#define NULL_BASE 0x200000000000ull
#define PHYS_BASE 0x200040000000ull

#endif
