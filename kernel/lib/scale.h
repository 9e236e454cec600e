/* SPDX-License-Identifier: BSD-2-Clause */
/* Prepares conversions of abi/time.h. During boot only. */
#ifndef KERNEL_LIB_SCALE_H
#define KERNEL_LIB_SCALE_H

#include "kernel/abi/time.h"

/* What makes `to` of `from`; neither is 0, and they are below 2^32. */
struct time_scale scale_make(uint64_t from, uint64_t to);

#endif
