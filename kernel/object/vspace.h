/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An address space: a root table, a pool of pages for the tables below it, and the list of Frame
 * capabilities that are mapped here (through the slots themselves: a slot is its own record).
 */
#ifndef KERNEL_OBJECT_VSPACE_H
#define KERNEL_OBJECT_VSPACE_H

#include "kernel/arch/arch.h"
#include "kernel/cap/slot.h"
#include "kernel/cpu/grace.h"

struct vspace {
    uint64_t root[512]; /* the top-level table */
    uint64_t cr3;       /* what threads load: root, PCID, and no flush where there's a PCID */
    struct table_pool pool;
    ref_t mappings;      /* slots of Frames mapped here, by map_next */
    ref_t supplies;      /* slots of Tables given to the pool, likewise */
    uint32_t domain;     /* its threads have copies; fixed once there are any */
    uint32_t stale;      /* the grace period after which no other CPU has what was unmapped last */
    uint32_t ending;     /* likewise, of its end, | 1; 0: it hasn't begun */
    struct cpu_set cpus; /* that its threads have been on */
};

#define VSPACE_BYTES 8192 /* the rest of the object is the pool */
_Static_assert(sizeof(struct vspace) <= VSPACE_BYTES, "two pages");

void vspace_init(struct vspace *vspace, unsigned size_bits);
/* Nothing runs here any more: Frames forget that they were mapped. False: more steps. */
MUST_USE bool vspace_destroy(struct vspace *vspace, unsigned *steps);

static inline uint64_t vspace_cr3(const struct vspace *vspace)
{
    return vspace->cr3;
}

/* The address space of a thread that has none: the kernel's alone. */
uint64_t vspace_kernel_cr3(void);

/* The capability forgets its mapping; the page tables are not touched. */
void mapping_forget(struct slot *slot);

/* The slot was moved: its neighbours in the list follow. */
void mapping_moved(struct slot *slot);

/* Unmap all that a Frame capability has mapped. False: more steps. */
MUST_USE bool frame_release(struct slot *slot, unsigned *steps);

/* A pool's memory goes: so does all that is mapped with its help. False: more steps. */
MUST_USE bool tables_release(struct slot *slot, unsigned *steps);

#endif
