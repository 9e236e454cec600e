/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory of a case: one Untyped, all of whose children are revoked after the case. Then all of
 * its bytes must be free again, every slot that the case used empty, and the runner's own address
 * space as it was.
 */
#ifndef TESTS_GUEST_KERNEL_MEMORY_H
#define TESTS_GUEST_KERNEL_MEMORY_H

#include "tests/guest/kernel/test.h"

/* What the manifest gives to this program. */
struct own_caps {
    cap_t pool, cnode, vspace, thread, time, cpu, timer, pit, console, screen, large, gigabyte;
    cap_t cpus; /* the first of those beside CPU 0, if others run */
};
extern struct own_caps own;

/* The case's Untyped, and log2 of its bytes. */
extern cap_t case_untyped;
extern unsigned case_bits;

/* Skip the case if the machine is so small that this may not be there. */
void case_need(uint64_t bytes);
/* A case was skipped so. */
extern bool memory_was_short;

/* From the pool: memory that lasts (the runner's), and the case memory. Once. */
void memory_init_pool(void);
/* An object that lasts. */
cap_t lasting_make(enum object_type type, unsigned size_bits);
/* A slot that lasts: its index. */
uint32_t lasting_slot(void);

/* An empty slot of the runner's own table, for this case: its index. */
uint32_t case_slot(void);
uint32_t case_slots(uint32_t count);
/* The last so many are free again: they were emptied. */
void case_slots_back(uint32_t count);

/* Make objects out of this Untyped of the case from now on; 0: of the case memory. What it was. */
cap_t case_make_from(cap_t untyped);

/* An object from the case memory. Sizes: of the smallest such object if size_bits is 0. */
cap_t case_make(enum object_type type, unsigned size_bits);
/* `count` of them in a row: the first. */
cap_t case_make_row(enum object_type type, unsigned size_bits, uint32_t count);

/* Derived capabilities in new slots. */
cap_t case_copy(cap_t source, unsigned rights);
cap_t case_mint(cap_t source, unsigned rights, uint32_t badge);

/* A copy of a Frame mapped in the runner, all of it. */
cap_t case_map(cap_t frame, uint64_t address, unsigned access);

uint64_t case_free(void);
struct cap_description case_inspect(cap_t cap);
static inline bool case_is_empty(cap_t cap)
{
    return case_inspect(cap).type == OBJECT_NULL;
}

/* log2 of the size of an object of this type, if the case doesn't care. */
unsigned object_size_bits(enum object_type type);

void memory_begin(void);
void memory_end(void);

#endif
