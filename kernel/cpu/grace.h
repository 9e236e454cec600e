/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Grace periods: CPUs are asked to leave the kernel, look into their inboxes, and forget
 * translations if need be. What no CPU can find any more is then held by none; and what was
 * unmapped isn't used any more. One question serves all who ask before it's answered.
 *
 * A question has a number. A CPU answers the newest that it has seen. So one that wasn't asked by
 * this number, or has answered it or a later one, has nothing to do with it any more.
 *
 * Nobody waits in the kernel: who must, restarts its system call until all have answered.
 */
#ifndef KERNEL_CPU_GRACE_H
#define KERNEL_CPU_GRACE_H

#include "kernel/arch/arch.h"
#include "kernel/lib/types.h"

#define CPU_SET_WORDS (CPU_MAX / 64)

struct cpu_set {
    uint64_t word[CPU_SET_WORDS];
};

static inline void cpu_set_add(struct cpu_set *set, unsigned index)
{
    set->word[index / 64] |= 1ull << index % 64;
}

static inline bool cpu_set_has(const struct cpu_set *set, unsigned index)
{
    return set->word[index / 64] >> index % 64 & 1;
}

/* Ask those of `set` but this one, or all but this one (null). Returns the number, never 0. */
uint32_t grace_ask(const struct cpu_set *set, bool flush);

/* Whether all have answered. */
bool grace_passed(uint32_t number);

/* This CPU's answer. */
void grace_pass(struct cpu *cpu, uint32_t number);

/*
 * Two in a row: after the first nobody sends what was found before; after the second it has
 * arrived. `*progress` begins as 0, and is 0 again when both are over. False: not yet.
 */
MUST_USE bool grace_both(uint32_t *progress);

/*
 * Translations of this space were taken away: others that may hold them are asked to forget them;
 * `*number` says by which question. The system call that did it isn't over before they have
 * (cap/invoke.c).
 */
void grace_shoot(const struct cpu_set *set, uint32_t *number);

#endif
