/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What comes from the kernel: slots of the server's own table, and objects out of Untyped memory.
 *
 * The kernel gives an Untyped's memory back only as a whole. So each object gets an Untyped of
 * exactly its size, which is revoked when the object is no longer needed, and kept in a list of its
 * size. What isn't kept in a list is cut from larger ones, from their start to their end.
 */
#ifndef SERVERS_MEMORY_KERNEL_H
#define SERVERS_MEMORY_KERNEL_H

#include "libsys/slots.h"
#include "libsys/syscall.h"

#define KERNEL_SLOTS_MAX 16384u

/* An object with the Untyped it was made of. */
struct kernel_object {
    cap_t untyped, cap; /* cap 0: there is none */
    uint32_t bits;      /* log2 of its bytes */
};

/* `cnode` is the server's own table of `count` slots; those from `first` on are empty. */
void kernel_init(cap_t cnode, uint32_t first, uint32_t count);

/* Give it an Untyped. */
MUST_USE err_t kernel_add(cap_t untyped);

/* An empty slot's handle, now taken; 0: none is left. */
cap_t kernel_slot(void);
/* Empty a slot that was taken, and give it back. */
void kernel_slot_give(cap_t slot);
/* The server's own table, and which slots of it are free. */
cap_t kernel_cnode(void);
struct slots *kernel_slots(void);

/* Of which endpoint handles are made. */
void kernel_set_endpoint(cap_t endpoint);
/* A copy of it that handles can derive from; 0 where there is no endpoint. RPC_NO_MEMORY. */
MUST_USE err_t kernel_endpoint_copy(cap_t *copy);
/* All that derives from a capability of ours goes. */
void kernel_revoke(cap_t cap);

/* A copy of a capability with fewer rights; 0: no slot, or it can't be copied. */
cap_t kernel_copy(cap_t from, unsigned rights);

/* Make an object of 2^bits bytes. RPC_NO_MEMORY, and nothing was changed. */
MUST_USE err_t kernel_make(enum object_type type, unsigned bits, struct kernel_object *object);

/* The object ends, and what derives from it; its memory is for the next one. */
void kernel_free(struct kernel_object *object);

/* An Untyped of 2^bits bytes into an empty slot of somebody's table, for good. RPC_NO_MEMORY;
 * RPC_OUT_OF_RANGE: there is no such slot, or it isn't empty. */
MUST_USE err_t kernel_lend(cap_t table, uint32_t slot, unsigned bits);

/* Bytes that it was given; and that are left to make objects of. */
uint64_t kernel_total(void);
uint64_t kernel_left(void);
/* Bytes that objects have. */
uint64_t kernel_used(void);

#endif
