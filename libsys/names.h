/* SPDX-License-Identifier: BSD-2-Clause */
/* The ABI's numbers in words. All of them accept any number and never return a null pointer. */
#ifndef LIBSYS_NAMES_H
#define LIBSYS_NAMES_H

#include "kernel/abi/types.h"

/* "OCCUPIED" and "the destination slot or the address range is in use", of an error word. */
const char *error_name(err_t error);
const char *error_text(err_t error);

/* "vspace" */
const char *object_name(unsigned type);

#endif
