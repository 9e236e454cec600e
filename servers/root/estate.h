/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a program is made of: its table, address space, thread, time, and the Frames of its image,
 * all out of a few Untypeds. Revoking these ends the program, whatever it does at that moment, and
 * leaves the memory for the same program again.
 */
#ifndef SERVERS_ROOT_ESTATE_H
#define SERVERS_ROOT_ESTATE_H

#include "libsys/memory.h"
#include "servers/root/manifest.h"

#define ESTATE_UNTYPED_MAX 4
#define ESTATE_BITS_MIN 6 /* log2 of their sizes */
#define ESTATE_BITS_MAX 46

struct estate {
    unsigned bits[ESTATE_UNTYPED_MAX]; /* planned: log2 of sizes, falling; 0: no more */
    cap_t untyped[ESTATE_UNTYPED_MAX]; /* 0: no more; the first: none is reserved */
    uint32_t first_slot, slot_count;   /* where the parts are; first 0: nowhere yet */
    uint32_t shared;                   /* so many of them, the first, are copies of Frames */
    cap_t cnode, vspace, thread, info, buffer;
    cap_t table; /* a copy of the CNode that it uses now; 0: the first one */
    cap_t time;  /* 0: passive */
    uint64_t entry;
};

/* What it will take. The program's module is there and can be loaded, or the run ends with a
 * message. */
void estate_plan(struct estate *estate, const struct manifest_program *line);

/* Memory and slots for the program, unless it has them already. */
MUST_USE err_t estate_reserve(struct estate *estate, struct memory *memory);

/* Only its Untypeds of that size: who makes those of all programs, falling, wastes nothing. */
MUST_USE err_t estate_reserve_size(struct estate *estate, struct memory *memory, unsigned bits);

/*
 * Another table, which its own has in this slot: its thread, which is calling, goes on with it, and
 * finds 0 as the answer. Else an error: that slot is no such, or root has no slot left.
 */
MUST_USE err_t estate_set_table(struct estate *estate, uint32_t slot);

/* Make, fill and map all parts but the information page, which isn't filled yet. */
void estate_build(struct estate *estate, const struct manifest_program *line);

/* End it; or there was nothing. The memory stays reserved. */
void estate_revoke(struct estate *estate);

/* Give back slots and memory of what was ended. The Untyped that it came from must be reset. */
void estate_drop(struct estate *estate);

#endif
