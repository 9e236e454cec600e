/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads and writes another program's memory as it sees it: a thread of ours in its address space,
 * of higher priority than we, that copies bytes between that memory and a page of ours, and stops.
 * Where nothing is mapped, or not so, it stops there. It makes no system call and has no
 * capability; two pages beside the program's information page are ours meanwhile.
 */
#ifndef SERVERS_DEBUG_AGENT_H
#define SERVERS_DEBUG_AGENT_H

#include "libsys/syscall.h"

#define AGENT_BYTES 4096u /* at once, at most */

/* Once: its objects, out of this Untyped. */
MUST_USE err_t agent_make(cap_t untyped, cap_t cpu);

MUST_USE err_t agent_enter(cap_t vspace);
void agent_leave(void);

/* How many bytes could be copied. */
uint32_t agent_read(uint64_t address, void *data, uint32_t count);
uint32_t agent_write(uint64_t address, const void *data, uint32_t count);

#endif
