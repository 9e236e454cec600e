/* SPDX-License-Identifier: BSD-2-Clause */
/* What spawn and exec share: a program, its interpreter, its arguments, into a space. */
#ifndef PROCESS_LOAD_H
#define PROCESS_LOAD_H

#include "servers/process/image.h"
#include "servers/process/life.h"

/*
 * Find the program as a client of the vfs sees it, and read it; a script's interpreter instead. The
 * file's object, if it has one of its own, goes to the empty slot `object`, and may be there also
 * after an error.
 */
MUST_USE err_t load_find(uint64_t client, const struct spawn *spawn, cap_t object);

/* A space with what was found, and its arguments. `*space` may be there also after an error. */
MUST_USE err_t load_map(const struct loading *loading, uint64_t *space, struct placed *placed);

/* It is the process's program now: its name, the page's words about it. */
void load_finish(struct process *process, const struct spawn *spawn, const struct placed *placed);

#endif
