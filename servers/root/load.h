/* SPDX-License-Identifier: BSD-2-Clause */
/* Modules and Frames through windows of the root task's own address space. */
#ifndef SERVERS_ROOT_LOAD_H
#define SERVERS_ROOT_LOAD_H

#include "kernel/abi/bootinfo.h"
#include "libsys/syscall.h"

/*
 * The module whose command line begins with this word. Without one the run ends, by a message that
 * names the manifest's line that asked for it (0: none did).
 */
const struct boot_module *module_get(const char *name, uint32_t line);

/* The module's bytes, readable until module_unmap. One module at a time. */
const void *module_map(const struct boot_module *module);
void module_unmap(const struct boot_module *module);

uint64_t frame_bytes(cap_t frame);

/* frame_map that gives the VSpace memory for page tables when it runs out of them. */
MUST_USE err_t frame_map_supplied(cap_t frame, cap_t vspace, uint64_t address, uint64_t offset,
                                  uint64_t length, uint64_t access);

/* Copy `count` bytes into a Frame of RAM, from `offset` on. It must not be mapped. */
void frame_fill(cap_t frame, uint64_t offset, const void *bytes, uint64_t count);

#endif
