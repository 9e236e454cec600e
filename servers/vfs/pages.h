/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages of the server's own memory, taken from the memory server in areas of 512 KiB. An area that
 * is empty goes back, all but one.
 */
#ifndef SERVERS_VFS_PAGES_H
#define SERVERS_VFS_PAGES_H

#include <stdint.h>

#include "servers/vfs/backing.h"

/* `count` pages in a row, with whatever in them; null: no memory. */
void *pages_take(uint32_t count);
void pages_give(void *place, uint32_t count);

/* Bytes of areas. */
uint64_t pages_bytes(void);

#endif
