/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Conversion between TSC ticks and nanoseconds by a multiplication and a shift. The kernel prepares
 * both ways once, and tells them in the boot information.
 */
#ifndef KERNEL_ABI_TIME_H
#define KERNEL_ABI_TIME_H

#include <stdint.h>

/*
 * value * factor / 2^shift. The highest bit of `factor` is set, and it's rounded up: of the exact
 * result r, what comes out is the whole part of r + e, where 0 <= e < r / 2^63: 1/290 ns in a year.
 */
struct time_scale {
    uint64_t factor;
    uint32_t shift, reserved;
};

struct time_info {
    struct time_scale to_nanoseconds, to_ticks;
    uint64_t entry;               /* TSC at the kernel's first instruction: time begins */
    uint32_t invariant, reserved; /* 1: the TSC keeps its speed, and counts in sleep too */
};

static inline unsigned __int128 time_scale_wide(struct time_scale scale, uint64_t value)
{
    return (unsigned __int128)value * scale.factor >> scale.shift;
}

#endif
