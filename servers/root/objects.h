/* SPDX-License-Identifier: BSD-2-Clause */
/* The objects that the manifest declares by a line of their own. */
#ifndef SERVERS_ROOT_OBJECTS_H
#define SERVERS_ROOT_OBJECTS_H

#include "libsys/syscall.h"

/* Make all but the Untypeds. */
void objects_make(void);

/*
 * Make the Untypeds, when all else has its memory: each as large as may be and is possible. Those
 * of programs on demand are made with them.
 */
void objects_make_untyped(void);

/* The Untypeds of a program on demand, out of the reserve; and that they are gone with it. */
MUST_USE err_t objects_make_on_demand(uint32_t program);
void objects_drop_on_demand(void);

/* Bytes of those pieces. */
uint64_t objects_memory_bytes(void);

/* Put the reserve apart; split what is left then into pieces, if a program is to have it. */
void objects_give_memory(void);

#endif
