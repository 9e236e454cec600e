/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the memory server gives: plain memory, memory objects, other people's objects as windows.
 * All that is mapped is there, page for page: touching it never faults.
 *
 * Host tests have a stand-in of their own.
 */
#ifndef SERVERS_VFS_BACKING_H
#define SERVERS_VFS_BACKING_H

#include <stdbool.h>
#include <stdint.h>

#include "libsys/rpc.h"

#define PAGE_BYTES 4096u

/* Zeroed memory, a multiple of PAGE_BYTES; null: there is none. */
void *backing_take(uint64_t bytes);
void backing_give(void *place, uint64_t bytes);

/* A memory object of our own, mapped. */
struct backing {
    cap_t object;     /* its handle, with which it may be mapped writable */
    cap_t read_only;  /* another, with which it can't; 0: not needed so far */
    uint8_t *address; /* where all of it lies */
    uint64_t bytes;   /* its size, a multiple of PAGE_BYTES */
    uint64_t mapped;  /* of the region at `address`, maybe more than the object has */
};

/* Zeroed. RPC_NO_MEMORY, RPC_QUOTA, RPC_FULL: there is nothing. */
MUST_USE err_t backing_make(struct backing *backing, uint64_t bytes);

/* Make it larger or smaller; what is new is zero; it may move. After an error it's as it was. */
MUST_USE err_t backing_resize(struct backing *backing, uint64_t bytes);

/* It stays for as long as others have it mapped. */
void backing_end(struct backing *backing);

/* The handle to give copies of. */
MUST_USE err_t backing_share(struct backing *backing, bool writable, cap_t *cap);

/* Map somebody's object as a window of at most `max` bytes. */
MUST_USE err_t backing_window(cap_t object, uint64_t max, struct rpc_window *window);
void backing_window_end(struct rpc_window *window);

/* The boot module: a read-only object. RPC_NOT_FOUND: there is none. */
MUST_USE err_t backing_module(cap_t *object, const uint8_t **data, uint64_t *bytes);

/* Bytes of the machine's memory, and how many of them are free. */
void backing_status(uint64_t *total, uint64_t *free);

#endif
