/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pieces of memory: records, names, contents of small files. Whoever gives one back says how large
 * it was asked for.
 */
#ifndef SERVERS_VFS_HEAP_H
#define SERVERS_VFS_HEAP_H

#include <stdbool.h>
#include <stdint.h>

/* Aligned to 16, with whatever in it; null: no memory. */
void *heap_take(uint32_t bytes);
/* The same, zeroed. */
void *heap_take_zeroed(uint32_t bytes);
/* A null pointer is none. */
void heap_give(void *place, uint32_t bytes);

/* How many bytes a piece of so many takes in fact. */
uint32_t heap_bytes(uint32_t bytes);

/* Pieces that are taken. */
uint64_t heap_pieces(void);

#endif
