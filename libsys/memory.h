/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes objects out of a set of Untypeds, choosing for each the one that it fits best.
 *
 * The kernel hands out an Untyped from its start to its end and takes memory back only all at once
 * (cnode_revoke of the Untyped). So what should be freed together is made from an Untyped of its
 * own: make an OBJECT_UNTYPED here, and give that to another `struct memory`.
 */
#ifndef LIBSYS_MEMORY_H
#define LIBSYS_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "libsys/slots.h"
#include "libsys/syscall.h"

#define MEMORY_UNTYPED_MAX 128

struct memory_untyped {
    cap_t cap;
    bool device;    /* becomes Frames and Untypeds only */
    uint64_t bytes; /* its size */
    uint64_t used;  /* from its start */
};

struct memory {
    struct slots *slots; /* where slots for new objects come from */
    cap_t cnode;         /* the table they belong to: the caller's own */
    uint32_t count;
    struct memory_untyped untyped[MEMORY_UNTYPED_MAX];
};

void memory_init(struct memory *memory, struct slots *slots, cap_t cnode);

/* Add an Untyped. ERROR_FULL when there are too many. */
MUST_USE err_t memory_add(struct memory *memory, cap_t untyped);

/* The Untyped that the next objects of that size would come from; null: none has so much left. */
struct memory_untyped *memory_best(struct memory *memory, unsigned size_bits, uint64_t count);

/*
 * Make `count` objects of 2^size_bits bytes in a row of new slots; *first is the handle of the
 * first, CAP_OF(1) further the next. Errors: those of untyped_retype; NO_MEMORY when no Untyped has
 * so much left, FULL when no row of slots is free.
 */
MUST_USE err_t memory_make(struct memory *memory, enum object_type type, unsigned size_bits,
                           uint32_t count, cap_t *first);

/* The same, one object. */
MUST_USE err_t memory_make_one(struct memory *memory, enum object_type type, unsigned size_bits,
                               cap_t *cap);

/* Delete an object's original capability and give back its slot. Its memory stays used. */
MUST_USE err_t memory_delete(struct memory *memory, cap_t cap);

/*
 * Revoke all that was made of the Untypeds and start anew. The slots that the objects had are the
 * caller's to give back.
 */
MUST_USE err_t memory_reset(struct memory *memory);

/* Bytes left, with no regard to alignment; memory that devices own isn't counted. */
uint64_t memory_free(const struct memory *memory);

#endif
