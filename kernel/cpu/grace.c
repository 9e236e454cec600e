/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/cpu/grace.h"

/* The newest question. Numbers are even, and not 0. */
static uint32_t newest;

static void ask(unsigned index, uint32_t number, bool flush)
{
    struct cpu *cpu = cpu_at(index);
    if (flush)
        __atomic_store_n(&cpu->flush, 1, __ATOMIC_RELAXED);
    uint32_t before = __atomic_exchange_n(&cpu->asked, number, __ATOMIC_SEQ_CST);
    /* Else it hasn't answered that one yet, and looks again when it has. */
    if (__atomic_load_n(&cpu->passed, __ATOMIC_SEQ_CST) == before)
        cpu_interrupt(index);
}

uint32_t grace_ask(const struct cpu_set *set, bool flush)
{
    uint32_t number;
    do {
        number = __atomic_add_fetch(&newest, 2, __ATOMIC_SEQ_CST);
    } while (number == 0);
    for (unsigned i = 0; i < cpu_numbers(); i++)
        if (i != this_cpu()->index && cpu_runs(i) && (!set || cpu_set_has(set, i)))
            ask(i, number, flush);
    return number;
}

bool grace_passed(uint32_t number)
{
    if (cpu_running == 1)
        return true;
    for (unsigned i = 0; i < cpu_numbers(); i++) {
        if (i == this_cpu()->index || !cpu_runs(i))
            continue;
        const struct cpu *cpu = cpu_at(i);
        uint32_t asked = __atomic_load_n(&cpu->asked, __ATOMIC_ACQUIRE);
        uint32_t passed = __atomic_load_n(&cpu->passed, __ATOMIC_ACQUIRE);
        if (asked != passed && (int32_t)(passed - number) < 0)
            return false;
    }
    return true;
}

void grace_pass(struct cpu *cpu, uint32_t number)
{
    __atomic_store_n(&cpu->passed, number, __ATOMIC_SEQ_CST);
}

#define SECOND 1u /* in `*progress`, beside the number of the question */

bool grace_both(uint32_t *progress)
{
    if (cpu_running == 1)
        return true;
    if (*progress && !grace_passed(*progress & ~SECOND))
        return false;
    if (*progress & SECOND) {
        *progress = 0;
        return true;
    }
    *progress = grace_ask(NULL, false) | (*progress ? SECOND : 0);
    return false;
}

void grace_shoot(const struct cpu_set *set, uint32_t *number)
{
    struct cpu *cpu = this_cpu();
    for (unsigned i = 0; i < CPU_SET_WORDS; i++) {
        uint64_t others = set->word[i];
        if (cpu->index / 64 == i)
            others &= ~(1ull << cpu->index % 64);
        if (others) {
            cpu->stale = *number = grace_ask(set, true);
            return;
        }
    }
}
