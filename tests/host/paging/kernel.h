/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel for the memory server's host test: Untypeds, Frames and VSpaces, as far as that uses
 * them. RAM is a file, so that Frames mapped in the server's own space are memory, and every page
 * of another space can be looked at. What the kernel would refuse ends the test.
 */
#ifndef TESTS_HOST_PAGING_KERNEL_H
#define TESTS_HOST_PAGING_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/abi/types.h"

#define HOST_CNODE CAP_OF(1)
#define HOST_VSPACE CAP_OF(2) /* the server's own */
#define HOST_UNTYPED CAP_OF(3)
#define HOST_FIRST_FREE 8
#define HOST_SLOTS 4096

/* Addresses of other spaces that it keeps tables for. */
#define WINDOW_BASE 0x20000000ull
#define WINDOW_PAGES 2048u

void host_kernel_init(uint64_t ram_bytes);

/* Of so many retypes and maps one is refused for lack of memory; 0: none is. */
extern uint32_t host_refuse_retype, host_refuse_map;

/* The page that lies there; null: none. `access`: ACCESS_*. */
void *host_page(cap_t vspace, uint64_t address, unsigned *access);

/* Pages that are mapped in a space. */
uint32_t host_mapped(cap_t vspace);

#endif
