/* SPDX-License-Identifier: BSD-2-Clause */
/* What the manifest lists for a program, put into its table and told in its information page. */
#ifndef SERVERS_ROOT_CAPABILITIES_H
#define SERVERS_ROOT_CAPABILITIES_H

#include "servers/root/program.h"

/* Into the slots from 1 on, in the order of the manifest; all other slots stay empty. */
void capabilities_install(struct program *program);

/*
 * Before a program's end: copies of its Notifications that others have (a timer, who tells of
 * changes) end with it. Else they would signal the program that comes after it.
 */
void capabilities_revoke(const struct program *ending);

/*
 * When a program has ended: memory of Untypeds is free again; interrupts and Notifications that
 * nobody else waits for are unbound, as the program found them.
 */
void capabilities_return(const struct program *ended);

#endif
