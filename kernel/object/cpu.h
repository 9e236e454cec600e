/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A Cpu capability: the right to give out time of one CPU, up to a priority and a share of the
 * time, in millionths. What it gives, to SchedContexts as budget / period and to further Cpu
 * capabilities, comes out of its share and goes back when they end: no more can be given than there
 * is. SHARE_ALL is the share of who needs no account: it gives time without limit too.
 *
 * Its `object` is the CPU's number.
 *
 * The account is kept in the slot of the original, and copies lead there (`pool`), as does all that
 * was given; so an original stays where it is while anything derives from it.
 */
#ifndef KERNEL_OBJECT_CPU_H
#define KERNEL_OBJECT_CPU_H

#include "kernel/cap/slot.h"

#define SHARE_ALL 1000000u

/* The slot with the account of a Cpu capability. */
static inline struct slot *cpu_pool(struct slot *slot)
{
    return slot_is_original(slot) ? slot : slot_of(slot->pool);
}

/* Whether a pool that already gave `before` for this can give `share` for it. */
bool cpu_can_give(const struct slot *pool, uint32_t share, uint32_t before);

/* The capability ends, with nothing given any more. */
void cpu_end(struct slot *original);

#endif
