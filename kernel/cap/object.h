/* SPDX-License-Identifier: BSD-2-Clause */
/* What the capability code needs of each kind of object: how it begins, and how it ends. */
#ifndef KERNEL_CAP_OBJECT_H
#define KERNEL_CAP_OBJECT_H

#include "kernel/cap/slot.h"

/* Smallest and largest log2 size that retype accepts on this machine; 0, 0: not by retype. */
void object_sizes(enum object_type type, unsigned *smallest, unsigned *largest);

/* Make zeroed memory an object, and `slot` its original capability. Can't fail. */
void object_begin(struct slot *untyped, struct slot *slot, enum object_type type, void *memory,
                  unsigned size_bits);

/* With several CPUs: whether this slot's end can be made on this one, and now. If it's another that
 * must, `elsewhere` says which. */
MUST_USE bool object_is_here(const struct slot *slot);

/* The object's end: nobody is bound to it any more, nothing derives from it. False: more steps. */
MUST_USE bool object_end(struct slot *original, unsigned *steps);

/* What this one capability holds (a mapping, a page-table pool). False: more steps. */
MUST_USE bool capability_end(struct slot *slot, unsigned *steps);

/* Derive a binding: `slot` in `owner` from `source`, with its rights and badge. */
void slot_bind(struct slot *source, struct slot *slot, void *owner, enum binding_role role);
/* A binding is about to go: its owner stops using it. */
void binding_end(struct slot *slot);

#endif
