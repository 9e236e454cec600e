/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/lib/scale.h"

/* Long division, a bit at a time, until the quotient has 64 of them. */
struct time_scale scale_make(uint64_t from, uint64_t to)
{
    uint64_t factor = to / from, rest = to % from;
    uint32_t shift = 0;
    for (; factor >> 63 == 0; shift++) {
        rest *= 2;
        factor = factor * 2 + (rest >= from);
        rest -= rest >= from ? from : 0;
    }
    return (struct time_scale){.factor = factor + (rest != 0), .shift = shift};
}
