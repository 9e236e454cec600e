/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory for the server's own records (spaces, regions, blocks, …): pieces of 64, 128 or 256 bytes,
 * cut from pages of the pool. An empty page goes back to the pool.
 */
#ifndef SERVERS_MEMORY_RECORD_H
#define SERVERS_MEMORY_RECORD_H

#include <stdint.h>

#define RECORD_MAX 256u

/* What a record of that size takes in fact. */
#define RECORD_BYTES(size) ((size) <= 64 ? 64u : (size) <= 128 ? 128u : RECORD_MAX)

/* A zeroed record of at most RECORD_MAX bytes, aligned to 64; null: no memory. */
void *record_take(uint32_t size);
void record_give(void *record);

/* Pages that hold records, in bytes. */
uint64_t record_bytes(void);

#endif
