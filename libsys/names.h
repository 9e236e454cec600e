/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ABI's numbers in words, and what else the lists say of them. Any number is accepted, and no
 * null pointer returned.
 */
#ifndef LIBSYS_NAMES_H
#define LIBSYS_NAMES_H

#include "kernel/abi/types.h"

/* "OCCUPIED" and "the destination slot or the address range is in use", of an error word. */
const char *error_name(err_t error);
const char *error_text(err_t error);

/* "vspace" */
const char *object_name(unsigned type);

/*
 * log2 of the fewest bytes such an object has: its size, for kinds that have but one on every
 * machine (Notification, SchedContext, Reply).
 */
unsigned object_bits(unsigned type);

#endif
